"""A timer of an account with codes: nobody who only holds its phone ends or delays it, or sees which code was given."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import emergency
from kentongan.api import alerts
from kentongan.emergency.models import Alert, Timer
from kentongan.foundation.problems import Problem
from kentongan.people import erasing
from tests.emergency.post import on_duty, operator, post, send
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
CLAIM = "t" * 30


@pytest.fixture
def warga():
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    return who


@pytest.fixture
def phone(warga):
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(warga)
    return client


@pytest.fixture
def timer(phone):
    begun = {"timer_id": str(uuid4()), "minutes": 30, "text": "Pulang lewat kebun", "lon": 106.82, "lat": -6.17}
    came = send("timers", begun, CLAIM, phone)
    assert (came.status_code, came.json()["asks_code"]) == (201, True)
    return begun


def test_ending_it_takes_the_code_and_a_wrong_one_ends_nothing(phone, timer):
    end = f"timers/{timer['timer_id']}/end"
    for wrong in ({}, {"code": ""}, {"code": "0000"}, {"code": "12345678901"}, {"code": 1.5}, []):
        came = send(end, wrong, CLAIM, phone)
        assert (came.status_code, came.json()["code"]) == (422, "wrong_code"), wrong
    assert Timer.objects.get().ended_at is None
    assert send(end, {"code": "1234"}, CLAIM).json()["ended_at"]  # whoever has the phone's claim and the code
    assert not Alert.objects.exists()
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert emergency.alert_due() == 0


def test_it_is_moved_later_with_the_code_only_and_sooner_without(phone, timer):
    before = Timer.objects.get().due_at
    later = {**timer, "minutes": 60}
    assert send("timers", later, CLAIM, phone).json()["code"] == "wrong_code"
    assert Timer.objects.get().due_at == before
    assert send("timers", {**later, "code": "1234"}, CLAIM, phone).status_code == 200
    assert Timer.objects.get().due_at > before
    assert send("timers", {**timer, "minutes": 1}, CLAIM, phone).status_code == 200
    assert Timer.objects.get().due_at < before
    assert not Alert.objects.exists()


@pytest.mark.parametrize("later", [False, True])
def test_the_duress_code_is_answered_alike_and_calls_the_operators(phone, warga, timer, later):
    budi = on_duty(operator(), post())
    where, said = ("timers", {**timer, "minutes": 60}) if later else (f"timers/{timer['timer_id']}/end", {})
    came = send(where, {**said, "code": "9876"}, CLAIM, phone)
    told = came.json()
    assert (came.status_code, told["alert_id"], bool(told["ended_at"])) == (200, None, not later)
    alert = Alert.objects.get()
    assert emergency.called(budi) == {alert.pk}
    assert (alert.duress, str(alert.pk) == timer["timer_id"]) == (True, False)
    assert emergency.messages(alert)[0]["text"] == "Pulang lewat kebun"
    assert "forced_timer" in alert.remarks
    assert emergency.held_by(warga) == []  # its person's list would tell whoever holds the phone
    assert phone.get(f"/api/v1/alerts/{timer['timer_id']}", headers={"Kentongan-Claim": CLAIM}).status_code == 404


def test_while_it_runs_the_codes_stay_and_tries_have_a_bound(phone, warga, timer):
    with pytest.raises(Problem, match="goes_on"):
        emergency.remove(warga)
    end = f"timers/{timer['timer_id']}/end"
    codes = [send(end, {"code": f"{number:04}"}, CLAIM, phone).status_code for number in range(12)]
    assert codes == [422] * 10 + [429] * 2
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert emergency.alert_due() == 1


def test_without_codes_a_plain_answer_is_enough():
    timer = str(uuid4())
    assert send("timers", {"timer_id": timer, "minutes": 5}, CLAIM).json()["asks_code"] is False
    assert send("timers", {"timer_id": timer, "minutes": 50}, CLAIM).status_code == 200
    assert send(f"timers/{timer}/end", {"code": "9999"}, CLAIM).json()["ended_at"]


def test_a_begin_that_is_sent_again_moves_nothing_and_uses_up_no_try(phone, timer):
    """An answer that was lost: the phone asks again, and was told of a wrong code."""
    before = Timer.objects.get()
    for _try in range(11):
        came = send("timers", {**timer, "minutes": 90, "text": "", "again": True}, CLAIM, phone)
        assert (came.status_code, came.json()["ended_at"]) == (200, None)
    after = Timer.objects.get()
    assert (after.due_at, after.sealed) == (before.due_at, before.sealed)
    assert send("timers", {**timer, "again": True}, "x" * 30, phone).status_code == 404
    assert send(f"timers/{timer['timer_id']}/end", {"code": "1234"}, CLAIM, phone).json()["ended_at"]
    assert send("timers", {**timer, "again": True}, CLAIM, phone).json()["ended_at"]


def test_codes_are_tried_ten_times_in_all_however_many_timers_are_begun(phone, timer):
    other = {**timer, "timer_id": str(uuid4())}
    assert send("timers", other, CLAIM, phone).status_code == 201
    tried = [
        send(f"timers/{one['timer_id']}/end", {"code": f"{number:04}"}, CLAIM, phone).status_code
        for one in (timer, other) for number in range(6)
    ]  # fmt: skip
    assert tried == [422] * 10 + [429] * 2


def test_a_moved_timer_knows_the_newest_place_also_under_duress(phone, timer):
    Timer.objects.update(created_at=timezone.now() - timedelta(hours=3))
    elsewhere = {**timer, "minutes": 60, "lon": 106.85, "code": "9876"}
    send("timers", elsewhere, CLAIM, phone)
    found = emergency.positions(Alert.objects.get())
    assert [one["lon"] for one in found] == [106.85]
    assert found[0]["at"] > timezone.now() - timedelta(minutes=1)
    nowhere = {"timer_id": timer["timer_id"], "minutes": 1, "text": "Masih di jalan"}
    assert send("timers", nowhere, CLAIM, phone).status_code == 200
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    emergency.alert_due()
    alert = Timer.objects.get().alert
    assert emergency.positions(alert)[0]["lon"] == 106.85
    assert emergency.messages(alert)[0]["text"] == "Masih di jalan"


def test_whoever_holds_the_phone_ends_nothing_by_erasing_the_account(phone, warga, timer):
    warga.set_password("kata-sandi-panjang-7")
    warga.save()
    phone.force_login(warga)
    refused = phone.post("/account/erase", {"password": "kata-sandi-panjang-7"})
    assert refused.status_code == 409
    assert "akun Anda tidak dapat dihapus" in refused.content.decode()
    assert Timer.objects.get().ended_at is None
    send(f"timers/{timer['timer_id']}/end", {"code": "9876"}, CLAIM, phone)
    assert Alert.objects.get().duress
    erasing.erase(warga.email)  # an alert under duress looks ended here too, and goes on
    assert Alert.objects.get().person is None


def test_who_shares_an_address_uses_up_no_timer_of_an_account(phone, warga, monkeypatch):
    monkeypatch.setattr(alerts, "TIMERS", 1)
    begun = [send("timers", {"timer_id": str(uuid4()), "minutes": 5}, CLAIM).status_code for _one in range(2)]
    assert begun == [201, 429]
    assert send("timers", {"timer_id": str(uuid4()), "minutes": 5}, CLAIM, phone).status_code == 201


def test_a_sixth_timer_of_an_account_at_once_is_refused_until_one_ends(phone, timer):
    many = [{**timer, "timer_id": str(uuid4())} for _one in range(5)]
    assert [send("timers", one, CLAIM, phone).status_code for one in many] == [201] * 4 + [429]
    assert Timer.objects.filter(ended_at=None).count() == 5
    assert send(f"timers/{timer['timer_id']}/end", {"code": "1234"}, CLAIM, phone).json()["ended_at"]
    assert send("timers", many[4], CLAIM, phone).status_code == 201
