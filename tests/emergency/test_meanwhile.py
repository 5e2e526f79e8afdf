"""What somebody does between the moment the worker looks and the moment it locks holds: nothing is done over it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency import calling, commands, texting, timers
from kentongan.emergency.models import Alert, Call, Timer
from tests.emergency.post import kept, on_duty, operator, post, press, send, silence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
CLAIM = "t" * 30


@pytest.fixture
def budi():
    return on_duty(operator(), post())


@pytest.fixture
def meanwhile(monkeypatch):
    """Does something after a worker has looked what is due, and before it locks the first of it."""

    def between(module, act) -> None:
        real = module.each

        def first_act(do, keys) -> int:
            found = list(keys)
            assert found
            act()
            return real(do, found)

        monkeypatch.setattr(module, "each", first_act)

    return between


def test_who_takes_it_while_the_next_are_to_be_called_has_it_and_nobody_is_called(budi, meanwhile):
    alert = press().alert
    Alert.objects.update(step_at=timezone.now(), called_from=timezone.now() - timedelta(minutes=9))
    meanwhile(calling, lambda: emergency.acknowledge(alert.pk, budi))
    assert emergency.call_due() == 0
    assert (kept(alert.pk).owner, Call.objects.count()) == (budi, 0)


def test_a_step_that_is_due_of_an_alert_that_somebody_has_is_forgotten(budi):
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    Alert.objects.update(step_at=timezone.now())  # as an older program may have left it
    assert emergency.call_due() == 0
    assert (kept(alert.pk).owner, kept(alert.pk).step_at, Call.objects.count()) == (budi, None, 0)


def test_whose_console_answers_again_at_the_last_moment_keeps_the_alert(budi, meanwhile):
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    silence(budi)
    meanwhile(calling, lambda: silence(budi, 0))
    assert emergency.release_silent() == 0
    assert (kept(alert.pk).owner, kept(alert.pk).state) == (budi, "acknowledged")


def test_what_is_taken_at_the_last_moment_is_not_closed_as_unanswered(budi, meanwhile):
    alert = press().alert
    long_ago = timezone.now() - timedelta(days=4)
    Alert.objects.update(created_at=long_ago, called_from=long_ago)
    meanwhile(commands, lambda: emergency.acknowledge(alert.pk, budi))
    assert commands.lapse_unanswered(timedelta(days=3)) == 0
    assert (kept(alert.pk).state, kept(alert.pk).result) == ("acknowledged", "")


def test_a_timer_that_is_answered_at_the_last_moment_becomes_no_alert(budi, meanwhile):
    sent = {"timer_id": str(uuid4()), "minutes": 5, "lon": 106.82, "lat": -6.17}
    assert send("timers", sent, CLAIM).status_code == 201
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    meanwhile(timers, lambda: send(f"timers/{sent['timer_id']}/end", {}, CLAIM))
    assert emergency.alert_due() == 0
    assert not Alert.objects.exists()


def test_one_sms_that_two_take_in_at_once_is_one_alert_whose_words_are_there_once(budi, monkeypatch):
    real = texting._new

    def other_first(*given) -> Alert:
        real(*given)
        raise IntegrityError

    monkeypatch.setattr(texting, "_new", other_first)
    alert = emergency.take_text("+6281234567890", "Tolong, ada kebakaran")
    assert [one.pk for one in Alert.objects.all()] == [alert.pk]
    assert [one["text"] for one in emergency.messages(alert)] == ["Tolong, ada kebakaran"]


@pytest.mark.parametrize("words", ["", "  ", "\0\x07"])
def test_an_sms_that_says_nothing_is_nobodys_alert(budi, words):
    assert emergency.take_text("+6281234567890", words) is None
    assert not Alert.objects.exists()
