"""Whatever a peer tells, the report stays sound, and pages, console, API, Open311 and tables can still show it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan.console import looks
from kentongan.network.dialects.kentongan import receiving
from kentongan.network.models import HandOver, Peer
from kentongan.reports.audit import audit
from tests.console.test_console import staff
from tests.network.stays import given, known, sent, traced
from tests.network.test_receiving import BEGAN, READ, city, content, entry, here

__all__ = ["city"]
pytestmark = pytest.mark.django_db
# Every kind that a timeline here knows, ours alone among them, and some that nobody knows.
KINDS = sorted({*looks.KINDS, "strange", "identity", "kept", "x"})
SAID: list[dict[str, Any]] = [
    {}, {"stars": 3}, {"contests": 999}, {"contests": 0}, {"to": {"title": "X", "url": "https://x.example"}},
    {"hides": {"what": "photo", "reason": "privacy", "photos": ["0" * 64]}}, {"no_photo_reason": "Gelap"},
    {"hides": {"what": "text", "reason": "privacy", "entry": "nothing"}}, {"to": {}},
]  # fmt: skip
ACTORS, STATES = ("officer", "citizen", "reporter", "peer", "system"), ("", "routed", "resolved", "x", "received")


def odd(at: int, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    name = f"kota.example/7KQF-M2RD/{kind}/{at}"
    more = {"actor": ACTORS[at % 5], "state": STATES[at % 4], "body": ("id.pu", "tidak.ada", None)[at % 3]}
    return entry(name, kind, text="" if at % 2 else "Kabar", data=data, **more)


def shown(client: Client, code: str, body: str) -> None:
    """The report on all its pages, to everybody and to the staff of its body."""
    pages = [
        f"/r/{code}", f"/api/v1/reports/{code}", f"/api/v1/reports/{code}/timeline", f"/open311/v2/requests/{code}.xml",
        "/open311/v2/servicerequestupdates.json",
    ]  # fmt: skip
    assert {at: client.get(at).status_code for at in pages} == dict.fromkeys(pages, 200)
    client.force_login(staff("coordinator", body))
    pages += [f"/console/reports/{code}", f"/console/?body={body}", f"/console/table.csv?body={body}"]
    assert {at: client.get(at).status_code for at in pages} == dict.fromkeys(pages, 200)


def test_a_report_with_any_history_is_sound_and_can_be_shown(city: Peer, client: Client) -> None:
    asset = {"layer": "street_light", "id": "L-7", "name": "Lampu"}
    history = [
        odd(at, kind, SAID[at % len(SAID)]) for at, kind in enumerate([*KINDS, "rated", "linked", "prioritised"])
    ]
    offered = {"type": "hand_over", "id": "h/1", "report": BEGAN, "body": "id.pu", "path": ["kota.example"]}
    told = READ.validate_python(offered | {"content": content(asset=asset), "history": history})
    assert receiving.receive(city, told)["status"] == "done"
    assert [str(one) for one in audit()] == []
    for at, kind in enumerate(KINDS):
        for data in (SAID[at % len(SAID)], {"stars": 1}):
            news = {"type": "entry", "id": f"e/{kind}/{len(data)}/{data}"[:200], "report": BEGAN}
            told = READ.validate_python(news | {"entry": odd(at + 100 + len(str(data)), kind, data)})
            assert receiving.receive(city, told)["status"] == "done"
    assert [str(one) for one in audit()] == []
    shown(client, here().code, "id.pu")


def test_a_report_that_was_given_away_is_sound_whatever_comes_of_it(world: None, client: Client) -> None:
    peer = known()
    stay: HandOver = given(sent(), peer)
    began = traced(stay.report)
    ref = {"instance": began.origin, "code": began.origin_code}
    for at, kind in enumerate(KINDS):
        told = {"type": "entry", "id": f"e/{kind}", "report": ref, "entry": odd(at, kind, SAID[at % len(SAID)])}
        assert receiving.receive(peer, READ.validate_python(told))["status"] == "done"
    assert [str(one) for one in audit()] == []
    shown(client, stay.report.code, "id.pu")
