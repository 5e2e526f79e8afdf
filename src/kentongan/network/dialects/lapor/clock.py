"""The clock of the national complaint channel: 3, 5 and 10 working days, by the national holidays.

Working days are Monday to Friday but for the national holidays and the days of collective leave that the government
decrees each year (`bodies.clocks`); a peer's option `holidays` adds what was decreed since.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kentongan.bodies import Clock

VERIFY, FOLLOW_UP, CLOSE = 3, 5, 10  # working days after it was received
WIB = ZoneInfo("Asia/Jakarta")
OFFICES = frozenset(range(5))


def due(received: datetime, days: int, extra: Collection[date] = ()) -> datetime:
    """The last moment (WIB) of the working day `days` after the day of `received` (aware), which is not counted."""
    day = received.astimezone(WIB).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, extra)
    return datetime.combine(day, time(23, 59, 59), WIB)


def is_working_day(day: date, extra: Collection[date] = ()) -> bool:
    """Whether offices work on this day. `extra` are closed days that the calendar does not know yet."""
    return Clock(WIB, OFFICES, national=True, joint=True, days_off=frozenset(extra)).runs_on(day)
