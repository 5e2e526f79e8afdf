"""When a body joins: its waiting reports reach it, in order, once, however often this is begun."""

from __future__ import annotations

from typing import Any

from django_tasks import task

from kentongan import bodies, reports
from kentongan.reports.models import Report

BATCH = 500


def begin_hand_over(event: dict[str, Any]) -> None:
    """Subscriber of `body.partner`: the hand-over runs as a task, in the background."""
    hand_over_task.enqueue(event["body"])


@task()
def hand_over_task(body: str) -> None:
    """The hand-over as work for a worker."""
    hand_over(body)


def hand_over(body: str) -> int:
    """Passes on all that waits for `body` and what is below it, oldest first; returns how many.

    Each report is one transaction and is passed on only from `awaiting_partner`, so that an interrupted
    run is simply begun again.
    """
    codes = [code for code in bodies.subtree(body) if bodies.snapshot().is_partner(code)]
    passed = last = 0
    while True:
        waiting = Report.objects.filter(body__in=codes, state=reports.State.AWAITING_PARTNER, pk__gt=last)
        batch = list(waiting.order_by("pk").values_list("pk", "code")[:BATCH])
        if not batch:
            return passed
        passed += sum(reports.hand_over(code) for _pk, code in batch)
        last = batch[-1][0]
