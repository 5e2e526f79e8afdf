"""Who is heard, who has an alert and which message is the same one: to either side of the very border of each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kentongan.bodies.models import Membership
from kentongan.emergency import (
    caller,
    calling,
    commands,
    hearing,
    keeping,
    receiving,
    relays,
    shifts,
    texting,
    timers,
    trail,
    units,
    watching,
)
from kentongan.emergency.fleet import Sending, Shift, Unit
from kentongan.emergency.models import Alert, Duty, Look, Message, Relay, Timer, Watch
from kentongan.emergency.press import Press
from kentongan.foundation.nearness import CLOCKS
from kentongan.foundation.sealing import seal
from kentongan.people.models import Person
from kentongan.places import Spot
from tests.depth import few
from tests.emergency.post import operator, post
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, at, undone
from tests.world import STREET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZERO = timedelta()


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.fixture
def where() -> Watch:
    return post()


@pytest.fixture
def budi(where: Watch) -> Person:
    made = operator()
    Membership.objects.update(since=LEAP_DAY - 2_000 * DAY)
    return made


def alert(then: datetime, **given: Any) -> Alert:
    """One that is as old as that."""
    said = {"created_at": then, "called_from": then, "heard_at": then, "area_code": "31.71.01.1001", "remarks": []}
    said["seq"] = 1  # one that is stored
    return Alert.objects.create(**{**said, **given})


# --- SMS ---

GAP = around(texting.TWICE, texting.AGAIN, texting.SAME, -texting.TWICE, -texting.AGAIN)


@given(MOMENTS, GAP, st.none() | GAP.map(abs), st.sampled_from(["", "m-1", "m-2"]))
@example(LEAP_DAY, texting.TWICE, None, "m-2")
@example(LEAP_DAY, texting.TWICE + TICK, None, "m-2")
@example(LEAP_DAY, texting.SAME, None, "m-1")
@example(LEAP_DAY, texting.SAME, None, "m-2")
@example(LEAP_DAY, texting.AGAIN, ZERO, "m-1")
@example(LEAP_DAY, -texting.AGAIN - TICK, ZERO, "m-1")
@few(8, shared=True)
def test_the_same_words_are_the_same_message_for_minutes_and_belong_to_what_goes_on_for_a_day(
    where, sent, gap, ended, name
) -> None:
    """`ended`: how long after the first message its alert ended; the second comes `gap` after the first, before it by a
    clock that has been put back: else who asks again would not be heard for as long as that."""
    sent = sent.astimezone(UTC)
    is_over, is_named_alike = ended is not None and (ended <= gap or gap < ZERO), name == "m-1"
    with undone():
        with at(sent):
            first = texting.take_text("+62812345678", "Tolong", "m-1")
        assert first is not None
        Message.objects.update(at=sent)
        if is_over:
            Alert.objects.filter(pk=first.pk).update(state="closed", ended_at=sent + ended)
        with at(sent + gap):
            assert texting.take_text("+62812345678", "Tolong", name) is not None
        counts = (Alert.objects.count(), Message.objects.count())
    if is_over:
        is_same = is_named_alike and abs(gap) <= texting.AGAIN
        assert counts == ((1, 1) if is_same else (2, 2))
    elif gap <= texting.SAME or is_named_alike:
        is_same = abs(gap) <= texting.TWICE or (is_named_alike and abs(gap) <= texting.SAME)
        assert counts == (1, 1 if is_same else 2)
    else:
        assert counts == (2, 2)


@given(MOMENTS, around(-texting.AGAIN, texting.AGAIN, ZERO))
@example(LEAP_DAY, texting.AGAIN)
@example(LEAP_DAY, -texting.AGAIN)
@few(8, shared=True)
def test_what_was_under_way_while_its_alert_ended_is_no_new_one_for_some_minutes(ended, gap) -> None:
    ended, known, written = ended.astimezone(UTC), Alert(ended_at=ended), texting.read_text("Tolong")
    written.alert_id = known.pk
    with at(ended + gap):
        assert texting._is_late(known, written) == (abs(gap) <= texting.AGAIN)


@given(MOMENTS, st.integers(8, 12), around(receiving.HOUR).map(abs))
@example(LEAP_DAY, receiving.MANY, receiving.HOUR)
@example(LEAP_DAY, receiving.MANY, receiving.HOUR + TICK)
@few(8, shared=True)
def test_from_the_eleventh_alert_of_one_sender_in_an_hour_on_they_are_marked(where, now, before, ago) -> None:
    """All but one came a moment ago; that one `ago`."""
    now = now.astimezone(UTC)
    times = [now - ago, *[now - TICK] * (before - 1)]
    with undone(now):
        Alert.objects.bulk_create([Alert(created_at=one, sender="s", remarks=[]) for one in times])
        made = receiving.keep(Press(uuid4(), Spot()), None, "s", "c" * 64)
    counted = before - 1 + (ago <= receiving.HOUR)
    assert ("many" in made.remarks) == (counted >= receiving.MANY)


# --- consoles and units ---


@given(MOMENTS, around(-watching.SILENT, watching.SILENT, timedelta(minutes=15)))
@example(LEAP_DAY, watching.SILENT)
@example(LEAP_DAY, watching.SILENT + TICK)
@example(LEAP_DAY, timedelta(minutes=15))
@example(LEAP_DAY, timedelta(minutes=15) + TICK)
@few(10, shared=True)
def test_a_console_watches_for_half_a_minute_after_it_was_heard_and_its_turn_ends_after_a_quarter_of_an_hour(
    where, budi, now, silent
) -> None:
    """To either side: one that was heard in a time to come is of a clock that was put back."""
    now = now.astimezone(UTC)
    with undone(now):
        turn = Duty.objects.create(watch=where, person=budi, since=now - silent, beat_at=now - silent)
        alert(now, owner=budi, owner_watch=where, watch=where, state="acknowledged")
        awake = abs(silent) <= watching.SILENT
        assert [one.pk for one in watching.turns([where])] == [turn.pk] * awake
        assert watching.on_duty([where]).exists() == watching.is_on_duty(budi) == awake
        assert calling.release_silent() == (not awake)
        assert watching.close_silent() == (silent > timedelta(minutes=15))
        turn.refresh_from_db()
        assert turn.until == (now - silent if silent > timedelta(minutes=15) else None)


@given(MOMENTS, around(units.QUIET, -units.QUIET, units.STALE, ZERO), st.booleans())
@example(LEAP_DAY, units.QUIET, True)
@example(LEAP_DAY, units.QUIET + TICK, True)
@example(LEAP_DAY, units.STALE, False)
@example(LEAP_DAY, units.STALE + TICK, False)
@few(10, shared=True)
def test_a_unit_is_silent_after_two_minutes_and_off_with_its_place_forgotten_after_an_hour(
    where, now, ago, is_sent
) -> None:
    """Heard, placed and told its state so long ago. Who is on the way to somebody stays."""
    now = now.astimezone(UTC)
    then, place = now - ago, seal({"lon": 106.8, "lat": -6.2})
    with undone(now):
        made = Unit.objects.create(
            watch=where, call_sign="U", state="available", state_at=then, heard_at=then, placed_at=then, sealed=place
        )
        if is_sent:
            Sending.objects.create(alert=alert(now), unit=made, answer="takes", sent_at=then)
        is_silent, is_stale = abs(ago) > units.QUIET, abs(ago) > units.STALE
        assert units.is_silent(made) == is_silent
        assert (units.place_of(made) is None) == is_stale
        assert hearing.watch_units() == (is_sent and is_silent)
        assert units.sweep_units() == is_stale
        made.refresh_from_db()
        assert made.state == ("off" if is_stale and not is_sent else "available")
        assert (made.sealed == "") == is_stale


@given(MOMENTS, around(ZERO, -DAY), st.integers(0, 600))
@example(LEAP_DAY, ZERO, 0)
@example(LEAP_DAY, TICK, 0)
@few(10, shared=True)
def test_a_place_of_a_unit_is_kept_unless_a_younger_one_is_known(where, now, ago, age) -> None:
    """One of a time to come, by a clock that was put back since, is not younger than any."""
    now = now.astimezone(UTC)
    with undone(now):
        made = Unit.objects.create(watch=where, call_sign="U", state="available", placed_at=now - ago)
        units.keep_place(made, {"lon": STREET[0], "lat": STREET[1], "age": age})
        made.refresh_from_db()
    is_kept = seconds(age) <= ago or ago < ZERO
    assert (made.sealed != "") == is_kept
    assert (made.placed_at, made.heard_at) == (now - (seconds(age) if is_kept else ago), now)


@given(MOMENTS, around(hearing.ANSWER_IN).map(abs), st.booleans())
@example(LEAP_DAY, hearing.ANSWER_IN, False)
@example(LEAP_DAY, hearing.ANSWER_IN + TICK, False)
@few(6, shared=True)
def test_that_a_unit_does_not_answer_is_told_once_after_a_minute(where, now, ago, by_radio) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        made = Unit.objects.create(watch=where, call_sign="U", state="available", heard_at=now)
        Sending.objects.create(alert=alert(now), unit=made, sent_at=now - ago, by_radio=by_radio)
        assert hearing.watch_units() == (ago > hearing.ANSWER_IN and not by_radio)
        assert hearing.watch_units() == 0


# --- what is due, and what is told once ---

DUE = around(ZERO)  # how long ago it was due


@given(MOMENTS, DUE)
@example(LEAP_DAY, ZERO)
@example(LEAP_DAY, -TICK)
@few(6, shared=True)
def test_the_next_are_called_and_a_timer_is_an_alert_at_its_moment_and_not_before(where, now, ago) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        waits = alert(now, step_at=now - ago, watch=where)
        timer = Timer.objects.create(due_at=now - ago, sealed="", sender="s", claim_digest="c")
        assert calling.call_due() == timers.alert_due() == (ago >= ZERO)
        waits.refresh_from_db()
        timer.refresh_from_db()
        assert (waits.step_at != now - ago) == (timer.ended_at is not None) == (ago >= ZERO)


@given(MOMENTS, around(keeping.UNANSWERED).map(abs), around(keeping.UNANSWERED).map(abs))
@example(LEAP_DAY, keeping.UNANSWERED, keeping.UNANSWERED + TICK)
@example(LEAP_DAY, keeping.UNANSWERED + TICK, keeping.UNANSWERED + TICK)
@few(6, shared=True)
def test_what_nobody_had_for_three_days_is_closed_as_unanswered(where, now, ago, called) -> None:
    """Three days since it came, and since it was put back last."""
    now = now.astimezone(UTC)
    with undone(now):
        left = alert(now - ago, called_from=now - called)
        assert commands.lapse_unanswered(keeping.UNANSWERED) == (min(ago, called) > keeping.UNANSWERED)
        left.refresh_from_db()
        assert (left.state == "closed") == (left.result == "unanswered") == (min(ago, called) > keeping.UNANSWERED)


LATEST = relays.LONGEST_PAUSE + CLOCKS


@given(MOMENTS, around(ZERO, LATEST), around(relays.LEASE).map(abs))
@example(LEAP_DAY, ZERO, relays.LEASE)
@example(LEAP_DAY, ZERO, relays.LEASE - TICK)
@example(LEAP_DAY, LATEST, ZERO)
@example(LEAP_DAY, LATEST + TICK, ZERO)
@few(6, shared=True)
def test_a_gateway_is_told_when_it_is_due_and_by_another_worker_when_the_first_is_lost(where, now, left, later) -> None:
    """It is due in `left`; what is so later than it ever waits is so by a clock that has been put back since."""
    now = now.astimezone(UTC)
    with undone():
        Relay.objects.create(alert=alert(now), to="mail", address="a@contoh.id", due_at=now + left)
        is_due = not ZERO < left <= LATEST
        with at(now):
            assert (relays._lease() is not None) == is_due
            assert relays._lease() is None
        with at(now + later):
            assert (relays._lease() is not None) == (later >= relays.LEASE if is_due else left <= later)


@given(MOMENTS, around(trail.ONE_LOOK).map(abs))
@example(LEAP_DAY, trail.ONE_LOOK)
@example(LEAP_DAY, trail.ONE_LOOK + TICK)
@few(6, shared=True)
def test_a_look_goes_on_over_pauses_of_two_minutes(where, budi, now, pause) -> None:
    now = now.astimezone(UTC)
    with undone():
        looked = alert(now)
        for moment in (now, now + pause):
            with at(moment):
                trail.note_look(looked, budi, where)
        looks = [(one.at, one.until) for one in Look.objects.order_by("at")]
    again = now + pause
    assert looks == ([(now, again)] if pause <= trail.ONE_LOOK else [(now, now), (again, again)])


@given(MOMENTS, around(caller.REST).map(abs))
@example(LEAP_DAY, caller.REST)
@example(LEAP_DAY, caller.REST - TICK)
@few(6, shared=True)
def test_the_screen_of_who_cancelled_stands_still_for_a_week(now, ago) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        over = alert(now - ago, cancelled_at=now - ago, state="cancelled")
        assert caller._frozen_at(over) == (now - ago if ago < caller.REST else None)


@given(MOMENTS, around(shifts.TOLD).map(abs), around(shifts.LATE), st.booleans())
@example(LEAP_DAY, shifts.TOLD, shifts.LATE, False)
@example(LEAP_DAY, shifts.TOLD - TICK, shifts.LATE + TICK, False)
@few(6, shared=True)
def test_a_gap_is_told_within_a_day_and_an_empty_post_ten_minutes_after_its_shift_began(
    where, budi, now, ahead, late, is_there
) -> None:
    """The shift of now began `late` ago, and nobody has what comes `ahead` from now."""
    assume(ahead > -late)
    now = now.astimezone(UTC)
    with undone(now):
        Shift.objects.create(watch=where, person=budi, begins_at=now - late, ends_at=now + ahead)
        if is_there:
            Duty.objects.create(watch=where, person=budi, since=now, beat_at=now)
        told = {"gap": ahead < shifts.TOLD, "absent": late > shifts.LATE and ahead > ZERO and not is_there}
        for again in (1, 0):
            assert shifts.tell_gaps() == sum(told.values()) * again


ANEW = calling.AGAIN + CLOCKS


@given(MOMENTS, around(calling.LEFT_ASIDE, ZERO, ANEW), around(ANEW, ZERO), st.integers(0, 3))
@example(LEAP_DAY, calling.LEFT_ASIDE, ZERO, 0)
@example(LEAP_DAY, calling.LEFT_ASIDE + TICK, ZERO, 0)
@example(LEAP_DAY, ZERO, ANEW, 3)
@example(LEAP_DAY, ZERO, ANEW + TICK, 3)
@few(6, shared=True)
def test_no_alert_waits_for_a_call_that_a_clock_put_off_which_has_been_put_back_since(
    where, budi, now, called, step, steps
) -> None:
    """Its rules are counted from `called` from now on, the next is due in `step`, and `steps` of its three are done."""
    now = now.astimezone(UTC)
    with undone(now):
        Duty.objects.create(watch=where, person=budi, since=now, beat_at=now)
        due = max(called, step)
        waits = alert(now, watch=where, called_from=now + called, step_at=now + due, steps=steps)
        is_put_off = due > ANEW and (called > calling.LEFT_ASIDE or steps >= 3)
        assert calling.release_silent() == is_put_off
        waits.refresh_from_db()
        assert (waits.called_from == now) == (is_put_off or called == ZERO)
        assert calling.called(budi) == ({waits.pk} if is_put_off else set())
        assert calling.release_silent() == 0
