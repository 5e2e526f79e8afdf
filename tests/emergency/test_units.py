"""Units: sent, answered, on the way, there; what the caller reads of it, and a phone or laptop that dies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency import cards, units
from kentongan.emergency.fleet import Sending, Unit
from kentongan.emergency.models import Alert, Entry
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from tests.emergency.post import kept, on_duty, operator, post, press, silence
from tests.world import DENPASAR, STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
KILOMETRE = 0.008993  # degrees of latitude


@pytest.fixture
def where():
    return post()


@pytest.fixture
def budi(where):
    return on_duty(operator(role="coordinator"), where)


def crew(name: str = "sari") -> Any:
    return operator(f"{name}@contoh.id", name.title(), role="viewer")


def unit(where: Any, *people: Any, name: str = "Unit 3", state: str = "available", far: float | None = 1.0) -> Unit:
    """A unit so many kilometres south of where alerts come from."""
    made = Unit.objects.create(watch=where, call_sign=name, kind="ambulance", area_code=where.area_code)
    made.members.set(people)
    if state != "off":
        made = emergency.report(made, people[0] if people else crew(name.replace(" ", "")), state)
        if far is not None:
            emergency.hear(made, {"lon": STREET[0], "lat": STREET[1] - far * KILOMETRE, "accuracy": 10})
    return Unit.objects.get(pk=made.pk)


def quiet(made: Unit, seconds: int = 180) -> None:
    Unit.objects.filter(pk=made.pk).update(heard_at=timezone.now() - timedelta(seconds=seconds))


def taken(budi: Any, sender: Any = None) -> Any:
    done = press(sender)
    emergency.acknowledge(done.alert.pk, budi)
    return done


def told(done: Any) -> dict[str, Any]:
    return emergency.told(emergency.open_for(done.alert.pk, None, done.token))


def kinds(done: Any) -> list[str]:
    return [one.kind for one in Entry.objects.filter(alert=done.alert).order_by("seq")]


def refused(code: str, act: Any, *given: Any) -> None:
    with pytest.raises(Problem) as wrong:
        act(*given)
    assert wrong.value.code == code


def test_a_unit_is_sent_takes_it_is_there_and_is_free_again_when_the_alert_is_closed(where, budi):
    # Resgrid/Core#273: units stayed on the scene after a call was closed. TicketsCAD#50: a state not shown everywhere.
    sari = crew()
    made, done = unit(where, sari), taken(budi)
    [offer] = emergency.offers(done.alert, budi)
    assert offer.way is not None
    # 1 km as the crow flies, 1.4 of it by road at 25 km/h, and a minute to get under way.
    assert (offer.way.metres, offer.way.minutes, offer.is_free) == (pytest.approx(1000, abs=3), 5, True)
    sent = emergency.send_unit(done.alert.pk, budi, made.pk)
    assert emergency.send_unit(done.alert.pk, budi, made.pk).pk == sent.pk  # pressed twice
    assert told(done)["units"] == []  # nobody is said to come who has not said so
    assert kept(done.alert.pk).state == "acknowledged"
    emergency.answer(made, sari, sent.pk, True)
    emergency.answer(made, sari, sent.pk, True)
    said = told(done)
    assert (said["state"], said["unit"], said["units"][0]["state"]) == ("on_the_way", "Unit 3", "on_the_way")
    assert 3.5 < (said["eta_at"] - timezone.now()).total_seconds() / 60 < 5.1
    emergency.hear(made, {"lon": STREET[0], "lat": STREET[1] - KILOMETRE / 10, "accuracy": 5})
    assert (told(done)["eta_at"] - timezone.now()).total_seconds() < 60  # told anew while it comes nearer
    emergency.report(made, sari, "there")
    said = told(done)
    assert (said["state"], said["units"][0]["state"], said["eta_at"]) == ("there", "there", None)
    emergency.close(done.alert.pk, budi, "helped")
    made.refresh_from_db()
    assert (made.state, Sending.objects.get().ending) == ("available", "alert_ended")
    assert [one["by"] for one in told(done)["log"] if one["kind"].startswith("unit_")] == ["Sari (Posko Menteng)"] * 2
    assert kinds(done) == ["received", "called", "acknowledged", "sent", "unit_takes", "unit_there", "closed"]
    refused("sending_over", emergency.answer, made, sari, sent.pk, True)


def test_one_that_cannot_is_named_to_the_operator_and_never_to_the_caller(where, budi):
    sari = crew()
    made, done = unit(where, sari), taken(budi)
    sent = emergency.send_unit(done.alert.pk, budi, made.pk)
    emergency.answer(made, sari, sent.pk, False, "Ban kempis")
    said = told(done)
    assert (said["state"], said["unit"], said["units"]) == ("acknowledged", "", [])
    assert kinds(done)[-1] == "unit_cannot"
    assert Unit.objects.get().state == "available"
    refused("sending_over", emergency.answer, made, sari, sent.pk, True)
    again = emergency.send_unit(done.alert.pk, budi, made.pk)  # asked anew, it takes it, and turns back
    emergency.answer(made, sari, again.pk, True)
    emergency.report(made, sari, "busy")
    said = told(done)
    assert (said["state"], said["unit"], said["eta_at"]) == ("acknowledged", "", None)
    assert kinds(done)[-1] == "unit_turned"
    assert Unit.objects.get().state == "busy"


def test_who_has_another_alert_or_is_off_or_works_elsewhere_is_not_sent(where, budi):
    # TicketsCAD#82: a second call reset the state of a unit at work. #83: a unit out of service could be sent.
    made, first, second = unit(where, crew()), taken(budi), taken(budi)
    emergency.send_unit(first.alert.pk, budi, made.pk)
    refused("unit_busy", emergency.send_unit, second.alert.pk, budi, made.pk)
    asleep = unit(where, crew("ani"), name="Unit 4", state="off")
    refused("unit_off", emergency.send_unit, second.alert.pk, budi, asleep.pk)
    bali = post("51.71", "51.71", "Posko Denpasar")
    far = unit(bali, operator("bali@contoh.id", "Wayan", "51.71"), name="Unit 9")
    refused("no_unit", emergency.send_unit, second.alert.pk, budi, far.pk)
    for wrong in ("", "x", "-1", "9" * 30):
        refused("no_unit", emergency.send_unit, second.alert.pk, budi, wrong)
    # SnailyCAD#660: whoever is not the dispatcher of it sends nobody.
    other = on_duty(operator("lain@contoh.id", "Lain"), where)
    refused("owned", emergency.send_unit, first.alert.pk, other, made.pk)
    refused("unit_busy", emergency.end_unit, budi, where.pk, made.pk)


def test_free_ones_come_first_and_of_them_the_nearest_that_is_heard(where, budi):
    near, mute = unit(where, crew("a"), name="A"), unit(where, crew("b"), name="B", far=0.1)
    far = unit(where, crew("c"), name="C", far=5)
    placeless = unit(where, crew("d"), name="D", far=None)
    off, busy = unit(where, crew("e"), name="E", state="off"), unit(where, crew("f"), name="F", state="busy", far=0.1)
    quiet(mute)
    done = taken(budi)
    order = [one.unit.pk for one in emergency.offers(done.alert, budi)]
    assert order == [near.pk, far.pk, placeless.pk, mute.pk, busy.pk, off.pk]
    assert [one.is_silent for one in emergency.offers(done.alert, budi)][3]


def test_a_phone_that_dies_on_the_way_is_told_and_no_time_is_named_any_more(where, budi):
    sari = crew()
    made, done = unit(where, sari), taken(budi)
    sent = emergency.send_unit(done.alert.pk, budi, made.pk)
    emergency.answer(made, sari, sent.pk, True)
    assert emergency.watch_units() == 0
    quiet(made)
    assert emergency.watch_units() == 1
    assert emergency.watch_units() == 0  # said once
    said = told(done)
    assert (said["state"], said["unit"], said["eta_at"]) == ("on_the_way", "Unit 3", None)
    assert said["units"][0]["silent_since"]
    assert kinds(done)[-1] == "unit_silent"
    emergency.beat_unit(made)
    assert kinds(done)[-1] == "unit_heard"
    assert told(done)["units"][0]["silent_since"] is None
    assert told(done)["eta_at"] is not None
    quiet(made, 7200)
    emergency.sweep_alerts()  # who is on the way to somebody is not taken off duty for being silent
    assert Unit.objects.get().state == "on_the_way"


def test_no_answer_for_a_minute_is_told_once_and_a_radio_answers_for_a_phone(where, budi):
    made, done = unit(where, crew()), taken(budi)
    sent = emergency.send_unit(done.alert.pk, budi, made.pk)
    Sending.objects.update(sent_at=timezone.now() - timedelta(seconds=61))
    assert [emergency.watch_units(), emergency.watch_units()] == [1, 0]
    assert kinds(done)[-1] == "unit_unanswered"
    for what in ("takes", "takes", "there", "left"):
        emergency.radio(done.alert.pk, budi, sent.pk, what)
    assert kinds(done)[-3:] == ["unit_takes", "unit_there", "unit_done"]
    assert kept(done.alert.pk).state == "there"  # that help was there stays true
    refused("sending_over", emergency.radio, done.alert.pk, budi, sent.pk, "there")
    again = emergency.send_unit(done.alert.pk, budi, made.pk)
    refused("bad_state", emergency.radio, done.alert.pk, budi, again.pk, "fly")
    emergency.radio(done.alert.pk, budi, again.pk, "recalled")
    assert kinds(done)[-1] == "unit_recalled"


def test_a_closed_laptop_of_the_only_operator_loses_neither_the_unit_nor_the_alert(where, budi):
    # FredyH/Perpheads-Issues#928: what was assigned stayed with a dispatcher who had gone.
    sari = crew()
    made, done = unit(where, sari), taken(budi)
    sent = emergency.send_unit(done.alert.pk, budi, made.pk)
    silence(budi)
    assert emergency.release_silent() == 1
    assert kept(done.alert.pk).state == "received"
    emergency.answer(made, sari, sent.pk, True)  # the unit goes all the same
    said = told(done)
    assert (said["state"], said["owner"], said["unit"]) == ("on_the_way", "", "Unit 3")
    alert = kept(done.alert.pk)
    assert alert.step_at is not None  # and operators are called on
    on_duty(budi, where)
    Alert.objects.update(step_at=timezone.now(), called_from=timezone.now() - timedelta(minutes=2))
    emergency.call_due()
    assert emergency.called(budi) == {alert.pk}
    emergency.report(made, sari, "available")  # it turns back: nobody comes, and nobody has it
    assert (kept(alert.pk).state, told(done)["unit"]) == ("received", "")
    assert emergency.acknowledge(alert.pk, budi).owner == budi


def test_two_units_are_named_and_the_second_does_not_undo_that_the_first_is_there(where, budi):
    sari, ani = crew(), crew("ani")
    one, two = unit(where, sari), unit(where, ani, name="Damkar 1", far=3)
    done = taken(budi)
    first, second = (emergency.send_unit(done.alert.pk, budi, made.pk) for made in (one, two))
    emergency.answer(one, sari, first.pk, True)
    emergency.report(one, sari, "there")
    emergency.answer(two, ani, second.pk, True)
    said = told(done)
    assert (said["state"], said["unit"]) == ("there", "Unit 3, Damkar 1")
    assert [each["state"] for each in said["units"]] == ["there", "on_the_way"]
    emergency.report(two, ani, "off")
    assert told(done)["unit"] == "Unit 3"
    assert (Unit.objects.get(pk=two.pk).state, Unit.objects.get(pk=two.pk).sealed) == ("off", "")


def test_under_duress_units_go_on_and_the_screen_of_the_caller_stays_as_it_was(where, budi):
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    sari = crew()
    made, done = unit(where, sari), taken(budi, who)
    sent = emergency.send_unit(done.alert.pk, budi, made.pk)
    emergency.cancel_with(kept(done.alert.pk), who, "9876")
    emergency.answer(made, sari, sent.pk, True)
    emergency.report(made, sari, "there")
    assert kept(done.alert.pk).state == "cancelled"
    said = told(done)
    assert (said["state"], said["unit"], said["units"], said["eta_at"]) == ("cancelled", "", [], None)
    assert not [one for one in said["log"] if one["kind"].startswith("unit")]
    emergency.close(done.alert.pk, budi, "helped")
    assert Unit.objects.get().state == "available"


def test_a_place_is_known_on_duty_only_sealed_and_swept(where, budi):
    sari = crew()
    made = unit(where, sari, state="off")
    refused("off_duty", emergency.hear, made, {"lon": STREET[0], "lat": STREET[1]})
    made = emergency.report(made, sari, "available")
    emergency.hear(made, {"lon": STREET[0], "lat": STREET[1], "age": 5})
    emergency.hear(made, {"lon": DENPASAR[0], "lat": DENPASAR[1], "age": 900})  # an older place comes late
    kept_now = Unit.objects.get()
    assert str(STREET[0]) not in kept_now.sealed
    assert "106." not in kept_now.sealed
    refused("bad_position", emergency.hear, made, {"lon": 0, "lat": 0})
    [offer] = emergency.offers(taken(budi).alert, budi)
    assert offer.way is not None
    assert offer.way.metres < 5
    assert emergency.renew_seals()[1] == 0
    emergency.report(made, sari, "off")
    assert Unit.objects.get().sealed == ""
    emergency.report(made, sari, "available")
    emergency.hear(made, {"lon": STREET[0], "lat": STREET[1]})
    hour = timezone.now() - timedelta(hours=2)
    Unit.objects.update(heard_at=hour, placed_at=hour, state_at=hour)
    emergency.sweep_alerts()
    swept = Unit.objects.get()
    assert (swept.state, swept.sealed) == ("off", "")


def test_a_unit_that_turns_back_or_is_there_twice_is_told_once_and_none_is_sent_after_the_end(where, budi):
    sari, done = crew(), taken(budi)
    one = unit(where, sari)
    emergency.send_unit(done.alert.pk, budi, one.pk)
    (asked,) = emergency.sendings(done.alert)
    emergency.answer(one, sari, asked.pk, True)
    for _twice in range(2):
        emergency.radio(done.alert.pk, budi, asked.pk, "there")
    assert Entry.objects.filter(alert=done.alert, kind="unit_there").count() == 1
    emergency.answer(one, sari, asked.pk, False, "Mogok")
    assert told(done)["units"] == []
    assert emergency.sendings(done.alert)[0].ended_at is not None
    emergency.close(done.alert.pk, budi, "helped", "")
    refused("wrong_state", emergency.send_unit, done.alert.pk, budi, one.pk)


def test_a_unit_that_goes_off_duty_before_it_answered_cannot_and_one_on_its_way_may_say_so_again(where, budi):
    sari, done = crew(), taken(budi)
    one = unit(where, sari)
    sent = emergency.send_unit(done.alert.pk, budi, one.pk)
    assert emergency.report(one, sari, "off").state == "off"
    sent.refresh_from_db()
    assert (sent.answer, sent.ended_at is not None, kinds(done)[-1]) == ("cannot", True, "unit_cannot")
    two = unit(where, crew("ani"), name="Damkar 1")
    second = emergency.send_unit(done.alert.pk, budi, two.pk)
    emergency.answer(two, two.members.get(), second.pk, True)
    before, said = kinds(done), told(done)["units"]
    assert emergency.report(two, two.members.get(), "on_the_way").state == "on_the_way"
    assert (kinds(done), told(done)["units"]) == (before, said)


def test_only_who_leads_the_post_makes_units_and_only_of_its_staff(where, budi, monkeypatch):
    sari = crew()
    given = {"call_sign": " Unit  3 ", "kind": "fire", "phone": "0812"}
    made = emergency.keep_unit(budi, where.pk, given, [str(sari.pk)])
    assert (made.call_sign, made.area_code, emergency.my_units(sari)) == ("Unit 3", "31", [made])
    refused("name_taken", emergency.keep_unit, budi, where.pk, given, [])
    seen = {"was": emergency.mark_of_unit(made)}
    for _tap in range(2):  # of one finger: no other person
        emergency.keep_unit(budi, where.pk, given | seen | {"phone": "0813"}, [str(sari.pk)], made.pk)
    refused("changed_meanwhile", emergency.keep_unit, budi, where.pk, given | seen, [str(sari.pk)], made.pk)
    refused("bad_kind", emergency.keep_unit, budi, where.pk, given | {"kind": "tank"}, [])
    refused("missing_name", emergency.keep_unit, budi, where.pk, {"kind": "fire"}, [])
    for area in ("51.71", "31.\0", "31.7", "31.71.01.10011"):
        refused("bad_area", emergency.keep_unit, budi, where.pk, given | {"area": area}, [], made.pk)
    for odd in ("", "abc", "-1", "9" * 5000, "\0", "³"):
        refused("no_unit", emergency.end_unit, budi, where.pk, odd)
        refused("no_unit" if odd else "name_taken", emergency.keep_unit, budi, where.pk, given, [], odd)
        refused("sending_over", emergency.answer, made, sari, odd, True)
        assert emergency.end_card(budi, where.pk, odd) == 0
    refused("bad_state", emergency.report, made, sari, "tank")
    with monkeypatch.context() as full:
        full.setattr(units, "MOST", 1)
        full.setattr(cards, "MOST", 0)
        refused("too_many", emergency.keep_unit, budi, where.pk, given | {"call_sign": "Unit 4"}, [])
        refused("too_many", emergency.keep_card, budi, where.pk, {"kind": "fire", "questions": "Di mana?"}, [])
    gone = emergency.keep_unit(budi, where.pk, given | {"call_sign": "Unit 9"}, [str(sari.pk)])
    emergency.end_unit(budi, where.pk, gone.pk)
    refused("no_unit", emergency.end_unit, budi, where.pk, gone.pk)
    sari.is_active = False
    assert emergency.my_units(sari) == []
    sari.is_active = True
    assert emergency.my_units(sari) == [made]
    refused("bad_member", emergency.keep_unit, budi, where.pk, given, [str(person("lain@contoh.id").pk)], made.pk)
    officer = operator("lain2@contoh.id", "Lain")
    refused("not_your_post", emergency.keep_unit, officer, where.pk, given, [])
    refused("no_unit", emergency.my_unit, budi, made.pk)
    sari.memberships.all().delete()  # works there no more
    assert emergency.my_units(sari) == []


def test_who_is_sent_gets_a_mail_without_a_place_that_says_drill_in_a_drill(where, budi):
    from kentongan.people.models import Person

    sari = crew()
    made, done = unit(where, sari), taken(budi)
    Message.objects.all().delete()
    emergency.send_unit(done.alert.pk, budi, made.pk)
    [mail] = Message.objects.all()
    assert (mail.address, mail.is_urgent) == ("sari@contoh.id", True)
    assert "/console/unit" in mail.body
    assert "Unit 3" in mail.subject
    assert not [word for word in ("106.", "Gambir", "DRILL", "LATIHAN") if word in mail.subject + mail.body]
    emergency.close(done.alert.pk, budi, "helped")
    drill = emergency.begin_exercise(budi, where)
    emergency.acknowledge(drill.pk, budi)
    Person.objects.update(language="en")
    emergency.send_unit(drill.pk, budi, made.pk)
    assert Message.objects.order_by("-pk")[0].subject.startswith("DRILL: ")


def test_the_page_of_a_unit_is_heard_by_its_beat_and_refuses_what_is_no_step(where, budi, client):
    sari = crew()
    made = unit(where, sari)
    client.force_login(sari)
    page = f"/console/unit/{made.pk}"
    quiet(made)
    assert emergency.is_silent(Unit.objects.get())
    assert client.post(f"{page}/beat").status_code == 204
    assert not emergency.is_silent(Unit.objects.get())
    odd = client.post(f"{page}/place", {"lon": "x", "lat": "1"})
    assert (odd.status_code, set(odd.json())) == (422, {"code", "detail"})
    assert client.post(f"{page}/fly").status_code == 404
    assert client.post(f"{page}/state", {"state": "asleep"}).status_code == 422
    assert client.post(f"{page}/answer", {"sending": "0", "takes": "yes"}).status_code in {404, 302}
    assert Unit.objects.get().state == "available"


def test_whom_an_operator_writes_down_stands_beside_the_units_that_come_and_a_doubted_cancel_names_none(where, budi):
    sari = crew()
    made, done = unit(where, sari), taken(budi)
    emergency.answer(made, sari, emergency.send_unit(done.alert.pk, budi, made.pk).pk, True)
    emergency.set_out(done.alert.pk, budi, "Ambulans 3")
    assert (told(done)["unit"], told(done)["eta_at"] is not None) == ("Unit 3, Ambulans 3", True)
    emergency.set_out(done.alert.pk, budi, "Ambulans 3", 1)
    assert (told(done)["eta_at"] - timezone.now()).total_seconds() < 61  # of the first of them
    emergency.arrive(done.alert.pk, budi)
    assert (told(done)["eta_at"] - timezone.now()).total_seconds() > 61
    emergency.cancel_with(kept(done.alert.pk), None, "")
    emergency.doubt(done.alert.pk, budi, "Suaranya lain")
    assert (told(done)["unit"], told(done)["eta_at"]) == ("Ambulans 3", None)  # Unit 3 was called off


def test_no_time_is_named_that_nobody_knows_and_a_phone_that_was_never_heard_is_silent_since_it_answered(where, budi):
    sari = crew()
    made, done = unit(where, sari, far=None), taken(budi)
    sent = emergency.answer(made, sari, emergency.send_unit(done.alert.pk, budi, made.pk).pk, True)
    Unit.objects.update(heard_at=None)
    emergency.watch_units()
    assert told(done)["units"][0]["silent_since"] == sent.answered_at
    emergency.hear(made, {"lon": DENPASAR[0], "lat": DENPASAR[1], "accuracy": 5})  # two days by road
    assert told(done)["eta_at"] is None


def test_what_somebody_took_over_sounds_for_nobody(where, budi):
    sari = crew()
    made, done = unit(where, sari), taken(budi)
    emergency.answer(made, sari, emergency.send_unit(done.alert.pk, budi, made.pk).pk, True)
    silence(budi)
    emergency.release_silent()
    lina, tono = (on_duty(operator(f"{one}@contoh.id", one), where) for one in ("lina", "tono"))
    assert emergency.called(lina) == {done.alert.pk}
    emergency.take_over(done.alert.pk, tono, "Ia tidak menjawab")
    assert (emergency.called(lina), emergency.called(tono)) == (set(), set())
