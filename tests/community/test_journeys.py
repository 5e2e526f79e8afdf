"""What the places of a journey say, and when rounds are due: for any places and any clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.community import journeys, patrols
from kentongan.community.journeys import AGREE, OLD, THERE, WIDE, Way, judge
from kentongan.community.sharing import _address
from kentongan.foundation.problems import Problem
from kentongan.places import Spot, distance
from kentongan.web.family_pages import _number
from kentongan.web.neighbour_steps import _number as _key
from tests.depth import few

BEGAN = datetime(2026, 11, 27, 10, tzinfo=UTC)
TO = (106.85, -6.16)
NEAR = st.tuples(st.floats(106.80, 106.86), st.floats(-6.20, -6.15))
PLACE = st.tuples(
    NEAR | st.just(TO) | st.just((106.8, -6.2)), st.none() | st.floats(0, 400), st.integers(0, 60), st.integers(0, 400)
)  # fmt: skip


@given(st.lists(PLACE, max_size=8), st.booleans())
@few(60)
def test_nothing_is_said_of_a_journey_that_two_places_at_least_did_not_say(
    places: list[tuple[tuple[float, float], float | None, int, int]], is_journey: bool
) -> None:
    way, now, said_before = Way(*TO) if is_journey else Way(), BEGAN, list[tuple[str, float]]()
    for (lon, lat), accuracy, pause, age in places:
        now += timedelta(seconds=pause)
        at = now - timedelta(seconds=age)
        said = judge(way, Spot(lon, lat, accuracy), at, now)
        assert (way.lon, way.lat) == (lon, lat)  # who watches sees the newest place, whatever it says
        counts = is_journey and accuracy is not None and 0 < accuracy <= WIDE and now - at <= OLD
        if not counts:
            assert said == ""
            continue
        alone = "there" if distance(lon, lat, *TO) <= THERE else way.says if way.says != "there" else ""
        said_before.append((way.says, at.timestamp()))
        if said:
            assert said == way.says == alone
            same = [when for word, when in said_before if word == said]
            assert max(same) - min(same) >= AGREE.total_seconds()
            assert (said == "there") == (distance(lon, lat, *TO) <= THERE)


@given(NEAR, st.floats(0, 400), st.text(max_size=5))
@few(20)
def test_a_way_that_was_sealed_is_opened_as_it_was(at: tuple[float, float], accuracy: float, to: str) -> None:
    way = Way(*TO, to, lon=at[0], lat=at[1], accuracy=accuracy, says="off", since=5.0)
    assert journeys.opened(journeys.closed(way)) == way
    assert journeys.opened("") == Way()


ZONES = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]).map(ZoneInfo)


@given(
    st.times().map(lambda at: at.replace(microsecond=0)), st.integers(5, patrols.LONGEST),
    st.text("01", min_size=7, max_size=7), st.integers(0, 7 * 1440), st.integers(-3000, 3000), ZONES,
)  # fmt: skip
@few(60)
def test_a_round_is_on_at_every_time_of_its_week_that_has_begun_and_is_not_long_over(
    starts: time, minutes: int, days: str, passed: int, made: int, zone: ZoneInfo
) -> None:
    now = BEGAN + timedelta(minutes=passed)
    one: Any = SimpleNamespace(starts=starts, minutes=minutes, days=days, created_at=now - timedelta(minutes=made))
    local = now.astimezone(zone).date()
    wanted = []
    for back in range(6, -3, -1):
        day = local - timedelta(days=back)
        begins = datetime.combine(day, starts, zone)
        until = begins + timedelta(minutes=minutes)
        if days[day.weekday()] == "1" and one.created_at <= begins <= now < until + patrols.LATE:
            wanted.append((begins, until))
    assert patrols.begun(one, now, zone) == wanted
    assert patrols.begun(one, now.astimezone(zone), zone) == wanted  # in whatever zone the clock is read


@given(st.text("0123456789٣ -+", max_size=14))
@few()
def test_a_number_of_a_form_is_one_that_a_database_takes_or_none(written: str) -> None:
    assert 0 <= _key(written) < 10**12
    found = _number(written)
    assert found is None or 0 <= found < 10_000


@given(st.emails() | st.text(max_size=20))
@few()
def test_an_address_of_mail_is_kept_as_accounts_have_it_or_refused(typed: str) -> None:
    try:
        found = _address(typed)
    except Problem as problem:
        found = "" if problem.code == "bad_email" else "?"
    assert found == found.strip().lower()
    assert found == "" or "@" in found
    assert _address(found) == found


def test_a_journey_without_an_end_says_nothing() -> None:
    assert judge(Way(), Spot(*TO, 10), BEGAN, BEGAN) == ""
    with pytest.raises(Problem, match="bad_email"):
        _address("x")
