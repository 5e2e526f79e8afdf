"""Between instances: who is believed for how long, who is spoken to when, and when an alert becomes ours to answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.emergency import elsewhere, handing
from kentongan.emergency.abroad import asking, courier, settling, taking
from kentongan.emergency.models import Alert
from kentongan.emergency.stays import Claim, Line, Side, Stay, StayState
from kentongan.foundation.nearness import CLOCKS
from kentongan.network import peers
from kentongan.network.models import Peer, PeerState
from tests.depth import few
from tests.emergency.post import post
from tests.inputs import LEAP_DAY, MOMENTS, TICK, around, at, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZERO, LATER = timedelta(), timedelta(hours=1)


@pytest.fixture
def bali() -> Peer:
    """The instance that watches Denpasar. It is never called: nothing waits for it."""
    made = Peer.objects.create(name="bali", title="Lapor Bali", dialect="kentongan", state=PeerState.ACTIVE)
    peers.set_reach(made, "51.71")
    return made


def stay(peer: Peer, now: datetime, side: Side = Side.OUT, owner_away: str = "", **given: Any) -> Stay:
    """An alert that lies there, or theirs that lies here."""
    alert = Alert.objects.create(
        created_at=now, called_from=now, seq=1, shared=True, away="Lapor Bali" if side == Side.OUT else "",
        area_code="51.71.01.1001", owner_away=owner_away, remarks=[],
    )  # fmt: skip
    return Stay.objects.create(alert=alert, peer=peer, title="Lapor Bali", side=side, state=StayState.HELD, **given)


@given(MOMENTS, around(elsewhere.FRESH, -elsewhere.FRESH, elsewhere.KNOWN))
@example(LEAP_DAY, elsewhere.FRESH)
@example(LEAP_DAY, elsewhere.FRESH + TICK)
@example(LEAP_DAY, elsewhere.KNOWN)
@few(6, shared=True)
def test_that_somebody_is_on_duty_there_is_believed_for_seconds_and_whose_area_it_is_for_days(bali, now, ago) -> None:
    """A word of a time to come is of a clock of ours that was put back, and may be as old as that."""
    now = now.astimezone(UTC)
    with undone(now):
        Claim.objects.create(peer=bali, area_code="51.71", post="Posko", on_duty=True, at=now - ago)
        elsewhere.claimed.forget()
        found = elsewhere.find("51.71.01.1001")
    elsewhere.claimed.forget()
    assert (found is not None) == (ago < elsewhere.KNOWN)
    assert found is None or found.on_duty == (abs(ago) <= elsewhere.FRESH)


LEASED, WAITS = courier.LEASE + CLOCKS, courier.LONGEST_PAUSE + CLOCKS


@given(MOMENTS, around(asking.EVERY, ZERO), around(LEASED, ZERO), around(WAITS, ZERO))
@example(LEAP_DAY, asking.EVERY, LEASED, ZERO)
@example(LEAP_DAY, -TICK, ZERO, WAITS)
@few()
def test_an_instance_is_asked_and_told_again_after_its_pause_whatever_the_clock_did(now, ago, leased, due) -> None:
    line = Line(asked_at=now - ago, leased_until=now + leased)
    assert asking.is_due(line, now) == (not ZERO <= ago < asking.EVERY)
    assert courier._rests(line, now) == (ZERO < leased <= LEASED)
    assert courier._rests(Line(due_at=now + due), now) == (ZERO < due <= WAITS)
    assert asking.is_due(Line(), now)
    assert not courier._rests(Line(), now)


@given(MOMENTS, around(LEASED, ZERO))
@example(LEAP_DAY, LEASED)
@example(LEAP_DAY, ZERO)
@few(6, shared=True)
def test_of_two_workers_one_speaks_with_an_instance_and_the_other_once_the_first_is_lost(bali, now, left) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        line = Line.objects.create(peer=bali, leased_until=now + left, asked_at=now)
        courier.turn(bali)
        line.refresh_from_db()
        assert (line.leased_until is None) == (not ZERO < left <= LEASED)


@given(MOMENTS, around(courier.BEAT, -courier.BEAT), around(settling.SILENT, -settling.SILENT))
@example(LEAP_DAY, courier.BEAT, settling.SILENT)
@example(LEAP_DAY, courier.BEAT + TICK, settling.SILENT + TICK)
@few(6, shared=True)
def test_an_alert_that_goes_on_is_spoken_of_and_one_whose_instance_is_silent_is_nobodys(bali, now, ago, silent) -> None:
    """Ours of which nothing was said for a while; and one of theirs that somebody has there, who is heard no more."""
    now = now.astimezone(UTC)
    with undone(now):
        told = stay(bali, now, since=now, heard_at=now - ago)
        theirs = stay(bali, now, Side.IN, "Made", since=now, heard_at=now - silent)
        assert list(courier._beats(now)) == [told] * (abs(ago) > courier.BEAT)
        settling.look_after()
        theirs.alert.refresh_from_db()
        assert (theirs.alert.owner_away == "") == (abs(silent) > settling.SILENT)


PATIENCE = timedelta(seconds=20)


@given(MOMENTS, st.none() | around(PATIENCE, -PATIENCE, timedelta(seconds=2)), around(settling.UNTAKEN, ZERO))
@example(LEAP_DAY, PATIENCE, ZERO)
@example(LEAP_DAY, PATIENCE + TICK, ZERO)
@example(LEAP_DAY, None, settling.UNTAKEN)
@example(LEAP_DAY, None, settling.UNTAKEN + TICK)
@few(6, shared=True)
def test_an_alert_is_ours_when_its_instance_fails_for_a_while_or_nobody_has_it_there_for_minutes(
    bali, now, failing, held
) -> None:
    """`failing`: how long no call has got through; `held`: how long it has lain there."""
    now = now.astimezone(UTC)
    with undone(now):
        where = post("51.71")
        where.abroad_seconds = PATIENCE.total_seconds()
        where.save()
        lies = stay(bali, now, since=now - held, heard_at=now, failing_since=None if failing is None else now - failing)
        settling.look_after()
        lies.alert.refresh_from_db()
        is_untaken = abs(held) > settling.UNTAKEN
        is_late = abs(failing) > PATIENCE if failing is not None else is_untaken
        assert lies.alert.called_home == is_late


@given(MOMENTS, around(handing.REST, -handing.REST))
@example(LEAP_DAY, handing.REST)
@example(LEAP_DAY, handing.REST + TICK)
@few(6, shared=True)
def test_an_alert_moves_on_a_minute_after_it_was_given_and_not_before(bali, now, ago) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        post()
        lies = stay(bali, now, since=now - ago, heard_at=now)
        handing._move(lies.alert, "31.71.01.1001")
        lies.refresh_from_db()
        assert (lies.state == StayState.LEAVING) == (abs(ago) > handing.REST)


ETA = timedelta(minutes=taking.LONGEST_ETA)


@given(MOMENTS, around(-taking.LATE, ETA, ZERO))
@example(LEAP_DAY, ETA)
@example(LEAP_DAY, -taking.LATE)
@few()
def test_only_a_time_that_somebody_may_wait_for_is_named(now, ahead) -> None:
    now = now.astimezone(UTC)
    with at(now):
        assert taking._soon(now + ahead) == (now + ahead if -taking.LATE < ahead < ETA else None)
        assert taking._soon(None) is None
