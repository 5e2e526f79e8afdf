"""Counts months anew: only those in which a report has changed since they were last counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from kentongan.insights import histogram
from kentongan.insights.models import Tally
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import PUBLIC, State, Status

OVERLAP = timedelta(minutes=2)  # transactions that ended while the last count ran
COLUMNS = {Status.WAITING: "waiting", Status.IN_PROCESS: "in_process", Status.NO_PARTNER: "no_partner"}
TAKEN_ON, ANSWERED = ("accepted", "started"), ("resolved",)
Key = tuple[str, str]  # province and body


def recount_changed() -> int:
    """Counts the months that have changed; returns how many."""
    now = timezone.now()  # before looking: what changes while we count is counted next time
    # One of a time to come was of a clock that has been put back since.
    known = Tally.objects.filter(counted_at__lte=now + OVERLAP).order_by("-counted_at")
    last = known.values_list("counted_at", flat=True).first()
    changed = Report.objects.filter(updated_at__gte=last - OVERLAP) if last else Report.objects.all()
    months = changed.order_by().annotate(month=TruncMonth("created_at")).values_list("month", flat=True).distinct()
    found = sorted({month.date() for month in months if month})
    # All or none: the newest count says up to when every month is counted.
    _keep({month: _count(month, now) for month in found})
    return len(found)


def _count(month: date, now: datetime) -> list[Tally]:
    """Counts the reports that were made in the month that begins on this day."""
    tallies: dict[Key, Tally] = {}
    mine = Report.objects.filter(
        created_at__gte=_begin(month), created_at__lt=_begin(_next(month)), is_restricted=False
    )
    grouped = mine.order_by().values_list("province_code", "body_id", "state", "ending").annotate(Count("pk"))
    for province, body, state, ending, number in grouped:
        tally = _tally(tallies, month, (province, body or ""), now)
        tally.received += number
        if column := COLUMNS.get(PUBLIC[State(state)]) or (ending or None):
            setattr(tally, column, getattr(tally, column) + number)
    for kinds, name in ((TAKEN_ON, "accepted_in"), (ANSWERED, "solved_in")):
        for key, hours in _times(mine, kinds):
            histogram.add(getattr(_tally(tallies, month, key, now), name), hours)
    return list(tallies.values())


@transaction.atomic
def _keep(counted: dict[date, list[Tally]]) -> None:
    Tally.objects.filter(month__in=counted).delete()
    # Another worker may have counted the same at the same time; its rows are as good.
    Tally.objects.bulk_create((one for rows in counted.values() for one in rows), ignore_conflicts=True)


def _times(mine: QuerySet[Report], kinds: tuple[str, ...]) -> Iterator[tuple[Key, float]]:
    """Hours from each report to the first of these entries. A report is timed for the body that has it now."""
    found = Entry.objects.filter(report__in=mine, kind__in=kinds).order_by()
    first = found.values("report_id", "report__province_code", "report__body_id", "report__created_at").annotate(
        at=Min("at")
    )
    for row in first.iterator(chunk_size=5000):
        took = (row["at"] - row["report__created_at"]).total_seconds() / 3600
        yield (row["report__province_code"], row["report__body_id"] or ""), took


def _tally(tallies: dict[Key, Tally], month: date, key: Key, now: datetime) -> Tally:
    if key not in tallies:
        tallies[key] = Tally(
            month=month, province=key[0], body=key[1], accepted_in=histogram.empty(), solved_in=histogram.empty(),
            counted_at=now,
        )  # fmt: skip
    return tallies[key]


def _begin(month: date) -> datetime:
    return timezone.make_aware(datetime(month.year, month.month, 1))  # noqa: DTZ001  made aware at once


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
