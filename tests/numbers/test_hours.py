"""When a place is open, and what a phone dials."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.numbers.dialling import dialled
from kentongan.numbers.hours import is_open, week
from kentongan.numbers.opening import minute_of_week
from tests.depth import few


def at(day: int, hour: int, minute: int = 0) -> int:
    return day * 1440 + hour * 60 + minute


# Public reports: Kvaesitso#838, prox#124, opening_hours.js#261 (past midnight), OpeningHoursParser#19 (until 00:00),
# #73 (24:00), humanized_opening_hours#32 (parts behind commas).
@pytest.mark.parametrize(("said", "moment", "is_it"), [
    ("24/7", at(6, 23, 59), True), ("Mo-Fr 08:00-16:00", at(0, 8), True), ("Mo-Fr 08:00-16:00", at(0, 16), False),
    ("Mo-Fr 08:00-16:00", at(5, 9), False), ("Mo-Fr 08:00-16:00; Sa 08:00-12:00", at(5, 9), True),
    ("08:00-00:00", at(2, 23, 30), True), ("08:00-24:00", at(2, 23, 30), True), ("08:00-24:00", at(2, 0), False),
    ("Su 22:00-06:00", at(0, 5), True), ("Su 22:00-06:00", at(1, 5), False), ("Mo 22:00-06:00", at(1, 1), True),
    ("Mo 06:00-15:00; Tu-Th 07:00-04:00; Fr-Su 09:00-17:00", at(4, 3), True),
    ("Su-Tu 11:00-01:00, We-Th 11:00-03:00, Fr 11:00-06:00", at(3, 2), True),
    ("Mo-Su 08:00-12:00,13:00-17:00", at(3, 12, 30), False), ("Mo-Su 08:00-20:00; Fr off", at(4, 10), False),
    ("Sa-Mo 08:00-10:00", at(6, 9), True), ("Mo-Fr 08.00-16.00", at(0, 9), True),
    ("Mo-Fr 08:00-16:00; PH off", at(0, 9), True), ("Mo 24 hours", at(0, 3), True),
    ("Mo 08:00-10:00, Mo 09:00-12:00", at(0, 11), True),
])  # fmt: skip
def test_a_place_is_open_when_its_hours_say_so(said: str, moment: int, is_it: bool):
    found = week(said)
    assert found is not None
    assert is_open(found, moment) is is_it


@pytest.mark.parametrize(
    "said",
    ["sunrise-sunset", "Mo-Fr", "Jan-Mar 08:00-16:00", "25:00-26:00", "08:70-09:00", "?", ";", "Mo 08:00-09:00 or so"],
)
def test_hours_that_cannot_be_read_are_not_known_and_never_closed(said: str):
    assert week(said) is None


# Public reports: pathways-frontend#1232 (an extension dialled as digits), puzzletime#4 (tel: with nothing), hushh#4894
# (short numbers get a country's code), two numbers in one field.
@pytest.mark.parametrize(("written", "is_dialled"), [
    ("112", "112"), ("(021) 555-0119 ext. 212", "0215550119"), ("021 555 0119 pes 3", "0215550119"),
    ("+62 (0)21 555 0119", "+62215550119"), ("021-5550119 / 5550120", "0215550119"), ("021 1; 021 2", "0211"),
    ("021 5550119 ext21", "0215550119"), ("021 5550119 pesawat 21", "0215550119"), ("119 dan 118", "119"),
    ("+62 021 555 0119", "+62215550119"), ("021 555 0119 021 555 0120", ""), ("Telp. 021 555 0119", "0215550119"),
    ("\u0660\u0662\u0661", ""), ("*21*123#", ""),
    ("tidak ada", ""), ("", ""), ("12", ""), ("+62 812-3456-789", "+628123456789"),
    ("+62 0021 555 0119", "+62215550119"), ("+62 0", ""),
])  # fmt: skip
def test_a_phone_dials_the_first_number_without_its_extension(written: str, is_dialled: str):
    assert dialled(written) == is_dialled


# --- by any hours and numbers ---

NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAYS = st.builds(lambda one, last: (one, last), st.integers(0, 6), st.none() | st.integers(0, 6))
SPAN = st.tuples(st.integers(0, 1439), st.integers(0, 2880))
RULE = st.tuples(DAYS, st.lists(SPAN, max_size=2))


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def days_of(first: int, last: int | None) -> list[int]:
    return [first] if last is None else [(first + at) % 7 for at in range((last - first) % 7 + 1)]


@given(st.lists(RULE, min_size=1, max_size=3), st.integers(0, 10_079))
@few()
def test_a_week_is_open_as_its_rules_say_minute_by_minute(
    rules: list[tuple[tuple[int, int | None], list[tuple[int, int]]]], minute: int
) -> None:
    written, held = [], dict[int, list[tuple[int, int]]]()
    for (first, last), spans in rules:
        name = NAMES[first] + (f"-{NAMES[last]}" if last is not None else "")
        times = ",".join(f"{clock(start)}-{clock(end)}" for start, end in spans)
        written.append(f"{name} {times or 'off'}")
        held |= dict.fromkeys(days_of(first, last), spans)
    found = week("; ".join(written))
    assert found is not None
    lasts = [
        (day * 1440 + start, (end - start) if end > start else (end - start + 1440))
        for day, spans in held.items() for start, end in spans
    ]  # fmt: skip
    assert is_open(found, minute) is any((minute - start) % 10_080 < length for start, length in lasts)
    assert list(found) == sorted(found)
    assert all(end < start for (_begin, end), (start, _end) in pairwise(found))


HOURS = st.lists(
    st.sampled_from(
        ["Mo", "Su", "PH", "-", ",", ";", " ", "08:00", "24:00", "-48:00", "99:99", "off", "24/7", "24 hours", ":",
         "٠٨:٠٠", "–"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(HOURS | st.text(max_size=20))
@few(60)
def test_any_hours_are_minutes_of_a_week_or_not_known(said: str) -> None:
    found = week(said)
    assert found is None or all(0 <= start < end <= 10_080 for start, end in found)


NUMBER = st.lists(
    st.sampled_from([*"0123456789+-/(;# .", "(0)", "+62", "021", "ext", "pes ", "٣", "é"]), max_size=18
).map("".join)  # fmt: skip


@given(NUMBER | st.text(max_size=20))
@example("+62 0021 345")
@example("+620")
@few(80)
def test_what_is_dialled_is_a_number_and_dials_itself(written: str) -> None:
    number = dialled(written)
    assert re.fullmatch(r"(\+?[0-9]{3,15})?", number)
    assert dialled(number) == number
    assert not number.startswith("+620")


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]))
@few()
def test_the_minute_of_a_week_is_that_of_the_wall_clock_there(now: datetime, zone: str) -> None:
    if not 2 <= now.year <= 9998:
        return
    local = now.astimezone(ZoneInfo(zone))
    assert minute_of_week(now, ZoneInfo(zone)) == local.weekday() * 1440 + local.hour * 60 + local.minute
