"""What nobody needs any more goes by itself; what somebody needs stays."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kentongan.cli import sweeping, working
from kentongan.foundation import heartbeat, rates
from kentongan.foundation.heartbeat import Beat
from kentongan.foundation.rates import RateWindow
from kentongan.foundation.shared import Shared
from kentongan.notify.models import Message
from kentongan.people import tokens
from kentongan.people.models import ApiToken
from kentongan.reports import tasks
from tests.world import person


def ago(**time: int):
    return timezone.now() - timedelta(**time)


def task(status: str, finished):
    tasks.derive.enqueue("00000000-0000-0000-0000-000000000000")
    row = DBTaskResult.objects.order_by("-enqueued_at").first()
    DBTaskResult.objects.filter(pk=row.pk).update(status=status, finished_at=finished)
    return row.pk


@pytest.mark.django_db
def test_ended_sessions_go_and_others_stay():
    Session.objects.create(session_key="old", session_data="", expire_date=ago(minutes=1))
    Session.objects.create(session_key="new", session_data="", expire_date=ago(minutes=-1))
    sweeping.sweep_rows()
    assert [one.pk for one in Session.objects.all()] == ["new"]


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


@pytest.mark.django_db(transaction=True)
def test_results_of_tasks_go_failed_ones_later_and_what_waits_stays():
    task("SUCCESSFUL", ago(days=3))
    task("FAILED", ago(days=31))
    kept = {task("SUCCESSFUL", ago(days=1)), task("FAILED", ago(days=3)), task("READY", None), task("RUNNING", None)}
    sweeping.sweep_rows()
    assert {row.pk for row in DBTaskResult.objects.all()} == kept


@pytest.mark.django_db
def test_sent_mails_go_after_three_months_and_mails_that_wait_never():
    for key, written, sent in (("old", 91, 90), ("new", 10, 9), ("waits", 300, None)):
        Message.objects.create(
            key=key, address="warga@contoh.id", subject="s", body="b", written_at=ago(days=written),
            sent_at=sent and ago(days=sent),
        )  # fmt: skip
    sweeping.sweep_rows()
    assert set(Message.objects.values_list("key", flat=True)) == {"new", "waits"}


@pytest.mark.django_db
def test_tokens_go_a_month_after_their_end():
    owner = person()
    _written, row = tokens.issue(owner)
    gone = tokens.issue(owner)[1]
    ApiToken.objects.filter(pk=gone.pk).update(expires_at=ago(days=31))
    sweeping.sweep_rows()
    assert [one.pk for one in ApiToken.objects.all()] == [row.pk]


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
