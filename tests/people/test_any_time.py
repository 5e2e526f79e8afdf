"""What opens a door for a time: open until its moment in any zone and year, closed from that very microsecond on."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan import casework
from kentongan.casework.inviting import invite
from kentongan.emergency.models import Timer
from kentongan.emergency.timers import LONGEST
from kentongan.emergency.timers import begin as begin_timer
from kentongan.foundation.problems import Problem
from kentongan.network import keys
from kentongan.network.models import Peer
from kentongan.people import tokens
from kentongan.people.models import Person
from tests.depth import few
from tests.inputs import BESIDE, CLOCKS_GO_BACK, LEAP_DAY, MOMENTS, TICK, at
from tests.world import person

pytestmark = pytest.mark.django_db


def opens(do, *given) -> bool:
    try:
        do(*given)
    except Problem:
        return False
    return True


@given(MOMENTS, BESIDE, st.sampled_from([1, 30, 366]))
@example(LEAP_DAY, -TICK, 1)
@example(CLOCKS_GO_BACK, timedelta(), 1)
@few(12, shared=True)
def test_a_token_holds_until_its_moment_and_is_told_expired_for_a_month(world, begun, beside, days) -> None:
    somebody = Person.objects.filter(email="warga@contoh.id").first() or person()
    with at(begun):
        written, _row = tokens.issue(somebody, "uji", timedelta(days=days))
    ends = begun.astimezone(UTC) + timedelta(days=days)
    with at(ends + beside):
        assert opens(tokens.holder, written) == (beside < timedelta())
        assert len(tokens.held_by(somebody)) == (beside < timedelta())
        tokens.sweep()
        assert somebody.api_tokens.exists() == (beside <= tokens.LIFETIME)
    somebody.api_tokens.all().delete()


@given(MOMENTS, BESIDE, st.sampled_from([None, 1, 30, 36_525]))
@example(LEAP_DAY, -TICK, 1)
@example(CLOCKS_GO_BACK, timedelta(), 1)
@few(12, shared=True)
def test_an_api_key_holds_until_its_moment_or_until_it_is_ended(world, begun, beside, days) -> None:
    Peer.objects.all().delete()
    with at(begun):
        written, _row = keys.new_key("kota", days=days)
    with at(begun.astimezone(UTC) + timedelta(days=days or 1) + beside):
        assert opens(keys.key_holder, written) == (days is None or beside < timedelta())


@given(MOMENTS, BESIDE)
@example(LEAP_DAY, -TICK)
@example(CLOCKS_GO_BACK, timedelta())
@few(12, shared=True)
def test_an_invitation_holds_for_a_week(world, begun, beside) -> None:
    with at(begun):
        token = casework.invitation_token(invite(None, "31.roads", "baru@contoh.id", "officer"))
    with at(begun.astimezone(UTC) + timedelta(days=7) + beside):
        assert opens(casework.read_invitation, token) == (beside < timedelta())
        assert len(casework.open_invitations("31.roads")) == (beside < timedelta())


@given(MOMENTS, st.integers(-1, 1_500), st.sampled_from([0.5, True, "5", None]) | st.none())
@example(LEAP_DAY, 1440, None)
@example(CLOCKS_GO_BACK, 60, None)
@few(12, shared=True)
def test_a_timer_runs_out_so_many_minutes_later_whatever_the_clocks_on_the_wall_say(world, begun, minutes, odd) -> None:
    sent = {"timer_id": str(uuid4()), "minutes": minutes if odd is None else odd}
    made: list[Timer] = []
    with at(begun):
        taken = opens(lambda: made.append(begin_timer(sent, None, "10.0.0.1", "a" * 43)[0]))
    assert taken == (odd is None and 1 <= minutes <= LONGEST.total_seconds() / 60)
    for one in made:
        assert one.due_at - begun.astimezone(UTC) == timedelta(minutes=minutes)
        one.delete()
