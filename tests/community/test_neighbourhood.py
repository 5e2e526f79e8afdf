"""A neighbourhood: who is in it, who is called, whose round it is, and that who leaves leaves nothing."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import community, emergency
from kentongan.community import groups, patrols
from kentongan.community.neighbours import (
    Answer,
    CheckIn,
    Group,
    GroupCall,
    Guest,
    Member,
    Notice,
    Patrol,
    Point,
    Round,
)
from kentongan.emergency.models import Alert, Call, Look
from kentongan.emergency.states import Actor
from kentongan.foundation.problems import Problem
from kentongan.live.models import Change
from kentongan.notify.models import Message
from kentongan.people import erasing
from kentongan.people.models import Person
from tests.emergency.post import on_duty, operator, post, press
from tests.world import STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def rt() -> Group:
    """A group: Bu Sri its head, Pak Jaga a guard, Pak Dwi a member, who came in this order."""
    made = community.create(person("sri@contoh.id", name="Bu Sri"), "RT 05", "rt", "Asia/Jakarta")
    for number, (email, name, role) in enumerate(
        (("jaga@contoh.id", "Pak Jaga", "guard"), ("dwi@contoh.id", "Pak Dwi", "member")), 1
    ):
        when = timezone.now() + timedelta(seconds=number)
        Member.objects.create(group=made, person=person(email, name=name), role=role, since=when)
    return made


def who(name: str) -> Person:
    return Person.objects.get(email=f"{name}@contoh.id")


def as_(name: str, group: Group) -> Member:
    return community.member(who(name), group.pk)


def browser(name: str) -> Client:
    made = Client()
    made.force_login(who(name))
    return made


def subjects(name: str) -> list[str]:
    return list(Message.objects.filter(to_person=who(name)).order_by("pk").values_list("subject", flat=True))


# --- who is in it ---


def test_an_invitation_lets_in_until_there_is_a_new_one(rt: Group) -> None:
    """tdesktop#6007 and group-income#1670 (revoked links went on), Aapoon#199 (the removed came back by the old one),
    status#2601 and #10390 (who left could never come again), spliit#51 (the link could not be seen again)."""
    person("baru@contoh.id", name="Baru")
    link = community.invitation(rt)
    new = browser("baru")
    assert "RT 05" in new.get(f"/lingkungan/masuk/{link}").content.decode()
    assert not Member.objects.filter(person=who("baru")).exists()  # to look is not to join
    new.post(f"/lingkungan/masuk/{link}")
    assert as_("baru", rt).role == "member"
    community.remove_member(as_("sri", rt), as_("baru", rt).pk)
    assert new.get(f"/lingkungan/{rt.pk}").status_code == 404
    assert new.post(f"/lingkungan/masuk/{link}").status_code == 404
    community.ask(who("baru"), rt.code)  # as the page says before: who asks again has to be let in
    assert not Member.objects.get(person=who("baru")).is_in
    rt.refresh_from_db()
    assert community.invitation(rt) != link
    codes = browser("jaga").get(f"/lingkungan/{rt.pk}/undangan").content.decode()
    assert community.invitation(rt) in codes
    assert "<svg" in codes
    assert browser("dwi").get(f"/lingkungan/{rt.pk}/undangan").status_code == 403
    new.post(f"/lingkungan/masuk/{community.invitation(rt)}")
    community.leave(who("baru"), rt.pk)
    new.post(f"/lingkungan/masuk/{community.invitation(rt)}")
    assert as_("baru", rt).is_in
    community.join(who("sri"), community.invitation(rt))
    assert as_("sri", rt).role == "head"  # an invitation takes no role away
    for bad in ("x", "0" * 56, community.invitation(rt)[:-1], "a" * 3000):
        assert new.get(f"/lingkungan/masuk/{bad}").status_code == 404


def test_who_asks_sees_nothing_until_the_head_has_decided(rt: Group) -> None:
    person("baru@contoh.id", name="Baru")
    new, head = browser("baru"), browser("sri")
    assert new.post("/lingkungan", {"do": "ask", "code": "XXXX-XXXX"}).status_code == 404
    new.post("/lingkungan", {"do": "ask", "code": rt.code.lower().replace("-", " ")})
    new.post("/lingkungan", {"do": "ask", "code": rt.code})
    assert subjects("sri") == ["Seseorang meminta bergabung dengan RT 05"]
    assert new.get(f"/lingkungan/{rt.pk}").status_code == 404
    assert "Baru" in head.get(f"/lingkungan/{rt.pk}").content.decode()
    key = Member.objects.get(person=who("baru")).pk
    assert browser("dwi").post(f"/lingkungan/{rt.pk}/accept", {"key": key}).status_code == 403
    head.post(f"/lingkungan/{rt.pk}/accept", {"key": key})
    assert new.get(f"/lingkungan/{rt.pk}").status_code == 200
    new.post(f"/lingkungan/{rt.pk}/leave")
    community.ask(who("baru"), rt.code)
    head.post(f"/lingkungan/{rt.pk}/decline", {"key": Member.objects.get(person=who("baru")).pk})
    assert not Member.objects.filter(person=who("baru")).exists()


def test_a_group_keeps_a_head_however_the_head_goes_and_ends_with_the_last(rt: Group) -> None:
    """group-income#2416: when the admin was gone nobody could revoke the invitation."""
    community.leave(who("sri"), rt.pk)
    assert as_("jaga", rt).role == "head"
    community.renew(as_("jaga", rt))
    erasing.erase("jaga@contoh.id")
    assert as_("dwi", rt).role == "head"
    person("baru@contoh.id")
    community.ask(who("baru"), rt.code)  # who only asks leads nobody
    community.leave(who("dwi"), rt.pk)
    assert not Group.objects.exists()
    assert not Member.objects.exists()


def test_who_leaves_or_is_erased_leaves_nothing_behind(rt: Group) -> None:
    other = community.create(who("jaga"), "RW 02", "rw", "")
    for name in ("jaga", "dwi"):
        community.tell_guest(as_(name, rt), "Tamu", "Bandung", "1", "")
    community.post(as_("jaga", rt), "Kerja bakti")
    community.post(community.member(who("jaga"), other.pk), "Lain")
    community.notices(as_("dwi", rt))
    press(who("sri"))
    call = GroupCall.objects.get(group=rt)
    for name in ("jaga", "dwi"):
        community.answer(who(name), rt.pk, call.pk, "going")
    community.leave(who("jaga"), rt.pk)
    assert (Guest.objects.count(), Notice.objects.count(), Answer.objects.count()) == (1, 1, 1)
    erasing.erase("dwi@contoh.id")
    assert (Guest.objects.count(), Answer.objects.count(), Member.objects.filter(group=rt).count()) == (0, 0, 1)
    assert browser("sri").post(f"/lingkungan/{rt.pk}/dissolve").status_code == 302
    assert not GroupCall.objects.exists()
    assert Group.objects.get() == other


def test_roles_go_on_and_nobody_does_what_is_not_theirs(rt: Group) -> None:
    head = browser("sri")
    page = f"/lingkungan/{rt.pk}"
    head.post(f"{page}/role", {"key": as_("dwi", rt).pk, "role": "head"})
    assert [as_(name, rt).role for name in ("sri", "dwi")] == ["guard", "head"]
    for step in ("role", "remove", "settle", "renew", "point", "round", "dissolve", "accept"):
        assert head.post(f"{page}/{step}", {"key": "1"}).status_code == 403, step
    new = browser("dwi")
    assert new.post(f"{page}/role", {"key": as_("sri", rt).pk, "role": "raja"}).status_code == 422
    new.post(f"{page}/remove", {"key": as_("dwi", rt).pk})  # the head cannot be removed by themselves
    assert as_("dwi", rt).role == "head"
    for key in ("", "x", "-1", "9" * 30, "²"):
        assert new.post(f"{page}/remove", {"key": key}).status_code == 302
    assert new.post(f"{page}/apa").status_code == 404
    assert new.post(f"/lingkungan/{uuid4()}/renew").status_code == 404


# --- who is called ---


def test_neighbours_are_called_with_the_operator_or_first_while_one_of_them_hears(rt: Group) -> None:
    budi = on_duty(operator(), post())
    together = press(who("dwi")).alert
    assert Call.objects.filter(alert=together, person=budi).exists()
    community.settle(as_("sri", rt), {"name": "RT 05", "order": "first", "head_start": "45"}, {})
    unheard = press(who("dwi")).alert
    assert Call.objects.filter(alert=unheard).exists()  # nobody of them has the page open: no second is lost
    community.beat(who("dwi"))  # the caller's own page counts for nothing
    assert Call.objects.filter(alert=press(who("dwi")).alert).exists()
    browser("jaga").post("/lingkungan/beat")
    first = press(who("dwi")).alert
    assert not Call.objects.filter(alert=first).exists()
    assert 40 < (first.step_at - timezone.now()).total_seconds() <= 45
    Alert.objects.filter(pk=first.pk).update(step_at=timezone.now(), called_from=timezone.now())
    emergency.call_due()
    assert Call.objects.filter(alert=first, person=budi).exists()
    assert subjects("jaga").count("Tetangga butuh bantuan: RT 05") == 4


def test_a_neighbour_sees_the_place_says_i_am_going_and_the_caller_reads_who_looked(rt: Group) -> None:
    alert = press(who("dwi"), kind="fire").alert
    page = f"/lingkungan/{rt.pk}"
    shown = browser("jaga").get(page).content.decode()
    assert f"geo:{STREET[1]},{STREET[0]}" in shown
    assert "data-alarm" in shown
    assert "data-alarm" not in browser("dwi").get(page).content.decode()
    assert [one.person for one in Look.objects.all()] == [who("jaga")]
    call = GroupCall.objects.get()
    assert browser("jaga").post(f"{page}/answer", {"call": call.pk, "what": "terbang"}).status_code == 422
    browser("jaga").post(f"{page}/answer", {"call": call.pk, "what": "going"})
    browser("jaga").post(f"{page}/answer", {"call": call.pk, "what": "there"})
    told = emergency.told(emergency.open_for(alert.pk, who("dwi"), ""))
    assert told["neighbours"] == [{"name": "Pak Jaga", "group": "RT 05", "what": "there"}]
    assert "data-alarm" not in browser("jaga").get(page).content.decode()
    emergency.cancel_with(Alert.objects.get(pk=alert.pk), who("dwi"), "")
    over = browser("sri").get(page).content.decode()
    assert "geo:" not in over
    assert "Sudah selesai" in over
    person("lain@contoh.id")
    for alert_id in (alert.pk, uuid4()):
        with pytest.raises(Problem):
            emergency.need(who("lain"), alert_id)


def test_a_silent_alert_and_one_under_duress_tell_no_neighbour_more_than_the_phone_shows(rt: Group) -> None:
    """Whoever must not be heard may be afraid of a neighbour."""
    emergency.choose(who("dwi"), "1234", "9876")
    press(who("dwi"), silent=True)
    assert not GroupCall.objects.exists()
    assert not Message.objects.filter(key__startswith="group/").exists()
    alert = press(who("dwi")).alert
    emergency.cancel_with(Alert.objects.get(pk=alert.pk), who("dwi"), "9876")
    assert emergency.need(who("jaga"), alert.pk).over
    assert emergency.board(operator()) == []  # no post here; and nothing above told the group that it goes on


def test_what_is_wrong_with_a_group_never_loses_an_alert(rt: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(community, "call", broken)
    budi = on_duty(operator(), post())
    done = press(who("dwi"))
    assert done.created
    assert Call.objects.filter(alert=done.alert, person=budi).exists()
    emergency.say(done.alert, emergency.Who(Actor.CALLER, who("dwi")), uuid4(), "Tolong")


# --- rounds ---


def a_round(rt: Group, starts: time, minutes: int, days: str = "1111111") -> Round:
    made = Round.objects.create(group=rt, name="Ronda", starts=starts, minutes=minutes, days=days)
    Round.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=30))
    return made


def test_a_round_is_walked_by_code_or_place_also_past_midnight(rt: Group) -> None:
    """frappe/hrms#541 and InternHack#1398 (after midnight nothing was found), xooom#29 (a shift of 27 hours)."""
    head = as_("sri", rt)
    gate = community.add_point(head, "Gapura", {})
    well = community.add_point(head, "Sumur", {"lon": STREET[0], "lat": STREET[1]})
    now = timezone.now()
    begun = (now - timedelta(minutes=30)).astimezone(JAKARTA)
    a_round(rt, begun.time().replace(microsecond=0, tzinfo=None), 60)
    guard = browser("jaga")
    token = community.point_token(gate)
    assert guard.get(f"/lingkungan/titik/{token}").status_code == 200
    assert not Patrol.objects.exclude(checks=None).exists()  # to look is not to be there
    assert "Tercatat" in guard.post(f"/lingkungan/titik/{token}").content.decode()
    guard.post(f"/lingkungan/titik/{token}")
    patrol = Patrol.objects.get(until__gt=now)
    assert (patrol.checks.count(), patrol.state) == (1, "waiting")
    here = {"lon": STREET[0], "lat": STREET[1], "accuracy": 12}
    for wrong in ({}, {**here, "accuracy": 900}, {**here, "accuracy": 0}, {**here, "lat": STREET[1] + 0.01}):
        assert guard.post(f"/lingkungan/{rt.pk}/check", wrong).status_code == 422
    guard.post(f"/lingkungan/{rt.pk}/check", here)
    patrol.refresh_from_db()
    assert (patrol.checks.get(point=well).how, patrol.state) == ("place", "done")
    person("lain@contoh.id")
    assert browser("lain").post(f"/lingkungan/titik/{token}").status_code == 404
    assert guard.get(f"/lingkungan/titik/{token[:-1]}0").status_code in (200, 404)
    # A round of 23:00 that takes two hours, looked at half past midnight, belongs to the evening before.
    night = datetime.combine(date(2030, 5, 7), time(0, 30), JAKARTA)  # a Tuesday
    late = a_round(rt, time(23, 0), 120, "1000000")
    found = [one for one in community.plan(rt, night) if one.round_id == late.pk]
    assert [one.begins_at.astimezone(JAKARTA).day for one in found] == [6]


def test_a_missed_round_warns_head_and_guards_once(rt: Group) -> None:
    head = as_("sri", rt)
    point = community.add_point(head, "Gapura", {})
    begun = (timezone.now() - timedelta(minutes=30)).astimezone(JAKARTA).time().replace(microsecond=0, tzinfo=None)
    a_round(rt, begun, 10)
    assert (community.warn_missed(), community.warn_missed()) == (1, 0)
    assert subjects("sri") == ["Ronda terlewat: RT 05"]
    assert subjects("jaga") == ["Ronda terlewat: RT 05"]
    assert subjects("dwi") == []
    assert "Terlewat" in browser("dwi").get(f"/lingkungan/{rt.pk}").content.decode()
    with pytest.raises(Problem, match="no_round"):
        community.check_in(who("jaga"), point)
    fresh = Round.objects.create(group=rt, name="Baru", starts=begun, minutes=5)
    assert not [one for one in community.plan(rt, timezone.now()) if one.round_id == fresh.pk]  # made after its time
    Point.objects.all().delete()
    assert community.warn_missed() == 0  # nobody can walk a round without points


def test_what_is_wrong_with_a_round_is_said(rt: Group) -> None:
    """beams#918: an end before the begin; Guard#132: several rounds with hours of their own."""
    head, page = browser("sri"), f"/lingkungan/{rt.pk}"
    sent = {"name": "Malam", "starts": "22:00", "minutes": "60", "day": ["0", "6"]}
    assert head.post(f"{page}/round", sent).status_code == 422  # no point yet
    head.post(f"{page}/point", {"name": "Gapura"})
    for wrong in ({"starts": "25:00"}, {"starts": ""}, {"minutes": "-5"}, {"minutes": "1620"}, {"minutes": "x"},
                  {"day": []}, {"name": " "}, {"minutes": "9" * 40}, {"minutes": "000100" + "9" * 20}):  # fmt: skip
        assert head.post(f"{page}/round", {**sent, **wrong}).status_code == 422, wrong
    head.post(f"{page}/round", sent)
    head.post(f"{page}/round", {**sent, "name": "Subuh", "starts": "03:30"})
    assert list(Round.objects.order_by("pk").values_list("days", flat=True)) == ["1000001", "1000001"]
    head.post(f"{page}/round_end", {"key": str(Round.objects.first().pk)})
    head.post(f"{page}/point_end", {"key": "x"})
    assert Round.objects.count() == 1


def test_what_is_too_long_is_refused_with_its_field_and_nothing_typed_is_lost(rt: Group) -> None:
    """A name of 81 letters became one of 79 and a sign; what the head had typed beside it was gone."""
    head, page, long = browser("sri"), f"/lingkungan/{rt.pk}", "p" * 121
    community.add_point(as_("sri", rt), "Gapura", {})
    assert head.post("/lingkungan", {"do": "create", "name": long}).status_code == 422
    timed = {"name": "Subuh", "starts": "03:30", "minutes": "45", "day": ["6"]}
    for step, given, kept in (
        ("settle", {"name": long, "signal-titir": "Pembunuhan", "order": "first"}, ("Pembunuhan", long)),
        ("settle", {"name": "RT 6", "signal-titir": long}, ('value="RT 6"', long)),
        ("point", {"name": long}, (long,)),
        ("round", {**timed, "name": long}, ('value="03:30"', 'value="45"', long)),
        ("round", {**timed, "minutes": "1"}, ('value="Subuh"', 'value="03:30"')),
        ("guest", {"guest": long, "nights": "3"}, ('name="nights" inputmode="numeric" maxlength="2" value="3"', long)),
        ("guest", {"guest": "Tamu", "home": long, "nights": "3"}, ('value="Tamu"', long)),
    ):  # fmt: skip
        refused = head.post(f"{page}/{step}", given)
        shown = refused.content.decode()
        assert (refused.status_code, shown.count('class="wrong-words">')) == (422, 1), (step, given)
        assert all(one in shown for one in kept), (step, given)
    rt.refresh_from_db()
    assert (rt.name, rt.signals, rt.points.count(), rt.rounds.count(), rt.guests.count()) == ("RT 05", {}, 1, 0, 0)


def test_what_another_tab_has_saved_is_not_overwritten_unseen_and_a_second_tap_is_no_other_tab(rt: Group) -> None:
    head, page = browser("sri"), f"/lingkungan/{rt.pk}"
    shown = head.get(page).content.decode()
    was = {"was": re.search(r'name="was" value="(\w+)"', shown)[1], "order": "together", "head_start": "60"}
    for _tap in range(2):
        assert head.post(f"{page}/settle", {**was, "name": "RT 05 Melati"}).status_code == 302
    older = head.post(f"{page}/settle", {**was, "name": "RT 05 Mawar"})
    assert (older.status_code, 'value="RT 05 Mawar"' in older.content.decode()) == (409, True)
    rt.refresh_from_db()
    assert rt.name == "RT 05 Melati"
    again = re.search(r'name="was" value="(\w+)"', older.content.decode())[1]
    assert head.post(f"{page}/settle", {**was, "was": again, "name": "RT 05 Mawar"}).status_code == 302


# --- notices and guests ---


def test_notices_count_their_readers_and_guests_are_told_to_the_head_alone(rt: Group) -> None:
    page = f"/lingkungan/{rt.pk}"
    assert browser("dwi").post(f"{page}/notice", {"text": "x"}).status_code == 403
    assert browser("jaga").post(f"{page}/notice", {"text": " "}).status_code == 422
    browser("jaga").post(f"{page}/notice", {"text": "Kerja bakti <b>Minggu</b>"})
    for _twice in (1, 2):
        shown = browser("dwi").get(page).content.decode()
    assert "Kerja bakti &lt;b&gt;" in shown
    assert "dibaca 2 dari 3" in shown
    assert "Kerja" not in Notice.objects.get().sealed
    guest = {"guest": "Tamu Jauh", "home": "Bandung", "nights": "2"}
    for wrong in ({"guest": ""}, {"nights": "0"}, {"nights": "x"}, {"from_on": "besok"}, {"from_on": "1999-01-01"},
                  {"nights": "0001" + "9" * 30}, {"nights": "1" * 5000}):  # fmt: skip
        assert browser("dwi").post(f"{page}/guest", {**guest, **wrong}).status_code == 422
    browser("dwi").post(f"{page}/guest", guest)
    assert subjects("sri") == ["Ada tamu menginap: RT 05"]
    assert "Tamu" not in Guest.objects.get().sealed
    assert "Tamu Jauh" not in browser("jaga").get(page).content.decode()
    assert "Tamu Jauh" in browser("sri").get(page).content.decode()
    assert "sudah dibaca ketua" in browser("dwi").get(page).content.decode()
    Guest.objects.update(until_on=timezone.now().date() - timedelta(days=9))
    Notice.objects.update(at=timezone.now() - timedelta(days=91))
    press(who("dwi"))
    GroupCall.objects.update(at=timezone.now() - timedelta(days=2))
    assert community.sweep_groups() == 3
    assert not Guest.objects.exists()


def test_a_guest_who_is_told_of_after_midnight_stays_from_that_day_of_the_group(
    rt: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At half past midnight in Jakarta it is still the day before in UTC: the guest had left before they came."""
    night = datetime(2026, 11, 27, 0, 30, tzinfo=JAKARTA)
    monkeypatch.setattr("django.utils.timezone.now", lambda: night)
    told = community.tell_guest(as_("dwi", rt), "Tamu", "", "1", "")
    assert (told.from_on, told.until_on) == (date(2026, 11, 27), date(2026, 11, 28))


def test_the_signals_are_explained_to_all_and_a_group_writes_its_own(rt: Group, client: Client) -> None:
    page = client.get("/lingkungan/isyarat").content.decode()
    assert page.count("data-beats") == 7
    assert "Dara muluk" in page
    community.settle(as_("sri", rt), {"name": "RT 05"}, {"titir": "Pembunuhan", "muluk": " "})
    own = {one.code: str(one.meaning) for one in community.signals(Group.objects.get().signals)}
    assert own["titir"] == "Pembunuhan"
    assert own["muluk"] != " "


# --- hostile members, stalkers, two windows ---


def test_who_leaves_is_named_at_no_point_and_seen_by_nobody_of_the_group_any_more(rt: Group) -> None:
    point = Point.objects.create(group=rt, name="Gapura")
    now = timezone.now()
    one = a_round(rt, now.astimezone(JAKARTA).time(), 60)
    patrol = Patrol.objects.create(round=one, begins_at=now - timedelta(minutes=1), until=now + timedelta(hours=1))
    CheckIn.objects.create(patrol=patrol, point=point, person=who("dwi"), how="qr")
    alert = press(who("dwi")).alert
    assert not emergency.need(who("jaga"), alert.pk).over
    before = Change.objects.count()
    browser("dwi").post(f"/lingkungan/{rt.pk}/leave")
    assert CheckIn.objects.get().person is None
    with pytest.raises(Problem, match="no_alert"):
        emergency.need(who("jaga"), alert.pk)
    told = " ".join(Change.objects.order_by("pk").values_list("topics", flat=True)[before:])
    assert f"person:{who('dwi').pk}" in told  # their open streams are asked again
    again = press(who("jaga")).alert
    community.remove_member(as_("sri", rt), as_("jaga", rt).pk)
    assert not emergency.need(who("sri"), again.pk).over  # who is thrown out meanwhile is still helped


def test_nobody_floods_the_mailboxes_of_a_group(rt: Group) -> None:
    for _one in range(12):
        press(who("dwi"))
    assert GroupCall.objects.count() == 12
    assert subjects("jaga") == ["Tetangga butuh bantuan: RT 05"] * 10
    for number in range(20):
        community.tell_guest(as_("dwi", rt), f"Tamu {number}", "", "1", "")
    with pytest.raises(Problem, match="too_many"):
        community.tell_guest(as_("dwi", rt), "Tamu", "", "1", "")
    for _one in range(50):
        community.post(as_("jaga", rt), "Kerja bakti")
    with pytest.raises(Problem, match="too_many"):
        community.post(as_("jaga", rt), "Kerja bakti")


def test_handed_over_in_two_windows_a_group_has_one_head_and_the_asking_take_no_place(
    rt: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = as_("sri", rt), as_("sri", rt)
    community.name_role(one, as_("dwi", rt).pk, "head")
    with pytest.raises(Problem, match="not_your_role"):
        community.name_role(other, as_("jaga", rt).pk, "head")
    assert [as_(name, rt).role for name in ("sri", "jaga", "dwi")] == ["guard", "guard", "head"]
    community.name_role(as_("dwi", rt), 0, "head")
    assert as_("dwi", rt).role == "head"  # to nobody, nothing is handed over
    monkeypatch.setattr("kentongan.community.groups.MOST", 4)
    for name in "abcde":
        person(f"{name}@contoh.id")
    for name in "abcd":
        community.ask(who(name), rt.code)
    with pytest.raises(Problem, match="too_many"):
        community.ask(who("e"), rt.code)
    community.join(who("e"), community.invitation(rt))
    with pytest.raises(Problem, match="too_many"):
        community.decide(as_("dwi", rt), Member.objects.get(person=who("a")).pk, True)


def test_what_cannot_be_in_a_group_is_refused_in_words_and_a_guest_is_taken_back(
    rt: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrols, "MOST", 1)
    monkeypatch.setattr(groups, "MOST_GROUPS", 1)
    community.add_point(as_("jaga", rt), "Gapura", {})
    for call, code, field in (
        (lambda: community.create(person("baru@contoh.id"), " ", "rt", "Asia/Jakarta"), "missing_name", "name"),
        (lambda: community.create(who("dwi"), "RT 06", "rt", "Asia/Jakarta"), "too_many", ""),
        (lambda: community.post(as_("jaga", rt), "x" * 2001), "too_long", "text"),
        (lambda: community.answer(who("jaga"), rt.pk, 0, "going"), "no_group", ""),
        (lambda: community.add_point(as_("jaga", rt), "Pos", {}), "too_many", ""),
        (lambda: community.point_of("x"), "no_point", ""),
        (lambda: community.point_of("0" * 40), "no_point", ""),
    ):
        with pytest.raises(Problem) as caught:
            call()
        assert (caught.value.code, caught.value.field or "") == (code, field)
    guest = community.tell_guest(as_("dwi", rt), "Tamu", "", "1", "")
    for host, key, left in (("dwi", "x", 1), ("jaga", str(guest.pk), 1), ("dwi", str(guest.pk), 0)):
        community.guest_left(as_(host, rt), key)
        assert Guest.objects.count() == left
    asks = who("baru")
    community.ask(asks, rt.code)
    community.join(asks, community.invitation(rt))  # who has asked already is let in by an invitation
    assert as_("baru", rt).is_in
