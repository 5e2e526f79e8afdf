"""An alert is taken whatever is wrong with it, once, and only its sender is told of it."""

from __future__ import annotations

import json
import threading
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client

from kentongan import emergency
from kentongan.emergency.models import Alert, Call, Entry, Position
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import unseal
from kentongan.numbers import known
from kentongan.numbers.models import Local
from tests.emergency.post import first, kept, on_duty, operator, post, press, send
from tests.world import BEKASI, STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def test_a_first_message_has_less_than_300_bytes_and_is_answered_with_what_the_phone_shows():
    said = first(silent=False, kind="fire")
    assert len(json.dumps(said, separators=(",", ":"))) < 300
    answer = send("alerts", said)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["watched"], told["owner"]) == ("received", False, "")
    assert told["numbers"][0]["number"] == "112"
    assert {"110", "113", "115", "118", "119", "123"} <= {one["number"] for one in told["numbers"]}
    assert kept(said["alert_id"]).kind == "fire"


def test_the_same_alert_again_is_the_same_alert_with_the_same_token():
    said = first()
    one, two = send("alerts", said), send("alerts", {**said, "age": 90, "battery": 79})
    assert (one.status_code, two.status_code) == (201, 200)
    assert one.json()["token"] == two.json()["token"] != ""
    assert (Alert.objects.count(), Entry.objects.filter(kind="received").count(), Position.objects.count()) == (1, 1, 1)


def test_a_phone_that_makes_its_own_claim_is_known_by_it():
    claim, said = "a" * 30, first()
    assert send("alerts", said, claim).json()["token"] == claim
    assert send("alerts", {**said, "lon": 106.9}, claim).status_code == 200
    assert send("alerts", said, "b" * 30).status_code == 409
    assert send("alerts", said).status_code == 409  # who does not show the claim is told nothing


def test_an_account_knows_its_alert_again_from_another_phone_and_gets_no_token_of_the_first():
    who, number = person("warga@contoh.id"), str(uuid4())
    one = press(who, "a" * 43, alert_id=number)
    again = press(who, "b" * 43, "10.0.0.9", alert_id=number)
    assert (again.alert.pk, again.token) == (one.alert.pk, "")


def test_an_id_that_is_somebody_elses_gives_nothing_away_and_the_other_can_take_a_new_one():
    said = first()
    send("alerts", said)
    stolen = send("alerts", {**said, "lon": 106.801})
    assert (stolen.status_code, stolen.json()["code"]) == (409, "other_alert")
    assert "token" not in stolen.json()
    assert send("alerts", {**said, "alert_id": str(uuid4())}).status_code == 201


def test_only_the_token_or_the_account_opens_it():
    owner = person("warga@contoh.id")
    mine = Client()
    mine.force_login(owner)
    said = first()
    token = send("alerts", said, client=mine).json()["token"]
    path = f"/api/v1/alerts/{said['alert_id']}"
    assert mine.get(path).status_code == 200
    assert Client().get(path, headers={"Kentongan-Claim": token}).status_code == 200
    other = Client()
    other.force_login(person("lain@contoh.id"))
    for client, claim in ((Client(), ""), (Client(), "x" * 64), (other, "")):
        assert client.get(path, headers={"Kentongan-Claim": claim}).status_code == 404
    for step in ("positions", "messages", "cancel"):
        assert send(f"alerts/{said['alert_id']}/{step}", {}, "x" * 64).status_code == 404


@pytest.mark.parametrize(
    ("given", "remark", "area"),
    [
        ({"lon": 0, "lat": 0}, "null_island", ""),
        ({"lon": -6.17, "lat": 106.82}, "swapped_coordinates", "31.71.01.1001"),
        ({"lon": 2.35, "lat": 48.85}, "outside", ""),
        ({"lon": "x", "lat": None}, "bad_coordinates", ""),
        ({"lon": None, "lat": None}, "no_place", ""),
        ({"lon": 1e300, "lat": -6.2}, "bad_coordinates", ""),
        ({"age": 7_200}, "old_place", "31.71.01.1001"),
        ({"age": 9e9}, "very_old_place", "31.71.01.1001"),
        ({"since": 7_200}, "old_press", "31.71.01.1001"),
        ({"since": 9e9, "lon": None, "lat": None, "age": None}, "very_old_press", ""),
        ({"age": -5_000}, "bad_clock", "31.71.01.1001"),
        ({"accuracy": 5_000}, "rough_place", "31.71.01.1001"),
        ({"kind": "earthquake"}, "bad_kind", "31.71.01.1001"),
    ],
)
def test_what_cannot_be_used_is_remarked_on_and_the_alert_is_taken(given, remark, area):
    said = first(**given)
    answer = send("alerts", said)
    assert answer.status_code == 201, answer.content
    alert = kept(said["alert_id"])
    assert remark in alert.remarks
    assert alert.area_code == area


@pytest.mark.parametrize(
    "given", [{"battery": 900}, {"battery": "x"}, {"accuracy": -1}, {"silent": "?"}, {"more": [1]}, {"kind": None}]
)
def test_a_field_that_means_nothing_loses_nothing(given):
    assert send("alerts", first(**given)).status_code == 201


@pytest.mark.parametrize(
    "odd",
    [
        b'"battery": NaN', b'"accuracy": Infinity', b'"battery": 1e999', b'"battery": 1' + b"0" * 400,
        b'"kind": "\\ud83d"', b'"kind": "\\udc00\\ud83d"', b'"kind": "\xe9"', b'"kind": "a\tb"',
    ],
)  # fmt: skip
def test_what_is_no_json_by_the_letter_loses_no_call(odd):
    """A number from an old phone, half an emoji that a field has cut, a gateway's charset."""
    said = first()
    whole = b"\xef\xbb\xbf{" + odd + b"," + json.dumps({**said, "kind": "fire"}).encode()[1:]
    assert Client().post("/api/v1/alerts", whole, content_type="application/json").status_code == 201
    assert kept(said["alert_id"]).area_code == "31.71.01.1001"


def test_half_an_emoji_costs_no_words():
    alert, words = press(), b'{"text": "Ada asap \\ud83d"}'
    answer = Client().post(
        f"/api/v1/alerts/{alert.alert.pk}/messages", words, content_type="application/json",
        headers={"Kentongan-Claim": alert.token},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert [one["text"] for one in answer.json()["messages"]] == ["Ada asap \ufffd"]
    assert Client().post("/api/v1/alerts", b"{" * 60_000, content_type="application/json").status_code == 400


@pytest.mark.parametrize("body", [b"{}", b"[]", b"1", b'{"alert_id": "7"}'])
def test_only_an_alert_without_an_id_is_refused_in_words(body):
    answer = Client().post("/api/v1/alerts", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (422, "alert_id")


def test_a_broken_map_loses_no_alert(monkeypatch):
    monkeypatch.setattr("kentongan.places.locate", lambda lon, lat: 1 / 0)
    said = first()
    assert send("alerts", said).status_code == 201
    assert "no_map" in kept(said["alert_id"]).remarks


def test_who_has_no_place_but_an_account_is_looked_for_at_home():
    where = post()
    budi = on_duty(operator(), where)
    done = press(person("warga@contoh.id", home_area_code="31.71"), lon=None, lat=None)
    assert done.alert.area_code == "31.71"
    assert "home_area" in done.alert.remarks
    assert done.alert.pk in emergency.called(budi)


def test_a_session_or_token_that_ended_loses_no_alert():
    headers = {"Authorization": "Bearer nothing"}
    said = first()
    answer = Client().post("/api/v1/alerts", json.dumps(said), content_type="application/json", headers=headers)
    assert answer.status_code == 201
    assert "account_unproven" in kept(said["alert_id"]).remarks


def test_a_thousand_presses_from_one_phone_are_all_kept_and_marked():
    for _press in range(40):
        press(address="10.9.9.9")
    assert Alert.objects.count() == 40
    assert sum("many" in one.remarks for one in Alert.objects.all()) == 30
    assert "many" not in press(address="10.1.1.1").alert.remarks  # somebody else


def test_two_phones_of_one_person_are_two_alerts():
    who = person("warga@contoh.id")
    one, two = press(who), press(who, address="10.0.0.2")
    assert one.alert.pk != two.alert.pk
    assert one.alert.sender == two.alert.sender
    for done in (
        one,
        two,
    ):  # either of them opens with the account, and each shows its own operator how many there were
        assert emergency.open_for(done.alert.pk, who, "") == done.alert
    assert emergency.row(two.alert, False).past == 1


def test_who_has_no_credit_reads_what_is_free(client):
    page = client.get("/darurat").content.decode()
    assert "112 gratis, juga tanpa pulsa. SMS memerlukan pulsa." in page


def test_an_alert_names_no_place_in_the_database_but_its_village():
    said = first()
    send("alerts", said)
    with connection.cursor() as cursor:
        for table in ("alert", "entry", "position", "message"):
            cursor.execute(f"SELECT * FROM emergency_{table}")
            assert str(STREET[0]) not in str(cursor.fetchall())
    assert unseal(Position.objects.get().sealed)["lon"] == STREET[0]


def test_watched_is_true_only_while_a_console_of_the_place_answers():
    where = post("31.71")
    answers = [send("alerts", first()).json()["watched"]]
    budi = on_duty(operator(), where)
    answers.append(send("alerts", first()).json()["watched"])
    answers.append(send("alerts", first(lon=BEKASI[0], lat=BEKASI[1])).json()["watched"])
    emergency.end_duty(budi, where.pk)
    answers.append(send("alerts", first()).json()["watched"])
    assert answers == [False, True, False, False]


def test_whoever_asks_before_pressing_is_told_the_same():
    where = post("31.71")
    ask = f"/api/v1/alerts/watched?lon={STREET[0]}&lat={STREET[1]}"
    assert Client().get(ask).json()["watched"] is False
    on_duty(operator(), where)
    told = Client().get(ask).json()
    assert (told["watched"], told["post"]) == (True, "Posko Menteng")
    assert Client().get("/api/v1/alerts/watched?lon=0&lat=0").json()["watched"] is False
    assert Client().get("/api/v1/alerts/watched").json()["watched"] is False


def test_whoever_asks_before_pressing_is_told_the_numbers_of_the_place_too():
    Local.objects.create(
        kind="fire", number="021 555 0113", name_id="Pos Contoh", area="31.71", checked=date(2026, 1, 1)
    )
    known.changed()

    def called(lon: float, lat: float) -> list[str]:
        told = Client().get("/api/v1/alerts/watched", {"lon": lon, "lat": lat}).json()["numbers"]
        return [one["number"] for one in told]

    assert "112" in called(*STREET)
    assert "021 555 0113" in called(*STREET)
    assert "021 555 0113" not in called(*BEKASI)


def test_a_body_that_is_far_too_large_is_refused_before_it_is_read():
    assert send("alerts", first(more="x" * 70_000)).status_code == 413


@pytest.mark.django_db(transaction=True)
def test_the_same_message_at_the_same_moment_makes_one_alert():
    said, answers = first(), []

    def shoot() -> None:
        try:
            answers.append(send("alerts", said).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=shoot) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(answers) == [200] * 5 + [201]
    assert Alert.objects.count() == Entry.objects.filter(kind="received").count() == 1


def test_a_problem_of_the_press_is_told_as_such():
    with pytest.raises(Problem, match="bad_alert"):
        emergency.read_press("nothing")
    assert Call.objects.count() == 0
