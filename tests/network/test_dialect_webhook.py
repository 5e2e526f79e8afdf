"""Signed events to a receiver over real HTTP, and its answers on the way back, each once."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from kentongan import network, reports, routing
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.network import dialects, peers, settling
from kentongan.network.dialects.base import Done, Line
from kentongan.network.dialects.webhook import receiving, signing
from kentongan.network.models import Delivery, HandOver, Peer, PeerState
from kentongan.network.sealing import seal
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.pictures import picture
from tests.world import ON_NATIONAL_ROAD, person, submission

pytestmark = pytest.mark.django_db
SECRET, NEXT = signing.new_secret(), signing.new_secret()
DOCS = Path(__file__).parents[2] / "docs/reference/webhooks.md"


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is told; `answers` are the status, body and headers of the next answers."""

    told: list[tuple[dict[str, str], bytes]]
    answers: list[tuple[int, bytes, dict[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).told.append((dict(self.headers), body))
        status, content, headers = type(self).answers.pop(0) if type(self).answers else (204, b"", {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(world: None) -> Iterator[type[Receiver]]:
    """The peer `pu`, a receiver on loopback, behind which the Ministry of Public Works works."""
    register()
    kind = type("Kind", (Receiver,), {"told": [], "answers": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    peer = peers.add("pu", "webhook", f"http://127.0.0.1:{server.server_port}/in", title="Sistem PU", secret=SECRET)
    peers.set_reach(peer, "id.pu")
    peers.switch(peer, PeerState.ACTIVE)
    yield kind
    server.shutdown()
    server.server_close()


def drain() -> None:
    while outbox.drain():
        pass
    network.deliver_all(5)


def sent(**fields: Any) -> Report:
    made = routing.submit(submission(at=ON_NATIONAL_ROAD, **fields), None).report
    drain()
    return made


def kinds(report: Report) -> list[str]:
    return [entry.kind for entry in report.entries.order_by("seq")]


def post(kind: str, data: dict[str, Any], *, name: str = "evt_1", secret: str = SECRET, at: datetime | None = None):
    """What a receiver posts, signed by the library that it would use."""
    moment = at or timezone.now()
    body = json.dumps({"type": kind, "timestamp": moment.isoformat(), "data": data})
    signature = Webhook(secret).sign(name, moment.astimezone(UTC), body)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }
    return Client().post("/network/v1/hooks/pu", body, content_type="application/json", headers=headers)


def data_uri(number: int) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(picture(number).read()).decode()


def test_a_receiver_verifies_the_event_with_the_librarys_own_check(receiver) -> None:
    report = sent(photos=(reports.add_photo(picture()).pk,))
    headers, body = receiver.told[0]
    said = Webhook(SECRET).verify(body, headers)
    assert said["type"] == "report.handed_over"
    assert said["data"]["report"]["code"] == report.code
    assert [one["role"] for one in said["data"]["photos"]] == ["report"]
    assert HandOver.objects.get().remote_id == report.code


@pytest.mark.parametrize("answer", [b'{"id": "A-7", "url": "https://pu.example/A-7", "accepted": true}', b""])
def test_what_a_receiver_took_is_not_told_again_by_who_comes_after_a_kill(receiver, monkeypatch, answer) -> None:
    class Killed(BaseException):
        """As a kill between the answer and the transaction that settles it."""

    def kill(*_args: object) -> None:
        raise Killed

    receiver.answers = [(200, answer, {})]
    with monkeypatch.context() as patched:
        patched.setattr(settling, "settle", kill)
        with pytest.raises(Killed):
            sent()
    Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    drain()
    assert len(receiver.told) == 1
    stay = HandOver.objects.get()
    assert stay.remote_id == ("A-7" if answer else stay.report.code)
    assert stay.state == ("accepted" if answer else "offered")
    assert kinds(stay.report).count("sent_out") == 1
    assert not Delivery.objects.exists()


def test_a_note_of_a_lease_that_another_has_taken_since_changes_nothing(receiver) -> None:
    report = sent()
    late = Delivery.objects.create(
        peer_id="pu", report=report, kind="update", key="late", lease="of another",
        leased_until=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    done = settling.as_note(late.lease, [late], {late.pk: Done(deadline_at=timezone.now())})
    settling.settle_noted([done | {"lease": "of one who was killed"}])
    assert Delivery.objects.get() == late
    settling.settle_noted([json.loads(json.dumps(done))])
    assert not Delivery.objects.exists()


def test_the_event_tells_nothing_of_the_reporter(receiver) -> None:
    routing.submit(submission(at=ON_NATIONAL_ROAD), person("rahasia@contoh.id", name="Nama Pelapor"))
    drain()
    assert b"rahasia" not in receiver.told[0][1]
    assert b"Nama Pelapor" not in receiver.told[0][1]


def test_the_receiver_may_name_the_report_and_take_it_on_at_once(receiver) -> None:
    receiver.answers = [(200, b'{"id": "A-7", "url": "https://pu.example/A-7", "accepted": true}', {})]
    sent()
    stay = HandOver.objects.get()
    assert (stay.remote_id, stay.remote_url, stay.state) == ("A-7", "https://pu.example/A-7", "accepted")


@pytest.mark.parametrize("answer", [b"", b"ok", b"[]", b"null", b'{"id": null, "url": "javascript:1"}', b"\xff\xfe"])
def test_a_receiver_that_answers_anything_else_is_understood_too(receiver, answer: bytes) -> None:
    receiver.answers = [(200, answer, {})]
    report = sent()
    stay = HandOver.objects.get()
    assert (stay.remote_id, stay.remote_url) == (report.code, "")


def test_news_and_taking_back_are_events_in_order(receiver) -> None:
    report = sent()
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Sudah tiga motor jatuh")
    drain()
    reports.transfer(report.code, Who(None, Actor.OFFICER), "31", "Bukan jalan nasional")
    drain()
    told = [json.loads(body) for _headers, body in receiver.told]
    assert [one["type"] for one in told] == ["report.handed_over", "report.updated", "report.withdrawn"]
    assert told[1]["data"]["entry"]["text"] == "Sudah tiga motor jatuh"


def test_an_event_that_is_sent_again_bears_the_same_id(receiver) -> None:
    receiver.answers = [(500, b"", {})]
    sent()
    Delivery.objects.update(due_at=timezone.now())
    drain()
    first, again = (headers["webhook-id"] for headers, _body in receiver.told)
    assert first == again


def test_a_receiver_that_is_gone_is_switched_off_and_nothing_is_lost(receiver) -> None:
    receiver.answers = [(410, b"", {})]
    report = sent()
    assert Peer.objects.get(pk="pu").state == "paused"
    assert "410" in Delivery.objects.get().error
    peers.switch(peers.find("pu"), PeerState.ACTIVE)
    network.retry("pu")
    drain()
    assert kinds(report)[-1] == "sent_out"


def test_a_busy_receiver_says_how_long_to_wait(receiver) -> None:
    receiver.answers = [(429, b"", {"Retry-After": "600"})]
    sent()
    held = Delivery.objects.get()
    assert held.due_at - timezone.now() > timedelta(minutes=9)


def test_an_event_that_is_refused_for_good_waits_for_a_person(receiver) -> None:
    receiver.answers = [(422, b"", {})]
    sent()
    assert Delivery.objects.get().state == "parked"


def test_redirects_are_not_followed(receiver) -> None:
    receiver.answers = [(302, b"", {"Location": "http://127.0.0.1:1/"})]
    sent()
    assert Delivery.objects.get().error == "Pihak sana menjawab 302."


def test_while_a_secret_is_changed_both_sign(receiver) -> None:
    Peer.objects.update(secret=seal(f"{NEXT} {SECRET}"))
    sent()
    headers, body = receiver.told[0]
    for secret in (SECRET, NEXT):
        Webhook(secret).verify(body, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(signing.new_secret()).verify(body, headers)


def test_the_receivers_steps_reach_the_citizen_with_photos(receiver) -> None:
    report = sent()
    assert post("report.accepted", {"code": report.code}, name="1").json()["status"] == "taken"
    assert post("report.noted", {"code": report.code, "text": "Alat dikirim"}, name="2").status_code == 200
    resolved = post("report.resolved", {"code": report.code, "photos": [data_uri(3)]}, name="3")
    assert resolved.status_code == 200
    report.refresh_from_db()
    assert (report.state, report.ending) == ("resolved", "solved")
    assert [photo.role for photo in reports.photos(report)] == ["after"]
    assert kinds(report)[2:] == ["sent_out", "accepted", "noted", "resolved"]
    assert list(audit()) == []


def test_the_example_of_the_documentation_is_taken(receiver) -> None:
    report = sent()
    example = json.loads(re.search(r"```json\n(.+?)```", DOCS.read_text(), re.DOTALL).group(1))
    answer = post(example["type"], example["data"] | {"code": report.code})
    assert answer.status_code == 200
    assert Delivery.objects.filter(kind="fetch").count() == 1


def test_a_repeat_does_nothing(receiver) -> None:
    report = sent()
    for status in ("taken", "known", "known"):
        assert post("report.noted", {"code": report.code, "text": "Sekali saja"}).json()["status"] == status
    assert kinds(report).count("noted") == 1


def test_a_declined_report_goes_on_and_the_receiver_has_no_say_any_more(receiver) -> None:
    report = sent()
    answer = post("report.declined", {"code": report.code, "text": "Jalan kota"}, name="1")
    assert answer.json() == {"status": "taken", "returned": True}
    assert post("report.accepted", {"code": report.code}, name="2").status_code == 409
    assert "declined" in kinds(report)


@pytest.mark.parametrize("hours", [-1.9, -1, 1, 1.9])
def test_a_clock_an_hour_wrong_still_works(receiver, hours: float) -> None:
    report = sent()
    answer = post("report.accepted", {"code": report.code}, at=timezone.now() + timedelta(hours=hours))
    assert answer.status_code == 200
    assert "accepted" in kinds(report)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_further_off_is_told_both_times(receiver, hours: int) -> None:
    report = sent()
    answer = post("report.accepted", {"code": report.code}, at=timezone.now() + timedelta(hours=hours))
    assert (answer.status_code, answer.json()["code"]) == (401, "clock_wrong")
    assert f"{timezone.now():%Y-%m-%d}" in answer.json()["detail"]
    assert "accepted" not in kinds(report)


def test_nobody_else_can_answer(receiver) -> None:
    report = sent()
    assert post("report.accepted", {"code": report.code}, secret=NEXT).json()["code"] == "bad_signature"
    bare = Client().post("/network/v1/hooks/pu", "{}", content_type="application/json")
    assert (bare.status_code, bare.json()["code"]) == (401, "missing_signature")
    assert Client().post("/network/v1/hooks/nobody", "{}", content_type="application/json").status_code == 401
    assert Client().get("/network/v1/hooks/pu").status_code == 405
    assert "accepted" not in kinds(report)


def test_a_report_that_was_not_handed_to_it_is_not_there_for_it(receiver) -> None:
    other = routing.submit(submission("waste"), None).report
    for code in (other.code, "XXXX-XXXX", "", "💩"):
        assert post("report.accepted", {"code": code}, name=code or "e").status_code == 404


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("report.noted", {}, "missing_text"),
        ("report.declined", {"text": " "}, "missing_text"),
        ("report.resolved", {"text": "Selesai"}, "missing_photo"),
        ("report.flown", {}, "bad_event"),
        ("report.noted", {"text": 7}, "bad_event"),
        ("report.noted", {"text": "x", "photos": ["file:///etc/passwd"]}, "bad_event"),
        ("report.noted", {"text": "x", "photos": ["data:image/jpeg;base64,bm8="]}, "not_a_photo"),
        ("report.noted", {"text": "x", "photos": ["data:nothing"]}, "bad_address"),
    ],
)
def test_what_cannot_be_taken_is_refused_whole_and_by_name(receiver, kind: str, data: Any, code: str) -> None:
    report = sent()
    answer = post(kind, {"code": report.code, **data})
    assert answer.json()["code"] == code
    assert 400 <= answer.status_code < 500
    assert kinds(report)[-1] == "sent_out"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), stamp=st.text(max_size=12), signature=st.text(max_size=40))
def test_no_rubbish_gets_past_the_signature(body: bytes, stamp: str, signature: str) -> None:
    given_ = {"webhook-id": "x", "webhook-timestamp": stamp, "webhook-signature": signature}
    with pytest.raises(Problem) as refused:
        signing.verify(SECRET, given_, body, timezone.now())
    assert refused.value.status == 401


def test_a_secret_that_is_none_is_refused_before_it_is_used() -> None:
    kind = dialects.dialect("webhook")
    for secret in ("", "hunter2", "whsec_", "whsec_kurz", "whsec_!!!!"):
        with pytest.raises(Problem, match="bad_secret"):
            kind.discover(Line("x", "https://x.example/", secret=secret))
    with pytest.raises(Problem, match="bad_address"):
        kind.discover(Line("x", "ftp://x.example/", secret=SECRET))


def test_the_connection_can_be_tried(receiver) -> None:
    line = peers.line_to(peers.find("pu"))
    assert dialects.dialect("webhook").test(line) == []
    receiver.answers = [(403, b"", {})]
    assert dialects.dialect("webhook").test(line) == ["Pihak sana menjawab 403."]
    nobody = Line("pu", "http://127.0.0.1:1/in", secret=SECRET)
    with translation.override("en"):
        assert dialects.dialect("webhook").test(nobody) == ["The peer cannot be reached."]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "a\x00b"}, {"no_photo_reason": "a\x00b"}, {"photos": ["javascript:alert(1)"]}, {"photos": ["http://a@b/"]},
        {"photos": ["http://["]}, {"code": ["x"]}, {"text": {"a": 1}},
    ],
)  # fmt: skip
def test_an_event_with_a_value_that_cannot_be_kept_is_refused_with_its_field(receiver: Any, wrong: Any) -> None:
    answer = post("report.noted", {"code": "7KQF-M2RD", "text": "Kabar"} | wrong)
    assert answer.status_code == 422, answer.content
    assert next(iter(wrong)) in answer.json()["detail"]


@pytest.mark.parametrize(("state", "status", "problem"), [
    ("paused", 503, "paused"), ("gone", 403, "not_active"), ("proposed", 403, "not_active"),
])  # fmt: skip
def test_a_receiver_that_is_not_switched_on_is_told_so_and_nothing_is_taken(
    receiver: type[Receiver], state: str, status: int, problem: str
) -> None:
    report = sent()
    before = kinds(report)
    Peer.objects.update(state=state)
    answer = post("report.accepted", {"code": report.code, "text": "Kami periksa"})
    assert (answer.status_code, answer.json()["code"]) == (status, problem)
    assert kinds(report) == before


def test_an_event_that_is_too_large_is_refused_before_its_signature_is_looked_at(
    world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "LARGEST", 20)
    answer = post("report.accepted", {"code": "x"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
