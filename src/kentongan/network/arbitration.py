"""Reports that were declined too often: a coordinator of the body that has them now says whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from kentongan import bodies, casework
from kentongan.network.models import Direction, HandOver, HandOverState, Trace
from kentongan.people.models import Person
from kentongan.reports.models import Report

NO = (HandOverState.DECLINED, HandOverState.RETURNED)
MOST = 50


@dataclass(frozen=True)
class Undecided:
    """One report, and the stays that ended with a no, oldest first."""

    report: Report
    declines: tuple[HandOver, ...]


def may_decide(person: Person, body: str) -> bool:
    """Whether the person is a coordinator of the body."""
    held = casework.role_for(person, body)
    return held is not None and held >= casework.Role.COORDINATOR


def undecided(person: Person, body: str) -> list[Undecided]:
    """What waits for a decision at `body` and its parts, oldest first; nothing for those who may not decide."""
    if not may_decide(person, body):
        return []
    reports = [one.report for one in _waiting(body).select_related("report__category", "report__body")[:MOST]]
    declines = declines_of(reports)
    return [Undecided(report, declines.get(report.pk, ())) for report in reports]


def count_undecided(person: Person, body: str) -> int:
    """How many wait for a decision of this person at `body` and its parts."""
    return _waiting(body).count() if may_decide(person, body) else 0


def is_undecided(report: Report) -> bool:
    """Whether a coordinator has to decide on the report."""
    return Trace.objects.filter(report=report, undecided=True).exists()


def declines_of(reports: list[Report]) -> dict[int, tuple[HandOver, ...]]:
    """The stays of each report that ended with a no, by the report's id."""
    found: dict[int, tuple[HandOver, ...]] = {}
    ended = HandOver.objects.filter(report__in=reports, direction=Direction.OUT, state__in=NO)
    for stay in ended.select_related("peer", "report").order_by("pk"):
        found[stay.report_id] = (*found.get(stay.report_id, ()), stay)
    return found


def _waiting(body: str) -> QuerySet[Trace]:
    return _all_waiting().filter(report__body__in=bodies.subtree(body)).order_by("report")


def _all_waiting() -> QuerySet[Trace]:
    # `IN (1)`: SQLite uses no index for a truth that stands alone, and read every report of the body instead.
    return Trace.objects.filter(undecided__in=[True])
