"""The second channel in: what the page wrote as SMS, what people write themselves, and who may hand it to us."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from kentongan import emergency
from kentongan.emergency.models import Alert, Message, Watch
from kentongan.emergency.texting import read_text
from kentongan.foundation.config import config
from tests.emergency.post import first, kept, on_duty, operator, post, send
from tests.world import STREET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
PAGE = (Path(__file__).parents[2] / "docs/reference/sms.md").read_text()
SECRET, CLAIM, NUMBER = "rahasia-gerbang-sms-kita", "t" * 30, "+6281234567890"
ID = UUID("6b1f7a52-94b1-4d7e-8f62-6a4a7a6a2f10")
PLACE = "https://www.openstreetmap.org/?mlat=-6.17000&mlon=106.82000 (12 m, 20:14:03)"


@pytest.fixture
def budi(monkeypatch):
    """On duty, where a gateway is set up."""
    monkeypatch.setattr(config(), "sms_secret", SECRET)
    return on_duty(operator(), post())


def example(name: str) -> str:
    found = re.search(rf"```sms {name}\n(.*?)\n```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def name_in_text(alert: UUID = ID, claim: str = CLAIM) -> str:
    """As the page writes it."""
    written = base64.urlsafe_b64encode(alert.bytes).decode().rstrip("=")
    return f"k:{written}.{hashlib.sha256(claim.encode()).hexdigest()[:12]}"


def text(words: str, number: str = NUMBER, **more: str):
    """A message as JSON, with the right token."""
    said = {"from": number, "text": words, **more}
    return Client().post(
        "/hooks/sms", said, content_type="application/json", headers={"Authorization": f"Bearer {SECRET}"}
    )


def test_both_examples_of_the_page_become_alerts_whose_number_is_sealed_and_called_back(budi):
    form, told = example("form"), example("json")
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = Client().post("/hooks/sms", form, "application/x-www-form-urlencoded", headers=headers)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"<Response/>", "text/xml")
    alert = kept(ID)
    assert (alert.area_code, alert.remarks) == ("31.71.01.1001", ["sms"])
    assert [(one["lat"], one["lon"], one["accuracy"]) for one in emergency.positions(alert)] == [(-6.17, 106.82, 12)]
    assert "6281234567890" not in f"{vars(alert)}"
    page = Client()
    page.force_login(budi)
    assert "tel:+6281234567890" in page.get(f"/console/alerts/{ID}").text
    assert emergency.called(budi) == {ID}
    for _twice in range(2):
        again = Client().post("/hooks/sms", form, "application/x-www-form-urlencoded", headers=headers)
        assert again.status_code == 200
    assert (Alert.objects.count(), Message.objects.count()) == (1, 1)
    emergency.cancel_with(alert, None, "")
    emergency.beat(budi)  # half a minute is soon over on a busy machine
    answer = Client().post("/hooks/sms", told, content_type="application/json", headers=headers)
    assert answer.json() == {"messages": 1, "alerts": 1}
    words = Alert.objects.exclude(pk=ID).get()
    assert (words.remarks, words.called_home) == (["sms", "sms_words"], True)
    assert emergency.called(budi) == {words.pk}
    assert [one.alert.pk for one in emergency.board(budi)] == [words.pk]
    assert emergency.messages(words)[0]["text"] == "Tolong, ada kebakaran di Jalan Melati 5"


def test_by_sms_first_the_phone_has_it_as_its_own_once_there_is_a_network(budi):
    assert text(f"Saya perlu bantuan. {name_in_text()}").json()["alerts"] == 1
    assert send("alerts", first(alert_id=str(ID)), "x" * 30).status_code == 409  # somebody else, who knows the id
    assert send("alerts", first(alert_id=str(ID))).status_code == 409
    answer = send("alerts", first(alert_id=str(ID)), CLAIM)
    assert (answer.status_code, answer.json()["alert_id"], answer.json()["token"]) == (200, str(ID), CLAIM)
    assert kept(ID).area_code == "31.71.01.1001"
    assert send("alerts", first(alert_id=str(ID)), CLAIM).status_code == 200
    assert send(f"alerts/{ID}/cancel", {}, CLAIM).json()["state"] == "cancelled"
    assert Alert.objects.count() == 1


def test_by_the_network_first_the_sms_adds_its_number_and_place(budi):
    send("alerts", {"alert_id": str(ID)}, CLAIM)
    assert text(f"Saya di sini: {PLACE} {name_in_text()}", id="m-1").json()["alerts"] == 1
    alert = kept(ID)
    assert (Alert.objects.count(), alert.area_code) == (1, "31.71.01.1001")
    assert emergency.caller_told(alert).phone == NUMBER
    assert alert.entries.filter(kind="sms").count() == 1
    assert send(f"alerts/{ID}/cancel", {}, CLAIM).json()["state"] == "cancelled"


def test_by_sms_first_its_place_stays_where_the_phone_knows_none_or_another_once_there_is_a_network(budi):
    bali = "https://www.openstreetmap.org/?mlat=-8.65000&mlon=115.22000 (12 m, 20:14:03)"
    assert text(f"Saya perlu bantuan. {PLACE} {name_in_text()}").json()["alerts"] == 1
    assert send("alerts", {"alert_id": str(ID)}, CLAIM).status_code == 200
    assert (kept(ID).area_code, kept(ID).positions.count()) == ("31.71.01.1001", 1)
    text(f"Sekarang di sini: {bali} {name_in_text()}")  # a place like any other that follows: it asks nobody anew
    assert (kept(ID).area_code, kept(ID).positions.count()) == ("31.71.01.1001", 2)


def test_who_has_an_alert_without_a_place_keeps_it_once_its_place_is_theirs(budi):
    send("alerts", {"alert_id": str(ID)}, CLAIM)
    emergency.acknowledge(ID, budi)
    text(f"Saya di sini: {PLACE} {name_in_text()}")
    assert (kept(ID).area_code, kept(ID).owner, kept(ID).state) == ("31.71.01.1001", budi, "acknowledged")
    assert kept(ID).entries.filter(kind="located").count() == 1
    assert emergency.called(budi) == set()


def test_somebody_elses_id_opens_nothing_and_is_an_alert_of_its_own(budi):
    send("alerts", first(alert_id=str(ID)), CLAIM)
    without = name_in_text().partition(".")[0]
    for n, name in enumerate((name_in_text(claim="w" * 30), without, "k:" + "_" * 22)):
        assert text(f"Tolong {name}", number=f"+62811111111{n}").json()["alerts"] == 1
    assert Alert.objects.count() == 4
    assert emergency.messages(kept(ID)) == []
    assert emergency.caller_told(kept(ID)).phone == ""


def test_what_a_number_writes_afterwards_belongs_to_its_alert_until_it_ends(budi):
    text("Tolong ada maling")
    text("Di belakang rumah, pagar hijau")
    text("-6.1700, 106.8200")
    alert = Alert.objects.get()
    assert [one["text"] for one in emergency.messages(alert)][:2] == [
        "Tolong ada maling",
        "Di belakang rumah, pagar hijau",
    ]
    assert (alert.area_code, alert.called_home) == ("31.71.01.1001", False)
    assert emergency.called(budi) == {alert.pk}
    emergency.acknowledge(alert.pk, budi)
    emergency.close(alert.pk, budi, "helped")
    assert text("Terima kasih, Pak").json()["alerts"] == 0
    assert text("Tolong, mereka kembali").json()["alerts"] == 1
    assert Alert.objects.count() == 2


def test_who_asks_again_after_the_end_is_heard_whatever_the_gateway_calls_the_message(budi):
    """Some gateways give no name, some the same to all, some a number that begins anew."""

    def end() -> None:
        for one in Alert.objects.exclude(state="closed"):
            emergency.acknowledge(one.pk, budi)
            emergency.close(one.pk, budi, "no_danger")
        past = timezone.now() - timedelta(minutes=30)
        Alert.objects.update(ended_at=past)
        Message.objects.update(at=past)

    for count in (1, 2, 3):
        for _again in range(2):
            assert text("Tolong").json()["alerts"] == 1
        assert text("Tolong, di sini gelap", number="+62811", id="1").json()["alerts"] == 1
        assert text("Tolong lagi", number="+62811", id="1").json()["alerts"] == 1
        assert Alert.objects.count() == 2 * count
        assert emergency.called(budi) == set(Alert.objects.exclude(state="closed").values_list("pk", flat=True))
        end()
    assert text(f"Saya perlu bantuan. {name_in_text()}").json()["alerts"] == 1
    emergency.acknowledge(ID, budi)
    emergency.close(ID, budi, "helped")
    count = Alert.objects.count()
    text(f"Saya perlu bantuan. {PLACE} {name_in_text()}")  # it was long under way
    assert Alert.objects.count() == count
    end()
    text(f"Saya perlu bantuan. {name_in_text()}")
    text(f"Saya perlu bantuan. {name_in_text()}")
    assert Alert.objects.count() == count + 1


def test_no_message_of_a_call_is_left_out_and_odd_letters_stop_none(budi):
    many = [{"from": f"+6281{n:04}", "text": "Tolong"} for n in range(52)]
    headers = {"Authorization": f"Bearer {SECRET}"}
    told = Client().post("/hooks/sms", {"messages": many}, content_type="application/json", headers=headers).json()
    assert told == {"messages": 52, "alerts": 52}
    half = b'{"messages": [{"from": "+62822\\ud83d", "text": "Tolong \\ud83d"}, {"from": "+62823", "text": "Tolong"}]}'
    latin = '{"from": "+62824", "text": "Tolong, kaf\u00e9"}'.encode("latin-1")
    lines = b'{"from": "+62825", "text": "Tolong\r\nada\tmaling"}'  # a template filled in, as many phones do it
    for body in (half, latin, lines, b'\xef\xbb\xbf{"from": "+62826", "text": "Tolong"}'):
        answer = Client().generic("POST", "/hooks/sms", body, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content
    assert Alert.objects.count() == 57
    deep = b"[" * 60_000
    answer = Client().generic("POST", "/hooks/sms", deep, content_type="application/json", headers=headers)
    assert answer.status_code == 422


def test_one_message_under_two_names_or_twice_at_once_is_one(budi):
    for name in ("692437f882033f160900ff70", "692437f982033f160900ff90"):
        assert text("Tolong ada maling", id=name).json()["alerts"] == 1
    wrapped = {"id": "xs-fiN26", "event": "sms:received", "payload": {"messageId": "83be51e4", "message": "Di atap"}}
    for event in ("xs-fiN26", "az75fdn"):
        said = {**wrapped, "id": event, "payload": {**wrapped["payload"], "phoneNumber": NUMBER}}
        headers = {"Authorization": f"Bearer {SECRET}"}
        assert Client().post("/hooks/sms", said, content_type="application/json", headers=headers).status_code == 200
    assert Alert.objects.count() == 1
    assert [one["text"] for one in emergency.messages(Alert.objects.get())] == ["Tolong ada maling", "Di atap"]


def test_many_of_one_number_are_marked_and_none_is_dropped(budi):
    for n in range(12):
        text(f"Saya perlu bantuan. {PLACE} {name_in_text(UUID(int=n + 1))}")
    assert Alert.objects.count() == 12
    assert sum("many" in one.remarks for one in Alert.objects.all()) == 2


@pytest.mark.parametrize(
    ("words", "place", "calls"),
    [
        (f"Saya perlu bantuan. Saya di sini: {PLACE}", STREET, True),
        ("geo:-6.17,106.82", STREET, True), ("https://maps.google.com/?q=-6.17,106.82", STREET, True),
        ("https://www.google.com/maps/@-6.17,106.82,17z", STREET, True), ("-6.1700 , 106.8200", STREET, True),
        ("https://maps.google.com/?q=-6.17%2C106.82", STREET, True), ("106.820, -6.170", STREET, True),
        ("https://www.openstreetmap.org/?mlat=-6.17&amp;mlon=106.82", STREET, True),
        ("geo:-6,17000,106,82000", STREET, True), ("?lat=-6,17000&lon=106,82000", STREET, True),
        ("-6,17000, 106,82000", STREET, True), ("-6,17000 106,82000", STREET, True),
        ("1,000,000 2,000,000", None, False),
        ("tolonglah, bantuin", None, True), ("TOLONG!!", None, True), ("s.o.s SOS", None, True),
        ("ada kebakaran", None, True), ("Toloooong", None, True), ("\U0001f198", None, True),
        ("Bapak pingsan dan kejang", None, True), ("anak saya hanyut", None, True),
        ("kuota 2.50,1.75 GB habis", None, False),
        ("0.00, 0.00 tolong", None, True), ("Rp 106.82, diskon", None, False), ("Kuota Anda habis", None, False),
        ("k:!!!", None, False), ("Membantu 1120", None, False), ("to\x00long\u202e", None, True),
    ],
)  # fmt: skip
def test_texts_are_read_as_people_and_their_maps_write_them(words, place, calls):
    read = read_text(words)
    assert ((read.spot.lon, read.spot.lat) if read.spot.is_known else None) == place
    assert read.calls == calls
    assert "\x00" not in read.words


def test_a_post_may_take_any_text_and_bills_ring_for_nobody_else(budi):
    assert text("Kuota Anda habis").json() == {"messages": 1, "alerts": 0}
    Watch.objects.update(takes_texts=True)
    assert text("Kuota Anda habis").json()["alerts"] == 1
    assert Alert.objects.get().remarks == ["sms", "sms_words"]


@pytest.mark.parametrize(
    "body",
    [
        {"results": [{"from": "62818", "to": "112", "text": "tolong", "messageId": "z"}], "messageCount": 1},
        {"message": {"originator": 62819, "body": "tolong", "id": "k"}},
        [{"from": "62822", "text": "tolong"}],
        {"event": "mms:received", "payload": {"subject": "tolong", "sender": "62813", "size": 10}},
        {"event": "sms:received", "id": "a", "payload": {"message": "tolong", "sender": "62812", "recipient": "112"}},
    ],
    ids=["results", "nested", "list", "mms", "payload"],
)
def test_every_gateways_way_of_wrapping_a_message_is_understood(budi, body):
    answer = Client().post(f"/hooks/sms?token={SECRET}", json.dumps(body), content_type="application/json")
    assert (answer.status_code, Alert.objects.count()) == (200, 1)


def test_only_the_gateway_is_heard_and_odd_calls_are_answered(budi, monkeypatch):
    def tried(body: bytes, kind: str = "application/json", path: str = "/hooks/sms", **headers: str) -> int:
        return Client().generic("POST", path, body, content_type=kind, headers=headers).status_code

    body = b'{"from": "+628111", "text": "Tolong"}'
    now = datetime.now(UTC)
    signature = Webhook(SECRET.encode()).sign("m1", now, body.decode())
    signed = {"webhook-id": "m1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    basic = base64.b64encode(f"gerbang:{SECRET}".encode()).decode()
    good = {"Authorization": f"Bearer {SECRET}"}
    assert tried(body) == tried(body, Authorization="Bearer x") == tried(body, Authorization="Basic !!") == 401
    assert tried(body, Authorization="Basic é") == 401  # no letter of base64
    assert tried(body, path="/hooks/sms?token=salah") == 401
    assert tried(body + b" ", **signed) == 401
    assert not Alert.objects.exists()
    assert tried(body, **signed) == tried(body, Authorization=f"Basic {basic}") == 200
    assert tried(body, path=f"/hooks/sms?token={SECRET}") == 200
    assert Alert.objects.count() == 1
    for odd in (b"", b"[]", b"7", b'{"messages": [7, {"from": "x"}]}', b"\xff\xfe", b'{"text": ["x"]}'):
        assert tried(odd, **good) == 422
    assert tried(b"x" * 70_000, **good) == 413
    latin = f"From=&Body={quote_plus('Tolong, kafé', encoding='latin-1')}".encode()
    assert tried(latin, "application/x-www-form-urlencoded", **good) == 200  # no number, letters that are none
    assert Client().get("/hooks/sms", headers=good).status_code == 405
    monkeypatch.setattr(config(), "sms_secret", "")
    assert tried(body, **good) == 404
