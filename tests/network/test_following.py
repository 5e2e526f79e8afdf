"""What happens here is told to those who have the report: each entry to whom it concerns, and once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kentongan import reports
from kentongan.foundation import revision
from kentongan.network import following, peers
from kentongan.network.models import Delivery, Direction, HandOver, Trace
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who
from tests.network.stays import given, known, sent, traced
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(world: None) -> HandOver:
    """A report that the peer `pu` has and has answered for."""
    report, peer = sent(), known()
    peers.set_reach(peer, "id.pu")
    traced(report)
    return given(report, peer, remote_id="A-7", seq=2)


def follow(report: Report, after: int = 2) -> list[tuple[str, str, str]]:
    """What is due once the entries after `after` were followed: for whom, what, and of which entry."""
    told = Entry.objects.filter(report=report, seq__gt=after).values_list("seq", "kind")
    following.follow([{"report": report.pk, "seq": seq, "kind": kind} for seq, kind in told])
    due = Delivery.objects.order_by("pk").values_list("peer", "kind", "key")
    return [(peer, kind, key.split("/")[-1]) for peer, kind, key in due]


def transfer(report: Report, body: str) -> None:
    at = Report.objects.get(pk=report.pk).body_id
    reports.transfer(report.code, Who(person(f"{body}@contoh.id"), Actor.OFFICER, at), body, "Bukan kami")


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process keeps is asked for again after a second, which a slow machine takes between two statements."""
    monkeypatch.setattr(revision, "FRESH", 3600.0)


def comment(report: Report) -> None:
    reports.comment(report.code, Who(person("tetangga@contoh.id"), Actor.CITIZEN), "Masih ada")


def test_where_nobody_works_behind_a_peer_nothing_is_looked_up(world: None, django_assert_num_queries: Any) -> None:
    peers.any_reach()
    with django_assert_num_queries(1):
        following.follow([{"report": 1, "seq": 1, "kind": "commented"}])


def test_many_new_reports_are_offered_by_as_many_statements_as_one(world: None) -> None:
    peers.set_reach(known(), "id.pu")

    def asked(number: int) -> int:
        entries = [
            {"report": sent().pk, "seq": seq, "kind": kind}
            for _ in range(number)
            for seq, kind in ((1, "received"), (2, "routed"))
        ]
        with CaptureQueriesContext(connection) as captured:
            following.follow(entries)
        return len(captured)

    asked(1)  # what is kept in the process is read
    assert asked(1) == asked(4)
    assert Delivery.objects.filter(kind="request", peer="pu").count() == 6


def test_what_people_add_is_told_to_who_has_the_report_once(stay: HandOver) -> None:
    comment(stay.report)
    assert follow(stay.report) == [("pu", "update", "3")]
    assert follow(stay.report) == [("pu", "update", "3")]


@pytest.mark.parametrize("who", ["pu", "lain"])
def test_a_peer_is_not_told_what_it_said_itself_nor_what_is_no_news_to_it(stay: HandOver, who: str) -> None:
    data = {"peer": {"name": who, "update": "u1"}}
    reports.mirror(stay.report.code, reports.Told("noted", text="Halo", data=data))
    reports.tell(stay.report.code, "given_up", text="Hanya untuk petugas", internal=True)
    reports.tell(stay.report.code, "synced")
    reports.mirror(stay.report.code, reports.Told("accepted", state=State.ACCEPTED, data=data))
    assert follow(stay.report) == ([] if who == "pu" else [("pu", "update", "3")])


def test_a_giver_hears_of_all_that_is_done_here_and_where_it_travels_on_to(stay: HandOver) -> None:
    HandOver.objects.all().delete()
    giver = given(stay.report, known("asal"), Direction.IN, state="accepted", seq=2)
    given(stay.report, known("app", dialect=""), Direction.IN, state="accepted")
    reports.tell(stay.report.code, "sent_out", data={"peer": {"name": "pu", "title": "Sistem PU"}})
    reports.tell(stay.report.code, "synced")
    reports.mirror(stay.report.code, reports.Told("accepted", state=State.ACCEPTED, data={"peer": {"name": "asal"}}))
    assert follow(stay.report) == [("asal", "update", "3"), ("asal", "update", "5")]
    assert set(Delivery.objects.values_list("payload__stay", flat=True)) == {giver.pk}


def test_a_taker_does_not_hear_where_a_report_was_sent(stay: HandOver) -> None:
    reports.tell(stay.report.code, "sent_out", data={"peer": {"name": "lain"}})
    assert follow(stay.report) == []


def test_a_report_that_is_passed_on_here_is_taken_back_and_its_peer_is_told(stay: HandOver) -> None:
    transfer(stay.report, "31.roads")
    comment(stay.report)
    assert follow(stay.report) == [("pu", "withdraw", str(stay.pk))]
    stay.refresh_from_db()
    assert (stay.state, stay.ended_at is not None) == ("withdrawn", True)


def test_a_peer_that_cannot_be_told_so_is_not(stay: HandOver) -> None:
    stay.peer.dialect = "open311"
    stay.peer.save()
    transfer(stay.report, "31.roads")
    assert follow(stay.report) == []
    stay.refresh_from_db()
    assert stay.state == "withdrawn"


def test_what_never_left_is_taken_back_without_a_word(stay: HandOver) -> None:
    for kind in ("request", "update"):
        Delivery.objects.create(peer=stay.peer, report=stay.report, kind=kind, key=kind)
    transfer(stay.report, "31.roads")
    assert follow(stay.report) == []


def test_a_report_that_is_passed_to_somebody_else_behind_the_same_peer_stays_there(stay: HandOver) -> None:
    peers.set_reach(stay.peer, "31")
    transfer(stay.report, "31.roads")
    assert follow(stay.report) == []
    stay.refresh_from_db()
    assert stay.state == "offered"


def test_a_report_on_which_a_coordinator_has_to_decide_is_sent_nowhere(stay: HandOver) -> None:
    HandOver.objects.all().delete()
    Trace.objects.update(undecided=True)
    assert follow(stay.report, after=1) == []
    assert not HandOver.objects.exists()
    Trace.objects.update(undecided=False)
    assert [one[:2] for one in follow(stay.report, after=1)] == [("pu", "request")]


def test_what_is_passed_to_a_body_behind_its_giver_is_given_back_and_not_handed_over_anew(stay: HandOver) -> None:
    HandOver.objects.all().delete()
    transfer(stay.report, "31.roads")
    given(stay.report, stay.peer, Direction.IN, state="accepted", seq=3)
    reports.transfer(stay.report.code, Who(person(), Actor.OFFICER, "31.roads"), "id.pu", "Ini jalan pusat")
    assert [one[:2] for one in follow(stay.report, after=3)] == [("pu", "decline"), ("pu", "update")]
    assert HandOver.objects.get().state == "returned"


def test_who_only_calls_us_is_told_nothing(stay: HandOver) -> None:
    stay.peer.dialect = ""
    stay.peer.save()
    comment(stay.report)
    assert follow(stay.report) == []
