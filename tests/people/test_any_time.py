"""What opens a door for a time: open until its moment in any zone and year, closed from that very microsecond on."""

from __future__ import annotations

from datetime import UTC, timedelta
from types import SimpleNamespace
from unittest.mock import patch
from uuid import uuid4

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.models import Session
from django.test import Client
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
from kentongan.people import inviting, sessions, tokens
from kentongan.people.models import Person, SignedIn
from tests.depth import few
from tests.inputs import BESIDE, CLOCKS_GO_BACK, LEAP_DAY, MOMENTS, TICK, around, at, undone
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


@given(MOMENTS, around(timedelta()))
@example(LEAP_DAY, timedelta())
@example(LEAP_DAY, -TICK)
@few(6, shared=True)
def test_a_session_is_open_until_its_very_end(db, now, over) -> None:
    now = now.astimezone(UTC)
    with undone(now):
        owner = person()
        store = sessions.SessionStore()
        store["_auth_user_hash"] = owner.get_session_auth_hash()
        store.create()
        Session.objects.update(expire_date=now - over)
        SignedIn.objects.create(key=store.session_key, person=owner, seen_on=now.date())
        is_open = over < timedelta()
        assert bool(sessions.SessionStore(store.session_key).load()) == is_open
        assert len(sessions.open_sessions(owner)) == is_open


SECOND = timedelta(seconds=1)
LINK_HOLDS = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


@given(st.integers(1_800_000_000, 7_000_000_000), st.integers(0, 400))
@example(1_800_000_000, 180)
@example(1_800_000_000, 181)
@few(2, shared=True)
def test_a_code_of_a_mail_signs_in_for_three_minutes(db, now, age) -> None:
    client, clock = Client(), SimpleNamespace(time=lambda: now)
    with undone(), patch("allauth.account.internal.flows.code_verification.time", clock):
        person()
        client.post("/accounts/login/code/", {"email": "warga@contoh.id"})
        stages = client.session["account_login"]["state"]["stages"]
        clock.time = lambda: now + age
        client.post("/accounts/login/code/confirm/", {"code": stages["login_by_code"]["data"]["code"]})
        assert ("_auth_user_id" in client.session) == (age <= 180)


@given(MOMENTS, around(LINK_HOLDS, timedelta()))
@example(LEAP_DAY, LINK_HOLDS)
@example(LEAP_DAY, LINK_HOLDS + SECOND)
@few(4, shared=True)
def test_a_link_by_which_a_password_is_chosen_holds_for_three_days_and_until_one_is_chosen(db, now, age) -> None:
    moment = now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    check = EmailAwarePasswordResetTokenGenerator().check_token
    with undone(), patch.object(PasswordResetTokenGenerator, "_now", lambda _self: moment):
        token = inviting.add_person("baru@contoh.id").rstrip("/").rpartition("/")[2].partition("-")[2]
        made = Person.objects.get(email="baru@contoh.id")
        then = moment + age
        with patch.object(PasswordResetTokenGenerator, "_now", lambda _self: then):
            assert check(made, token) == (int(age / SECOND) <= LINK_HOLDS / SECOND)
            made.set_password("x")
            assert not check(made, token)


@given(st.integers(1_800_000_000, 7_000_000_000), st.integers(-65, 65))
@example(1_800_000_000, 29)
@example(1_800_000_000, 30)
@few(10, shared=True)
def test_a_code_of_a_second_factor_holds_for_its_half_minute(db, now, later) -> None:
    secret = totp.generate_totp_secret()
    clock = SimpleNamespace(time=lambda: now)
    with patch.object(totp, "time", clock):
        (counter,) = totp.yield_hotp_counters_from_time()
        code = totp.format_hotp_value(totp.hotp_value(secret, counter))
        clock.time = lambda: now + later
        assert totp.validate_totp_code(secret, code) == ((now + later) // 30 == now // 30)
