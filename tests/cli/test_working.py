"""The worker does what follows a report and what comes due with time, and survives a lost database."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db.utils import OperationalError
from django.utils import timezone

from kentongan import reports, routing
from kentongan.bodies.models import Membership
from kentongan.cli import working
from kentongan.cli.working import Periodic, Work
from kentongan.foundation.outbox import Event
from kentongan.reports import Actor, Who
from kentongan.reports.models import Report
from kentongan.subscribers import register
from tests.world import person, submission


@pytest.mark.django_db(transaction=True)
def test_one_batch_leaves_nothing_that_waits(world, settings):
    register()
    routing.submit(submission(), person())
    assert Event.objects.exists()
    Work(working.periodic()).run(batch=True)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_result_nobody_spoke_against_is_closed_after_two_weeks_and_not_before(world):
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31", role="officer")
    code = routing.submit(submission(), person()).report.code
    reports.resolve(code, Who(officer, Actor.OFFICER, "31"), "Done.", no_photo_reason="It was night.")
    for days, closed in ((13, 0), (15, 1)):
        with mock.patch.object(timezone, "now", return_value=timezone.now() + timedelta(days=days)):
            assert working.close_overdue() == closed
    assert Report.objects.get(code=code).state == "closed"


@pytest.mark.django_db
def test_a_database_that_is_away_for_a_moment_stops_no_worker(monkeypatch):
    tries = []

    def step(self):
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("the server closed the connection")
        self.stop()
        return 0

    monkeypatch.setattr(Work, "step", step)
    monkeypatch.setattr(working, "close_old_connections", lambda: None)
    monkeypatch.setattr(Work, "_rest", lambda self, seconds: None)
    Work([]).run()
    assert len(tries) == 2


@pytest.mark.django_db(transaction=True)
def test_periodic_work_is_done_when_due_and_then_rests():
    done = []
    work = Work([Periodic("count", 3600, lambda: done.append(1) or 1)])
    work.step()
    work.step()
    assert done == [1]
