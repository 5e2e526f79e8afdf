"""What operators do with an alert: one owner, and everybody is told who."""

from __future__ import annotations

import threading
import zlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency import keeping, trail, watching
from kentongan.emergency.models import Alert, Duty, Entry, Position
from kentongan.emergency.states import Actor
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from tests.emergency.post import first, kept, on_duty, operator, post, press, send, silence
from tests.world import DENPASAR, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def where():
    return post()


@pytest.fixture
def budi(where):
    return on_duty(operator(), where)


@pytest.fixture
def sari(where):
    return on_duty(operator("sari@contoh.id", "Sari"), where)


def code_of(call, *given) -> str:
    with pytest.raises(Problem) as refused:
        call(*given)
    return refused.value.code


def test_the_first_who_presses_has_it_and_the_second_is_told_who(budi, sari):
    alert = press().alert
    assert {budi.pk, sari.pk} == set(alert.calls.values_list("person", flat=True))
    emergency.acknowledge(alert.pk, budi)
    with pytest.raises(Problem) as refused:
        emergency.acknowledge(alert.pk, sari)
    assert (refused.value.code, refused.value.status) == ("owned", 409)
    assert refused.value.extra == {"owner": "Budi (Posko Menteng)"}
    assert emergency.acknowledge(alert.pk, budi).owner == budi  # pressed twice: the same
    assert Entry.objects.filter(alert=alert, kind="acknowledged").count() == 1
    assert emergency.called(sari) == set()


def test_the_person_reads_who_has_it_what_is_on_the_way_and_how_it_ended(budi):
    token, alert = (done := press()).token, done.alert
    emergency.acknowledge(alert.pk, budi)
    emergency.set_out(alert.pk, budi, "Unit 3", 4)
    told = emergency.told(emergency.open_for(alert.pk, None, token))
    assert (told["state"], told["owner"], told["unit"]) == ("on_the_way", "Budi (Posko Menteng)", "Unit 3")
    assert timedelta(minutes=3) < told["eta_at"] - timezone.now() <= timedelta(minutes=4)
    emergency.arrive(alert.pk, budi)
    emergency.look(alert, budi)
    emergency.close(alert.pk, budi, "helped", "Sudah aman")
    told = emergency.told(emergency.open_for(alert.pk, None, token))
    assert (told["state"], told["result"]) == ("closed", "helped")
    kinds = [one["kind"] for one in told["log"]]
    assert kinds == ["received", "called", "acknowledged", "set_out", "arrived", "looked", "closed"]
    assert {one["by"] for one in told["log"] if one["kind"] in {"looked", "closed"}} == {"Budi (Posko Menteng)"}
    assert "Sudah aman" not in str(told)  # the operator's own words


def test_steps_of_who_does_not_have_it_are_refused(budi, sari):
    alert = press().alert
    assert code_of(emergency.arrive, alert.pk, budi) == "not_owner"
    emergency.acknowledge(alert.pk, budi)
    for call in (emergency.arrive, emergency.release):
        assert code_of(call, alert.pk, sari) == "owned"
    assert code_of(emergency.close, alert.pk, budi, "bad") == "bad_result"
    assert code_of(emergency.close, alert.pk, budi, "exercise") == "bad_result"  # it is not one
    assert code_of(emergency.set_out, alert.pk, budi, " ") == "missing_unit"
    assert code_of(emergency.take_over, alert.pk, sari, " ") == "missing_reason"
    emergency.take_over(alert.pk, sari, "Budi sedang menelepon")
    assert kept(alert.pk).owner == sari


def test_other_regions_and_roles_see_nothing(budi):
    alert = press().alert
    bali = on_duty(operator("bali@contoh.id", "Wayan", "51.71"), post("51.71", "51.71", "Posko Denpasar"))
    viewer = operator("baca@contoh.id", "Baca", role="viewer")
    for who in (bali, viewer, person("lain@contoh.id")):
        for call in (emergency.acknowledge, emergency.arrive, emergency.release):
            assert code_of(call, alert.pk, who) == "no_alert"
        assert code_of(emergency.look, alert, who) == "no_alert"
    assert code_of(emergency.begin_duty, viewer, alert.watch_id) == "not_your_post"
    assert press(lon=DENPASAR[0], lat=DENPASAR[1]).alert.watch.title == "Posko Denpasar"


def test_an_operator_whose_console_falls_silent_has_nothing_any_more_and_the_others_are_called(budi, sari):
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    assert emergency.release_silent() == 0
    silence(budi)
    assert emergency.release_silent() == 1
    alert = kept(alert.pk)
    assert (alert.state, alert.owner) == ("received", None)
    assert emergency.called(sari) == {alert.pk}
    emergency.acknowledge(alert.pk, sari)
    emergency.set_out(alert.pk, sari, "Unit 3")
    silence(sari)
    emergency.release_silent()
    assert (kept(alert.pk).state, kept(alert.pk).owner) == ("on_the_way", None)  # help goes on
    emergency.beat(budi)
    emergency.acknowledge(alert.pk, budi)
    assert (kept(alert.pk).state, kept(alert.pk).owner) == ("on_the_way", budi)


def test_who_no_longer_works_there_is_on_duty_no_longer(budi, where):
    assert emergency.is_watched("31.71")
    budi.memberships.update(until=timezone.now())
    emergency.beat(budi)
    assert not emergency.is_watched("31.71")
    assert Duty.objects.get(person=budi).until is not None


def test_a_cancel_without_a_code_is_one_and_an_operator_may_doubt_it(budi):
    done = press()
    path = f"alerts/{done.alert.pk}/cancel"
    assert send(path, {}, done.token).json()["state"] == "cancelled"
    assert send(path, {}, done.token).json()["state"] == "cancelled"
    assert Entry.objects.filter(kind="cancelled").count() == 1
    assert send(f"alerts/{done.alert.pk}/positions", {"lon": 106.8, "lat": -6.2}, done.token).status_code == 409
    emergency.doubt(done.alert.pk, budi, "Terdengar teriakan")
    assert emergency.told(kept(done.alert.pk))["state"] == "acknowledged"


def test_a_duress_code_looks_exactly_like_a_cancel_and_tells_the_operator(budi, sari):
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    answers = {}
    for code in ("1234", "9876"):
        done = press(who)
        assert emergency.told(done.alert)["asks_code"]
        emergency.acknowledge(done.alert.pk, budi)
        wrong = send(f"alerts/{done.alert.pk}/cancel", {"code": "0000"}, done.token)
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_code")
        answer = send(f"alerts/{done.alert.pk}/cancel", {"code": code}, done.token)
        assert answer.status_code == 200
        emergency.note(done.alert.pk, budi, "catatan")
        emergency.look(done.alert, budi)
        emergency.close(done.alert.pk, budi, "helped")
        told = emergency.told(kept(done.alert.pk))
        answers[code] = {
            key: value for key, value in told.items() if key not in {"alert_id", "received_at", "ended_at"}
        }
        answers[code]["log"] = [(one["kind"], one["text"], one["by"]) for one in told["log"]]
    assert answers["1234"] == answers["9876"]
    assert answers["1234"]["state"] == "cancelled"
    assert [one.duress for one in Alert.objects.order_by("created_at")] == [False, True]
    Alert.objects.update(cancelled_at=timezone.now() - timedelta(days=8))
    forced = Alert.objects.get(duress=True)
    assert "duress" in [one["kind"] for one in emergency.log(forced)]  # a week later all is shown


def test_under_duress_everybody_on_duty_is_called_and_it_can_be_taken(budi, sari):
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    done = press(who)
    emergency.cancel_with(done.alert, who, "9876")
    assert emergency.called(budi) == emergency.called(sari) == {done.alert.pk}
    emergency.acknowledge(done.alert.pk, sari)
    assert code_of(emergency.acknowledge, done.alert.pk, budi) == "owned"
    assert emergency.told(kept(done.alert.pk))["state"] == "cancelled"


def test_codes_are_digits_and_two_different_ones():
    who = person("warga@contoh.id")
    for given in (("12",), ("abcd",), ("123456789",), ("1234", "1234"), ("1234", "x")):
        assert code_of(emergency.choose, who, *given) in {"bad_code", "same_code"}
    emergency.choose(who, "1234")
    assert emergency.are_chosen(who)
    emergency.remove(who)
    assert not emergency.are_chosen(who)


def test_words_places_and_pictures_follow_each_once(budi):
    done = press()
    key, path = str(uuid4()), f"alerts/{done.alert.pk}"
    for _twice in range(2):
        told = send(f"{path}/messages", {"text": "Ada asap", "key": key, "kind": "fire"}, done.token).json()
        sent = send(f"{path}/positions", {"positions": [{"lon": 106.81, "lat": -6.18, "n": 1}]}, done.token)
        assert sent.json() == {"kept": 1}
    assert [one["text"] for one in told["messages"]] == ["Ada asap"]
    assert kept(done.alert.pk).kind == "fire"
    assert len(emergency.positions(done.alert)) == 2
    assert {one["lon"] for one in emergency.positions(done.alert)} == {106.82, 106.81}
    one = emergency.add_media(done.alert, None, b"\xff\xd8\xff" + b"x" * 100)
    assert emergency.add_media(done.alert, None, b"\xff\xd8\xff" + b"x" * 100).pk == one.pk
    assert emergency.media_content(done.alert, one.pk)[1] == "image/jpeg"
    assert code_of(emergency.add_media, done.alert, None, b"<svg>") == "bad_media"
    huge = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00\x00\xea\x60" * 2 + b"\x08\x02\x00\x00\x00"
    huge += zlib.crc32(huge[12:]).to_bytes(4, "big") + b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"
    assert code_of(emergency.add_media, done.alert, None, huge) == "photo_too_many_pixels"
    assert send(f"{path}/messages", {}, done.token).status_code == 422
    assert send(f"{path}/positions", {"lon": 0, "lat": 0}, done.token).status_code == 422


def test_beyond_what_an_alert_takes_it_says_so_and_goes_on(budi, where, monkeypatch):
    alert, caller = press().alert, trail.Who(Actor.CALLER)
    for name, most in (("MOST_SPOTS", 1), ("MOST_MESSAGES", 0), ("MOST_MEDIA", 0), ("LARGEST", 100)):
        monkeypatch.setattr(trail, name, most)
    for call, given, code in (
        (emergency.say, (caller, uuid4(), " \0"), "missing_words"),
        (emergency.say, (caller, uuid4(), "x" * 2001), "too_long"),
        (emergency.say, (caller, uuid4(), "Tolong"), "too_many"), (emergency.describe, (None, "apa"), "bad_kind"),
        (emergency.add_media, (None, b"\xff\xd8\xff"), "too_many"),
        (emergency.add_media, (None, b"\xff\xd8\xff" + b"x" * 100), "too_large"),
    ):  # fmt: skip
        assert code_of(call, alert, *given) == code
    emergency.add_positions(alert, {"positions": [{"lon": 106.81, "lat": -6.18, "n": 1}]})
    assert len(emergency.positions(alert)) == 1
    assert code_of(emergency.say, Alert(pk=uuid4()), caller, uuid4(), "Tolong") == "no_alert"
    # Who may not sign in any more works at no post, and a console that was closed ends its turn.
    assert emergency.posts_of(budi) == [where]
    budi.is_active = False
    assert emergency.posts_of(budi) == []
    silence(budi, 16 * 60)
    assert watching.close_silent() == 1
    assert Duty.objects.get(person=budi).until is not None


def test_places_words_and_pictures_are_deleted_as_told_and_the_times_stay(budi):
    done = press()
    emergency.say(done.alert, trail.Who(Actor.CALLER), uuid4(), "Tolong")
    emergency.acknowledge(done.alert.pk, budi)
    emergency.close(done.alert.pk, budi, "helped", "Diantar pulang")
    Alert.objects.update(ended_at=timezone.now() - timedelta(days=29))
    assert emergency.sweep_alerts() == 0
    Alert.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert emergency.sweep_alerts() == 1
    alert = kept(done.alert.pk)
    assert (alert.positions.count(), alert.messages.count(), alert.area_code, alert.person) == (0, 0, "31.71", None)
    assert not alert.entries.exclude(words="").exists()
    assert alert.entries.count() == 4
    assert code_of(emergency.open_for, done.alert.pk, None, done.token) == "no_alert"
    Alert.objects.update(ended_at=timezone.now() - timedelta(days=400))
    emergency.sweep_alerts()
    assert not Alert.objects.exists()


def test_what_nobody_answers_stays_three_days_and_is_told_to_be_unanswered():
    done = press()
    Alert.objects.update(created_at=timezone.now() - timedelta(days=2))
    emergency.sweep_alerts()
    assert kept(done.alert.pk).state == "received"
    long_ago = timezone.now() - timedelta(days=4)
    Alert.objects.update(created_at=long_ago)
    emergency.sweep_alerts()
    assert kept(done.alert.pk).state == "received"  # somebody had it until a moment ago
    Alert.objects.update(called_from=long_ago)
    emergency.sweep_alerts()
    assert (kept(done.alert.pk).state, kept(done.alert.pk).result) == ("closed", "unanswered")


def test_a_new_key_in_front_seals_all_anew_and_the_old_one_may_go(monkeypatch):
    monkeypatch.setattr(config(), "safety_keys", ["a" * 40])
    done = press()
    emergency.say(done.alert, trail.Who(Actor.CALLER), uuid4(), "Tolong")
    emergency.add_media(done.alert, None, b"\xff\xd8\xffgambar")
    monkeypatch.setattr(config(), "safety_keys", ["b" * 40, "a" * 40])
    assert keeping.renew_seals() == (3, 0)
    monkeypatch.setattr(config(), "safety_keys", ["b" * 40])
    assert emergency.messages(done.alert)[0]["text"] == "Tolong"
    assert emergency.media_content(done.alert, done.alert.media.get().pk)[0] == b"\xff\xd8\xffgambar"
    monkeypatch.setattr(config(), "safety_keys", ["c" * 40])
    assert keeping.renew_seals() == (0, 3)
    assert emergency.positions(done.alert) == []  # told as unknown, no fault


@pytest.mark.django_db(transaction=True)
def test_of_many_operators_who_press_at_once_one_has_it_and_all_others_are_told_who(where):
    crew = [on_duty(operator(f"op{at}@contoh.id", f"Op {at}"), where) for at in range(5)]
    alert, told = press().alert, []

    def take(who) -> None:
        try:
            emergency.acknowledge(alert.pk, who)
            told.append("mine")
        except Problem as problem:
            told.append(problem.extra["owner"])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(one,)) for one in crew]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    owner = emergency.owner_name(kept(alert.pk))
    assert sorted(told, key=lambda one: one != "mine") == ["mine", *[owner] * 4]
    assert Entry.objects.filter(alert=alert, kind="acknowledged").count() == 1


def test_an_exercise_is_marked_and_stays_in_the_house(budi, where):
    alert = emergency.begin_exercise(budi, where)
    assert alert.exercise
    assert emergency.told(alert)["exercise"]
    assert emergency.called(budi) == {alert.pk}
    emergency.acknowledge(alert.pk, budi)
    emergency.close(alert.pk, budi, "exercise")
    assert kept(alert.pk).result == "exercise"


def test_places_are_of_their_alert_only():
    one, two = press(), press()
    assert Position.objects.count() == 2
    assert len(emergency.positions(one.alert)) == len(emergency.positions(two.alert)) == 1
    assert first()["alert_id"] != first()["alert_id"]
