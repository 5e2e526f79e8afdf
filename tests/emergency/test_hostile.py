"""What a hostile phone, a stranger with an id, a neighbour post or somebody who took the phone away cannot do."""

from __future__ import annotations

import base64
import importlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency import keeping, relays, trail
from kentongan.emergency.models import Alert, Duty, Look, Relay, Rule, Timer
from kentongan.emergency.states import Actor
from kentongan.foundation import outgoing, rates
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal
from tests.emergency.post import kept, on_duty, operator, post, press, send, silence
from tests.world import DENPASAR, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
CLAIM = "t" * 30


@pytest.fixture
def where():
    return post()


@pytest.fixture
def budi(where):
    return on_duty(operator(), where)


def signed_in(who) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


def refused(call, *given) -> str:
    with pytest.raises(Problem) as problem:
        call(*given)
    return problem.value.code


def run_out() -> int:
    Timer.objects.filter(ended_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
    return emergency.alert_due()


# --- the calls go on for everybody else ---


def test_a_timer_with_blank_words_stops_nobody_elses_timer(budi):
    for words in (" \n ", "Tolong"):
        timer = str(uuid4())
        assert send("timers", {"timer_id": timer, "minutes": 1, "text": words}, CLAIM).status_code == 201
    Timer.objects.update(sealed=seal({"spot": {}, "text": "  "}))  # as one that was kept before
    assert run_out() == 2
    assert Alert.objects.count() == 2


def test_a_timer_whose_alert_has_ended_already_alerts_all_the_same_and_stops_nobody(budi):
    timer = str(uuid4())
    send("timers", {"timer_id": timer, "minutes": 1, "text": "Belum pulang"}, CLAIM)
    send("alerts", {"alert_id": timer}, CLAIM)
    assert send(f"alerts/{timer}/cancel", {}, CLAIM).status_code == 200
    assert run_out() == 1
    other = Timer.objects.get().alert
    assert str(other.pk) != timer
    assert emergency.open_for(other.pk, None, CLAIM).state == "received"
    assert emergency.messages(other)[0]["text"] == "Belum pulang"


def test_a_timer_with_the_id_of_somebody_elses_alert_writes_nothing_into_it(budi):
    alert = press(claim="v" * 30).alert
    send("timers", {"timer_id": str(alert.pk), "minutes": 1, "text": "Saya aman, jangan datang"}, CLAIM)
    assert run_out() == 1
    assert emergency.messages(alert) == []
    assert Alert.objects.count() == 2


@pytest.mark.parametrize("step", ["alert_due", "call_due", "release_silent"])
def test_what_is_wrong_with_one_keeps_none_of_the_others_waiting(budi, monkeypatch, step):
    for _each in range(2):
        send("timers", {"timer_id": str(uuid4()), "minutes": 1}, CLAIM)
    alerts = [press(address=f"10.0.0.{n}").alert for n in range(2)]
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    if step == "release_silent":
        for one in alerts:
            emergency.acknowledge(one.pk, budi)
        silence(budi)
    else:
        Alert.objects.update(step_at=timezone.now() - timedelta(seconds=1))
    from kentongan.emergency import calling

    whole, seen = calling.call, []

    def once_wrong(alert, *given):
        seen.append(alert.pk)
        if len(seen) == 1:
            raise KeyError("broken")
        whole(alert, *given)

    monkeypatch.setattr(calling, "call", once_wrong)
    assert getattr(emergency, step)() == 1
    assert len(seen) == 2


def test_hundreds_from_one_phone_hide_nobody_elses_alert(budi, monkeypatch):
    monkeypatch.setattr(importlib.import_module("kentongan.emergency.board"), "MOST", 12)
    for _each in range(70):
        press(address="10.9.9.9")
    true = press(address="10.1.1.1").alert
    shown = emergency.board(budi)
    assert true.pk in [one.alert.pk for one in shown]
    assert len(shown) == 12
    assert emergency.going_on(budi) == 71
    assert "59 more go on behind these." in signed_in(budi).get("/console/alerts").text


def test_a_phone_that_says_another_kind_all_the_time_fills_no_log():
    done = press()
    answers = [send(f"alerts/{done.alert.pk}/messages", {"kind": one}, done.token) for one in ("fire", "flood") * 15]
    assert [one.status_code for one in answers] == [200] * 20 + [429, 200] * 5  # the one it has is said again
    assert done.alert.entries.filter(kind="described").count() == 20


def test_an_ipv6_network_is_one_sender(rf: RequestFactory):
    seen = {rates.address(rf.get("/", REMOTE_ADDR=one)) for one in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")}
    assert seen == {"2001:db8:1:2::"}
    assert rates.address(rf.get("/", REMOTE_ADDR="::ffff:10.1.2.3")) == "10.1.2.3"
    assert rates.address(rf.get("/", REMOTE_ADDR="::1")) == "::1"


# --- who has it ---


def test_an_alert_whose_place_turns_out_to_lie_elsewhere_calls_those_who_watch_there(budi):
    bali = on_duty(operator("bali@contoh.id", "Wayan", "51.71"), post("51.71", "51.71", "Posko Denpasar"))
    who = person("warga@contoh.id")
    who.home_area_code = "31.71.01.1001"
    who.save()
    done = press(who, lon=None, lat=None)
    emergency.acknowledge(done.alert.pk, budi)
    send(f"alerts/{done.alert.pk}/positions", {"lon": DENPASAR[0], "lat": DENPASAR[1]}, done.token)
    alert = kept(done.alert.pk)
    assert (alert.owner, alert.state) == (None, "received")
    assert emergency.called(bali) == {alert.pk}
    assert emergency.acknowledge(alert.pk, bali).owner == bali


def test_an_owner_who_left_this_body_and_is_on_duty_elsewhere_has_nothing_here_any_more(budi):
    from kentongan.bodies.models import Membership

    Membership.objects.create(person=budi, body_id="51.71", role="officer")
    on_duty(budi, post("51.71", "51.71", "Posko Denpasar"))
    sari = on_duty(operator("sari@contoh.id", "Sari"), Duty.objects.order_by("pk")[0].watch)
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    budi.memberships.filter(body_id="31").update(until=timezone.now())
    emergency.beat(budi)
    assert emergency.release_silent() == 1
    assert kept(alert.pk).owner is None
    assert emergency.called(sari) == {alert.pk}


def test_an_owner_whose_account_is_deleted_has_nothing_any_more(budi, where):
    sari = on_duty(operator("sari@contoh.id", "Sari"), where)
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    budi.delete()
    assert emergency.release_silent() == 1
    assert kept(alert.pk).state == "received"
    assert emergency.called(sari) == {alert.pk}
    assert emergency.acknowledge(alert.pk, sari).owner == sari


def test_who_takes_an_alert_is_on_duty_and_keeps_it(where):
    sari = operator("sari@contoh.id", "Sari")
    alert = press().alert
    emergency.acknowledge(alert.pk, sari)
    assert emergency.release_silent() == 0
    assert emergency.is_watched("31.71")


def test_a_clock_that_was_put_back_leaves_no_closed_laptop_on_duty(budi):
    Duty.objects.update(beat_at=timezone.now() + timedelta(hours=3))
    assert not emergency.is_watched("31.71")
    emergency.beat(budi)
    assert emergency.is_watched("31.71")


def test_a_square_is_watched_only_where_all_of_it_is(budi, monkeypatch):
    from kentongan.emergency import press as reading

    assert emergency.watched_at(106.82, -6.17) == (True, "Posko Menteng")
    monkeypatch.setattr(reading, "find_area", lambda spot, _remarks: "32.01" if spot.lon > 106.821 else "31.71")
    assert emergency.watched_at(106.82, -6.17) == (False, "")
    assert emergency.watched_at(106.8201, -6.17)[0]  # somebody else's app, who says where exactly
    monkeypatch.setattr(reading, "find_area", lambda spot, _remarks: "" if spot.lon > 106.821 else "31.71")
    assert emergency.watched_at(106.82, -6.17)[0]  # the sea


# --- whose it is ---


def test_the_id_alone_gives_nobody_the_token_of_an_alert_without_a_place():
    client = Client()
    alert = client.post("/darurat", {"alert_id": (name := str(uuid4()))}, follow=True)
    assert alert.status_code == 200
    stranger = Client(REMOTE_ADDR="198.51.100.7")
    assert send("alerts", {"alert_id": name}, client=stranger).status_code == 409
    assert send("alerts", {"alert_id": name}).status_code == 200


def test_a_stranger_cannot_use_up_what_may_follow_an_alert(monkeypatch):
    from kentongan.api import alerts

    monkeypatch.setattr(alerts, "FOLLOWING", 3)
    done = press()
    for _each in range(5):
        assert send(f"alerts/{done.alert.pk}/positions", {"lon": 106.8, "lat": -6.2}, "x" * 30).status_code == 404
    assert send(f"alerts/{done.alert.pk}/positions", {"lon": 106.8, "lat": -6.2}, done.token).status_code == 200


def test_every_look_is_noted_also_at_the_map_alone_and_after_a_refused_step(budi):
    alert, desk = press().alert, signed_in(budi)
    for look in (
        lambda: desk.get(f"/console/alerts/{alert.pk}/map.png"),
        lambda: desk.post(f"/console/alerts/{alert.pk}/note", {"text": ""}),
    ):
        Look.objects.all().delete()
        look()
        assert Look.objects.filter(alert=alert, person=budi).count() == 1


def test_who_it_was_is_forgotten_in_the_log_too(budi):
    who = person("warga@contoh.id")
    done = press(who)
    emergency.say(done.alert, trail.Who(Actor.CALLER, who), uuid4(), "Tolong")
    emergency.acknowledge(done.alert.pk, budi)
    emergency.set_out(done.alert.pk, budi, "Unit 3, ke rumah Bu Siti")
    emergency.close(done.alert.pk, budi, "helped")
    keeping.forget(kept(done.alert.pk))
    alert = kept(done.alert.pk)
    assert not alert.entries.filter(person=who).exists()
    assert alert.entries.filter(person=budi).exists()
    assert alert.unit == ""


# --- duress ---


@pytest.fixture
def forced(budi):
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    done = press(who)
    emergency.acknowledge(done.alert.pk, budi)
    return who, done


def test_how_long_an_operator_looks_on_after_the_duress_code_is_not_shown(forced, budi):
    who, done = forced
    emergency.look(done.alert, budi)
    emergency.cancel_with(done.alert, who, "9876")
    Look.objects.update(until=timezone.now() + timedelta(minutes=20))
    alert = kept(done.alert.pk)
    looks = [one for one in emergency.log(alert) if one["kind"] == "looked"]
    assert [one["until"] for one in looks] == [alert.cancelled_at]


def test_nobody_reveals_a_duress_code_by_going_on_openly_nor_closes_what_another_has(forced, budi, where):
    who, done = forced
    emergency.cancel_with(done.alert, who, "9876")
    sari = on_duty(operator("sari@contoh.id", "Sari"), where)
    for call in ((emergency.doubt, "Terdengar teriakan"), (emergency.close, "helped")):
        assert refused(call[0], done.alert.pk, sari, call[1]) in {"wrong_state", "owned"}
    assert emergency.told(kept(done.alert.pk))["state"] == "cancelled"
    emergency.close(done.alert.pk, budi, "helped")


def test_whoever_took_the_phone_away_cannot_take_the_code_away(forced):
    who, done = forced
    assert refused(emergency.remove, who) == refused(emergency.choose, who, "1111") == "goes_on"
    assert signed_in(who).post("/account/safety", {"do": "remove"}).status_code == 409
    emergency.cancel_with(done.alert, who, "9876")
    emergency.remove(who)  # as after a cancel


# --- gateways ---


class Said:
    """What a gateway was sent, instead of a server."""

    def __init__(self, monkeypatch, fails: int = 0) -> None:
        self.sent: list = []
        self.fails = fails
        monkeypatch.setattr(outgoing, "call", self)

    def __call__(self, _method, address, *, headers, **_given):
        self.sent.append((address, headers))
        if self.fails:
            self.fails -= 1
            raise outgoing.TooSlow("no answer")
        return outgoing.Answer(200, {}, b"", address)


def hooked(where, secret: str = "") -> Rule:
    sealed = seal("whsec_" + base64.b64encode(b"k" * 32).decode()) if secret == "good" else secret
    return Rule.objects.create(watch=where, after=0, to="webhook", address="https://pos.example/hook", secret=sealed)


def test_a_webhook_that_is_told_again_has_the_same_id(where, monkeypatch):
    hooked(where, "good")
    press()
    said = Said(monkeypatch, fails=1)
    emergency.deliver()
    Relay.objects.update(due_at=timezone.now())
    emergency.deliver()
    first, second = (headers["webhook-id"] for _address, headers in said.sent)
    assert first == second


def test_a_gateway_that_took_it_is_not_told_again_by_who_comes_after_a_kill(where, monkeypatch):
    class Killed(BaseException):
        """As a kill between the gateway's answer and the row."""

    def kill(_relay):
        raise Killed

    hooked(where)
    press()
    said = Said(monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(relays, "_taken", kill)
        with pytest.raises(Killed):
            emergency.deliver()
    Relay.objects.update(due_at=timezone.now())  # its lease is over
    assert emergency.deliver() == 0
    assert len(said.sent) == 1
    assert Relay.objects.get().taken_at


def test_a_webhook_whose_secret_no_key_opens_or_whose_rule_is_gone_is_not_sent_unsigned(where, monkeypatch):
    rule = hooked(where, "gAAAAA-sealed-by-a-lost-key")
    press()
    said = Said(monkeypatch)
    assert emergency.deliver() == 0
    rule.delete()
    Relay.objects.update(due_at=timezone.now())
    assert emergency.deliver() == 0
    assert said.sent == []
    assert Relay.objects.get().due_at is None


def test_no_gateway_is_told_that_nobody_has_what_somebody_has(where, budi, monkeypatch):
    hooked(where)
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    said = Said(monkeypatch)
    assert emergency.deliver() == 0
    assert said.sent == []
    assert Relay.objects.get().due_at is None


def test_a_gateway_that_hangs_is_asked_once_while_the_others_are_told(where, monkeypatch):
    rule = hooked(where)
    for n in range(6):
        press(address=f"10.0.1.{n}")
    other = press(address="10.0.2.1").alert
    Relay.objects.filter(alert=other).update(address="https://lain.example/hook")
    told = []

    def call(_method, address, **_given):
        told.append(address)
        if address == rule.address:
            raise outgoing.TooSlow("no answer")
        return outgoing.Answer(200, {}, b"", address)

    monkeypatch.setattr(outgoing, "call", call)
    assert emergency.deliver() == 1
    assert told == [rule.address, "https://lain.example/hook"]


def test_a_webhook_names_no_village(where, monkeypatch):
    hooked(where)
    alert = press().alert
    bodies = []

    def call(_method, address, *, body, **_given):
        bodies.append(body)
        return outgoing.Answer(200, {}, b"", address)

    monkeypatch.setattr(outgoing, "call", call)
    emergency.deliver()
    assert alert.area_code.encode() not in bodies[0]
    assert alert.area_code[:8].encode() in bodies[0]


def test_an_alert_by_a_form_with_unreadable_words_is_followed_all_the_same():
    answer = Client().post("/darurat", {"alert_id": str(uuid4()), "text": "\0"})
    assert answer.status_code == 302
    assert Alert.objects.count() == 1
