"""What properties share: moments, a clock that is set, and whether and by which name something is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import strategies as st

from kentongan.foundation.problems import Problem

ZONES = st.sampled_from([UTC, ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura"), ZoneInfo("America/New_York")])
# Of years in which the holidays of Indonesia and the clocks of other countries were decreed, and of those to come.
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2199, 12, 31), timezones=ZONES, allow_imaginary=False)  # noqa: DTZ001
TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
BESIDE = st.sampled_from([-TICK, timedelta(), TICK]) | st.timedeltas(timedelta(days=-1), timedelta(days=400))
LEAP_DAY = datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)
CLOCKS_GO_BACK = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=0)


def around(*borders: timedelta) -> st.SearchStrategy[timedelta]:
    """Times at one of these borders, a tick to either side of it, and others within an hour and a day."""
    beside = st.sampled_from([-TICK, timedelta(), TICK]) | st.timedeltas(timedelta(hours=-1), timedelta(hours=1))
    return st.builds(timedelta.__add__, st.sampled_from(borders), beside) | st.timedeltas(-DAY, DAY)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """As if it were then."""
    with patch("django.utils.timezone.now", return_value=moment.astimezone(UTC)):
        yield


@contextmanager
def undone(moment: datetime | None = None) -> Iterator[None]:
    """What one example writes is gone after it, also where it fails; as if it were `moment`, where that is given."""
    with transaction.atomic(), at(moment) if moment else nullcontext():
        yield
        transaction.set_rollback(True)


def moments(first: int = 2000, last: int = 2100) -> st.SearchStrategy[datetime]:
    """Moments from one year up to another, in UTC."""
    begin, end = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (first, last))
    return st.datetimes(begin, end, timezones=st.just(UTC))


def refused(read: Callable[[], object], *codes: str) -> bool:
    """Whether it is refused, which must be by one of these names and never as a fault of ours."""
    told = None
    try:
        read()
    except Problem as problem:
        told = problem
    assert told is None or (told.code in codes and told.status >= 400 and told.status != 500), told
    return told is not None


def refusal(reasons: set[str], do: Callable[[], object]) -> str:
    """Which of the `reasons` it is refused by, and then undone; empty where there are none and it is done."""
    told = ""
    try:
        with transaction.atomic():
            do()
    except Problem as problem:
        told = problem.code
    assert told in reasons if reasons else not told, (told, reasons)
    return told
