"""What nobody needs any more goes by itself; what somebody needs stays."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone

from kentongan.cli import sweeping, working
from kentongan.foundation import heartbeat, rates
from kentongan.foundation.heartbeat import Beat
from kentongan.foundation.rates import RateWindow
from kentongan.foundation.shared import Shared


def ago(**time: int):
    return timezone.now() - timedelta(**time)


@pytest.mark.django_db
def test_counts_of_limits_go_after_a_day_and_not_while_they_count():
    rates.spend("somebody", 5, 3600)
    RateWindow.objects.create(key="old", start=ago(days=2).timestamp(), count=3)
    sweeping.sweep_rows()
    assert RateWindow.objects.count() == 1
    assert not RateWindow.objects.filter(key="old").exists()


@pytest.mark.django_db
def test_what_all_processes_remember_goes_when_it_is_over():
    cache.set("over", 1, -1)
    cache.set("holds", 2, 60)
    sweeping.sweep_rows()
    assert Shared.objects.count() == 1
    assert cache.get("holds") == 2


@pytest.mark.django_db
def test_a_killed_worker_is_forgotten_after_a_day_and_a_living_one_is_known():
    Beat.objects.create(worker="killed", at=ago(days=2))
    assert not heartbeat.is_working()
    heartbeat.beat("living")
    heartbeat.beat("living")
    sweeping.sweep_rows()
    assert [one.pk for one in Beat.objects.all()] == ["living"]
    assert heartbeat.is_working()


@pytest.mark.django_db(transaction=True)
def test_more_rows_than_a_piece_all_go(monkeypatch):
    from kentongan.foundation import sweeping as pieces

    monkeypatch.setattr(pieces, "PIECE", 3)
    for number in range(8):
        Session.objects.create(session_key=f"old{number}", session_data="", expire_date=ago(minutes=1))
    sweeping.sweep_rows()
    assert not Session.objects.exists()


def test_the_worker_sweeps_by_itself():
    swept = {job.do for job in working.periodic()}
    assert {sweeping.sweep_rows, sweeping.sweep_photos} <= swept
