"""A clock that runs while a body works, and stands still at its nights, weekends and holidays.

National holidays and days of joint leave (*cuti bersama*) are those that three ministers decree together each year,
kept by the library `holidays`; what was decreed since, or holds in one region, are a body's own `days_off`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from kentongan.foundation.remembering import remembered

WEEK = frozenset(range(7))
FARTHEST = 366 * 20  # days: nothing is promised beyond, however few days a body works
MIDNIGHT = time(23, 59)  # as a form says it: none takes 24:00, and a minute of each night would be lost (zammad#3180)


@dataclass(frozen=True)
class Clock:
    """`workdays`: 0 is Monday. It runs from `opens` to `closes` in `zone`, from `MIDNIGHT` on to the end of the day;
    without them the whole day."""

    zone: ZoneInfo
    workdays: frozenset[int] = WEEK
    opens: time | None = None
    closes: time | None = None
    national: bool = False
    joint: bool = False
    days_off: frozenset[date] = frozenset()

    @property
    def never_stops(self) -> bool:
        """Whether it is everybody's clock."""
        return self.workdays == WEEK and not (self.opens or self.closes or self.national or self.joint or self.days_off)

    def runs_on(self, day: date) -> bool:
        """Whether the body works on this day."""
        if day.weekday() not in self.workdays or day in self.days_off:
            return False
        return day not in days_off(day.year, national=self.national, joint=self.joint)

    def after(self, start: datetime, span: timedelta) -> datetime:
        """When the clock has run for `span` (not negative) since `start` (aware)."""
        if self.never_stops:
            return start + span
        for begins, ends in self._open(start, FARTHEST):
            if ends - begins >= span:
                return (begins + span).astimezone(start.tzinfo)
            span -= ends - begins
        return start + timedelta(days=FARTHEST)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """For how long the clock runs from `start` to `end` (aware); zero where `end` is not later."""
        if self.never_stops:
            return max(end - start, timedelta())
        run, days = timedelta(), (end - start).days + 2
        for begins, ends in self._open(start, days) if end > start else ():
            run += max(min(ends, end) - begins, timedelta())
        return run

    def _open(self, start: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The times in which it runs from `start` on, in order, through so many days."""
        first = start.astimezone(self.zone).date()
        for number in range(days):
            day = first + timedelta(days=number)
            if self.runs_on(day):
                begins = datetime.combine(day, self.opens or time.min, self.zone)
                if self.closes and self.closes < MIDNIGHT:
                    ends = datetime.combine(day, self.closes, self.zone)
                else:
                    ends = datetime.combine(day + timedelta(days=1), time.min, self.zone)
                if ends > start:
                    yield max(begins, start).astimezone(UTC), ends.astimezone(UTC)


@remembered(maxsize=64)
def days_off(year: int, *, national: bool, joint: bool) -> frozenset[date]:
    """The national holidays of a year, and its days of joint leave."""
    return frozenset(named_days_off(year, "id", national=national, joint=joint))


def named_days_off(year: int, language: str, *, national: bool, joint: bool) -> dict[date, str]:
    """The same with their names, in order. Lunar ones of years that are not decreed yet are estimates."""
    wanted = (["public"] if national else []) + (["government"] if joint else [])
    if not wanted:
        return {}
    spoken = "en_US" if language == "en" else "id"
    return dict(sorted(holidays.country_holidays("ID", years=year, categories=wanted, language=spoken).items()))
