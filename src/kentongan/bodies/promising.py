"""What a body promises: by when it answers and solves, by its own clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kentongan.bodies.clocks import Clock
from kentongan.bodies.models import Calendar, Promise
from kentongan.bodies.world import line, snapshot
from kentongan.foundation.revision import Cached
from kentongan.places import zone_of

EVERY_DAY = Calendar(workdays=list(range(7)), national=False, joint=False)


@dataclass(frozen=True)
class Hours:
    """Of the clock, until the answer and until the solution; None: not promised."""

    answer: int | None
    solve: int | None


@dataclass(frozen=True)
class _Kept:
    calendars: dict[str, Calendar]
    promises: dict[tuple[str, str, int], Promise]


def _load() -> _Kept:
    promises = {(one.body_id, one.category, one.priority): one for one in Promise.objects.all()}
    return _Kept({one.body_id: one for one in Calendar.objects.all()}, promises)


_cached: Cached[_Kept] = Cached("promises", _load)


def calendar(body: str) -> Calendar:
    """The calendar that holds for a body: its own, that of the nearest body above, or every hour of every day."""
    kept = _cached.get().calendars
    return next((kept[one] for one in line(body) if one in kept), EVERY_DAY)


def zone(body: str) -> ZoneInfo:
    """The zone of the region of a body; WIB for those of the country."""
    known = snapshot().body(body)
    return zone_of(known.area_code if known else "")


def clock(body: str) -> Clock:
    """The clock of a body, in its zone."""
    held = calendar(body)
    return Clock(
        zone(body), frozenset(held.workdays), held.opens, held.closes, held.national,
        held.joint, frozenset(date.fromisoformat(one) for one in held.days_off),
    )  # fmt: skip


def hours(body: str, branch: Sequence[str], priority: int, otherwise: int | None) -> Hours:
    """What holds for a report: `branch` is its category and those above it, the nearest first; `otherwise` are the
    hours to a solution where no promise says (the catalogue's).
    """
    promises = _cached.get().promises
    held = [
        found
        for one in (line(body) if body else ())
        for category in (*branch, "")
        for pressing in (priority, 0)
        if (found := promises.get((one, category, pressing)))
    ]
    answer = _first(one.answer_hours for one in held)
    return Hours(answer, _first(one.solve_hours for one in held) or otherwise)


def due(body: str, given: int | None, since: datetime) -> datetime | None:
    """When so many hours of the body's clock have passed since `since`."""
    return clock(body).after(since, timedelta(hours=given)) if given else None


def moved_on(body: str, at: datetime | None, start: datetime, end: datetime) -> datetime | None:
    """The deadline `at` where the clock stood still from `start` to `end`; one that had passed by then stays."""
    if at is None or at <= start or end <= start:
        return at
    held = clock(body)
    return held.after(end, held.between(start, at))


def promises_changed() -> None:
    """Tells every process that calendars or promises have changed."""
    _cached.invalidate()


def forget_promises() -> None:
    """Drops the copy of this process."""
    _cached.forget()


def _first(found: Iterable[int | None]) -> int | None:
    return next((one for one in found if one), None)
