"""What properties share: moments of some years, and whether and by which name something is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction
from hypothesis import strategies as st

from kentongan.foundation.problems import Problem


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
