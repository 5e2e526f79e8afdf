"""A backlog is told to everybody whom it concerns: citizens, officers, operators and machines."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kentongan.bodies.models import Membership
from kentongan.cli import looking
from kentongan.foundation import heartbeat
from kentongan.foundation.outbox import Event, minutes_late
from kentongan.notify.models import Message
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(world: None) -> None:
    """An event that has waited for a good seven minutes."""
    Event.objects.create(topic="report.entry", payload={}, due_at=timezone.now() - timedelta(minutes=7, seconds=20))


def test_a_backlog_stands_on_the_overview_and_in_the_queue(late: None) -> None:
    assert "late by 7 minutes" in Client().get("/overview", headers={"accept-language": "en"}).content.decode()
    assert "terlambat 7 menit" in Client().get("/overview", headers={"accept-language": "id"}).content.decode()
    officer, client = person("petugas@contoh.id"), Client()
    Membership.objects.create(person=officer, body_id="31.roads", role="officer")
    client.force_login(officer)
    shown: Any = client.get("/console/", headers={"accept-language": "en"}, follow=True)
    assert "late by 7 minutes" in shown.content.decode()


def test_a_backlog_is_told_to_those_who_run_it(late: None) -> None:
    assert (False, "1 events wait for 7 minutes and more") in list(looking._backlog())
    heartbeat.beat("worker-1")
    assert Client().get("/readyz").status_code == 200
    deep = Client().get("/readyz?deep=1")
    assert (deep.status_code, deep.json()["reason"]) == (503, "news may be late by 7 minutes")
    figures = Client().get("/metrics").content.decode()
    told = re.search(r"^kentongan_outbox_late_seconds (\S+)", figures, re.MULTILINE)
    assert told
    assert 440 <= float(told[1]) < 3600  # and what a busy machine took since it was due


def test_a_silent_worker_late_mails_and_a_clock_that_jumped_are_told_to_who_looks_deep(world: None) -> None:
    def deep() -> tuple[int, str]:
        assert Client().get("/readyz").status_code == 200  # a report sent now would be stored all the same
        answer = Client().get("/readyz?deep=1")
        return answer.status_code, answer.json().get("reason", "")

    assert deep() == (503, "no worker is at work")
    heartbeat.beat("worker-1")
    assert deep() == (200, "")
    heartbeat.Beat.objects.update(at=timezone.now() - timedelta(seconds=70))
    assert deep() == (503, "no worker is at work")
    heartbeat.beat("worker-1")
    ago = timezone.now() - timedelta(minutes=9)
    Message.objects.create(key="mail/1", address="warga@contoh.id", subject="Kabar", body="Kabar", written_at=ago)
    assert deep() == (503, "1 mails wait for 9 minutes and more")
    Message.objects.all().delete()
    Event.objects.create(topic="report.entry", payload={}, due_at=timezone.now() + timedelta(days=400))
    assert deep() == (503, "the clock has jumped")
    Event.objects.all().delete()
    heartbeat.Beat.objects.update(at=timezone.now() + timedelta(days=1))
    assert deep() == (503, "no worker is at work; the clock has jumped")
    assert "kentongan_worker_silent_seconds inf" in Client().get("/metrics").content.decode().replace("+Inf", "inf")


@pytest.mark.parametrize(("language", "word"), [("id", "terlalu lama"), ("en", "open too long")])
def test_a_refused_form_speaks_the_language_that_it_says_it_speaks(language: str, word: str) -> None:
    page = Client(enforce_csrf_checks=True).post("/report/new", headers={"accept-language": language})
    assert page.status_code == 403
    assert f'<html lang="{language}">' in page.content.decode()
    assert word in page.content.decode()


def test_what_waits_for_a_failing_subscriber_makes_no_news_late(world: None) -> None:
    ago = timezone.now() - timedelta(hours=3)
    Event.objects.create(topic="report.entry", payload={}, due_at=ago, subscriber="mail", attempts=3)
    assert minutes_late() == 0
    assert "late by" not in Client().get("/overview", headers={"accept-language": "en"}).content.decode()
