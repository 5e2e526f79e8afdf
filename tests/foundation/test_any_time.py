"""What is due, who is at work and what is remembered: to either side of the very border of each time."""

from __future__ import annotations

import math
from datetime import UTC, timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.core.cache import cache
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.foundation import heartbeat, outbox, rates, shared
from kentongan.foundation.heartbeat import SILENT, Beat
from kentongan.foundation.outbox import LATE, LONGEST_PAUSE, NOTICED, Event
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, undone

pytestmark = pytest.mark.django_db
ZERO, MINUTE = timedelta(), timedelta(minutes=1)


@given(MOMENTS, around(SILENT, -SILENT, DAY))
@example(LEAP_DAY, SILENT)
@example(LEAP_DAY, -SILENT)
@example(LEAP_DAY, -SILENT - TICK)
@example(LEAP_DAY, DAY)
@few(8, shared=True)
def test_a_worker_is_at_work_for_a_minute_after_its_beat_and_forgotten_after_a_day(now, ago) -> None:
    """A beat of a time to come says that a clock has jumped, and nothing of whether its worker lives."""
    now = now.astimezone(UTC)
    with undone(now):
        Beat.objects.create(worker="w", at=now - ago)
        can_be = ago >= -SILENT
        assert (heartbeat.last() is None) == (heartbeat.ahead() is not None) == (not can_be)
        assert heartbeat.alive() == {"w"} if can_be and ago < SILENT else not heartbeat.is_working()
        assert heartbeat.may_live() == ({"w"} if ago < SILENT else set())
        assert heartbeat.forget() == (ago > DAY or not can_be)


AHEAD = LONGEST_PAUSE + timedelta(minutes=5)


@given(MOMENTS, around(ZERO, LATE, -AHEAD, NOTICED * MINUTE))
@example(LEAP_DAY, ZERO)
@example(LEAP_DAY, -TICK)
@example(LEAP_DAY, LATE)
@example(LEAP_DAY, -AHEAD)
@example(LEAP_DAY, NOTICED * MINUTE)
@example(LEAP_DAY, NOTICED * MINUTE - TICK)
@few(8, shared=True)
def test_an_event_is_delivered_when_it_is_due_told_when_it_is_late_and_when_no_clock_can_have_written_it(
    now, ago
) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        Event.objects.create(topic="nobody.hears", payload={}, due_at=now - ago)
        assert outbox.late(LATE) == ((1, ago) if ago > LATE else (0, ZERO))
        assert outbox.ahead() == (-ago > AHEAD)
        assert outbox.minutes_late() == (ago // MINUTE if ago >= NOTICED * MINUTE else 0)
        assert outbox.drain() == (ago >= ZERO)


TIMES = st.floats(1.7e9, 7e9)


@given(TIMES, st.none() | st.integers(-2, 400) | st.floats(-2, 400), st.floats(-3, 3))
@example(1.8e9, 60, 0.0)
@example(1.8e9, 0.5, 0.5)
@few(12, shared=True)
def test_what_all_processes_remember_is_there_for_all_of_its_time_and_a_second_more_at_most(
    begun, lasts, beside
) -> None:
    now = max(begun, begun + (lasts or 0) + beside)
    with undone(), patch.object(shared, "time", clock := SimpleNamespace(time=lambda: begun)), \
            patch("django.core.cache.backends.base.time", clock):  # fmt: skip
        cache.set("a", [1], lasts)
        clock.time = lambda: now
        ends = math.inf if lasts is None else math.ceil(begun + (lasts or -1))
        is_there = int(now) < ends
        assert cache.get("a") == ([1] if is_there else None)
        assert is_there or now >= begun + (lasts or -1)
        assert not is_there or lasts is None or now < begun + lasts + 1
        assert cache.add("a", 2, 60) == (not is_there)
        assert shared.forget() == 0


@given(TIMES.map(int), st.sampled_from([-1, 0, 1]) | st.integers(-100_000, 100_000))
@few(12, shared=True)
def test_a_count_of_uses_is_kept_for_a_day_after_its_begin(now, beside) -> None:
    with undone(), patch.object(rates, "time", SimpleNamespace(time=lambda: now + 0.5)):
        rates.RateWindow.objects.create(key="k", start=now - 86_400 + beside, count=3)
        assert rates.forget() == (beside < 0)
