"""What the time of a picture says of it, to either side of the very border."""

from __future__ import annotations

from datetime import UTC, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.reports import evidence
from kentongan.reports.models import Photo, Report
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, at

LEAST = evidence.BEFOREHAND


@given(MOMENTS, around(timedelta(), DAY).map(abs), st.none() | around(-LEAST, timedelta(), LEAST, DAY))
@example(LEAP_DAY, DAY, -LEAST)
@example(LEAP_DAY, DAY, -LEAST - TICK)
@example(LEAP_DAY, DAY, DAY + LEAST)
@example(LEAP_DAY, DAY, DAY + LEAST + TICK)
@few()
def test_a_picture_from_before_the_report_or_from_a_time_to_come_is_doubtful_but_for_five_minutes(
    now, age, taken
) -> None:
    """The report is so old; the picture was `taken` after it was made."""
    came = now.astimezone(UTC) - age
    photo = Photo(taken_at=None if taken is None else came + taken)
    with at(now):
        found = evidence.marks(photo, Report(created_at=came))
    early, late = taken is not None and taken < -LEAST, taken is not None and taken > age + LEAST
    assert found == ["taken_before_report"] * early + ["taken_in_future"] * late
