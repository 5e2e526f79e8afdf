"""Whatever a phone, an SMS, a form or another instance says: nothing of it loses a call for help. And every time rule:
who is called when, which hours nobody has, how long a unit needs."""

from __future__ import annotations

import base64
import math
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.api import sms
from kentongan.emergency import shifts, texting, travel, units
from kentongan.emergency.abroad import opening, server, taking
from kentongan.emergency.calling import AGAIN, due
from kentongan.emergency.models import Watch
from kentongan.emergency.posts import Step
from kentongan.emergency.press import read_id
from kentongan.emergency.timers import read_code
from kentongan.foundation.problems import Problem
from kentongan.places import Spot, read_spot
from kentongan.places.spots import OLDEST, read_age
from tests.depth import few

DEGREES = st.floats(95, 141), st.floats(-11, 6)
ANY = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
    | st.sampled_from(["106.8", "-6.2", " 1e3 ", "٣", "nan", "1_0", "9" * 50, "true", 10**400])
)  # fmt: skip
NAMES = ("lon", "lat", "accuracy", "age", "battery", "n")


# --- places ---


@given(st.dictionaries(st.sampled_from(NAMES), ANY))
@example({"lon": -6.2, "lat": 106.8})
@few(80)
def test_any_place_of_a_phone_is_one_on_the_globe_or_none_with_a_remark(sent: dict[str, Any]) -> None:
    remarks: list[str] = []
    spot = read_spot(sent, remarks)
    assert (spot.lon is None) == (spot.lat is None)
    if spot.lon is None or spot.lat is None:
        assert remarks
    else:
        assert abs(spot.lon) <= 180
        assert abs(spot.lat) <= 90
    assert spot.accuracy is None or 0 <= spot.accuracy <= 1e7
    assert spot.age is None or 0 <= spot.age <= OLDEST
    assert spot.battery is None or spot.battery in range(101)
    assert timedelta() <= spot.age_as_time <= timedelta(days=1)
    assert read_spot(spot.as_kept(), []).as_kept() == spot.as_kept()  # read once more it says the same


@given(st.floats(-1e6, 1e9), st.floats(0, 1e6))
@few()
def test_an_older_place_is_never_told_to_be_younger(age: float, more: float) -> None:
    one, other = read_age(age, []), read_age(age + more, [])
    assert one is None or (other is not None and one <= other)


# --- SMS ---

WORDS = st.lists(
    st.sampled_from(["Tolong", "promo", "k:", "A" * 22, ".0123456789ab", " ", "-6.17", "106.82", ",", ";", "geo:",
                     "lat=", "&lon=", "(12 m", "\ud83c", "🆘", "\0", "http://maps.google.com/?q=", "-6,170 106,820"]),
    max_size=8,
).map("".join)  # fmt: skip


@given(WORDS | st.text(max_size=40))
@few(80)
def test_any_sms_is_words_that_can_be_kept_and_a_place_on_the_globe_or_none(written: str) -> None:
    found = texting.read_text(written)
    assert "\0" not in found.words.encode().decode()  # and no half of a letter
    assert found.spot.is_known <= found.calls
    assert found.spot.lon is None or (abs(found.spot.lon) <= 180 and abs(found.spot.lat or 0) <= 90)
    assert texting.read_text(found.words) == found


@given(*DEGREES, st.integers(0, 9999), st.uuids(), st.text("0123456789abcdef", min_size=12, max_size=12), st.booleans())
@few()
def test_what_the_page_writes_into_an_sms_is_read_as_it_was_meant(
    lon: float, lat: float, metres: int, alert: UUID, hint: str, comma: bool
) -> None:
    name = base64.urlsafe_b64encode(alert.bytes).decode().rstrip("=")
    at = f"mlat={lat:.5f}&mlon={lon:.5f}"
    there = f"https://www.openstreetmap.org/?{at.replace('.', ',') if comma else at} ({metres} m, 20:14:03)"
    found = texting.read_text(f"TOLONG {there} k:{name}.{hint}")
    assert (found.alert_id, found.hint, found.calls) == (alert, hint, True)
    assert (found.spot.lon, found.spot.lat) == (round(lon, 5), round(lat, 5))
    assert found.spot.accuracy == metres


@given(st.lists(st.sampled_from([*"0123456789+-(). ", "٣", "\0", "Telko", "\ud800"]), max_size=30).map("".join))
@few()
def test_a_number_that_sent_an_sms_is_one_to_dial_or_the_name_as_it_came(written: str) -> None:
    number = texting._plain(written)
    assert len(number) <= 40
    assert "\0" not in number
    assert texting._plain(number) == number


CALL = st.recursive(
    st.text(max_size=5) | st.integers(-(2**63), 2**64 - 1) | st.none() | st.booleans(),
    lambda inner: st.dictionaries(
        st.sampled_from(["From", "text", "messages", "payload", "Body", "id", "data", "é"]), inner, max_size=3
    ) | st.lists(inner, max_size=2),
    max_leaves=5,
)  # fmt: skip


@given(CALL.map(orjson.dumps) | st.binary(max_size=20) | st.just(b'{"text": "\\ud83c", "From": 1}'))
@few(60)
def test_whatever_a_gateway_posts_is_messages_with_words_or_refused(content: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        try:
            found = list(sms._messages(kind, content))
        except Problem as problem:
            found = [{"text": "-"}] if problem.code == "bad_message" else []
        assert found
        for one in found:
            assert all(name == name.lower() and value.encode() is not None for name, value in one.items())
            assert sms._first(one, sms.BODY)


# --- ids, areas, codes ---


@given(st.uuids(), st.sampled_from([str, str.upper, "{{{}}}".format, "urn:uuid:{}".format]), ANY)
@few()
def test_any_id_is_one_or_refused(made: UUID, written: Any, value: object) -> None:
    assert read_id(written(str(made)), "alert_id") == made
    with pytest.raises(Problem, match="bad_alert"):
        read_id(value, "alert_id")


@given(st.sampled_from(["", "31", "31.71"]), st.text("0123456789.", max_size=13) | st.text(max_size=6))
@few()
def test_the_area_of_a_unit_lies_in_that_of_its_post_or_is_refused(around: str, written: str) -> None:
    try:
        found = units.read_area(Watch(area_code=around), written)
    except Problem as problem:
        found = around if problem.code == "bad_area" else "?"
    assert f"{found}.".startswith(f"{around}." if around else "")


@given(ANY)
@few()
def test_any_key_of_a_row_is_a_number_that_a_database_takes(written: object) -> None:
    assert 0 <= units.key(written) < 10**18
    assert read_code({"code": written}) == read_code({"code": read_code({"code": written})})


# --- another instance ---


@given(CALL.map(lambda said: {"alerts": said}) | CALL)
@few()
def test_whatever_an_instance_posts_is_alerts_with_letters_or_refused(said: object) -> None:
    try:
        found = server._alerts(orjson.dumps(said))
    except Problem as problem:
        found = [] if problem.code == "bad_letters" else [(UUID(int=0), [problem])]
    for _alert, letters in found:
        read, bad = taking._read(letters)
        assert len(read) + len(bad) <= len(letters)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
@few()
def test_a_time_of_theirs_is_kept_as_one_of_the_last_two_days(at: datetime) -> None:
    before = timezone.now()
    found = opening.when(at)
    assert before - opening.OLDEST <= found <= timezone.now()
    assert found == at or found > before or found < before - opening.OLDEST + timedelta(minutes=1)


# --- who is called when ---

SINCE = datetime(2026, 11, 27, 10, tzinfo=UTC)


@given(
    st.lists(st.integers(0, 600), max_size=6), st.lists(st.integers(0, 300), min_size=1, max_size=8), st.booleans()
)  # fmt: skip
@few(60)
def test_each_rule_is_followed_once_in_its_order_and_never_early_however_late_one_looks(
    after: list[int], pauses: list[int], in_order: bool
) -> None:
    rules = tuple(Step(one, "all") for one in (sorted(after) if in_order else after))
    now, done, followed = SINCE, 0, list[tuple[int, int]]()
    for pause in pauses:
        before = done
        done, again = due(rules, done, SINCE, now)
        followed += [(at, int((now - SINCE).total_seconds())) for at in range(before, done)]
        assert now < again <= max([now + AGAIN, *(SINCE + timedelta(seconds=one.after) for one in rules)])
        if done < len(rules):
            assert due(rules, done, SINCE, again)[0] > done  # whoever comes then finds something to do
        now += timedelta(seconds=pause)
    assert [at for at, _when in followed] == list(range(done))
    assert all(when >= rules[at].after for at, when in followed)
    if in_order:
        assert all(one.after > (now - SINCE).total_seconds() - pauses[-1] for one in rules[done:])


# --- shifts ---

NOON = datetime(2026, 11, 27, 5, tzinfo=UTC)
HOURS = st.integers(-30, 200)
TURN = st.tuples(HOURS, st.integers(1, 24)).map(lambda one: (NOON + timedelta(hours=one[0]), one[1]))
TAKEN = st.lists(TURN.map(lambda one: (one[0], one[0] + timedelta(hours=one[1]))), max_size=8).map(sorted)


@given(TAKEN, st.integers(-60, 60))
@few(60)
def test_the_hours_that_nobody_has_are_those_that_no_shift_covers(
    taken: list[tuple[datetime, datetime]], at: int
) -> None:
    now, until = NOON + timedelta(minutes=at), NOON + timedelta(hours=150)
    first = taken[0][0] if taken else NOON
    found = shifts.holes(taken, first, now, until)
    for hour in range(-2, 152):
        moment = NOON + timedelta(hours=hour, minutes=30)
        is_open = max(now, first) <= moment < until and not any(begins <= moment < ends for begins, ends in taken)
        assert any(one.begins_at <= moment < one.ends_at for one in found) is is_open
    assert all(now <= one.begins_at < one.ends_at <= until for one in found)
    assert all(one.ends_at < other.begins_at for one, other in pairwise(found))
    assert len({one.since for one in found}) == len(found)  # each is told once: by this it is known again


ZONES = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]).map(ZoneInfo)
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), TIMES, TIMES, ZONES)
@few()
def test_a_shift_ends_within_a_day_of_its_begin_by_the_clock_of_its_place(
    day: date, begins: time, ends: time, zone: ZoneInfo
) -> None:
    first, last = shifts.span(day, begins, ends, zone)
    assert timedelta() < last - first <= timedelta(days=1)
    assert (first.time(), first.date(), last.time()) == (begins, day, ends)
    assert first.astimezone(UTC).astimezone(zone) == first


@given(
    st.dictionaries(
        st.sampled_from(["day", "from", "to"]), st.text(max_size=12) | st.dates().map(str) | st.times().map(str)
    )
)
@example({"day": "2026-11-28", "from": "22:00+07:00", "to": "06:00"})
@few(60)
def test_any_times_of_a_form_are_those_of_a_shift_or_refused_with_the_field(given_: dict[str, str]) -> None:
    zone = ZoneInfo("Asia/Jakarta")
    try:
        day, begins, ends = shifts._read_times(given_, zone)
    except Problem as problem:
        begins = ends = time() if problem.field in {"day", "from"} else time(tzinfo=UTC)
        day = timezone.localdate(timezone=zone)
    today = timezone.localdate(timezone=zone)
    assert today - timedelta(days=1) <= day <= today + shifts.FARTHEST
    assert begins.tzinfo is ends.tzinfo is None


# --- the way of a unit ---


@given(*DEGREES, *DEGREES, st.booleans())
@few()
def test_a_unit_needs_the_longer_the_farther_it_is_and_as_long_there_as_back(
    lon: float, lat: float, east: float, north: float, under_way: bool
) -> None:
    one, other = Spot(lon, lat), Spot(east, north)
    there, back = travel.way(one, other, under_way=under_way), travel.way(other, one, under_way=under_way)
    half = travel.way(one, Spot((lon + east) / 2, (lat + north) / 2), under_way=under_way)
    assert there == back
    assert there is not None
    assert half is not None
    assert half.seconds <= there.seconds + 1
    assert there.seconds >= (0 if under_way else travel.START)
    assert there.minutes == max(1, math.ceil(there.seconds / 60))


def test_of_an_unknown_place_there_is_no_way() -> None:
    assert travel.way(Spot(), Spot(106.8, -6.2)) is None
    with pytest.raises(Problem, match="bad_letters"):
        server._alerts(b"[" * 10_000)
