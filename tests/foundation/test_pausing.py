"""How long to wait before the next try: longer each time, up to a bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.foundation import pausing
from tests.depth import few

SPAN = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))
SECOND, WEEKS = timedelta(seconds=1), timedelta(weeks=52)


@given(SPAN, SPAN, st.integers(-5, 10**9), st.integers(0, 3))
@few()
def test_a_pause_grows_to_its_bound_and_never_beyond(
    first: timedelta, longest: timedelta, times: int, more: int
) -> None:
    pause = pausing.doubled(first, times, longest)
    assert min(first, longest) <= pause <= longest
    assert pause <= pausing.doubled(first, times + more, longest)
    if pause < longest:
        assert pausing.doubled(first, times + 1, longest) in {2 * pause, longest, pause if times < 0 else 2 * pause}


@pytest.mark.parametrize(
    ("times", "seconds"), [(-1, 1), (0, 1), (1, 2), (5, 32), (20, 1 << 20), (21, 1 << 20), (10**9, 1 << 20)]
)
def test_a_second_is_doubled_as_often_as_it_failed_and_twenty_times_at_most(times: int, seconds: int) -> None:
    assert pausing.doubled(SECOND, times, WEEKS) == timedelta(seconds=seconds)


def test_now_is_no_pause() -> None:
    assert pausing.doubled(timedelta(), 50, timedelta(1)) == timedelta()
    assert datetime.now(UTC) + pausing.doubled(timedelta(1), 10**6, timedelta(2)) > datetime.now(UTC)
