"""What operators are told to watch is really counted, by the name and the labels that they are told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from kentongan.foundation import heartbeat
from kentongan.foundation.outbox import Event
from kentongan.network.models import Delivery, Peer
from kentongan.notify.models import Message

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"\bkentongan_(?:[a-z]+_)*(?:ahead|seconds|bytes|waiting|bucket|count|sum|total)\b")
SAMPLE = re.compile(r"^(kentongan_\w+)(?:\{([^}]*)\})? ", re.MULTILINE)


def told() -> str:
    """What `/metrics` says after a page has been asked for."""
    client = Client()
    client.get("/healthz")
    return client.get("/metrics").content.decode()


def expressions() -> list[str]:
    """Every one of the rules and of the board."""
    rules = yaml.safe_load((DOCS / "monitoring/rules.yaml").read_text())
    board = json.loads((DOCS / "monitoring/grafana.json").read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for group in rules["groups"] for rule in group["rules"]}) >= 8
    return asked + [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_every_figure_that_the_documents_name_is_counted() -> None:
    samples = dict(SAMPLE.findall(told()))
    pages = "\n".join(page.read_text() for page in DOCS.rglob("*.md"))
    named = {name for text in [*expressions(), pages] for name in NAME.findall(text)}
    assert len(named) >= 9
    assert named - set(samples) == set()


def test_the_labels_that_are_asked_for_are_there_and_nothing_else_is_asked() -> None:
    samples = dict(SAMPLE.findall(told()))
    for text in expressions():
        for name in re.findall(r"\bkentongan_\w+", text):
            assert name in samples, text
        for name, chosen in re.findall(r"\b(kentongan_\w+)\{([^}]*)\}", text):
            labels = set(re.findall(r"(\w+)=", samples[name]))
            assert set(re.findall(r"(\w+)\s*[=!]", chosen)) <= labels, text


@pytest.mark.parametrize("what", ["outbox", "mails", "deliveries", "beats"])
def test_whatever_a_clock_that_jumped_has_left_is_counted_and_alerted_on(what: str) -> None:
    figure = f"kentongan_{what}_ahead"
    assert f"\n{figure} 0.0\n" in told()
    then = timezone.now() + timedelta(days=400)
    if what == "outbox":
        Event.objects.create(topic="x", payload={}, due_at=then)
    elif what == "mails":
        Message.objects.create(key="x", address="a@contoh.id", subject="x", body="x", due_at=then)
    elif what == "deliveries":
        peer = Peer.objects.create(name="mitra")
        Delivery.objects.create(peer=peer, kind="request", key="request/1", due_at=then)
    else:
        heartbeat.beat("kerja")
        heartbeat.Beat.objects.update(at=then)
    assert f"\n{figure} 1.0\n" in told()
    assert any(figure in text for text in expressions())
