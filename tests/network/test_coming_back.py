"""A report that a peer will not have, or gives back, finds its next body; after two of them a coordinator decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kentongan import network, reports
from kentongan.bodies.models import Membership
from kentongan.foundation.problems import Problem
from kentongan.network import arbitration, coming_back, peers
from kentongan.network.models import Delivery, Direction, HandOver, Moved, Peer, PeerState, Trace
from kentongan.people.models import Person
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import SYSTEM, Who
from tests.network.stays import NOON, given, known, lines, sent, traced
from tests.world import BEKASI, DENPASAR, person

pytestmark = pytest.mark.django_db
PASSED = "Diteruskan ke instansi lain"


@pytest.fixture
def stay(world: None, monkeypatch: pytest.MonkeyPatch) -> HandOver:
    """The report's stay with the peer `pu`, behind which the Ministry of Public Works works; it is noon."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    report, peer = sent(), known()
    peers.set_reach(peer, "id.pu")
    traced(report)
    return given(report, peer)


def again(stay: HandOver) -> HandOver:
    return HandOver.objects.select_related("report", "peer").get(pk=stay.pk)


def came_back(stay: HandOver, reason: str = "Bukan jalan kami", **named: Any) -> Report:
    coming_back.came_back(again(stay), reason, **named)
    assert list(audit()) == []
    return Report.objects.get(pk=stay.report_id)


def trace_of(stay: HandOver) -> tuple[int, list[str], bool]:
    """How often it was declined, by whom, and whether a coordinator has to decide."""
    found = Trace.objects.get(report=stay.report_id)
    return found.bounces, found.declined_by, found.undecided


def officer(role: str = "officer", body: str = "id.pu") -> Person:
    made = person(f"{role}@contoh.id")
    Membership.objects.create(person=made, body_id=body, role=role, since=NOON)  # by the clock of these tests
    return made


def transfer(report: Report, body: str) -> None:
    """Its body passes it on."""
    now_at = Report.objects.get(pk=report.pk).body_id
    reports.transfer(report.code, Who(officer(f"p{Person.objects.count()}"), Actor.OFFICER, now_at), body, "Bukan kami")


def refused(call: Any, *given: Any, **named: Any) -> tuple[str, int, str]:
    with pytest.raises(Problem) as caught:
        call(*given, **named)
    return caught.value.code, caught.value.status, str(caught.value.detail)


# A peer will not have it


@pytest.mark.parametrize(("before", "after"), [("offered", "declined"), ("accepted", "returned")])
def test_a_report_that_a_peer_will_not_have_goes_to_the_next_that_may_be_responsible(
    stay: HandOver, before: str, after: str
) -> None:
    HandOver.objects.update(state=before)
    report = came_back(stay)
    assert lines(report) == [("declined", "peer", "Bukan jalan kami", "routed")]
    (entry,) = report.entries.filter(kind="declined")
    assert entry.data == {
        "peer": {"name": "pu", "title": "Sistem PU"}, "from_body": "id.pu", "to_body": "31.roads", "ending": "",
    }  # fmt: skip
    assert (report.state, report.body_id) == ("routed", "31.roads")
    ended = again(stay)
    assert (ended.state, ended.reason, ended.ended_at) == (after, "Bukan jalan kami", NOON)
    assert trace_of(stay) == (1, ["id.pu"], False)


def test_what_the_peer_told_with_it_stands_in_the_timeline(stay: HandOver) -> None:
    report = came_back(stay, told={"peer": {"name": "pu", "entry": "x/1"}, "more": 1})
    data = report.entries.get(kind="declined").data
    assert (data["peer"], data["more"]) == ({"name": "pu", "entry": "x/1"}, 1)


def test_what_was_still_due_for_that_report_there_is_not_told_any_more(stay: HandOver) -> None:
    other, elsewhere = sent(), known("lain")
    for peer, report, key in ((stay.peer, stay.report, "a"), (stay.peer, other, "b"), (elsewhere, stay.report, "c")):
        Delivery.objects.create(peer=peer, report=report, kind="update", key=key)
    Delivery.objects.create(peer=stay.peer, kind="fetch", key="d")
    untouched = given(other, stay.peer)
    came_back(stay)
    assert sorted(Delivery.objects.values_list("key", flat=True)) == ["b", "c", "d"]
    assert (again(untouched).state, again(untouched).ended_at) == ("offered", None)


def test_a_report_that_lived_there_lives_here_again_and_its_address_leads_here(stay: HandOver) -> None:
    Report.objects.filter(pk=stay.report_id).update(away=True)
    for code in (stay.report.code, "7KQF-M2RD"):
        Moved.objects.create(code=code, url="https://baru.example/r/1")
    report = came_back(stay)
    assert report.away is False
    assert [line[0] for line in lines(report)] == ["moved_in", "declined"]
    assert report.entries.get(kind="moved_in").data == {"peer": {"name": "pu", "title": "Sistem PU"}}
    assert list(Moved.objects.values_list("code", flat=True)) == ["7KQF-M2RD"]


def test_a_report_that_never_left_has_not_come_home(stay: HandOver) -> None:
    Moved.objects.create(code=stay.report.code, url="https://baru.example/r/1")
    assert [line[0] for line in lines(came_back(stay))] == ["declined"]
    assert Moved.objects.exists()


def test_it_goes_to_the_body_that_the_peer_names(stay: HandOver) -> None:
    assert came_back(stay, body="31").body_id == "31"


def test_a_body_that_the_peer_names_may_work_behind_it_itself(stay: HandOver) -> None:
    peers.set_reach(stay.peer, "31")
    assert came_back(stay, body="31").body_id == "31"


def test_a_body_that_nobody_knows_or_that_declined_before_does_not_get_it(stay: HandOver) -> None:
    Trace.objects.update(declined_by=["31.roads"])
    assert came_back(stay, body="no.such").body_id == "31"
    assert trace_of(stay) == (1, ["31.roads", "id.pu"], False)
    second = given(Report.objects.get(), known("provinsi"), body="31")
    Trace.objects.update(bounces=0)
    assert came_back(second, body="id.pu").body_id == "31"  # where nobody is left, it stays in its region
    assert trace_of(stay) == (1, ["31.roads", "id.pu", "31"], True)


def test_a_body_that_declined_twice_is_named_once(stay: HandOver) -> None:
    Trace.objects.update(declined_by=["id.pu", "51.71"])
    came_back(stay)
    assert trace_of(stay)[1] == ["id.pu", "51.71"]


def test_a_body_that_waits_to_join_gets_it_and_it_waits(stay: HandOver) -> None:
    report = came_back(stay, body="32.16")
    assert (report.body_id, report.state) == ("32.16", "awaiting_partner")


def test_it_goes_back_the_way_it_came_before_it_goes_anywhere_else(stay: HandOver) -> None:
    for body in ("51.71", "id.komdigi", "id.pln"):
        transfer(stay.report, body)
    HandOver.objects.update(body="id.pln")
    assert came_back(stay).body_id == "id.komdigi"
    assert came_back(given(stay.report, known("komdigi"), body="id.komdigi"), bounces=0).body_id != "id.pln"


def test_who_it_was_passed_on_by_twice_is_asked_in_that_order(stay: HandOver) -> None:
    for body in ("51.71", "id.komdigi", "id.pln"):
        transfer(stay.report, body)
    Trace.objects.update(declined_by=["id.komdigi"])
    HandOver.objects.update(body="id.pln")
    assert came_back(stay).body_id == "51.71"


def test_nobody_behind_the_peer_that_declined_gets_it_next(stay: HandOver) -> None:
    peers.set_reach(stay.peer, "31.roads")
    assert came_back(stay).body_id == "31"


def test_a_body_behind_another_peer_may_get_it(stay: HandOver) -> None:
    peers.set_reach(known("jalan"), "31.roads")
    assert came_back(stay).body_id == "31.roads"


def test_where_nobody_was_weighed_the_government_of_the_place_gets_it(stay: HandOver) -> None:
    Report.objects.update(decision={})
    assert came_back(stay).body_id == "31"


def test_where_nobody_is_left_the_coordinator_of_the_region_decides_at_once(stay: HandOver) -> None:
    Trace.objects.update(declined_by=["31.roads", "31"])
    assert came_back(stay).body_id == "31"
    assert trace_of(stay) == (1, ["31.roads", "31", "id.pu"], True)


def test_where_the_whole_region_works_elsewhere_it_stays_with_its_body(stay: HandOver) -> None:
    peers.set_reach(stay.peer, "31")
    report = came_back(stay)
    assert (report.body_id, trace_of(stay)[2]) == ("id.pu", True)


# It came back too often


def test_where_the_whole_region_works_elsewhere_its_body_has_it_until_it_is_decided(stay: HandOver) -> None:
    peers.set_reach(stay.peer, "31")
    Trace.objects.update(bounces=1)
    report = came_back(stay)
    assert (report.body_id, trace_of(stay)[2]) == ("id.pu", True)


def test_who_gave_us_another_report_has_no_part_in_this_one(stay: HandOver) -> None:
    given(sent(), known("orang"), Direction.IN)
    Trace.objects.update(bounces=1)
    came_back(stay)
    assert trace_of(stay)[2] is True
    assert not Delivery.objects.exists()


def test_after_two_declines_the_coordinator_where_it_began_decides(stay: HandOver) -> None:
    Trace.objects.update(bounces=1)
    report = came_back(stay, body="31.roads")
    assert report.body_id == "31"  # whatever body the peer names
    assert trace_of(stay) == (2, ["id.pu"], True)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("told", "counted"), [(5, 5), (1, 2)])
def test_declines_on_the_side_of_the_peer_count_too(stay: HandOver, told: int, counted: int) -> None:
    Trace.objects.update(bounces=1)
    came_back(stay, bounces=told)
    assert trace_of(stay)[0] == counted


def test_where_it_came_from_elsewhere_it_goes_back_there_instead(stay: HandOver) -> None:
    giver = given(stay.report, known("asal", title="Asal"), Direction.IN, state="accepted")
    given(sent(), known("orang"), Direction.IN)
    Trace.objects.update(bounces=1)
    report = came_back(stay)
    assert trace_of(stay) == (2, ["id.pu"], False)
    assert lines(report) == [
        ("declined", "peer", "Bukan jalan kami", "routed"), ("given_back", "system", "Bukan jalan kami", "rejected"),
    ]  # fmt: skip
    assert (again(giver).state, again(giver).reason) == ("returned", "Bukan jalan kami")
    due = Delivery.objects.get()
    assert (due.peer_id, due.kind, due.payload["body"]) == ("asal", "decline", "")


def test_after_the_first_decline_it_goes_on_here_though_it_came_from_elsewhere(stay: HandOver) -> None:
    giver = given(stay.report, known("asal"), Direction.IN, state="accepted")
    report = came_back(stay)
    assert (report.state, report.body_id, again(giver).state) == ("routed", "31.roads", "accepted")


@pytest.mark.parametrize(
    "giver", [{"direction": Direction.IN, "state": "returned"}, {"direction": Direction.OUT, "state": "accepted"}]
)
def test_only_who_still_waits_for_it_gets_it_back(stay: HandOver, giver: dict[str, Any]) -> None:
    given(stay.report, known("asal"), **giver)
    Trace.objects.update(bounces=1)
    came_back(stay)
    assert trace_of(stay)[2] is True
    assert not Delivery.objects.exists()


def test_the_government_that_works_here_is_the_lowest_that_has_joined(stay: HandOver) -> None:
    from kentongan import bodies, routing
    from tests.world import submission

    balinese = routing.submit(submission(at=DENPASAR), None).report
    assert coming_back._region(balinese) == "51.71"
    bodies.make_partner("51")
    assert coming_back._region(balinese) == "51.71"
    peers.set_reach(stay.peer, "51.71")
    assert coming_back._region(balinese) == "51"
    peers.set_reach(stay.peer, "51")
    assert coming_back._region(balinese) == ""
    waiting = routing.submit(submission("waste", at=BEKASI), None).report
    assert coming_back._region(waiting) == "32.16"  # nobody there has joined: the lowest
    bodies.make_partner("32")
    assert coming_back._region(waiting) == "32"


# It is given back from here


def coming(stay: HandOver, dialect: str = "kentongan", **fields: Any) -> HandOver:
    """The stay of the same report that came from the peer `asal`, instead of going to `pu`."""
    HandOver.objects.filter(pk=stay.pk).delete()
    return given(stay.report, known("asal", dialect=dialect), Direction.IN, **{"state": "accepted", **fields})


@pytest.mark.parametrize(("before", "after"), [("offered", "declined"), ("accepted", "returned")])
def test_what_is_given_back_ends_here_and_its_giver_is_told_whose_it_could_be(
    stay: HandOver, before: str, after: str
) -> None:
    came, other = coming(stay, state=before), given(sent(), known("lain"), Direction.IN)
    coming_back.give_back(came.report, came, SYSTEM, "Bukan kami", body="51.71")
    report = Report.objects.get(pk=came.report_id)
    assert lines(report) == [("given_back", "system", "Bukan kami", "rejected")]
    assert (report.ending, report.entries.get(seq=3).data["body"]) == ("passed_on", "51.71")
    ended = again(came)
    assert (ended.state, ended.reason, ended.ended_at) == (after, "Bukan kami", NOON)
    due = Delivery.objects.get()
    assert (due.peer_id, due.report_id, due.kind, due.key) == ("asal", report.pk, "decline", f"decline/{came.pk}")
    assert due.payload == {"stay": came.pk, "reason": "Bukan kami", "body": "51.71", "from": "id.pu"}
    assert again(other).state == "offered"
    assert list(audit()) == []


def test_a_giver_that_only_calls_us_is_not_told_and_asks_itself(stay: HandOver) -> None:
    came = coming(stay, dialect="email")
    coming_back.give_back(came.report, came, SYSTEM, "Bukan kami", body="")
    assert again(came).state == "returned"
    assert not Delivery.objects.exists()


def test_a_giver_is_told_once(stay: HandOver) -> None:
    came = coming(stay)
    Delivery.objects.create(peer=came.peer, report=came.report, kind="decline", key=f"decline/{came.pk}")
    coming_back.give_back(came.report, came, SYSTEM, "Bukan kami", body="")
    assert Delivery.objects.count() == 1


def test_the_program_gives_back_with_words_of_its_own_where_nobody_gave_any(stay: HandOver) -> None:
    came = coming(stay)
    coming_back.give_back(came.report, came, SYSTEM, "", body="")
    assert lines(came.report) == [("given_back", "system", PASSED, "rejected")]


def test_a_person_has_to_say_why(stay: HandOver) -> None:
    came = coming(stay)
    by = Who(officer(), Actor.OFFICER, "id.pu")
    assert refused(coming_back.give_back, came.report, came, by, "", body="")[1] == 422
    coming_back.give_back(came.report, came, by, "Bukan kami", body="")
    assert lines(came.report) == [("given_back", "officer", "Bukan kami", "rejected")]


def test_what_changed_meanwhile_is_not_given_back(stay: HandOver) -> None:
    came = coming(stay)
    told = refused(coming_back.give_back, came.report, came, SYSTEM, "Bukan kami", body="", seq=1)
    assert told[0] == "changed_meanwhile"
    coming_back.give_back(came.report, came, SYSTEM, "Bukan kami", body="", seq=2)
    assert again(came).state == "returned"


# It would go the way it came


def way(stay: HandOver, *path: str) -> Entry:
    """The way of the report, and the entry by which it is passed on."""
    Trace.objects.update(path=list(path))
    entry = Entry.objects.filter(report=stay.report_id).order_by("-seq").first()
    assert entry is not None
    entry.text = "Ini jalan pusat"
    return entry


def test_what_is_passed_to_a_body_behind_its_giver_is_given_back_with_its_reason(stay: HandOver) -> None:
    came = coming(stay)
    assert coming_back.goes_back(came.report, "asal", [came], way(stay)) is True
    assert lines(came.report) == [("given_back", "system", "Ini jalan pusat", "rejected")]
    assert Delivery.objects.get().payload["body"] == "id.pu"


def test_what_is_passed_to_a_body_behind_any_that_had_it_before_is_given_back(stay: HandOver) -> None:
    came = coming(stay)
    Peer.objects.filter(name="pu").update(instance="pusat.example")
    entry = way(stay, "kota.example", "pusat.example")
    assert coming_back.goes_back(came.report, "pu", [given(sent(), came.peer), came], entry) is True
    assert again(came).state == "returned"


@pytest.mark.parametrize("path", [(), ("kota.example",)])
def test_what_is_passed_to_somebody_new_is_not_given_back(stay: HandOver, path: tuple[str, ...]) -> None:
    came = coming(stay)
    Peer.objects.filter(name="pu").update(instance="pusat.example")
    Peer.objects.filter(name="asal").update(instance="kota.example")
    entry = way(stay, *path)
    assert coming_back.goes_back(came.report, "pu", [came], entry) is False
    Trace.objects.all().delete()
    assert coming_back.goes_back(came.report, "pu", [came], entry) is False
    assert lines(came.report) == []


def test_the_way_of_another_report_says_nothing_of_this_one(stay: HandOver) -> None:
    came = coming(stay)
    entry = way(stay, "kota.example")
    Peer.objects.filter(name="pu").update(instance="pusat.example")
    Trace.objects.all().delete()
    traced(sent(), path=["pusat.example"])
    assert coming_back.goes_back(came.report, "pu", [came], entry) is False


def test_what_began_here_is_never_given_back(stay: HandOver) -> None:
    assert coming_back.goes_back(stay.report, "pu", [stay], way(stay)) is False
    assert coming_back.goes_back(stay.report, "pu", [], way(stay)) is False


# Who may


@pytest.mark.parametrize(
    ("fields", "final", "may"),
    [
        ({}, False, True),
        ({"state": "offered"}, False, True),
        ({"state": "returned"}, False, False),
        ({"direction": Direction.OUT}, False, False),
        ({}, True, False),
    ],
)
def test_what_came_from_elsewhere_may_be_given_back_unless_that_was_decided(
    stay: HandOver, fields: dict[str, Any], final: bool, may: bool
) -> None:
    HandOver.objects.all().delete()
    given(stay.report, known("asal"), **{"direction": Direction.IN, "state": "accepted", **fields})
    given(sent(), known("orang"), Direction.IN)
    traced(Report.objects.latest("pk"), final=True)
    Trace.objects.filter(report=stay.report_id).update(final=final)
    assert coming_back.may_decline(stay.report) is may


def test_an_officer_gives_back_what_came_from_elsewhere(stay: HandOver) -> None:
    came, who = coming(stay), officer()
    assert refused(network.decline, came.report.code, who, "Bukan kami", expected_seq=1)[0] == "changed_meanwhile"
    report = network.decline(came.report.code, who, "Bukan kami", expected_seq=2)
    assert (report.state, report.ending) == ("rejected", "passed_on")
    assert again(came).reason == "Bukan kami"
    assert Delivery.objects.get().payload["body"] == ""


def test_an_officer_cannot_give_back_what_began_here_or_was_decided_or_is_not_theirs(stay: HandOver) -> None:
    who = officer()
    assert refused(network.decline, stay.report.code, who, "x")[:2] == ("not_handed_over", 409)
    came = coming(stay)
    assert refused(network.decline, came.report.code, officer("viewer"), "x")[:2] == ("forbidden", 403)
    Trace.objects.update(final=True)
    assert refused(network.decline, came.report.code, who, "x")[:2] == ("decided", 409)
    assert again(came).state == "accepted"


def test_the_coordinator_decides_and_the_body_cannot_decline_again(stay: HandOver) -> None:
    Trace.objects.update(bounces=1)
    came_back(stay)
    code, chief = stay.report.code, officer("coordinator", "31")
    assert refused(coming_back.decide, code, officer("officer", "31"), "id.pu", "SK Menteri")[0] == "forbidden"
    assert refused(coming_back.decide, code, chief, "id.pu", "SK Menteri", expected_seq=1)[0] == "changed_meanwhile"
    assert trace_of(stay)[2] is True
    decided = coming_back.decide(code, chief, "id.pu", "SK Menteri", expected_seq=3)
    assert (decided.body_id, trace_of(stay)[2], Trace.objects.get().final) == ("id.pu", False, True)
    assert refused(coming_back.decide, code, person("lain@contoh.id"), "31", "x")[0] == "forbidden"


def test_the_coordinator_may_decide_that_it_stays_where_it_is(stay: HandOver) -> None:
    Trace.objects.update(bounces=1)
    report, chief = came_back(stay), officer("coordinator", "31")
    coming_back.decide(report.code, chief, "31", "Jalan provinsi")
    assert lines(report, 3) == [("noted", "officer", "Jalan provinsi", "")]
    assert refused(coming_back.decide, report.code, chief, "31", "x")[:2] == ("not_undecided", 409)


def test_who_is_switched_off_meanwhile_still_gets_its_answer_kept(stay: HandOver) -> None:
    came = coming(stay)
    Peer.objects.update(state=PeerState.PAUSED)
    coming_back.give_back(came.report, came, SYSTEM, "Bukan kami", body="")
    assert Delivery.objects.get().state == "waiting"


@pytest.mark.parametrize("reason", ["", " \u200b\u200b ", "x" * 6000, "x" * 30_000])
def test_whatever_a_peer_gives_as_its_reason_what_it_gives_back_too_often_goes_back(
    stay: HandOver, reason: str
) -> None:
    giver = given(stay.report, known("asal"), Direction.IN, state="accepted")
    Trace.objects.update(bounces=1)
    report = came_back(stay, reason)
    assert (report.state, again(giver).state) == ("rejected", "returned")
    said = lines(report)[-1][2]
    assert said == {"": PASSED, "x" * 6000: "x" * 6000, "x" * 30_000: f"{'x' * 19_999}…"}[reason.strip(" \u200b")]
    assert (again(giver).reason, Delivery.objects.get().payload["reason"]) == (said, said)


def test_what_waits_for_a_decision_is_found_by_its_own_index_not_among_all_reports_of_the_body(db):
    """The queue of a body with a million reports took 86 ms of processor for this number on every page (SQLite)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "network_trace_undecided" in arbitration._all_waiting().explain()
