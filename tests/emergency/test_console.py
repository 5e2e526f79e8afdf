"""The operators' pages: who is on duty, one owner, the log, and nothing for those who do not watch there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from kentongan import emergency
from kentongan.emergency.commands import cancel
from kentongan.emergency.models import Alert, Look
from kentongan.emergency.states import Actor
from kentongan.emergency.writer import Happening, Who, append
from kentongan.foundation.problems import Problem
from tests.emergency.post import kept, on_duty, operator, post, press, send
from tests.world import DENPASAR, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def where():
    return post()


def signed_in(who: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


@pytest.fixture
def budi(where):
    return operator()


@pytest.fixture
def desk(budi):
    return signed_in(budi)


def act(desk: Client, alert: Alert, step: str, **given: Any) -> Any:
    return desk.post(f"/console/alerts/{alert.pk}/{step}", given, follow=True)


def test_going_on_duty_counts_until_the_console_falls_silent_or_says_so(desk, where):
    assert "You are not on duty" in desk.get("/console/alerts").text
    page = desk.post("/console/alerts/duty", {"post": where.pk, "do": "begin"}, follow=True).text
    assert "You are on duty" in page
    assert emergency.is_watched("31.71")
    assert desk.post("/console/alerts/beat").status_code == 204
    desk.post("/console/alerts/duty", {"post": where.pk, "do": "end"})
    assert not emergency.is_watched("31.71")


def test_an_alert_rings_is_taken_worked_on_closed_and_can_be_printed(desk, budi, where):
    on_duty(budi, where)
    done = press(person("warga@contoh.id", name="Siti"), battery=17)
    page = desk.get("/console/alerts").text
    assert 'data-rings="yes"' in page
    assert "Nobody has it" in page
    assert "106.82" not in page  # the list names the area only
    page = act(desk, done.alert, "acknowledge").text
    assert 'data-rings="no"' in page
    assert "Budi (Posko Menteng)" in page
    assert "106.82" in page
    assert "battery 17" in page
    assert "Siti" in page
    act(desk, done.alert, "set_out", unit="Unit 3", minutes="4")
    assert "Unit 3" in act(desk, done.alert, "arrive").text
    assert act(desk, done.alert, "close", result="nonsense").status_code == 422
    page = act(desk, done.alert, "close", result="helped", text="Sudah aman").text
    assert "Sudah aman" in page
    neighbour = Look.objects.create(alert_id=done.alert.pk, person=person("sri@contoh.id", name="Bu Sri"))
    printed = desk.get(f"/console/alerts/{done.alert.pk}/log").text
    neighbour.delete()
    assert "Bu Sri" in printed
    assert "()" not in printed  # who looks from no post has no empty brackets
    assert "Sudah aman" in printed
    assert str(done.alert.pk) in printed
    assert "No alerts" in desk.get("/console/alerts").text
    assert str(done.alert.pk) in desk.get("/console/alerts?ended").text
    assert Look.objects.filter(alert=done.alert, person=budi).count() == 1


def test_the_second_operator_reads_who_has_it(desk, budi, where):
    sari = signed_in(on_duty(operator("sari@contoh.id", "Sari"), where))
    alert = press().alert
    act(desk, alert, "acknowledge")
    answer = act(sari, alert, "acknowledge")
    assert answer.status_code == 409
    assert "Budi (Posko Menteng) has this alert already." in answer.text
    assert kept(alert.pk).owner == budi


def test_words_go_both_ways_and_a_number_in_them_can_be_called(desk):
    done = press()
    send(f"alerts/{done.alert.pk}/messages", {"text": "Nomor saya 0812-3456-7890"}, done.token)
    page = desk.get(f"/console/alerts/{done.alert.pk}").text
    assert 'href="tel:081234567890"' in page
    key = str(uuid4())
    for _twice in range(2):
        act(desk, done.alert, "say", text="Tetap di dalam", key=key)
    told = emergency.told(emergency.open_for(done.alert.pk, None, done.token))
    assert [(one["text"], one["mine"]) for one in told["messages"]] == [
        ("Nomor saya 0812-3456-7890", True), ("Tetap di dalam", False),
    ]  # fmt: skip


def test_pictures_come_as_they_are_and_run_nothing(desk):
    done = press()
    one = emergency.add_media(done.alert, None, b"\x89PNG\r\n\x1a\nx")
    answer = desk.get(f"/console/alerts/{done.alert.pk}/media/{one.pk}")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert desk.get(f"/console/alerts/{done.alert.pk}/media/{uuid4()}").status_code == 404


def test_who_watches_elsewhere_or_nowhere_sees_nothing(where):
    alert = press().alert
    far = press(lon=DENPASAR[0], lat=DENPASAR[1]).alert
    post("51.71", "51.71", "Posko Denpasar")
    bali = signed_in(operator("bali@contoh.id", "Wayan", "51.71"))
    nobody = signed_in(person("lain@contoh.id"))
    viewer = signed_in(operator("baca@contoh.id", "Baca", role="viewer"))
    for client, status in ((bali, 404), (nobody, 403), (viewer, 403)):
        for path in ("", "/log", "/map.png", f"/media/{uuid4()}"):
            assert client.get(f"/console/alerts/{alert.pk}{path}").status_code == status
        assert client.post(f"/console/alerts/{alert.pk}/acknowledge").status_code == status
        assert client.post("/console/alerts/duty", {"post": where.pk, "do": "begin"}).status_code == 403
    assert str(far.pk) in bali.get("/console/alerts").text
    assert str(alert.pk) not in bali.get("/console/alerts").text
    assert nobody.get("/console/alerts").status_code == 403
    assert not Look.objects.filter(alert=alert).exists()
    assert Client().get("/console/alerts").status_code == 302


def test_the_oldest_that_nobody_has_is_on_top_and_many_from_one_sender_stand_behind(desk, budi, where):
    on_duty(budi, where)
    taken = press(address="10.0.0.7").alert
    emergency.acknowledge(taken.pk, budi)
    flood = [press(address="10.9.9.9").alert for _ in range(12)]
    true = press(address="10.0.0.8").alert
    order = [one.alert.pk for one in emergency.board(budi)]
    assert order == [*[one.pk for one in flood[:10]], true.pk, flood[10].pk, flood[11].pk, taken.pk]
    assert emergency.row(flood[11], False).past == 11


def test_a_duress_code_is_shown_and_nothing_can_be_written_to_that_screen(desk, budi, where):
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    alert = press(who).alert
    emergency.cancel_with(alert, who, "9876")
    page = desk.get(f"/console/alerts/{alert.pk}").text
    assert "DURESS CODE" in page
    assert 'id="say"' not in page
    said = emergency.Who(Actor.OPERATOR, budi, where)
    with pytest.raises(Problem, match="ended"):
        emergency.say(alert, said, uuid4(), "Halo")
    act(desk, alert, "acknowledge")
    act(desk, alert, "close", result="helped")
    assert kept(alert.pk).state == "closed"


def test_a_drill_is_told_to_be_one_on_every_page(desk, budi, where):
    on_duty(budi, where)
    desk.post("/console/alerts/duty", {"post": where.pk, "do": "exercise"})
    drill = Alert.objects.get()
    assert "DRILL" in desk.get("/console/alerts").text
    for path in ("", "/log"):
        assert "DRILL" in desk.get(f"/console/alerts/{drill.pk}{path}").text
    act(desk, drill, "acknowledge")
    act(desk, drill, "close", result="exercise")
    assert kept(drill.pk).result == "exercise"


def test_a_first_place_that_comes_late_calls_those_who_watch_there(budi, where):
    on_duty(budi, where)
    done = press(lon=None, lat=None)
    assert emergency.called(budi) == {done.alert.pk}  # no post of the country is there to hear of it
    assert kept(done.alert.pk).called_home
    send(f"alerts/{done.alert.pk}/positions", {"lon": 106.82, "lat": -6.17}, done.token)
    assert kept(done.alert.pk).area_code == "31.71.01.1001"
    assert emergency.called(budi) == {done.alert.pk}
    assert "no_place" not in kept(done.alert.pk).remarks
    assert not kept(done.alert.pk).called_home


def test_a_step_that_is_none_and_the_picture_of_no_place_are_not_found(desk, budi, where):
    on_duty(budi, where)
    alert = press().alert
    act(desk, alert, "acknowledge")
    alert.positions.all().delete()
    assert desk.get(f"/console/alerts/{alert.pk}/map.png").status_code == 404
    assert act(desk, alert, "fly").status_code == 404
    assert kept(alert.pk).state == "acknowledged"


def test_the_log_names_the_other_instance_and_who_took_it_there(desk, budi, where):
    on_duty(budi, where)
    alert = press().alert
    append(alert, Happening("asked", Who(Actor.SYSTEM), data={"to": "Lapor Bali"}))
    append(alert, Happening("noted", Who(Actor.OPERATOR), data={"by": "Wayan", "instance": "Lapor Bali"}))
    page = desk.get(f"/console/alerts/{alert.pk}").text
    assert "Another instance was asked: Lapor Bali" in page
    assert "Wayan (Lapor Bali)" in page


def test_an_alert_that_is_called_off_can_be_closed_or_gone_on_with_by_any_operator(desk, budi, where):
    on_duty(budi, where)
    done = press()
    cancel(emergency.open_for(done.alert.pk, None, done.token), None)
    page = desk.get(f"/console/alerts/{done.alert.pk}").text
    for step in ("close", "doubt"):
        assert f"/console/alerts/{done.alert.pk}/{step}" in page
    assert f"/console/alerts/{done.alert.pk}/say" not in page
