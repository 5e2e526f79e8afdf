"""The way of a report as people read it, also where peers say little, nothing, or what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan import reports
from kentongan.network import facts, travels
from kentongan.network.models import Delivery, Direction, HandOver, Peer
from kentongan.reports.models import Entry
from tests.network.stays import given, known, sent, traced

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(world: None) -> HandOver:
    report = sent()
    return given(report, known(), state="accepted", remote_url="https://pu.example/r/X", seq=2)


def way(stay: HandOver) -> list[tuple[str, str, str]]:
    found = travels.journey(stay.report)
    assert found is not None
    assert found.now in found.stations
    return [(one.name, str(one.stand), one.url) for one in found.stations][1:]


def told(stay: HandOver, kind: str, **data: Any) -> None:
    data = {"peer": {"name": stay.peer_id}, **data}
    reports.mirror(stay.report.code, reports.Told(kind, text="Kabar", data=data))


def test_where_a_peer_passed_it_on_to_is_where_it_is_now(stay: HandOver) -> None:
    told(stay, "sent_on", to={"title": "Balai Jalan", "url": "https://balai.example/1"})
    told(stay, "sent_on", to={"title": "Kontraktor", "url": "javascript:alert(1)"})
    assert way(stay) == [
        ("Sistem PU", "passed", "https://pu.example/r/X"), ("Balai Jalan", "passed", "https://balai.example/1"),
        ("Kontraktor", "there", ""),
    ]  # fmt: skip
    told(stay, "declined")
    assert way(stay)[-1] == ("Balai Jalan", "there", "https://balai.example/1")
    told(stay, "declined")
    told(stay, "declined")  # once too often
    assert way(stay) == [("Sistem PU", "there", "https://pu.example/r/X")]


@pytest.mark.parametrize("to", [None, "Balai", {}, {"title": ""}])
def test_a_peer_that_does_not_say_to_whom_still_has_it(stay: HandOver, to: Any) -> None:
    told(stay, "sent_on", to=to)
    assert way(stay) == [("Sistem PU", "there", "https://pu.example/r/X")]


@pytest.mark.parametrize(
    ("due", "failures", "stand"),
    [({"state": "parked"}, 0, "held"), ({}, 0, "on_its_way"), ({}, 2, "unanswered"), (None, 2, "there")],
)
def test_until_it_has_arrived_the_way_says_why_not(stay: HandOver, due: Any, failures: int, stand: str) -> None:
    if due is not None:
        Delivery.objects.create(peer=stay.peer, report=stay.report, kind="request", key=f"request/{stay.pk}", **due)
    Peer.objects.update(failures=failures)
    assert way(stay) == [("Sistem PU", stand, "https://pu.example/r/X" if stand == "there" else "")]


@pytest.mark.parametrize(
    ("direction", "state", "stand"),
    [(Direction.OUT, "declined", "declined"), (Direction.OUT, "returned", "returned"),
     (Direction.OUT, "withdrawn", "taken_back"), (Direction.IN, "declined", "given_back"),
     (Direction.IN, "withdrawn", "taken_back")],
)  # fmt: skip
def test_those_who_have_it_no_more_are_told_too(stay: HandOver, direction: str, state: str, stand: str) -> None:
    HandOver.objects.update(direction=direction, state=state, reason="Bukan kami")
    Peer.objects.update(title="")
    assert way(stay) == [("Pu", stand, "https://pu.example/r/X")]


def test_a_report_that_came_here_shows_where_it_began_and_whom_it_passed(stay: HandOver) -> None:
    HandOver.objects.update(direction=Direction.IN)
    trace = {"origin": "kota.example", "origin_url": "https://kota.example/r/1"}
    traced(stay.report, **trace, path=["kota.example", "tengah.example", facts.instance()])
    known("tengah", instance="tengah.example", title="Provinsi")
    found = travels.journey(stay.report)
    assert found is not None
    assert [(one.name, str(one.stand), one.url) for one in found.stations[:2]] == [
        ("kota.example", "began", "https://kota.example/r/1"), ("Provinsi", "passed", ""),
    ]  # fmt: skip
    assert found.origin == found.stations[0]
    assert found.now.stand == travels.Stand.HERE


def test_a_report_that_has_not_travelled_has_no_way(world: None) -> None:
    assert travels.journey(sent()) is None


def test_the_peers_that_speak_in_a_timeline_are_called_by_their_titles(stay: HandOver) -> None:
    told(stay, "noted")
    entries = Entry.objects.filter(report=stay.report)
    assert travels.peer_titles(entries) == {"pu": "Sistem PU"}
    assert travels.peer_titles(entries[:1]) == {}
