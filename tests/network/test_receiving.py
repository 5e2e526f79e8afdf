"""What a message of another instance does here: offers, news of either side, and reports that moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pydantic import TypeAdapter

from kentongan import bodies, reports
from kentongan.foundation.problems import Problem
from kentongan.network import facts, peers
from kentongan.network.dialects.kentongan import receiving, wire
from kentongan.network.models import Delivery, Direction, HandOver, Peer, Trace
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who
from tests.network.stays import NOON, given, known, lines, sent, traced
from tests.world import BEKASI, ON_NATIONAL_ROAD

pytestmark = pytest.mark.django_db
READ: TypeAdapter[wire.Message] = TypeAdapter(wire.Message)
BEGAN = {"instance": "kota.example", "code": "7KQF-M2RD", "url": "https://kota.example/r/7KQF-M2RD"}
EARLIER = (NOON - timedelta(hours=1)).isoformat()


@pytest.fixture
def city(world: None, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The peer `kota`; it is noon."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return known("kota", title="Kota Contoh", instance="kota.example")


def told(peer: Peer, kind: str, name: str = "m/1", **said: Any) -> dict[str, Any]:
    """What becomes of one message."""
    message = {"type": kind, "id": name, "report": BEGAN, **said}
    answer = receiving.receive(peer, READ.validate_python(message))
    assert list(audit()) == []
    return answer


def content(**more: Any) -> dict[str, Any]:
    lon, lat = ON_NATIONAL_ROAD
    return {"category": "road_damage", "text": "Lubang", "lon": lon, "lat": lat, "created_at": EARLIER, **more}


def entry(name: str = "kota.example/7KQF-M2RD/5", kind: str = "commented", **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": kind, "actor": "citizen", "at": EARLIER, "text": "Kabar", **more}


def photo(number: int = 1, role: str = "after", of: str = "") -> dict[str, Any]:
    return {"id": f"p{number}", "sha256": f"{number:064x}", "role": role, "entry": of}


def offer(peer: Peer, name: str = "h/1", **more: Any) -> dict[str, Any]:
    said = {"content": content(), "body": "id.pu", "path": ["kota.example"], **more}
    return told(peer, "hand_over", name, **said)


def here() -> Report:
    return Trace.objects.select_related("report").get(origin="kota.example").report


# A report is offered


def test_a_report_that_is_offered_is_here_with_its_code_its_history_and_its_way(city: Peer) -> None:
    history = [entry("kota.example/7KQF-M2RD/1", "received", actor="reporter", state="received", text="")]
    answer = offer(city, history=history, photos=[photo(role="report")], pseudonym="p")
    assert answer == {
        "id": "h/1", "status": "done", "code": "7KQF-M2RD", "url": facts.link("r/7KQF-M2RD"),
    }  # fmt: skip
    report = here()
    assert (report.code, report.body_id, report.state) == ("7KQF-M2RD", "id.pu", "routed")
    trace = Trace.objects.get()
    assert (trace.path, trace.pseudonym) == (["kota.example", facts.instance()], "p")
    stay = HandOver.objects.get()
    assert (stay.direction, stay.remote_id, stay.remote_url) == ("in", "7KQF-M2RD", BEGAN["url"])
    assert [one["role"] for one in Delivery.objects.values_list("payload", flat=True)] == ["report"]
    assert offer(city) == answer  # the same again
    assert Report.objects.count() == 1


@pytest.mark.parametrize("path", [["lain.example"], ["lain.example", "kota.example"]])
def test_a_way_that_does_not_begin_with_its_report_or_end_with_its_sender_is_refused(
    city: Peer, path: list[str]
) -> None:
    answer = offer(city, path=path)
    assert (answer["status"], answer["problem"]) == ("refused", "bad_path")
    assert not Report.objects.exists()


def test_a_report_that_was_here_before_makes_no_circle(city: Peer) -> None:
    assert offer(city, path=["kota.example", facts.instance(), "kota.example"])["problem"] == "loop"


@pytest.mark.parametrize(
    ("changed", "body", "problem"),
    [
        ({"category": "tidak_ada"}, "id.pu", "unknown_category"),
        ({"lon": 10.0, "lat": 50.0}, "id.pu", "outside"),
        ({}, "32.16", "no_such_body"),
        ({}, "tidak.ada", "no_such_body"),
        ({}, "id.pln", "yours"),
    ],
)
def test_what_cannot_be_worked_on_here_is_declined_with_a_reason(
    city: Peer, changed: dict[str, Any], body: str, problem: str
) -> None:
    peers.set_reach(city, "id.pln")
    if body == "tidak.ada":
        peers.set_reach(known("lain"), "id.pu")
        bodies.snapshot()
        changed = {"lon": BEKASI[0], "lat": BEKASI[1]}
    answer = offer(city, content=content(**changed), body=body)
    assert answer["status"] == "declined"
    assert answer["reason"]
    if problem != "outside":
        assert answer["problem"] == problem
    assert answer["body"] == ("id.pln" if problem == "yours" else "")
    assert not Report.objects.exists()


def test_a_kind_that_is_not_known_here_is_the_nearest_above_it(city: Peer) -> None:
    offer(city, content=content(category="lubang_dalam", branch=["tidak_ada", "road_damage"]))
    assert here().category_id == "road_damage"


def test_what_our_own_rules_find_below_the_body_works_on_it(city: Peer) -> None:
    offer(city, content=content(lon=106.8200, lat=-6.1700), body="31")
    assert here().body_id == "31.roads"


def test_reasons_of_the_giver_stand_below_ours(city: Peer) -> None:
    because = [{"code": "road", "text": {"id": "Jalan", "en": "Road"}}, {"code": "half", "text": {"id": "Hanya"}}]
    offer(city, reasons=because)
    assert [one["code"] for one in here().decision["reasons"]] == ["handed_over", "road"]


def test_what_an_officer_there_passed_on_is_in_process_here_too(city: Peer) -> None:
    history = [
        entry("kota.example/7KQF-M2RD/1", "received", actor="reporter", state="received", text=""),
        entry("kota.example/7KQF-M2RD/2", "transferred", actor="officer", state="forwarded"),
        entry("kota.example/7KQF-M2RD/3"),
    ]
    offer(city, history=history)
    assert (here().state, here().status) == ("forwarded", "in_process")


def test_a_report_that_went_back_may_be_offered_anew_and_tells_what_happened_meanwhile(city: Peer) -> None:
    first = entry("kota.example/7KQF-M2RD/1", "received", actor="reporter", state="received", text="")
    offer(city, history=[first])
    assert offer(city, "h/2")["problem"] == "already_here"
    HandOver.objects.update(state="returned")
    report = here()
    reports.mirror(report.code, reports.Told("noted", state=State.REJECTED, ending="passed_on"))
    later = entry("kota.example/7KQF-M2RD/7", "noted", actor="officer", text="Coba lagi")
    mine = entry(f"{facts.instance()}/7KQF-M2RD/3", "noted", actor="officer")
    answer = offer(city, "h/3", history=[first, later, mine], bounces=1, final=True)
    assert answer["status"] == "done"
    assert [line[0] for line in lines(report)][-2:] == ["noted", "came_in"]
    assert here().state == "routed"
    trace = Trace.objects.get()
    assert (trace.bounces, trace.final) == (1, True)
    assert HandOver.objects.filter(state="offered").count() == 1


# News of a report that both sides have


@pytest.fixture
def came(city: Peer) -> HandOver:
    """A report that came from the city."""
    offer(city)
    return HandOver.objects.get()


def test_what_people_say_where_it_began_is_heard_here_once(came: HandOver) -> None:
    before = here().seq
    said = entry(text="Masih ada", at=(NOON + timedelta(hours=9)).isoformat())
    assert told(came.peer, "entry", "e/1", entry=said) == {"id": "e/1", "status": "done", "code": "7KQF-M2RD"}
    told(came.peer, "entry", "e/2", entry=said)
    assert lines(here(), before) == [("commented", "citizen", "Masih ada", "")]


@pytest.mark.parametrize(
    ("state", "kind", "line"),
    [
        ("resolved", "confirmed", ("confirmed", "reporter", "Kabar", "confirmed")),
        ("routed", "confirmed", ("noted", "reporter", "Kabar", "")),
        ("resolved", "reopened", ("reopened", "reporter", "Kabar", "routed")),
        ("routed", "reopened", ("noted", "reporter", "Kabar", "")),
    ],
)
def test_a_reporters_word_on_a_result_counts_where_there_is_one(
    came: HandOver, state: str, kind: str, line: tuple[str, ...]
) -> None:
    if state != "routed":
        reports.mirror(here().code, reports.Told("resolved", state=State(state), ending="solved"))
    before = here().seq
    told(came.peer, "entry", "e/1", entry=entry(kind=kind, actor="reporter"))
    assert lines(here(), before) == [line]


def test_a_giver_cannot_do_our_work(came: HandOver) -> None:
    before = here().seq
    told(came.peer, "entry", "e/1", entry=entry(kind="resolved", actor="officer", state="resolved"))
    assert (lines(here(), before), here().state) == ([], "routed")


def test_photos_of_what_was_said_before_are_fetched_for_it(came: HandOver) -> None:
    told(came.peer, "entry", "e/1", entry=entry("kota.example/7KQF-M2RD/5"))
    name, seq = "kota.example/7KQF-M2RD/5", here().seq
    told(came.peer, "photos", "p/1", entry=name, photos=[photo(1, "answer", name)])
    told(came.peer, "photos", "p/2", entry="nobody/1", photos=[photo(2, "after", "nobody/1")])
    mine = photo(3, "after", f"{facts.instance()}/7KQF-M2RD/1")
    told(came.peer, "photos", "p/3", entry=name, photos=[mine])
    (due,) = Delivery.objects.values_list("payload", flat=True)
    assert (due["seq"], due["role"], due["address"]) == (seq, "after", f"p1/{1:064x}")


def test_what_the_giver_takes_back_ends_here(came: HandOver) -> None:
    told(came.peer, "withdraw", "w/1", reason="Kami kerjakan sendiri")
    came.refresh_from_db()
    assert (came.state, came.reason, came.ended_at) == ("withdrawn", "Kami kerjakan sendiri", NOON)
    assert (here().state, here().ending) == ("rejected", "passed_on")
    before = here().seq
    told(came.peer, "entry", "e/9", entry=entry())  # too late
    assert lines(here(), before) == []


def test_news_of_a_report_that_is_not_known_or_not_theirs_is_refused(came: HandOver) -> None:
    stranger = known("lain", instance="lain.example")
    for answer in (
        told(stranger, "entry", "e/1", entry=entry()),
        told(came.peer, "entry", "e/1", entry=entry(), report={**BEGAN, "code": "BBBB-BBBB"}),
        told(came.peer, "decline", "d/1"),  # it was not given to them
    ):
        assert (answer["status"], answer["problem"]) == ("refused", "unknown_report")


@pytest.fixture
def gone(city: Peer) -> HandOver:
    """A report that the city was given."""
    report = sent()
    traced(report)
    return given(report, city, seq=2)


def from_taker(stay: HandOver, said: dict[str, Any], name: str = "e/1", **more: Any) -> None:
    ref = {"instance": facts.instance(), "code": stay.report.code}
    assert told(stay.peer, "entry", name, report=ref, entry=said, **more)["status"] == "done"
    stay.refresh_from_db()


def test_what_those_who_work_on_it_do_is_done_here_with_its_photos(gone: HandOver) -> None:
    from_taker(gone, entry(kind="started", actor="officer", state="in_progress", body="id.pu"), photos=[
        photo(1, "after", "kota.example/7KQF-M2RD/5"),
    ])  # fmt: skip
    assert lines(gone.report) == [("started", "peer", "Kabar", "in_progress")]
    assert gone.state == "accepted"
    assert Delivery.objects.get().payload["seq"] == 3


def test_a_taker_may_pass_it_on_to_a_body_that_is_known_here(gone: HandOver) -> None:
    moved = entry(kind="transferred", actor="officer", state="routed", to_body="31", ending="none of ours")
    from_taker(gone, moved)
    report = Report.objects.get(pk=gone.report_id)
    assert (report.body_id, report.ending, gone.state) == ("31", "", "offered")


@pytest.mark.parametrize(("kind", "body"), [("routed", "31"), ("transferred", "id.pu")])
def test_an_older_taker_that_knows_no_passing_on_does_not_send_it_back_to_waiting(
    city: Peer, kind: str, body: str
) -> None:
    report = sent()
    traced(report)
    report = reports.transfer(report.code, Who(None, Actor.OFFICER, "id.pu"), "31", "Jalan kota")
    gone = given(report, city, seq=report.seq)
    for number in (5, 6):
        from_taker(gone, entry(f"kota.example/x/{number}", kind, state="routed", to_body=body), f"e/{number}")
    report = Report.objects.get(pk=gone.report_id)
    assert (report.state, report.body_id) == ("forwarded", body)


def test_what_a_taker_passed_on_by_mistake_and_took_back_waits_here_too(gone: HandOver) -> None:
    from_taker(gone, entry("kota.example/x/5", "transferred", state="forwarded", to_body="31"), "e/5")
    assert Report.objects.get(pk=gone.report_id).status == "in_process"
    from_taker(gone, entry("kota.example/x/6", "transferred", state="routed", to_body="id.pu"), "e/6")
    report = Report.objects.get(pk=gone.report_id)
    assert (report.state, report.body_id) == ("routed", "id.pu")


def test_what_people_say_there_or_what_nobody_knows_is_a_note_of_theirs(gone: HandOver) -> None:
    from_taker(gone, entry(kind="danced", state="dancing", body="no.such"))
    from_taker(gone, entry("kota.example/x/6"), "e/2")
    assert lines(gone.report) == [("noted", "citizen", "Kabar", ""), ("commented", "citizen", "Kabar", "")]


def test_of_what_is_known_already_only_the_state_that_came_of_it_is_news(gone: HandOver) -> None:
    mine = entry(f"{facts.instance()}/{gone.report.code}/2", "routed", state="routed")
    from_taker(gone, mine)
    assert lines(gone.report) == []
    from_taker(gone, {**mine, "state": "resolved", "ending": "solved"}, "e/2")
    assert lines(gone.report) == [("synced", "peer", "", "resolved")]
    assert Report.objects.get(pk=gone.report_id).ending == "solved"
    from_taker(gone, {**mine, "state": ""}, "e/3")
    assert len(lines(gone.report)) == 1


def test_a_taker_may_give_it_back_with_what_it_bounced_there(gone: HandOver) -> None:
    ref = {"instance": facts.instance(), "code": gone.report.code}
    told(gone.peer, "decline", "d/1", report=ref, reason="Bukan kami", body="31", bounces=1)
    gone.refresh_from_db()
    assert (gone.state, Report.objects.get(pk=gone.report_id).body_id) == ("declined", "31")


# A report that moved


def test_a_report_that_a_bundle_brought_lives_here_once_its_old_home_says_so(city: Peer) -> None:
    moved = {"upto": 2, "code": "7KQF-M2RD", "url": BEGAN["url"]}
    with pytest.raises(Problem, match="not_imported"):
        told(city, "moved", **moved)
    report = sent()
    traced(report, origin="kota.example", origin_code="7KQF-M2RD")
    Report.objects.update(away=True)
    with pytest.raises(Problem, match="not_imported"):
        told(city, "moved", "m/2", **{**moved, "upto": 3})
    answer = told(city, "moved", "m/3", **moved)
    assert (answer["status"], answer["code"]) == ("done", report.code)
    assert Report.objects.get().away is False
    stay = HandOver.objects.get()
    assert (stay.direction, stay.state, stay.remote_url) == (Direction.IN, "accepted", BEGAN["url"])
    told(city, "moved", "m/4", **moved)  # it does already
    assert HandOver.objects.count() == 1


def test_what_waits_for_its_body_is_handed_over_where_the_body_has_joined(city: Peer) -> None:
    report = sent()
    traced(report, origin="kota.example", origin_code="7KQF-M2RD")
    Report.objects.update(away=True, state="awaiting_partner")
    report.entries.filter(seq=2).update(state_to="awaiting_partner", kind="awaiting_partner")
    given(report, city, Direction.OUT, state="accepted")
    told(city, "moved", upto=2, code="7KQF-M2RD", passed_on=True)
    assert Report.objects.get().state == "routed"
    assert HandOver.objects.count() == 1


def test_the_thing_that_a_report_is_about_is_kept_as_it_was_told(city: Peer) -> None:
    """A lamp of the sender's list need not be one of ours; what is no text is refused as anywhere in a message."""
    thing = {"layer": "street_light", "id": "PJU-00123", "name": "Jl. Merdeka", "later": 1}
    offer(city, content=content(category="street_light", asset=thing))
    kept = Report.objects.get()
    assert (kept.asset_layer, kept.asset_id, kept.asset_name) == ("street_light", "PJU-00123", "Jl. Merdeka")
    assert facts.report_facts(kept, "kota")["asset"] == {key: thing[key] for key in ("layer", "id", "name")}
    with pytest.raises(ValueError, match="asset"):
        READ.validate_python({
            "type": "hand_over", "id": "h/2", "report": BEGAN, "body": "id.pu", "path": ["kota.example"],
            "content": content(asset={"layer": "x", "id": "a\0"}),
        })  # fmt: skip
