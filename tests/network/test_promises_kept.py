"""Who is said to be told is told: each promise of a page beside what really went over the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from kentongan import notify, reports, routing
from kentongan.foundation.config import config
from kentongan.network import peers
from kentongan.network.dialects.webhook import signing
from kentongan.network.models import Delivery, PeerState
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.lapor_stand_in import TOKEN, StandIn
from tests.network.test_dialect_email import link_in, mailbox, press, server
from tests.network.test_dialect_open311 import connect, work
from tests.open311_city import City
from tests.pictures import picture
from tests.world import BEKASI, person, submission

__all__ = ["mailbox", "server"]
pytestmark = pytest.mark.django_db
BODY, WORDS = "31.roads", "Belum beres sama sekali"
PROMISE = "Instansinya diberi tahu"
# Whether each way can carry an objection to those who work on the report: plain Open311 has no words for it.
CARRIES = {"webhook": True, "kentongan": True, "email": True, "lapor": True, "fixmystreet": True, "open311": False}


class Ear(BaseHTTPRequestHandler):
    """Another instance, or a webhook's receiver: takes what it is told. `refuses`: it takes nothing for good."""

    heard: list[str]
    refuses: bool

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).heard.append(said)
        messages = json.loads(said).get("messages", [])
        done = {"results": [{"id": one["id"], "status": "done", "code": "PUSAT-1"} for one in messages]}
        answer = json.dumps(done if messages else {}).encode()
        self.send_response(422 if type(self).refuses else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def listening(refuses: bool) -> Iterator[tuple[str, type[Ear]]]:
    ear = type("OneEar", (Ear,), {"heard": [], "refuses": refuses})
    running = ThreadingHTTPServer(("127.0.0.1", 0), ear)
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/in", ear
    finally:
        running.shutdown()
        running.server_close()


class Behind:
    """The roads department behind a peer; `heard()` is all that has reached it over the wire."""

    def __init__(self, kind: str, server: Any, ends: ExitStack, refuses: bool = False) -> None:
        if kind in {"open311", "fixmystreet"}:
            city = City()
            ends.callback(city.close)
            self.peer = connect(city, kind)
            self.heard = lambda: json.dumps([city.filed, city.heard])
            return
        if kind == "lapor":
            channel = StandIn()
            ends.callback(channel.stop)
            self.peer = peers.add("kanal", kind, channel.address, secret=TOKEN, options={"poll_every": 0})
            self.heard = lambda: json.dumps([channel.complaints, channel.answers])
        elif kind == "email":
            self.peer = peers.add("dinas", kind, "mailto:dinas@jalan.example", title="Dinas")
            self.heard = lambda: " ".join(plain(one) for one in server.taken)
        else:
            address, ear = ends.enter_context(listening(refuses))
            self.peer = peers.add("pusat", kind, address, title="Pusat", secret=signing.new_secret())
            self.heard = lambda: "".join(ear.heard)
        peers.set_reach(self.peer, BODY)
        peers.switch(self.peer, PeerState.ACTIVE)


@pytest.fixture
def behind(world: None, server: Any) -> Iterator[Any]:
    """Puts the roads department behind a peer of a kind."""
    register()
    with ExitStack() as ends:
        yield lambda kind, **how: Behind(kind, server, ends, **how)


def plain(message: Any) -> str:
    found = message_from_bytes(message.as_bytes(), policy=policy.default)
    return str(found.get_body(("plain",)).get_content())


def ended() -> tuple[Report, Person]:
    """A report that is solved, as the department says, and who had reported it."""
    reporter = person("pelapor@contoh.id")
    report = routing.submit(submission(answers={"size": "large"}), reporter).report
    work()
    reports.resolve(report.code, Who(None, Actor.OFFICER, BODY), no_photo_reason="Malam")
    work()
    return report, reporter


def objected(report: Report, by: Person) -> str:
    """What the page says to whoever objects."""
    browser = Client()
    browser.force_login(by)
    given = {"text": WORDS, "photos": picture()}
    said = browser.post(f"/r/{report.code}/contest", given, follow=True).content.decode()
    assert "sudah tampil" in said or "dibuka kembali" in said
    return said


@pytest.mark.parametrize("by_reporter", [True, False])
@pytest.mark.parametrize("kind", CARRIES)
def test_a_body_behind_a_peer_is_said_to_be_told_just_where_the_peer_is_told(behind, kind, by_reporter) -> None:
    there = behind(kind)
    report, reporter = ended()
    assert report.code in there.heard()
    said = objected(report, reporter if by_reporter else person("lain@contoh.id"))
    work()
    assert (WORDS in there.heard(), PROMISE in said) == (CARRIES[kind], CARRIES[kind])


@pytest.mark.parametrize("kind", ["webhook", "email"])
def test_a_peer_that_is_switched_off_is_not_said_to_be_told(behind, kind) -> None:
    there = behind(kind)
    report, reporter = ended()
    peers.switch(there.peer, PeerState.PAUSED)
    said = objected(report, reporter)
    work()
    assert (WORDS in there.heard(), PROMISE in said) == (False, False)


def test_a_peer_that_would_not_take_the_report_is_not_said_to_be_told_of_it(behind) -> None:
    there = behind("webhook", refuses=True)
    report, reporter = ended()
    assert Delivery.objects.filter(state="parked").exists()
    said = objected(report, reporter)
    work()
    assert (WORDS in there.heard(), PROMISE in said) == (False, False)


def test_a_mailbox_is_not_said_to_be_told_where_no_mail_leaves(behind, monkeypatch) -> None:
    behind("email")
    report, reporter = ended()
    monkeypatch.setattr(type(config()), "sends_mail", False)
    assert PROMISE not in objected(report, reporter)


@pytest.mark.parametrize("reporter", ["nobody", "known", "unproven", "inactive"])
def test_a_mailbox_reads_that_the_reporter_is_told_just_where_a_mail_reaches_them(server, mailbox, reporter) -> None:
    who = None if reporter == "nobody" else person("pelapor@contoh.id")
    routing.submit(submission("waste", at=BEKASI), who)
    work()
    if reporter == "unproven":
        EmailAddress.objects.filter(user=who).update(verified=False)
    if reporter == "inactive":
        Person.objects.filter(pk=who.pk).update(is_active=False)
    notify.deliver()
    browser, link, before = Client(), link_in(server.taken[0]), len(server.taken)
    shown = browser.get(link).content.decode()
    press(browser, link, "accept", text="Besok diangkut")
    said = browser.get(link).content.decode()
    work()
    notify.deliver()
    told = [one for one in server.taken[before:] if one["X-RcptTo"] == "pelapor@contoh.id"]
    assert bool(told) is (reporter == "known")
    assert ("Pelapor dikabari" in shown, "pelapor diberi tahu" in said) == (bool(told), bool(told))
