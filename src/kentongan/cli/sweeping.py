"""How long an installation keeps what nobody needs any more, and the jobs that sweep it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kentongan import casework, live, notify, numbers, reports, warnings
from kentongan.foundation import heartbeat, rates, shared
from kentongan.foundation.sweeping import sweep
from kentongan.people import sessions, tokens

PHOTOS = timedelta(days=1)  # uploaded and never sent with a report
TASKS = timedelta(days=2)  # that were done
FAILED_TASKS = timedelta(days=30)  # long enough to be looked into


def sweep_photos() -> int:
    """Deletes photos that were uploaded a day ago and never sent with a report; returns how many."""
    gone = 0
    while taken := reports.sweep(timezone.now() - PHOTOS):
        gone += taken
    return gone


def sweep_rows() -> int:
    """Deletes ended sessions and tokens, old counts of limits, results of tasks, sent mails, silent workers, runs of
    rules, work on many reports, answers that were never sent, who was there, what pages were told of, and old
    proposals of numbers."""
    now = timezone.now()
    ended = sweep(Session.objects.filter(expire_date__lt=now))
    done = DBTaskResult.objects.successful().filter(finished_at__lt=now - TASKS)
    failed = DBTaskResult.objects.failed().filter(finished_at__lt=now - FAILED_TASKS)
    tasks = sweep(done) + sweep(failed)
    ended += casework.sweep_runs() + casework.sweep_bulks() + notify.sweep_pushes() + sessions.sweep()
    ended += casework.sweep_drafts() + live.sweep_presence() + warnings.sweep_feeds() + numbers.sweep_proposals()
    ended += shared.forget() + rates.forget() + heartbeat.forget()
    return ended + tasks + notify.sweep() + tokens.sweep() + live.sweep()
