"""The pages around alerts: units sent from one, a unit's own phone, run cards, shifts and what is handed over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency import shifts
from kentongan.emergency.fleet import HandOver, RunCard, Shift, Unit
from kentongan.emergency.models import Entry, Look
from kentongan.emergency.units import mark_of_unit
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from tests.emergency.post import on_duty, operator, post, press
from tests.world import STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ZONE = ZoneInfo(settings.TIME_ZONE)


@pytest.fixture
def where():
    return post()


@pytest.fixture
def budi(where):
    return on_duty(operator(role="coordinator"), where)


@pytest.fixture
def sari(where):
    return operator("sari@contoh.id", "Sari")


def signed_in(who: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


def refused(code: str, act: Any, *given: Any) -> None:
    with pytest.raises(Problem) as wrong:
        act(*given)
    assert wrong.value.code == code


def at(hours: float) -> datetime:
    """So many hours from now."""
    return timezone.now() + timedelta(hours=hours)


def shift(where: Any, who: Any, begins: float, ends: float) -> Shift:
    return Shift.objects.create(watch=where, person=who, begins_at=at(begins), ends_at=at(ends))


def test_a_unit_is_sent_by_one_press_and_answers_on_its_own_page(where, budi):
    desk = signed_in(budi)
    crew = operator("kru@contoh.id", "Kru", role="viewer")
    given = {"post": where.pk, "call_sign": "Unit 3", "kind": "ambulance", "phone": "0812", "members": crew.pk}
    assert "Unit 3" in desk.post("/console/alerts/units", given, follow=True).text
    made = Unit.objects.get()
    phone = signed_in(crew)
    assert "Off duty" in phone.get("/console/unit").text
    assert "My unit" in phone.get("/console/").text
    phone.post(f"/console/unit/{made.pk}/state", {"state": "available"})
    place = {"lon": STREET[0], "lat": STREET[1] - 0.009, "accuracy": 9}
    assert phone.post(f"/console/unit/{made.pk}/place", place).status_code == 204
    alert = press().alert
    desk.post(f"/console/alerts/{alert.pk}/acknowledge")
    page = desk.get(f"/console/alerts/{alert.pk}").text
    assert "1.0 km" in page
    assert "about 5 minutes" in page
    desk.post(f"/console/alerts/{alert.pk}/send", {"unit": made.pk})
    asked = phone.get("/console/unit").text
    assert 'data-rings="yes"' in asked
    assert "106.8" not in asked  # the place is told to who takes it
    assert not Look.objects.filter(person=crew).exists()
    sent = made.sendings.get()
    phone.post(f"/console/unit/{made.pk}/answer", {"sending": sent.pk, "takes": "yes"})
    assert "106.8" in phone.get("/console/unit").text
    assert Look.objects.filter(person=crew).count() == 1
    page = desk.get(f"/console/alerts/{alert.pk}").text
    assert "There about" in page or "there about" in page
    assert "Unit 3" in desk.get("/console/alerts").text
    desk.post(f"/console/alerts/{alert.pk}/radio", {"sending": sent.pk, "what": "there"})
    desk.post(f"/console/alerts/{alert.pk}/close", {"result": "helped"})
    late = phone.post(f"/console/unit/{made.pk}/answer", {"sending": sent.pk, "takes": "yes"}, follow=True)
    assert "This is over" in late.text
    printed = desk.get(f"/console/alerts/{alert.pk}/log").text
    for words in ("Sent", "Takes it, on the way", "Unit 3", "Kru"):
        assert words in printed


def test_a_unit_s_page_is_for_its_people_and_the_list_for_who_leads(where, budi, sari):
    made = Unit.objects.create(watch=where, call_sign="Unit 3", area_code="31")
    for who, unit, units in ((sari, 403, 403), (person("lain@contoh.id"), 403, 403), (budi, 403, 200)):
        client = signed_in(who)
        assert client.get("/console/unit").status_code == unit
        assert client.get("/console/alerts/units").status_code == units
        for do in ("answer", "state", "place", "beat"):
            assert client.post(f"/console/unit/{made.pk}/{do}", {"state": "available"}).status_code == 404
        assert client.get(f"/live?topic=unit:{made.pk}").status_code == 403
    wrong = signed_in(budi).post("/console/alerts/units", {"post": where.pk, "call_sign": "", "kind": "fire"})
    assert (wrong.status_code, "call sign" in wrong.text) == (422, True)


def test_two_who_lead_a_post_overwrite_no_unit_unseen_and_neither_its_state(where, budi):
    made, desk, page = Unit.objects.create(watch=where, call_sign="Unit 3"), signed_in(budi), "/console/alerts/units"
    given = {"post": where.pk, "unit": made.pk, "kind": "fire", "call_sign": "Unit 4", "was": mark_of_unit(made)}
    assert desk.post(page, given).status_code == 302
    again = desk.post(page, given | {"call_sign": "Unit 5"})
    now = Unit.objects.get()
    assert (again.status_code, now.call_sign, mark_of_unit(now) in again.text, "Unit 5" in again.text) == (
        409, "Unit 4", True, True)  # fmt: skip
    desk.post(page, given | {"do": "end"})
    gone = desk.post(page, given | {"call_sign": "Unit 6"})
    assert (gone.status_code, 'value="Unit 6"' in gone.text, Unit.objects.count()) == (404, True, 1)


def test_the_card_of_the_smallest_area_and_its_kind_stands_beside_the_alert(where, budi):
    desk = signed_in(budi)
    for kind, area, question in (("", "", "Siapa?"), ("fire", "", "Ada api?"), ("", "31.71", "Dekat mana?"),
                                 ("flood", "31.71", "Berapa dalam?")):  # fmt: skip
        given = {
            "post": where.pk,
            "kind": kind,
            "area": area,
            "questions": f"{question}\n\n{question}",
            "units": "fire",
        }
        assert desk.post("/console/alerts/cards", given).status_code == 302
    done = press(kind="fire")
    assert emergency.card_for(done.alert).questions == ["Dekat mana?"]  # an area before a kind
    RunCard.objects.filter(area_code="31.71", kind="").delete()
    card = emergency.card_for(done.alert)
    assert card.questions == ["Ada api?"]
    page = desk.get(f"/console/alerts/{done.alert.pk}").text
    assert "Ada api?" in page
    assert "Fire engine" in page
    step = f"/console/alerts/{done.alert.pk}/asked"
    assert desk.post(step, {"card": card.pk, "0": "yes"}).status_code == 302
    assert desk.post(step, {"card": card.pk, "0": "yes"}).status_code == 422  # nothing new
    assert desk.post(step, {"card": card.pk + 1, "0": "no"}).status_code == 409
    entry = Entry.objects.get(kind="answered")
    assert "Ada api" not in str(entry.data) + entry.words  # sealed
    assert "Ada api? Yes" in desk.get(f"/console/alerts/{done.alert.pk}/log").text
    desk.post("/console/alerts/cards", {"post": where.pk, "kind": "fire", "questions": "Lantai berapa?"})
    assert emergency.answers_of(done.alert, emergency.card_for(done.alert)) == {}
    assert "Ada api? Yes" in desk.get(f"/console/alerts/{done.alert.pk}/log").text  # a changed card changes no log
    desk.post("/console/alerts/cards", {"post": where.pk, "do": "end", "card": card.pk})
    assert emergency.card_for(done.alert).questions == ["Siapa?"]


def test_a_card_that_cannot_be_kept_is_refused_with_what_was_typed(where, budi, sari):
    desk = signed_in(budi)
    good = {"post": str(where.pk), "kind": "fire", "questions": "Ada api?"}
    wrong = (
        ({"kind": "war"}, "bad_kind"), ({"area": "51.71"}, "bad_area"), ({"questions": " \n"}, "missing_questions"),
        ({"questions": "\n".join(map(str, range(13)))}, "too_many"),
    )  # fmt: skip
    for given, code in wrong:
        refused(code, emergency.keep_card, budi, where.pk, good | given, [])
    refused("bad_unit", emergency.keep_card, budi, where.pk, good, ["tank"])
    refused("not_your_post", emergency.keep_card, sari, where.pk, good, [])
    answer = desk.post("/console/alerts/cards", good | {"area": "51.71"})
    assert (answer.status_code, "Ada api?" in answer.text) == (422, True)
    assert signed_in(sari).get("/console/alerts/cards").status_code == 200


def test_hours_that_nobody_has_are_found_from_now_on_until_the_calendar_ends(where, budi, sari):
    assert emergency.gaps(where, timezone.now()) == []  # a post that never wrote a calendar
    shift(where, budi, -30, -2)
    [gap] = emergency.gaps(where, timezone.now())
    assert abs(gap.begins_at - timezone.now()) < timedelta(seconds=9)  # grafana/oncall#1108: none in the past
    shift(where, budi, -2, 4)
    shift(where, sari, 3, 10)
    shift(where, sari, 12, 400)
    [gap] = emergency.gaps(where, timezone.now())
    assert [round((one - timezone.now()).total_seconds() / 3600) for one in (gap.begins_at, gap.ends_at)] == [10, 12]
    sari.memberships.update(role="viewer")  # may be on duty no more: her shifts hold nothing
    [gap] = emergency.gaps(where, timezone.now())
    assert round((gap.begins_at - timezone.now()).total_seconds() / 3600) == 4


def test_a_gap_is_told_by_mail_once_before_it_comes_and_again_where_it_moves(where, budi, sari):
    shift(where, budi, -2, 4)
    shift(where, sari, 6, 400)
    assert [emergency.tell_gaps(), emergency.tell_gaps()] == [1, 0]
    mails = list(Message.objects.order_by("address"))
    assert [one.address for one in mails] == ["budi@contoh.id", "sari@contoh.id"]
    assert "Posko Menteng" in mails[0].subject
    assert "/console/alerts/shifts" in mails[0].body
    page = signed_in(sari).get("/console/alerts").text
    assert "Nobody has the shift of Posko Menteng" in page
    emergency.take_gap(sari, where.pk, at(5).isoformat())
    assert emergency.tell_gaps() == 0  # the rest of it, from the same end on, is known
    Shift.objects.filter(person=budi).update(ends_at=at(3))
    assert emergency.tell_gaps() == 1
    refused("no_shift", emergency.take_gap, sari, where.pk, at(8).isoformat())  # is taken
    refused("no_shift", emergency.take_gap, person("lain@contoh.id"), where.pk, at(4).isoformat())


def test_a_shift_to_which_nobody_came_is_told_once_and_none_where_a_console_answers(where, budi, sari):
    shift(where, sari, -1, 100)
    Message.objects.all().delete()
    assert emergency.tell_gaps() == 0  # Budi is there: the post is watched
    emergency.end_duty(budi, where.pk)
    assert [emergency.tell_gaps(), emergency.tell_gaps()] == [1, 0]
    assert Message.objects.filter(key__startswith="absent/").count() == 2
    assert not emergency.is_watched("31.71")  # a shift is an intention


def test_who_stands_in_is_shown_instead_and_the_shift_keeps_its_hours(where, budi, sari):
    # goalert#4362: a substitute moved ends and joined shifts; OneUptime#3411: the calendar showed who had it before.
    mine = shift(where, budi, 1, 9)
    taken = emergency.stand_in(sari, mine.pk)
    assert (taken.person, taken.stands_in_for, taken.begins_at, taken.ends_at) == (
        sari, budi, mine.begins_at, mine.ends_at,
    )  # fmt: skip
    page = signed_in(sari).get("/console/alerts/shifts").text
    assert "for Budi" in page
    again = emergency.stand_in(sari, mine.pk)  # pressed twice
    assert (again.person, again.stands_in_for) == (sari, budi)
    assert emergency.stand_in(budi, mine.pk).stands_in_for is None  # back again
    refused("no_shift", emergency.stand_in, person("lain@contoh.id"), mine.pk)
    refused("shift_over", emergency.stand_in, sari, shift(where, budi, -9, -1).pk)
    Shift.objects.create(watch=where, person=sari, begins_at=mine.begins_at, ends_at=at(2))
    refused("already_there", emergency.stand_in, sari, mine.pk)


def test_a_shift_is_written_by_the_clock_past_midnight_and_for_weeks(where, budi, sari):
    day = timezone.localdate() + timedelta(days=1)
    given = {"day": day.isoformat(), "from": "22:00", "to": "06:00", "weeks": "3"}
    made = emergency.add_shift(budi, where.pk, sari.pk, given)
    assert [one.begins_at for one in made] == [
        datetime.combine(day + timedelta(days=7 * week), time(22), ZONE) for week in range(3)
    ]
    assert {one.ends_at - one.begins_at for one in made} == {timedelta(hours=8)}
    assert emergency.add_shift(budi, where.pk, sari.pk, given) == []  # sent twice
    # grafana/oncall#5247: a rotation lost or doubled an hour. Each begins by the clock of its own day.
    wrongs = (
        ({"from": "25:00"}, "bad_time"), ({"day": "besok"}, "bad_time"), ({"day": "1999-01-01"}, "bad_time"),
        ({"weeks": "99"}, "bad_weeks"), ({"weeks": "x"}, "bad_weeks"),
    )  # fmt: skip
    for wrong, code in wrongs:
        refused(code, emergency.add_shift, budi, where.pk, sari.pk, given | wrong)
    refused("bad_member", emergency.add_shift, budi, where.pk, person("lain@contoh.id").pk, given)
    refused("not_your_post", emergency.add_shift, sari, where.pk, sari.pk, given)
    desk = signed_in(budi)
    sent = {"do": "add", "post": where.pk, "person": sari.pk, **given, "from": "lusa"}
    answer = desk.post("/console/alerts/shifts", sent)
    assert (answer.status_code, "lusa" in answer.text) == (422, True)
    assert desk.post("/console/alerts/shifts", {"do": "fly"}).status_code == 404
    assert desk.post("/console/alerts/shifts", {"do": "drop", "post": where.pk, "shift": made[0].pk}).status_code == 302
    assert Shift.objects.count() == 2


def test_words_are_handed_over_sealed_read_by_the_next_and_swept(where, budi, sari):
    desk = signed_in(budi)
    sent = {"do": "hand_over", "post": where.pk, "text": "Pos 2 sedang tutup"}
    assert desk.post("/console/alerts/shifts", sent).status_code == 302
    kept = HandOver.objects.get()
    assert "Pos 2" not in kept.sealed
    assert "Pos 2 sedang tutup" in signed_in(sari).get("/console/alerts").text
    refused("missing_words", emergency.hand_over, budi, where.pk, " ")
    refused("not_your_post", emergency.hand_over, person("lain@contoh.id"), where.pk, "x")
    HandOver.objects.update(at=at(-24 * 15))
    old = shift(where, budi, -24 * 100, -24 * 99)
    assert shifts.sweep_shifts() == 2
    assert not Shift.objects.filter(pk=old.pk).exists()
