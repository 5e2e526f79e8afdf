"""What the network promises: told once, in order, through failures, and one dead peer delays nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone, translation

from kentongan import bodies, network, reports, routing
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.network import dialects, intake, peers
from kentongan.network.dialects.base import Declined, Dialect, Done, Later, Line, Outcome, Parcel, Parked, Update
from kentongan.network.models import Delivery, HandOver, Peer, PeerState, Receipt, Trace
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.world import BEKASI, ON_NATIONAL_ROAD, STREET, person, submission

pytestmark = pytest.mark.django_db


class Notebook(Dialect):
    """A peer that writes down what it is told, and answers what a test wants."""

    name = "notebook"
    polls = True
    told: list[tuple[str, str, str]]
    answers: list[Outcome | Exception]
    news: list[Update]

    def __init__(self) -> None:
        self.told, self.answers, self.news = [], [], []

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Takes everything as report N-1, unless a test has laid out other answers."""
        outcomes: list[Outcome] = []
        for parcel in parcels:
            answer = self.answers.pop(0) if self.answers else Done(remote_id=f"N-{parcel.report['code']}")
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Done):
                self.told.append((parcel.report["code"], parcel.kind, parcel.entry.get("kind", "")))
            outcomes.append(answer)
        return outcomes

    def poll(self, line: Line, since: Any, until: Any, open_ids: Sequence[str]) -> Iterator[Update]:
        """What a test laid out."""
        return iter(self.news)


@pytest.fixture
def notebook(world: None, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """The peer `pu`, behind which the Ministry of Public Works works."""
    translation.deactivate()  # a worker speaks the language of the installation, whatever was read before
    register()
    book = Notebook()
    monkeypatch.setitem(dialects.DIALECTS, "notebook", ("notebook", "Notebook"))
    ordinary = dialects.dialect
    for module in ("peers", "following", "courier", "settling", "polling", "parcels"):
        monkeypatch.setattr(
            f"kentongan.network.{module}.dialect", lambda name: book if name == "notebook" else ordinary(name)
        )
    peer = peers.add("pu", "notebook", "http://127.0.0.1:1/", title="Sistem PU", options={"poll_every": 0})
    peers.set_reach(peer, "id.pu")
    peers.switch(peer, PeerState.ACTIVE)
    return book


def drain() -> None:
    """Lets a worker see all that has happened."""
    while outbox.drain():
        pass


def sent(**fields: Any) -> Report:
    """A report on the national road, seen by the worker."""
    made = routing.submit(submission(at=ON_NATIONAL_ROAD, **fields), fields.pop("reporter", None)).report
    drain()
    return made


def settle() -> int:
    """Delivers what is due, without asking for news."""
    return sum(network.deliver_all(1) for _ in range(10))


def kinds(report: Report) -> list[str]:
    """The timeline, in words."""
    return [entry.kind for entry in report.entries.order_by("seq")]


def test_a_report_for_a_body_behind_a_peer_is_told_there_once(notebook: Notebook) -> None:
    report = sent()
    network.deliver_all(1)
    network.follow([{"report": report.pk, "seq": 2, "kind": "routed"}])
    network.deliver_all(1)
    assert notebook.told == [(report.code, "request", "")]
    stay = HandOver.objects.get()
    assert (stay.remote_id, stay.state) == (f"N-{report.code}", "offered")
    assert kinds(report) == ["received", "routed", "sent_out"]
    assert not Delivery.objects.exists()


def test_a_report_for_a_body_that_works_here_is_told_to_nobody(notebook: Notebook) -> None:
    routing.submit(submission(at=STREET), None)
    drain()
    assert not Delivery.objects.exists()
    assert not Trace.objects.exists()


def test_a_body_that_becomes_reachable_gets_what_waited_for_it(notebook: Notebook) -> None:
    waiting = routing.submit(submission("waste", at=BEKASI), None).report
    assert waiting.state == "awaiting_partner"
    peers.set_reach(peers.find("pu"), "32.16")
    drain()
    routing.hand_over("32.16")
    drain()
    network.deliver_all(1)
    waiting.refresh_from_db()
    assert waiting.state == "routed"
    assert notebook.told == [(waiting.code, "request", "")]


def test_what_people_say_here_follows_the_report_in_order(notebook: Notebook) -> None:
    report, neighbour = sent(), person("tetangga@contoh.id")
    reports.comment(report.code, Who(neighbour, Actor.CITIZEN), "Sudah tiga motor jatuh")
    reports.support(report.code, neighbour)
    drain()
    for _ in range(4):
        network.deliver_all(1)
    assert [what for _code, *what in notebook.told] == [
        ["request", ""], ["update", "commented"], ["update", "supported"],
    ]  # fmt: skip


def test_a_failed_call_is_tried_again_and_nothing_passes_it(notebook: Notebook) -> None:
    report = sent()
    notebook.answers = [requests.ConnectionError(), Later("busy")]
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Masih berlubang")
    drain()
    for _ in range(4):
        network.deliver_all(1)
        Delivery.objects.update(due_at=timezone.now())
        Peer.objects.update(closed_until=None)
    network.deliver_all(1)
    assert [what for _code, *what in notebook.told] == [["request", ""], ["update", "commented"]]


def test_a_dead_peer_is_left_alone_for_a_while_and_its_reports_wait(notebook: Notebook) -> None:
    for _ in range(4):
        sent()
    notebook.answers = [requests.ConnectionError()] * 4
    for _ in range(4):
        network.deliver_all(1)
    peer = Peer.objects.get(pk="pu")
    assert peer.closed_until is not None
    assert peer.last_error == "Rekan itu tidak dapat dihubungi."
    assert len(notebook.answers) == 1
    assert Delivery.objects.count() == 4
    assert network.retry("pu") == 4
    for _ in range(6):
        network.deliver_all(1)
        Delivery.objects.update(due_at=timezone.now())
    assert len(notebook.told) == 4


def test_a_photo_that_cannot_be_fetched_does_not_call_a_dead_peer_alive(notebook: Notebook) -> None:
    report = sent()
    settle()
    stay = HandOver.objects.get(report=report)
    notebook.polls = False
    Peer.objects.update(failures=2, last_success_at=None)
    intake.fetch_later(stay, ("http://127.0.0.1:1/photo.jpg",), 1, "after")
    network.deliver_all(1)
    assert Delivery.objects.get(kind="fetch").attempts == 1
    peer = Peer.objects.get(pk="pu")
    assert (peer.failures, peer.last_success_at) == (2, None)


def test_what_the_peer_will_never_take_is_parked_for_a_person_and_sent_again_on_request(notebook: Notebook) -> None:
    report = sent()
    notebook.answers = [Parked("There is no such service.")]
    network.deliver_all(1)
    due = Delivery.objects.get()
    assert (due.state, due.error) == ("parked", "There is no such service.")
    (one,) = network.standings()
    assert (one.parked, one.waiting) == (1, 0)
    network.retry("pu")
    network.deliver_all(1)
    assert notebook.told == [(report.code, "request", "")]


def test_a_killed_worker_leaves_its_lease_to_the_next(notebook: Notebook) -> None:
    from kentongan.network import courier

    sent()
    courier._lease(Peer.objects.get(pk="pu"))
    network.deliver_all(1)
    assert notebook.told == []
    Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    network.deliver_all(1)
    assert len(notebook.told) == 1


def test_news_of_a_peer_is_mirrored_once_whatever_is_told_twice(notebook: Notebook) -> None:
    report = sent()
    network.deliver_all(1)
    at = timezone.now()
    taken = Update("u1", f"N-{report.code}", at, "Sudah kami jadwalkan", reports.State.ACCEPTED)
    done = Update("u2", f"N-{report.code}", at + timedelta(minutes=5), "Selesai", reports.State.RESOLVED, "solved")
    notebook.news = [done, taken, taken]
    assert [network.poll_peer(Peer.objects.get(pk="pu")) for _ in range(2)] == [2, 0]
    report.refresh_from_db()
    assert (report.state, report.ending) == ("resolved", "solved")
    assert kinds(report) == ["received", "routed", "sent_out", "accepted", "resolved"]
    assert list(audit()) == []


def test_old_news_that_comes_late_does_not_turn_the_state_back(notebook: Notebook) -> None:
    report = sent()
    network.deliver_all(1)
    peer, at = Peer.objects.get(pk="pu"), timezone.now()
    network.apply(peer, Update("2", f"N-{report.code}", at, "Selesai", reports.State.RESOLVED, "solved"))
    network.apply(peer, Update("1", f"N-{report.code}", at - timedelta(hours=3), "Diterima", reports.State.ACCEPTED))
    report.refresh_from_db()
    assert report.state == "resolved"
    assert kinds(report)[-2:] == ["resolved", "noted"]


def test_news_of_a_report_that_is_not_there_is_ignored(notebook: Notebook) -> None:
    peer = Peer.objects.get(pk="pu")
    assert network.apply(peer, Update("9", "N-unknown", timezone.now(), "?", reports.State.RESOLVED)) is None
    assert not Receipt.objects.exists()


def test_a_declined_report_goes_to_the_next_that_may_be_responsible_with_the_reason(notebook: Notebook) -> None:
    report = sent()
    notebook.answers = [Declined("Bukan jalan nasional lagi")]
    network.deliver_all(1)
    report.refresh_from_db()
    assert (report.state, report.body_id) == ("routed", "31.roads")
    last = report.entries.get(kind="declined")
    assert last.text == "Bukan jalan nasional lagi"
    assert HandOver.objects.get().state == "declined"
    assert list(audit()) == []


def test_after_two_declines_nothing_is_sent_until_the_coordinator_has_decided(notebook: Notebook) -> None:
    report = sent()
    notebook.answers = [Declined("Bukan kami"), Declined("Tetap bukan kami")]
    network.deliver_all(1)
    officer = person("petugas@contoh.id")
    bodies.Membership.objects.create(person=officer, body_id="31", role="coordinator")
    reports.transfer(report.code, Who(officer, Actor.OFFICER, "31.roads"), "id.pu", "Ini jalan nasional")
    drain()
    network.deliver_all(1)
    report.refresh_from_db()
    trace = Trace.objects.get()
    assert (trace.bounces, trace.undecided, report.body_id) == (2, True, "31")
    from kentongan.network.coming_back import decide

    decide(report.code, officer, "id.pu", "SK Menteri menyebut ruas ini")
    drain()
    network.deliver_all(1)
    assert notebook.told[-1] == (report.code, "request", "")
    trace.refresh_from_db()
    assert (trace.undecided, trace.final) == (False, True)


def test_a_report_passed_on_before_it_left_is_never_told(notebook: Notebook) -> None:
    report, officer = sent(), person("petugas@contoh.id")
    reports.transfer(report.code, Who(officer, Actor.OFFICER, "id.pu"), "31.roads", "Jalan kota")
    drain()
    network.deliver_all(1)
    assert notebook.told == []
    assert HandOver.objects.get().state == "withdrawn"


def test_a_secret_report_is_not_told_to_a_peer_that_cannot_keep_it(notebook: Notebook) -> None:
    sent(privacy="secret")
    network.deliver_all(1)
    assert notebook.told == []
    assert Delivery.objects.get().state == "parked"


def test_staff_here_cannot_work_on_what_another_system_works_on_but_can_take_it_back(notebook: Notebook) -> None:
    report = sent()
    network.deliver_all(1)
    with pytest.raises(Problem) as refused:
        network.refuse_elsewhere(report, "resolve")
    assert refused.value.code == "elsewhere"
    network.refuse_elsewhere(report, "transfer")
    assert network.worked_on_here([report.code]) == []


def test_a_peer_that_only_calls_us_has_no_queue_that_grows(notebook: Notebook) -> None:
    report = routing.submit(submission(at=STREET), None).report
    asks = Peer.objects.create(name="app", state=PeerState.ACTIVE)
    HandOver.objects.create(report=report, peer=asks, direction="in", state="accepted")
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Masih ada")
    drain()
    assert not Delivery.objects.filter(peer=asks).exists()
    assert network.deliver_all() == 0


def test_news_goes_before_photos_that_hang(notebook: Notebook) -> None:
    from kentongan.network import courier

    peer = Peer.objects.get(pk="pu")
    for number in range(3):
        address = {"address": "https://contoh.example/"}
        Delivery.objects.create(peer=peer, kind="fetch", key=f"f{number}", payload=address)
    sent()
    assert [one.kind for one in courier._lease(peer)[1]] == ["request"]
    assert [one.kind for one in courier._lease(peer)[1]] == ["fetch"]
