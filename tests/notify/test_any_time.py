"""Mails and messages to phones: held, due, late and taken back, to either side of the very border of each time."""

from __future__ import annotations

from datetime import UTC, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.foundation.nearness import CLOCKS
from kentongan.notify import bundling, delivery, push_rounds, pushing, regretting
from kentongan.notify.models import Message, Phone, Push
from kentongan.reports.models import Entry
from tests.depth import few
from tests.inputs import DAY, LEAP_DAY, MOMENTS, TICK, around, at, undone
from tests.network.stays import sent
from tests.world import person

pytestmark = pytest.mark.django_db
ZERO = timedelta()
AHEAD = delivery.LONGEST_PAUSE + timedelta(minutes=5)


@pytest.fixture
def phone(db: None) -> Phone:
    return Phone.objects.create(person=person(), digest="d", host="push.example")


@given(MOMENTS, around(ZERO, -AHEAD), around(DAY), around(delivery.LEASE).map(abs))
@example(LEAP_DAY, ZERO, DAY, delivery.LEASE)
@example(LEAP_DAY, ZERO, DAY + TICK, delivery.LEASE - TICK)
@example(LEAP_DAY, -AHEAD, DAY, ZERO)
@few(8, shared=True)
def test_a_mail_is_one_workers_once_it_is_due_until_its_lease_is_over(db, now, ago, written, later) -> None:
    now = now.astimezone(UTC)
    with undone():
        Message.objects.create(key="k", address="a@contoh.id", due_at=now - ago, written_at=now - written)
        with at(now):
            assert delivery.late(DAY) == ((1, written) if written > DAY else (0, ZERO))
            assert delivery.ahead() == (-ago > AHEAD)
            assert len(delivery._lease(9)) == (ago >= ZERO)
            assert not delivery._lease(9)
        if ago >= ZERO:
            with at(now + later):
                assert len(delivery._lease(9)) == (later >= delivery.LEASE)


CALLED = push_rounds.LEASE + CLOCKS
BUSY = st.none() | around(ZERO, CALLED)


@given(MOMENTS, around(ZERO, -push_rounds.LONGEST_WAIT), around(ZERO), BUSY, around(push_rounds.LEASE))
@example(LEAP_DAY, ZERO, -TICK, None, push_rounds.LEASE)
@example(LEAP_DAY, ZERO, -TICK, ZERO, push_rounds.LEASE - TICK)
@example(LEAP_DAY, ZERO, -TICK, CALLED + TICK, ZERO)
@example(LEAP_DAY, ZERO, ZERO, None, ZERO)
@example(LEAP_DAY, -push_rounds.LONGEST_WAIT, -DAY, None, ZERO)
@example(LEAP_DAY, -push_rounds.LONGEST_WAIT - TICK, -DAY, None, ZERO)
@few(3, shared=True)
def test_a_phone_is_called_by_one_worker_while_what_it_is_told_is_of_use(phone, now, ago, over, busy, later) -> None:
    """`over`: how long ago it was no more of use; `busy`: for how long another worker calls the phone yet, which is no
    longer than a lease, as nothing waits for longer than a service may ask, but by a clock that was put back since."""
    now = now.astimezone(UTC)
    with undone():
        push = Push.objects.create(key="k", phone=phone, due_at=now - ago, expires_at=now - over)
        Phone.objects.update(called_until=None if busy is None else now + busy)
        is_due = (ago >= ZERO or -ago > push_rounds.LONGEST_WAIT) and over < ZERO
        is_free = busy is None or not ZERO < busy <= CALLED
        with at(now):
            assert push_rounds._due().exists() == (is_due and is_free)
            assert len(push_rounds._lease([push.pk])) == (is_due and is_free)
            other = Push.objects.create(key="l", phone=phone, due_at=now, expires_at=now + DAY)
            assert not push_rounds._lease([push.pk, *[other.pk] * (is_due or not is_free)])
        with at(now + max(later, ZERO)):
            if is_due and is_free:
                is_over = max(later, ZERO) >= push_rounds.LEASE
                assert len(push_rounds._lease([push.pk])) == (is_over and later < -over)
        push.due_at = now - ago
        push.save()
        with at(now):
            push_rounds._end_late()
            push.refresh_from_db()
            assert (push.error == "too late") == (ago >= ZERO and over >= ZERO)


@given(MOMENTS, st.none() | around(push_rounds.TOLD), around(ZERO))
@example(LEAP_DAY, push_rounds.TOLD, ZERO)
@example(LEAP_DAY, push_rounds.TOLD + TICK, TICK)
@few(8, shared=True)
def test_that_a_phone_was_told_is_noted_once_a_minute_and_what_waits_is_known_by_its_time(
    phone, now, told, written
) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        Phone.objects.update(told_at=None if told is None else now - told)
        push = Push.objects.create(
            key="duty/1", phone=Phone.objects.get(), is_urgent=True, written_at=now - written, expires_at=now + DAY
        )
        assert bool(pushing.waiting(["duty/"], now)) == (written > ZERO)
        push_rounds._mark([push])
        assert (Phone.objects.get().told_at == now) == (told is None or told == ZERO or told > push_rounds.TOLD)


LEAVES = regretting.HELD - regretting.MARGIN


@given(MOMENTS, around(LEAVES), around(ZERO, regretting.HELD))
@example(LEAP_DAY, LEAVES, ZERO)
@example(LEAP_DAY, LEAVES - TICK, ZERO)
@few(6, shared=True)
def test_what_a_step_wrote_waits_for_a_minute_and_is_taken_back_no_later_than_it_leaves(world, now, ago, due) -> None:
    now = now.astimezone(UTC)
    entry: Any = SimpleNamespace(at=now - ago, data={"regrets": True})
    mail: Any = SimpleNamespace(entry=entry, due_at=now + due)
    regretting.hold([mail])
    assert mail.due_at == max(now + due, entry.at + regretting.HELD)
    with undone(now):
        report = sent()
        step, back = (
            Entry.objects.create(report=report, seq=seq, kind="noted", at=now - ago, data=data)
            for seq, data in ((8, {"regrets": True}), (9, {"takes_back": 7}))
        )  # fmt: skip
        assert [*regretting._waiting(back)] == [step] * (ago < LEAVES)


@given(MOMENTS, st.lists(around(ZERO, bundling.WINDOW), max_size=bundling.AT_ONCE + 2))
@example(LEAP_DAY, [bundling.WINDOW] * bundling.AT_ONCE)
@example(LEAP_DAY, [bundling.WINDOW - TICK] * bundling.AT_ONCE)
@few(4, shared=True)
def test_more_than_a_few_mails_within_ten_minutes_go_together_when_they_are_over(world, phone, now, before) -> None:
    """`before`: how long ago the mails before this one were written."""
    now, owner = now.astimezone(UTC), phone.person
    with undone(now):
        entry = Entry.objects.create(report=sent(), seq=9, kind="noted")
        mails = [
            Message(key=f"{number}", to_person=owner, address="a", entry=entry, written_at=now - ago, sent_at=now)
            for number, ago in enumerate(before)
        ]
        Message.objects.bulk_create(mails)
        mail = Message(to_person=owner, entry=entry, due_at=now)
        bundling.hold_back([mail])
    are_many = sum(ago < bundling.WINDOW for ago in before) >= bundling.AT_ONCE
    assert mail.due_at == (now + bundling.WINDOW if are_many else now)
