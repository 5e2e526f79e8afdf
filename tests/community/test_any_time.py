"""Shares, calls, rounds and guests: to either side of the very border of each time; and any words of their forms."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan import community
from kentongan.community import board, calls, groups, keeping, patrols, phones, seeing, sharing
from kentongan.community.models import Share, Viewer
from kentongan.community.neighbours import GroupCall, Guest, Member, Patrol, Round
from kentongan.people.models import Person
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, refused, undone
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZERO = timedelta()
JAYAPURA = ZoneInfo("Asia/Jayapura")


@pytest.fixture
def sri() -> Person:
    return person("sri@contoh.id", name="Bu Sri")


@pytest.fixture
def head(sri: Person) -> Member:
    """The head of a group in the east, where it is tomorrow for nine hours of a day."""
    return community.member(sri, community.create(sri, "RT 05", "rt", "Asia/Jayapura").pk)


@pytest.fixture
def dwi(head: Member) -> Member:
    return Member.objects.create(group=head.group, person=person("dwi@contoh.id", name="Dwi"))


# --- shares ---


@given(MOMENTS, around(ZERO), around(ZERO))
@example(LEAP_DAY, ZERO, ZERO)
@example(LEAP_DAY, -TICK, ZERO)
@few(3, shared=True)
def test_a_share_ends_at_its_moment_and_who_is_late_is_told_of_once(sri, now, over, late) -> None:
    """It ended `over` ago, and who shares meant to be there `late` ago."""
    now = now.astimezone(UTC)
    with undone(now):
        share = Share.objects.create(person=sri, started_at=now - TICK, ends_at=now - over, due_at=now - late)
        seen = seeing.sight(Viewer.objects.create(share=share, digest="d", is_link=True, sealed=""))
        is_over, is_late = over >= ZERO, late >= ZERO
        assert (sharing.running(sri) is None) == (sharing.running(sri, lock=True) is None) == is_over == seen.is_over
        assert seen.stage == ("ended" if is_over else "late" if is_late else "waiting")
        for again in (1, 0):
            assert keeping.end_due() == again * (is_over or is_late)
        share.refresh_from_db()
        assert share.ended_at == (now - over if is_over else None)
        assert (share.late_at is not None) == (is_late and not is_over)


@given(MOMENTS, around(sharing.KEPT), around(seeing.SILENT, -seeing.SILENT), around(seeing.ONE_LOOK, -seeing.ONE_LOOK))
@example(LEAP_DAY, sharing.KEPT, seeing.SILENT, seeing.ONE_LOOK)
@example(LEAP_DAY, sharing.KEPT - TICK, seeing.SILENT + TICK, seeing.ONE_LOOK + TICK)
@few(6, shared=True)
def test_a_viewer_sees_for_a_day_who_is_silent_after_minutes_and_looks_are_one_for_seconds(
    sri, now, began, heard, looked
) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        share = Share.objects.create(person=sri, started_at=now - began, ends_at=now + DAY, heard_at=now - heard)
        viewer = Viewer.objects.create(share=share, digest=sharing.digest("t"), is_link=True, person=sri, sealed="",
                                       seen_at=now - looked)  # fmt: skip
        is_there = not refused(lambda: seeing.find_viewer("t", None), "no_share")
        assert is_there == (began <= sharing.KEPT)
        assert len(seeing.shared_with(sri)) == is_there
        assert seeing.sight(viewer).is_silent == (abs(heard) > seeing.SILENT)
        seeing.note_look(viewer)
        viewer.refresh_from_db()
        assert (viewer.seen_at == now) == (looked == ZERO or abs(looked) > seeing.ONE_LOOK)


# --- groups ---


@given(MOMENTS, around(calls.KEPT, phones.HOLDS), around(groups.AWAKE, -groups.AWAKE))
@example(LEAP_DAY, calls.KEPT, groups.AWAKE)
@example(LEAP_DAY, calls.KEPT - TICK, groups.AWAKE + TICK)
@example(LEAP_DAY, phones.HOLDS, ZERO)
@few(6, shared=True)
def test_neighbours_are_called_for_a_day_their_phones_for_half_an_hour_and_heard_for_a_minute(
    head, dwi, now, ago, heard
) -> None:
    now, told = now.astimezone(UTC), list[Any]()
    with undone(now), pytest.MonkeyPatch.context() as patched:
        patched.setattr(phones, "_pushes", lambda *_given: told.append(1) or [])
        made = GroupCall.objects.create(group=head.group, alert=uuid4(), at=now - ago, is_told=False)
        Member.objects.filter(pk=dwi.pk).update(heard_at=now - heard)
        is_called = ago < calls.KEPT
        assert bool(calls.calls_of(head.group)) == calls.is_called(dwi.person, made.alert) == is_called
        phones.tell_phones({made.alert: head.person_id})
        assert bool(told) == (ago < phones.HOLDS)
        assert not phones.untold()  # once, also where it was too late
        assert groups.hears(head.group, head.person) == (abs(heard) <= groups.AWAKE)


@given(MOMENTS, around(ZERO), around(ZERO))
@example(LEAP_DAY, ZERO, ZERO)
@example(LEAP_DAY, ZERO, -TICK)
@few(6, shared=True)
def test_a_point_counts_for_the_rounds_that_are_on_and_a_round_is_missed_when_its_time_is_over(
    head, now, begun, over
) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        point = patrols.add_point(head, "Pos", {})
        patrols.add_point(head, "Gerbang", {})
        one = Round.objects.create(group=head.group, name="Ronda", starts=time(22), minutes=5, created_at=now + DAY * 9)
        Patrol.objects.create(round=one, begins_at=now - begun, until=now - over)
        on = begun >= ZERO and over < ZERO
        assert refused(lambda: patrols.check_in(head.person, point), "no_round") == (not on)
        for again in (1, 0):
            assert patrols.warn_missed() == again * (over >= ZERO)


FORM = st.text("0123456789٣:-.+ TZx", max_size=12)


@given(FORM | st.times().map(str), FORM | st.integers(-1, 800).map(str), st.text("01٣", max_size=8))
@example("22:30+09:00", "60", "1111111")
@few(16, shared=True)
def test_any_words_of_a_round_are_one_that_can_be_planned_or_refused_with_the_field(
    head, starts, minutes, days
) -> None:
    with undone():
        patrols.add_point(head, "Pos", {})
        made: list[Round] = []
        if refused(lambda: made.append(patrols.add_round(head, "Ronda", starts, minutes, days)),
                   "bad_time", "bad_minutes", "bad_days"):  # fmt: skip
            return
        (one,) = made
        assert 5 <= one.minutes <= patrols.LONGEST
        assert len(one.days) == 7
        assert one.starts.tzinfo is None
        assert patrols.plan(head.group, datetime(2026, 11, 28, 12, tzinfo=UTC)) is not None


@given(MOMENTS, st.integers(-4, 63), st.integers(1, 31), FORM)
@example(LEAP_DAY, -2, 30, "")
@example(LEAP_DAY, -3, 30, "")
@example(LEAP_DAY, 61, 1, "")
@example(LEAP_DAY, 60, 31, "x")
@few(16, shared=True)
def test_a_guest_comes_within_sixty_days_of_the_groups_own_calendar_for_thirty_nights_at_most(
    head, now, day, nights, odd
) -> None:
    today = now.astimezone(JAYAPURA).date()
    with undone(now):
        made: list[Guest] = []
        come = today + timedelta(days=day)
        tell = lambda nights, on: made.append(board.tell_guest(head, "Tamu", "", nights, on))  # noqa: E731
        assert refused(lambda: tell(f"{nights}", f"{come}"), "bad_nights", "bad_date") == (
            nights > board.MOST_NIGHTS or not -2 <= day <= 60
        )
        if made:
            assert (made[0].from_on, made[0].until_on) == (come, come + timedelta(days=nights))
        made.clear()
        if not refused(lambda: tell(odd, odd), "bad_nights", "bad_date"):
            assert -2 <= (made[0].from_on - today).days <= 60
            assert 1 <= (made[0].until_on - made[0].from_on).days <= board.MOST_NIGHTS


@given(MOMENTS, st.integers(-2, 20))
@example(LEAP_DAY, 7)
@example(LEAP_DAY, 8)
@few(6, shared=True)
def test_a_guest_is_kept_for_a_week_after_they_left(head, now, days) -> None:
    """Days are those of UTC: in the group's own calendar it may be one longer."""
    left = now.astimezone(UTC).date() - timedelta(days=days)
    with undone(now):
        Guest.objects.create(group=head.group, person=head.person, from_on=left, until_on=left)
        keeping.sweep_groups()
        assert Guest.objects.exists() == (days <= board.GUESTS_KEPT.days)


# --- what stands in an address ---


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.uuids().map(lambda one: one.hex * 2)
       | st.text("0123456789abcdef٣_-{}", min_size=30, max_size=60), st.integers(-40, 40))  # fmt: skip
@few(16, shared=True)
def test_only_the_very_words_of_an_address_open_an_invitation_or_a_point(head, odd, cut) -> None:
    with undone():
        point = patrols.add_point(head, "Pos", {})
        for find, own, missing in (
            (groups.invited, groups.invitation(head.group), "no_invitation"),
            (patrols.point_of, patrols.point_token(point), "no_point"),
        ):  # fmt: skip
            assert find(own) is not None
            for one in (odd, own[:cut], own + odd, own.upper() + odd):
                assert one == own or refused(lambda find=find, one=one: find(one), missing)
        assert refused(lambda: seeing.find_viewer(odd, head.person), "no_share")


@given(FORM | st.integers(0, 10**14).map(str))
@example("1_0")
@example("10")
@example("000000000010")
@example("0000000000101")
@few(16, shared=True)
def test_any_key_of_a_form_takes_away_that_row_or_none(head, written) -> None:
    with undone():
        patrols.add_point(head, "Pos", {})
        made = [patrols.add_round(head, "Ronda", "22:00", "60", "1111111") for _ in range(2)]
        for one, number in zip(reversed(made), (10**9, 10), strict=True):  # a sequence may be at ten by itself
            Round.objects.filter(pk=one.pk).update(id=number)
        notice = board.post(head, "Kerja bakti")
        refused(lambda: patrols.drop(head, "round", written), "no_group")
        board.take_down(head, written)
        board.guest_left(head, written)
        key = int(written) if written.isdecimal() and len(written) < 12 else 0
        assert head.group.rounds.filter(pk=10).exists() == (key != 10)
        assert head.group.notices.exists() == (key != notice.pk)
