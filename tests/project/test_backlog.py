"""A backlog is told to everybody whom it concerns: citizens, officers, operators and machines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kentongan.bodies.models import Membership
from kentongan.cli import looking
from kentongan.foundation.outbox import Event, minutes_late
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
    assert Client().get("/readyz").status_code == 200
    deep = Client().get("/readyz?deep=1")
    assert (deep.status_code, deep.json()["reason"]) == (503, "news may be late by 7 minutes")
    figures = Client().get("/metrics").content.decode()
    assert "kentongan_outbox_late_seconds 44" in figures


def test_what_waits_for_a_failing_subscriber_makes_no_news_late(world: None) -> None:
    ago = timezone.now() - timedelta(hours=3)
    Event.objects.create(topic="report.entry", payload={}, due_at=ago, subscriber="mail", attempts=3)
    assert minutes_late() == 0
    assert "late by" not in Client().get("/overview", headers={"accept-language": "en"}).content.decode()
