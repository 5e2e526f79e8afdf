"""The phones of who is on duty, of whom the duty list names, and of neighbours: by choice, sealed, never by name."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from kentongan import community, emergency, notify
from kentongan.bodies.models import Membership
from kentongan.cli.lanes import Alerts
from kentongan.community import phones as community_phones
from kentongan.community.neighbours import GroupCall, Member
from kentongan.emergency import phones, recalling
from kentongan.emergency.fleet import Shift
from kentongan.emergency.models import Alert, Rule, Watch
from kentongan.foundation import outgoing
from kentongan.notify import push_calls, push_rounds, pushing
from kentongan.notify.models import Message, Phone, Push
from kentongan.people.models import Person
from tests.emergency.post import kept, on_duty, operator, post, press, silence
from tests.notify.push_service import Browser, PushService, service
from tests.world import STREET, person

__all__ = ["service"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def where() -> Watch:
    return post()


@pytest.fixture
def budi(where: Watch) -> Person:
    return on_duty(operator(), where)


def phone(who: Person, service: PushService, kinds: list[str] | None = None) -> Callable[[], list[dict[str, Any]]]:
    """A phone of somebody who chose these kinds; what it has been told so far."""
    browser, path = Browser(), f"/{who.pk}"
    notify.join(who, browser.said(service.origin + path))
    if kinds is not None:
        notify.want(who, kinds)
    return lambda: [json.loads(browser.opened(body)) for at, _headers, body in service.taken if at == path]


def work() -> None:
    """What the lanes of alerts and of phones do."""
    Alerts("worker").step()
    Push.objects.filter(ended_at=None).update(due_at=timezone.now())
    notify.deliver_pushes()


def later(alert: Alert, seconds: float) -> None:
    """So many seconds after it came the worker calls the next, and tells phones."""
    moved = timezone.now() - timedelta(seconds=seconds)
    Alert.objects.filter(pk=alert.pk).update(called_from=moved, step_at=timezone.now() - timedelta(seconds=1))
    work()


def test_who_is_on_duty_and_asked_for_it_is_told_at_once_and_again_while_nobody_has_it(where, budi, service):
    sari = on_duty(operator("sari@contoh.id", "Sari"), where)  # a phone, and nothing said about duty
    told, other = phone(budi, service, ["duty"]), phone(sari, service)
    alert = press(person("warga@contoh.id", name="Pak Korban"), kind="fire").alert
    work()
    work()  # told once
    (said,) = told()
    assert said["path"] == f"/console/alerts/{alert.pk}"
    assert said["urgent"] is True
    assert (said["title"], said["lang"]) == ("Tombol darurat ditekan", "id")
    assert where.title in said["body"]
    for private in ("Korban", str(STREET[0]), str(STREET[1]), "Kebakaran", "warga@"):
        assert private not in json.dumps(said)  # a locked screen is read by others too
    later(alert, 21)  # `wider` calls nobody new: it waits still, and says so
    later(alert, 61)
    assert [one["title"] for one in told()[1:]] == ["Belum ada yang menangani: tombol darurat"] * 2
    assert {one["tag"] for one in told()} == {said["tag"]}  # the newest stands in the place of those before
    later(alert, 121)
    assert len(told()) == 4
    later(alert, phones.calling.PHONES.total_seconds() + 60)
    assert len(told()) == 4  # whoever has a phone knows by now; mails, consoles and gateways go on
    assert other() == []
    emergency.acknowledge(alert.pk, budi)
    work()
    assert len(told()) == 4
    emergency.release(alert.pk, budi)
    work()
    assert len(told()) == 5


def test_what_somebody_has_or_has_ended_is_told_to_no_phone_any_more(budi, service):
    told = phone(budi, service, ["duty"])
    taken, cancelled = press().alert, press(address="10.0.0.2").alert
    emergency.acknowledge(taken.pk, budi)
    emergency.cancel_with(kept(cancelled.pk), None, "")
    work()
    assert told() == []
    assert not Alert.objects.filter(phoned__lt=1).exists()


def test_whom_the_duty_list_names_is_told_though_the_console_is_closed(where, budi, service):
    """The closed laptop of the only operator: nobody watches, and the phone of who has the shift rings all the same."""
    silence(budi)
    gone = operator("gone@contoh.id", "Gone")
    heard = {one: phone(one, service, ["duty"]) for one in (budi, gone)}
    now = timezone.now()
    for one, begins in ((budi, now - timedelta(hours=1)), (gone, now - timedelta(hours=9))):
        Shift.objects.create(watch=where, person=one, begins_at=begins, ends_at=begins + timedelta(hours=8))
    left = operator("left@contoh.id", "Left")
    heard[left] = phone(left, service, ["duty"])
    Shift.objects.create(watch=where, person=left, begins_at=now, ends_at=now + timedelta(hours=1))
    Membership.objects.filter(person=left).delete()
    alert = press().alert
    assert not emergency.is_watched(alert.area_code)
    work()
    assert [len(told()) for told in heard.values()] == [1, 0, 0]  # the shift of the second is over, the third has left
    # Once the rules write to the staff, whoever of them asked for it is told too.
    later(alert, 61)
    assert [len(told()) for told in heard.values()] == [2, 1, 0]


def test_escalation_to_wider_posts_tells_those_who_are_called_there(where, service):
    wide = post("", "31", "Pusat")
    near, far = on_duty(operator(), where), on_duty(operator("far@contoh.id", "Far"), wide)
    Rule.objects.create(watch=where, after=0, to="one")
    Rule.objects.create(watch=where, after=30, to="wider")
    heard = [phone(one, service, ["duty"]) for one in (near, far)]
    alert = press().alert
    work()
    assert [len(told()) for told in heard] == [1, 0]
    later(alert, 31)
    assert [len(told()) for told in heard] == [2, 1]


def test_a_drill_says_so_first_and_one_who_sends_many_fills_no_screen(where, budi, service, monkeypatch):
    told = phone(budi, service, ["duty"])
    emergency.begin_exercise(budi, where)
    work()
    assert told()[0]["title"].startswith("LATIHAN: ")
    assert told()[0]["body"].startswith("Ini latihan")
    for _each in range(12):
        press(address="10.7.7.7")
        work()
    assert len({one["tag"] for one in told()[1:]}) == 11  # ten, and one for all that follow
    for _each in range(10):
        press(address="10.7.7.7")
    work()
    minutes = Push.objects.filter(key__startswith="duty/many/").values("key").distinct().count()
    assert Push.objects.filter(key__startswith="duty/many/").count() == minutes <= 3  # one a minute for each phone


def test_a_unit_that_is_sent_is_told_on_the_phones_of_its_crew(where, budi, service):
    boss = operator("boss@contoh.id", "Boss", role="administrator")
    crew = operator("crew@contoh.id", "Crew")
    told = phone(crew, service, ["duty"])
    unit = emergency.keep_unit(boss, where.pk, {"call_sign": "Ambulans 3", "kind": "ambulance"}, [str(crew.pk)])
    emergency.report(unit, crew, "available")
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    emergency.send_unit(alert.pk, budi, unit.pk)
    work()
    (said,) = told()
    assert said["title"] == "Ambulans 3 diperlukan"
    assert said["path"] == "/console/unit"


def test_what_waits_for_its_push_service_is_taken_back_once_it_is_true_no_longer(where, budi, service):
    """The service was away for minutes, and comes back: whoever it rings then has to be able to do something."""
    boss, sari = operator("boss@contoh.id", "Boss", role="administrator"), on_duty(operator("sari@contoh.id"), where)
    group = community.create(person("ketua@contoh.id"), "RT 05", "rt", "Asia/Jakarta")
    dwi, eka, fajar = (person(f"{one}@contoh.id") for one in ("dwi", "eka", "fajar"))
    for one in (dwi, eka, fajar):
        Member.objects.create(group=group, person=one)
    told = [phone(one, service, ["duty", "neighbours"]) for one in (budi, sari, eka, fajar)]
    unit = emergency.keep_unit(boss, where.pk, {"call_sign": "Ambulans 3", "kind": "ambulance"}, [str(sari.pk)])
    emergency.report(unit, sari, "available")
    taken, waits, ended = press().alert, press(address="10.0.0.2").alert, press(dwi).alert
    emergency.tell_phones()
    emergency.acknowledge(taken.pk, budi)
    emergency.send_unit(taken.pk, budi, unit.pk)
    Push.objects.update(written_at=timezone.now() - timedelta(minutes=5))
    Membership.objects.filter(person=sari).delete()
    Member.objects.filter(person=fajar).delete()
    emergency.tell_phones()
    left = {(one.phone.person_id, one.key.rpartition("/")[0]) for one in Push.objects.filter(ended_at=None)}
    (call,) = GroupCall.objects.values_list("pk", flat=True)
    duty = {f"duty/{one.pk.hex}/{one.rounds}" for one in Alert.objects.filter(pk__in=(waits.pk, ended.pk))}
    assert left == {(budi.pk, one) for one in duty} | {(eka.pk, f"group/{call}")}
    emergency.cancel_with(kept(ended.pk), dwi, "")
    work()
    assert [len(one()) for one in told] == [1, 0, 0, 0]
    assert not any(one.said for one in Push.objects.filter(error="withdrawn"))


def test_where_more_wait_than_one_look_takes_each_comes_to_its_look(budi, service, monkeypatch):
    phone(budi, service, ["duty"])
    waits, taken = press().alert, press(address="10.0.0.2").alert
    emergency.tell_phones()
    emergency.acknowledge(taken.pk, budi)
    Push.objects.update(written_at=timezone.now() - timedelta(minutes=5))
    monkeypatch.setattr(pushing, "MOST", 1)
    assert sorted(recalling.take_back() for _look in range(2)) == [0, 1]
    assert [one.key for one in Push.objects.filter(ended_at=None)] == [
        f"duty/{waits.pk.hex}/1/{Phone.objects.get().pk}"
    ]


def test_a_round_that_begins_while_phones_are_told_is_told_too(budi, service, monkeypatch):
    told, alert, real = phone(budi, service, ["duty"]), press().alert, phones._pushes

    def slow(going: list[Alert]) -> Any:
        found = real(going)
        Alert.objects.filter(pk=alert.pk, rounds=1).update(rounds=2)
        return found

    monkeypatch.setattr(phones, "_pushes", slow)
    work()
    assert len(told()) == 1
    monkeypatch.setattr(phones, "MOST", 1)
    new = press(address="10.0.0.2").alert
    work()
    assert told()[1]["path"].endswith(str(new.pk))  # one of which nobody was told comes before one that is told again
    work()
    assert len(told()) == 3


def test_who_was_dismissed_hears_of_no_alert_and_of_no_unit_any_more(where, budi, service, mailoutbox):
    boss = operator("boss@contoh.id", "Boss", role="administrator")
    crew = operator("crew@contoh.id", "Crew")
    told, crews = phone(budi, service, ["duty"]), phone(crew, service, ["duty"])
    unit = emergency.keep_unit(boss, where.pk, {"call_sign": "Ambulans 3", "kind": "ambulance"}, [str(crew.pk)])
    emergency.report(unit, crew, "available")
    on_duty(boss, where)
    alert = press().alert
    work()
    assert len(told()) == 1
    Membership.objects.filter(person__in=(budi, crew)).delete()
    later(alert, 200)
    emergency.acknowledge(alert.pk, boss)
    emergency.send_unit(alert.pk, boss, unit.pk)
    work()
    assert (len(told()), crews()) == (1, [])
    assert not Message.objects.filter(key__startswith="unit/").exists()


def test_a_call_for_help_waits_behind_no_warning_to_everybody(budi, service):
    phone(budi, service)
    for number in range(5):
        note = notify.Note("Banjir", "Isi", "/peringatan", "x", urgent=True, holds=timedelta(hours=6))
        notify.store(notify.told(f"warning/{number}", note, notify.phones_of(budi)))
    note = notify.Note("Darurat", "Isi", "/console/alerts", "y", urgent=True, holds=timedelta(minutes=10))
    notify.store(notify.told("duty/last", note, notify.phones_of(budi)))
    assert [one.key.split("/")[0] for one in push_rounds._due()[:2]] == ["duty", "warning"]


# --- neighbours ---


@pytest.fixture
def rt(service: PushService) -> Any:
    """Dwi, who will need help, Sri and Jaga, who have phones; Oki, who asks to join, too."""
    sri, dwi = person("sri@contoh.id", name="Bu Sri"), person("dwi@contoh.id", name="Pak Dwi")
    group = community.create(sri, "RT 05", "rt", "Asia/Jakarta")
    jaga, oki = person("jaga@contoh.id", language="en"), person("oki@contoh.id")
    for one in (dwi, jaga):
        Member.objects.create(group=group, person=one)
    Member.objects.create(group=group, person=oki, is_in=False)
    return group, dwi, {one: phone(one, service) for one in (sri, jaga, dwi, oki)}


def test_neighbours_are_told_on_their_phones_once_and_never_who_it_is(rt, service):
    group, dwi, heard = rt
    sri, jaga, _dwi, _oki = heard
    alert = press(dwi, kind="medical").alert
    work()
    work()
    assert [len(told()) for told in heard.values()] == [1, 1, 0, 0]
    (said,) = heard[sri]()
    assert said["title"] == "Tetangga butuh bantuan"
    assert "RT 05" in said["body"]
    assert said["path"] == f"/lingkungan/{group.pk}"
    assert "Dwi" not in json.dumps(said)
    assert heard[jaga]()[0]["title"] == "A neighbour needs help"
    assert GroupCall.objects.get(alert=alert.pk).is_told
    # Each chooses: not of this kind.
    notify.want(sri, ["reports", "warnings"])
    press(dwi)
    work()
    assert [len(told()) for told in heard.values()] == [1, 2, 0, 0]


def test_phones_of_neighbours_stay_silent_where_they_shall_not_know_or_it_is_over(rt, service):
    _group, dwi, heard = rt
    emergency.choose(dwi, "1234", "9876")
    press(dwi, silent=True)
    over = press(dwi).alert
    emergency.cancel_with(kept(over.pk), dwi, "1234")
    forced = press(dwi).alert
    emergency.cancel_with(kept(forced.pk), dwi, "9876")  # looks ended to them as it does on the phone
    late = press(dwi).alert
    GroupCall.objects.filter(alert=late.pk).update(at=timezone.now() - timedelta(hours=1))
    for _each in range(11):
        press(dwi)
    work()
    # Ten in an hour, four of them above: of those that follow pages tell.
    assert [len(told()) for told in heard.values()] == [6, 6, 0, 0]
    assert community.untold() == []


def test_an_expired_subscription_vanishes_and_keeps_nobody_else_from_being_told(rt, service):
    _group, dwi, heard = rt
    service.says = [(410, {})]
    press(dwi)
    work()
    assert Phone.objects.count() == 3
    assert sum(len(told()) for told in heard.values()) == 1


def test_a_phone_that_goes_between_look_and_write_costs_the_others_nothing(rt, monkeypatch):
    """Both databases look at what rows refer to at the end of the transaction: then one by one, each read anew."""
    _group, dwi, heard = rt
    real, gone = notify.listening, []

    def listening(people: Any, kind: Any) -> Any:
        found = real(people, kind)
        if found and not gone:
            gone.append(found)
            raise KeyError("broken")  # as an IntegrityError at the end of all of them would
        return found

    monkeypatch.setattr(notify, "listening", listening)
    press(dwi)
    work()
    assert gone
    assert [len(told()) for told in heard.values()] == [1, 1, 0, 0]


def test_twenty_large_groups_are_told_in_pieces_and_a_kill_between_them_loses_and_doubles_nothing(rt, monkeypatch):
    group, dwi, heard = rt
    monkeypatch.setattr(community_phones, "PIECE", 1)
    other = community.create(dwi, "RT 06", "rt", "Asia/Jakarta")
    for one in list(heard)[:2]:
        Member.objects.create(group=other, person=one)
    press(dwi)
    pieces, real = list[int](), notify.store

    def store(pushes: list[Push]) -> None:
        if not pushes:
            return
        pieces.append(len(pushes))
        if len(pieces) in {2, 4}:
            raise OperationalError("killed")
        real(pushes)

    monkeypatch.setattr(notify, "store", store)
    for _each in range(2):
        with pytest.raises(OperationalError):
            emergency.tell_phones()
    assert emergency.tell_phones() > 0
    assert set(pieces) == {1}
    assert Push.objects.count() == 4  # two people, of two groups
    assert community.untold() == []
    notify.deliver_pushes()
    assert [len(told()) for told in heard.values()] == [2, 2, 0, 0]
    assert Member.objects.filter(group=group).exists()


# --- push services that are slow ---


@pytest.fixture
def slow(monkeypatch) -> list[int]:
    """Services whose name ends in `slow.example` answer after a while; how many calls were under way, at each."""
    monkeypatch.setattr(push_calls, "SLOW", 0.3)
    real, now, counted = outgoing.call, list[str](), list[int]()

    def call(method: str, url: str, **more: Any) -> Any:
        if "slow.example" not in url:
            return real(method, url, **more)
        now.append(url)
        counted.append(len(now))
        time.sleep(0.4)
        now.remove(url)
        return outgoing.Answer(201, {}, b"", url)

    monkeypatch.setattr(push_calls.outgoing, "call", call)
    return counted


def write(who: Person, key: str) -> None:
    note = notify.Note("Judul", "Isi", "/mine", key, urgent=True)
    notify.store(notify.told(key, note, notify.phones_of(who)))


def wait_until(so: Callable[[], bool]) -> None:
    end, rest = time.monotonic() + 20, threading.Event()
    while not so() and time.monotonic() < end:
        rest.wait(0.02)


def test_many_slow_push_services_hold_up_no_other(slow, service, monkeypatch):
    for number in range(30):
        one = person(f"slow{number}@contoh.id")
        notify.join(one, Browser().said(f"https://h{number}.slow.example/"))
        write(one, "one")
    quick = person("quick@contoh.id")
    told = phone(quick, service)
    for number in range(6):
        write(quick, f"quick/{number}")
    first = Push.objects.filter(phone__person=quick).order_by("pk").values_list("pk", flat=True)[:1]
    Push.objects.filter(pk__in=list(first)).update(expires_at=timezone.now() + timedelta(minutes=5))
    monkeypatch.setattr(push_calls, "SLOW", 30.0)  # on no machine the quick one is slow
    monkeypatch.setattr(time, "sleep", lambda _seconds: wait_until(lambda: len(service.taken) >= 6))
    notify.deliver_pushes(stopping=lambda: len(service.taken) >= 6)
    assert len(told()) == 6
    assert Push.objects.filter(ended_at=None).count() == 30 - push_rounds.SLOW  # the slow ones were still under way
    assert max(slow) <= push_rounds.SLOW


def test_a_slow_way_to_the_only_push_service_is_slow_but_not_serial(slow, service):
    """Where it is alone it has most of the threads for slow ones; a share is kept for others."""
    one = person("slow@contoh.id")
    for number in range(3):
        notify.join(one, Browser().said(f"https://slow.example/{number}"))
    for number in range(4):
        write(one, str(number))
    assert notify.deliver_pushes() == 12
    assert 2 < max(slow) <= push_rounds.SLOW - push_rounds.SHARE


def test_what_a_service_took_from_a_worker_that_was_killed_is_told_once(service, monkeypatch):
    who = person("warga@contoh.id")
    told = phone(who, service)
    write(who, "one")
    real = push_rounds._mark
    monkeypatch.setattr(push_rounds, "_mark", lambda taken: killed() if taken else None)

    def killed() -> None:
        raise OperationalError("killed")

    with pytest.raises(OperationalError), transaction.atomic():
        notify.deliver_pushes()
    monkeypatch.setattr(push_rounds, "_mark", real)
    Push.objects.update(due_at=timezone.now())
    assert notify.deliver_pushes() == 0
    assert len(told()) == 1
    assert not Push.objects.filter(ended_at=None).exists()
