"""The clock of a body: it runs while the body works, through leap days, long holidays and three time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kentongan.bodies import Clock, named_days_off

WIB, WITA, WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
OFFICES = frozenset(range(5))

clocks = some.builds(
    Clock, some.sampled_from([WIB, WITA, WIT]),
    some.frozensets(some.integers(0, 6), min_size=1),
    some.sampled_from([None, time(7, 30), time(8)]), some.sampled_from([None, time(16), time(12), time(23, 59)]),
    some.booleans(), some.booleans(),
    some.frozensets(some.dates(date(2024, 1, 1), date(2028, 12, 31)), max_size=20),
)  # fmt: skip
moments = some.integers(0, 5 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
spans = some.integers(0, 2_000).map(lambda minutes: timedelta(minutes=minutes * 7))


@given(clocks, moments, spans)
def test_what_is_due_after_a_span_is_that_span_away(clock, start, span):
    assert clock.between(start, clock.after(start, span)) == span


@given(clocks, moments, spans, spans)
def test_a_longer_span_is_due_no_sooner_and_two_spans_are_their_sum(clock, start, one, more):
    first = clock.after(start, one)
    assert first <= clock.after(start, one + more)
    assert clock.between(start, clock.after(first, more)) == one + more


@given(clocks, moments, spans.filter(bool))
def test_nothing_is_due_while_the_body_does_not_work(clock, start, span):
    local = clock.after(start, span).astimezone(clock.zone)
    ends = (local - timedelta(microseconds=1)).date()  # midnight belongs to the day before
    assert clock.runs_on(ends)
    if clock.opens and clock.closes and clock.closes != time(23, 59):
        assert clock.opens <= local.time() <= clock.closes


@given(clocks, moments, moments, moments)
def test_the_time_between_is_the_sum_of_its_parts_and_never_more_than_what_has_passed(clock, one, two, three):
    first, second, third = sorted((one, two, three))
    assert clock.between(first, second) + clock.between(second, third) == clock.between(first, third)
    assert clock.between(first, third) <= third - first
    assert clock.between(third, first) == timedelta() or third == first


@given(clocks, moments, spans, spans, spans)
def test_a_deadline_that_stood_still_leaves_as_much_of_the_clock_as_before(clock, start, span, asked, waited):
    """As `bodies.moved_on` has it, for an answer of the reporter that came `waited` after the question."""
    deadline, begin = clock.after(start, span), start + asked
    end = begin + waited
    if begin < deadline:
        moved = clock.after(end, clock.between(begin, deadline))
        assert moved >= deadline
        assert clock.between(end, moved) == clock.between(begin, deadline)


@given(moments, spans)
def test_where_every_hour_counts_the_clock_is_everybodys(start, span):
    assert Clock(WIB).after(start, span) == start + span


def at(text, zone=WIB):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-27T16:00", 24, "2026-11-30T16:00"),  # over a weekend
        ("2026-03-17T09:00", 24, "2026-03-25T09:00"),  # Nyepi and Lebaran 2026 with their joint leave
        ("2024-02-28T09:00", 24, "2024-02-29T09:00"),  # a leap day is a day
        ("2024-02-29T09:00", 24, "2024-03-01T09:00"),
        ("2026-12-23T12:00", 24, "2026-12-28T12:00"),  # Christmas, the joint leave before it, a weekend
        ("2026-12-31T12:00", 24, "2027-01-04T12:00"),  # over New Year
    ],
)  # fmt: skip
def test_one_day_of_work_later(start, hours, due):
    clock = Clock(WIB, OFFICES, national=True, joint=True)
    assert clock.after(at(start), timedelta(hours=hours)) == at(due)


def test_office_hours_count_in_the_zone_of_the_body():
    for zone in (WIB, WITA, WIT):
        clock = Clock(zone, OFFICES, time(8), time(16))
        assert clock.after(at("2026-11-26T15:00", zone), timedelta(hours=2)) == at("2026-11-27T09:00", zone)
    early = at("2026-11-26T07:30", WIT)  # 05.30 in Jakarta: nobody is there yet
    assert Clock(WIB, OFFICES, time(8), time(16)).after(early, timedelta(hours=1)) == at("2026-11-26T09:00", WIB)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 8, 18), "Cuti Bersama Hari Kemerdekaan Republik Indonesia"),
        (date(2026, 3, 20), "Cuti Bersama Hari Raya Idul Fitri"),
        (date(2026, 3, 19), "Hari Suci Nyepi"),
        (date(2027, 8, 17), "Hari Kemerdekaan Republik Indonesia"),
    ],
)
def test_the_days_that_three_ministers_decreed_are_known_by_name(day, name):
    assert named_days_off(day.year, "id", national=True, joint=True)[day] == name


def test_a_calendar_with_hardly_a_day_ends_too():
    off = frozenset(date(2026, 1, 1) + timedelta(days=one) for one in range(400))
    start = at("2026-11-26T09:00")
    assert Clock(WIB, frozenset({4}), time(8), time(8, 1), days_off=off).after(start, timedelta(hours=8_760)) > start
