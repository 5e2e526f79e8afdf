"""Which months are counted anew, to either side of the very border of each time."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.insights import counting
from kentongan.insights.models import Tally
from kentongan.reports.models import Report
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, undone
from tests.network.stays import sent

pytestmark = pytest.mark.django_db


@given(MOMENTS, around(counting.OVERLAP), st.none() | around(timedelta(), -counting.OVERLAP, DAY))
@example(LEAP_DAY, counting.OVERLAP, timedelta())
@example(LEAP_DAY, counting.OVERLAP + TICK, timedelta())
@example(LEAP_DAY, 2 * DAY, -counting.OVERLAP)
@example(LEAP_DAY, 2 * DAY, -counting.OVERLAP - TICK)
@few(4, shared=True)
def test_what_changed_since_the_last_count_and_a_little_before_it_is_counted_anew(world, now, before, counted) -> None:
    """The report changed `before` the last count, which was `counted` ago; one of a time to come says nothing."""
    now = now.astimezone(UTC)
    with undone(now):
        last = now - (counted or timedelta())
        report = sent()
        Report.objects.filter(pk=report.pk).update(updated_at=last - before, created_at=now - DAY)
        if counted is not None:
            Tally.objects.create(month=(now - 90 * DAY).date().replace(day=1), province="31", body="", counted_at=last)
        is_known = counted is not None and counted >= -counting.OVERLAP
        assert counting.recount_changed() == (not is_known or before <= counting.OVERLAP)
