"""When a body joins, its waiting reports reach it; when it leaves, what it has in hand waits openly again.

In order, and once, however often either is begun.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django_tasks import task

from kentongan import bodies, reports
from kentongan.reports.models import Report
from kentongan.reports.states import IN_HAND, State

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
    waiting = Report.objects.filter(body__in=codes, state=State.AWAITING_PARTNER)
    return _each(waiting, reports.hand_over)


def begin_release(event: dict[str, Any]) -> None:
    """Subscriber of `body.left`: what the body has in hand is released as a task, in the background."""
    release_task.enqueue(event["body"])


@task()
def release_task(body: str) -> None:
    """The release as work for a worker."""
    release(body)


def release(body: str) -> int:
    """Lets all that `body` and what is below it have in hand wait openly; returns how many.

    Nothing happens to the reports of a body that still takes part, so a day to come may be named before it comes.
    """
    codes = [code for code in bodies.subtree(body) if not bodies.snapshot().is_partner(code)]
    return _each(Report.objects.filter(body__in=codes, state__in=IN_HAND), reports.release)


def release_left() -> int:
    """Releases what bodies have in hand whose last day has come; returns how many reports."""
    left = [one.code for one in bodies.snapshot().bodies.values() if one.partner_until and not one.is_partner]
    return sum(release(code) for code in left)


def concerned(body: str) -> dict[str, int]:
    """How many reports wait for a body and what is below it, and how many they have in hand, and whose mails follow.

    Keys `waiting`, `in_hand`, `waiting_mails`, `in_hand_mails`.
    """
    told: dict[str, int] = {}
    mine = Report.objects.filter(body__in=bodies.subtree(body), away=False)
    for name, states in (("waiting", (State.AWAITING_PARTNER,)), ("in_hand", IN_HAND)):
        found = mine.filter(state__in=states)
        told[name] = found.count()
        told[f"{name}_mails"] = found.exclude(reporter=None).count()
    return told


def _each(found: QuerySet[Report], do: Callable[[str], bool]) -> int:
    """Does something with the code of each report, the oldest first; returns how often it did."""
    done = last = 0
    while batch := list(found.filter(pk__gt=last).order_by("pk").values_list("pk", "code")[:BATCH]):
        done += sum(do(code) for _pk, code in batch)
        last = batch[-1][0]
    return done
