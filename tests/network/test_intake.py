"""What peers tell us is taken in once, and means for the report here what it says and no more."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kentongan import reports
from kentongan.network import intake
from kentongan.network.dialects.base import Update
from kentongan.network.models import Delivery, Direction, HandOver, Peer, Receipt
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who
from tests.network.stays import NOON, given, known, lines, sent, traced
from tests.world import person

pytestmark = pytest.mark.django_db
EARLIER = NOON - timedelta(hours=1)


@pytest.fixture
def at_noon(world: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock stands at noon; `at_noon(hours=1)` sets it that much later."""

    def later(**time: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(**time))

    later(hours=-2)
    return later


@pytest.fixture
def stay(at_noon: Any) -> HandOver:
    """The report's stay with the peer `pu`, which calls it A-7; it was sent two hours before noon."""
    report = sent()
    traced(report)
    made = given(report, known(), remote_id="A-7")
    at_noon()
    return made


def news(name: str = "u1", at: datetime = EARLIER, text: str = "", state: State | None = None, **more: Any) -> Update:
    return Update(name, more.pop("remote_id", "A-7"), at, text, state, **more)


def taken(stay: HandOver, *given: Any, **named: Any) -> dict[str, Any]:
    """What one update does."""
    again = HandOver.objects.select_related("report", "peer").get(pk=stay.pk)
    return intake.take_in(again, news(*given, **named))


def newest(stay: HandOver) -> Entry:
    found = Entry.objects.filter(report=stay.report_id).order_by("-seq").first()
    assert found is not None
    return found


# Once


def test_what_a_peer_asks_for_is_done_once_and_answered_alike_each_time(at_noon: Any) -> None:
    peer, other, done = known(), known("lain"), []

    def do() -> dict[str, Any]:
        done.append(1)
        return {"number": len(done)}

    assert intake.once(peer, "m/1", do) == ({"number": 1}, False)
    assert intake.once(peer, "m/1", do) == ({"number": 1}, True)
    assert intake.once(peer, "m/2", do) == ({"number": 2}, False)
    assert intake.once(other, "m/1", do) == ({"number": 3}, False)
    kept = Receipt.objects.order_by("pk").values_list("peer", "key", "answer")
    assert list(kept) == [("pu", "m/1", {"number": 1}), ("pu", "m/2", {"number": 2}), ("lain", "m/1", {"number": 3})]


@pytest.mark.parametrize("length", [200, 201, 4000])
def test_a_name_of_any_length_is_known_again(at_noon: Any, length: int) -> None:
    peer, key = known(), "é" * length
    assert intake.once(peer, key, lambda: {"first": True}) == ({"first": True}, False)
    assert intake.once(peer, key, lambda: {"first": False}) == ({"first": True}, True)
    assert intake.once(peer, key[:-1] + "e", lambda: {}) == ({}, False)
    kept = Receipt.objects.order_by("pk").values_list("key", flat=True)[0]
    assert kept == (key if length == 200 else hashlib.sha256(key.encode()).hexdigest())


def test_an_answer_that_says_nothing_is_known_again_too(at_noon: Any) -> None:
    peer = known()
    assert intake.once(peer, "m/1", dict) == ({}, False)
    assert intake.once(peer, "m/1", dict) == ({}, True)


def test_what_fails_leaves_nothing_behind_and_may_be_asked_for_again(at_noon: Any) -> None:
    peer = known()

    def fails() -> dict[str, Any]:
        Peer.objects.create(name="setengah")
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        intake.once(peer, "m/1", fails)
    assert not Peer.objects.filter(name="setengah").exists()
    assert intake.once(peer, "m/1", lambda: {"ok": 1}) == ({"ok": 1}, False)


def test_the_same_that_comes_in_twice_at_once_is_answered_as_the_first_was(
    at_noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, ordinary, looks = known(), Receipt.objects.filter, []
    Receipt.objects.create(peer=known("lain"), key="m/1", answer={"of": "another"})
    Receipt.objects.create(peer=peer, key="m/0", answer={"of": "before"})
    Receipt.objects.create(peer=peer, key="m/1", answer={"first": True})

    def late(**by: Any) -> Any:  # the first look is a moment too early to see the other
        looks.append(by)
        return ordinary(**by) if len(looks) > 1 else Receipt.objects.none()

    monkeypatch.setattr(Receipt.objects, "filter", late)

    def do() -> dict[str, Any]:
        Peer.objects.create(name="dua-kali")
        return {"first": False}

    assert intake.once(peer, "m/1", do) == ({"first": True}, True)
    assert not Peer.objects.filter(name="dua-kali").exists()


def test_another_fault_of_the_database_is_not_taken_for_a_repeat(at_noon: Any) -> None:
    peer = known()
    with pytest.raises(IntegrityError):
        intake.once(peer, "m/1", lambda: {"made": Peer.objects.create(name="pu").pk})
    assert not Receipt.objects.exists()


# Whose report it is


def test_news_is_for_the_newest_stay_of_that_name_with_that_peer(stay: HandOver) -> None:
    HandOver.objects.update(state="returned")
    again = given(stay.report, stay.peer, remote_id="A-7")
    given(sent(), known("lain"), remote_id="A-7")
    given(sent(), stay.peer, Direction.IN, remote_id="A-7")
    assert intake.apply(stay.peer, news(text="Dijadwalkan", state=State.ACCEPTED)) == {"entry": 3}
    assert lines(again.report) == [("accepted", "peer", "Dijadwalkan", "accepted")]
    assert list(Receipt.objects.values_list("peer", "key", "answer")) == [("pu", "update/u1", {"entry": 3})]
    assert intake.apply(stay.peer, news(text="Lagi", state=State.IN_PROGRESS)) is None  # under the same id
    assert len(lines(again.report)) == 1


def test_a_peer_may_name_a_report_by_our_code_in_whatever_spelling(stay: HandOver) -> None:
    other = sent()
    given(other, stay.peer)
    written = stay.report.code.lower().replace("-", " ")
    assert intake.apply(stay.peer, news(remote_id="", code=written, text="Halo")) == {"entry": 3}
    assert (lines(stay.report), lines(other)) == ([("noted", "peer", "Halo", "")], [])


@pytest.mark.parametrize("named", [{"remote_id": "A-8"}, {"remote_id": "", "code": "7KQF-M2RD"}, {"remote_id": ""}])
def test_news_of_a_report_that_the_peer_was_not_given_is_ignored(stay: HandOver, named: dict[str, str]) -> None:
    assert intake.apply(stay.peer, news(text="Halo", **named)) is None
    assert not Receipt.objects.exists()
    assert lines(stay.report) == []


def test_whose_report_it_is_is_read_at_once_with_the_stay(stay: HandOver) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert intake.apply(stay.peer, news(state=State.ROUTED)) == {"empty": True}
    read = [one["sql"].split(" FROM ")[1].split()[0] for one in asked if one["sql"].startswith("SELECT")]
    assert read == ['"network_handover"', '"network_receipt"', '"reports_entry"']
    with CaptureQueriesContext(connection) as asked:
        assert intake.apply(stay.peer, news("u2", returned=True)) == {"returned": True}
    assert not [one for one in asked if ' FROM "network_peer"' in one["sql"]]


# What it means


@pytest.mark.parametrize(
    ("state", "kind"),
    [(State.ACCEPTED, "accepted"), (State.IN_PROGRESS, "started"), (State.REFERRED, "referred"),
     (State.RESOLVED, "resolved"), (State.REJECTED, "rejected"), (State.DUPLICATE, "merged"),
     (State.CONFIRMED, "confirmed"), (State.CLOSED, "expired"), (State.AWAITING_PARTNER, "awaiting_partner")],
)  # fmt: skip
def test_a_state_that_a_peer_tells_is_the_state_here(stay: HandOver, state: State, kind: str) -> None:
    assert taken(stay, text="Kabar", state=state, ending="solved", data={"stars": 4}) == {"entry": 3}
    entry, report = newest(stay), Report.objects.get()
    assert (entry.kind, entry.actor, entry.text, entry.at) == (kind, "peer", "Kabar", EARLIER)
    assert (entry.state_from, entry.state_to, entry.body_id) == ("routed", state, "id.pu")
    assert (report.state, report.ending, report.stars) == (state, "solved", 4)
    told = entry.data["peer"]
    assert (entry.data["stars"], told["name"], told["update"], told["learned"]) == (4, "pu", "u1", NOON.isoformat())
    stay.refresh_from_db()
    assert (stay.state, stay.told_at) == ("accepted", EARLIER)
    assert list(audit()) == []


def test_words_alone_are_a_note_and_change_no_state(stay: HandOver) -> None:
    assert taken(stay, text="Sedang dicek", ending="solved") == {"entry": 3}
    assert lines(stay.report) == [("noted", "peer", "Sedang dicek", "")]
    report = Report.objects.get()
    assert (report.state, report.ending) == ("routed", "")
    stay.refresh_from_db()
    assert (stay.state, stay.told_at) == ("offered", EARLIER)


def test_what_a_stay_without_a_body_tells_is_told_by_no_body(stay: HandOver) -> None:
    HandOver.objects.update(body="")
    taken(stay, text="Sedang dicek")
    assert newest(stay).body_id is None


def test_what_says_nothing_is_kept_as_nothing(stay: HandOver) -> None:
    assert taken(stay) == {"empty": True}
    assert taken(stay, state=State.ROUTED) == {"empty": True}
    assert lines(stay.report) == []
    stay.refresh_from_db()
    assert (stay.state, stay.told_at) == ("offered", None)


def test_news_of_a_report_that_was_taken_back_is_ignored(stay: HandOver) -> None:
    HandOver.objects.update(state="withdrawn")
    assert taken(stay, text="Selesai", state=State.RESOLVED, returned=True) == {"ignored": "withdrawn"}
    assert lines(stay.report) == []


def test_a_report_that_a_peer_gives_back_goes_on_from_here(stay: HandOver) -> None:
    assert taken(stay, text="Bukan jalan kami", returned=True) == {"returned": True}
    assert lines(stay.report) == [("declined", "peer", "Bukan jalan kami", "routed")]
    stay.refresh_from_db()
    assert (stay.state, stay.reason) == ("declined", "Bukan jalan kami")


def test_the_same_state_told_again_with_new_words_is_a_note(stay: HandOver) -> None:
    taken(stay, text="Dimulai", state=State.IN_PROGRESS)
    assert taken(stay, "u2", text="Masih dikerjakan", state=State.IN_PROGRESS, ending="solved") == {"entry": 4}
    assert lines(stay.report, 3) == [("noted", "peer", "Masih dikerjakan", "")]
    assert Report.objects.get().ending == ""


@pytest.mark.parametrize(("before", "after"), [("accepted", "accepted"), ("in_progress", "in_progress")])
def test_open_says_no_more_than_that_it_has_not_ended(stay: HandOver, before: str, after: str) -> None:
    taken(stay, text="Kabar", state=State(before))
    assert taken(stay, "u2", text="Terbuka", state=State.ROUTED) == {"entry": 4}
    assert lines(stay.report, 3) == [("noted", "peer", "Terbuka", "")]
    assert Report.objects.get().state == after


@pytest.mark.parametrize("before", [State.RESOLVED, State.REJECTED])
def test_open_again_after_an_end_is_a_reopening(stay: HandOver, before: State) -> None:
    taken(stay, text="Kabar", state=before)
    taken(stay, "u2", text="Dibuka lagi", state=State.ROUTED)
    assert lines(stay.report, 3) == [("reopened", "peer", "Dibuka lagi", "routed")]


# When it happened


def test_old_news_that_comes_late_is_a_note_of_its_own_time_and_turns_nothing_back(stay: HandOver) -> None:
    HandOver.objects.update(told_at=EARLIER)
    late = EARLIER - timedelta(seconds=1)
    assert taken(stay, at=late, text="Diterima", state=State.ACCEPTED) == {"entry": 3}
    assert lines(stay.report) == [("noted", "peer", "Diterima", "")]
    stay.refresh_from_db()
    assert (stay.state, stay.told_at) == ("offered", EARLIER)


def test_news_of_the_same_moment_is_as_new(stay: HandOver) -> None:
    HandOver.objects.update(told_at=EARLIER)
    taken(stay, text="Diterima", state=State.ACCEPTED)
    assert Report.objects.get().state == "accepted"


def test_news_from_a_clock_ahead_is_of_now_and_what_follows_is_newer(stay: HandOver) -> None:
    taken(stay, at=NOON + timedelta(minutes=30), text="Diterima", state=State.ACCEPTED)
    entry = newest(stay)
    assert entry.at == NOON
    assert "learned" not in entry.data["peer"]
    stay.refresh_from_db()
    assert stay.told_at == NOON - timedelta(minutes=1)
    taken(stay, "u2", at=NOON - timedelta(minutes=1), text="Dimulai", state=State.IN_PROGRESS)
    assert Report.objects.get().state == "in_progress"


def test_news_of_this_very_moment_is_no_news_of_a_clock_ahead(stay: HandOver) -> None:
    taken(stay, at=NOON, text="Diterima", state=State.ACCEPTED)
    stay.refresh_from_db()
    assert stay.told_at == NOON


def test_only_the_stay_that_is_spoken_of_is_moved_on(stay: HandOver) -> None:
    other = given(sent(), stay.peer, remote_id="A-8")
    taken(stay, text="Diterima", state=State.ACCEPTED)
    other.refresh_from_db()
    assert (other.state, other.told_at) == ("offered", None)


def test_when_we_learned_of_it_is_told_where_that_was_more_than_a_minute_later(at_noon: Any) -> None:
    at_noon()
    assert intake.learned(NOON - timedelta(minutes=1)) == {}
    assert intake.learned(NOON - timedelta(seconds=61)) == {"learned": "2049-11-26T12:00:00+00:00"}
    assert intake.learned(NOON + timedelta(hours=1)) == {}


def test_when_we_learned_of_it_is_written_in_one_zone_whatever_the_clock_is_set_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON.astimezone(timezone.get_fixed_timezone(420)))
    assert intake.learned(EARLIER) == {"learned": "2049-11-26T12:00:00+00:00"}


# What is said again


def test_what_a_peer_said_last_is_no_news_under_whatever_id_and_time(stay: HandOver) -> None:
    said = {"text": "Ditambal", "state": State.RESOLVED, "ending": "solved", "data": {"stars": 3, "a": 1}}
    taken(stay, "u1", **said)
    assert taken(stay, "u2", NOON, **said) == {"repeated": True}
    assert taken(stay, "u3", NOON, **{**said, "data": {"a": 1, "stars": 3}}) == {"repeated": True}
    assert len(lines(stay.report)) == 1


@pytest.mark.parametrize(
    "other",
    [{"text": "Ditambal."}, {"state": State.CLOSED}, {"ending": "merged"}, {"media": ("https://x.example/1",)},
     {"data": {"stars": 5}}],
)  # fmt: skip
def test_what_differs_in_anything_is_news(stay: HandOver, other: dict[str, Any]) -> None:
    said = {"text": "Ditambal", "state": State.RESOLVED, "ending": "solved", "data": {"stars": 3}}
    taken(stay, "u1", **said)
    assert taken(stay, "u2", NOON, **{**said, **other}) == {"entry": 4}


def test_what_was_said_is_kept_in_the_same_form_from_version_to_version(stay: HandOver) -> None:
    """Else every server that repeats itself would tell everything anew after an upgrade."""
    told = news(text="Ditambal \ud800", state=State.RESOLVED, ending="solved", media=("a", "b"), data={"b": 1, "a": 2})
    whole = b'resolved\0solved\0Ditambal ?\0a\0b\0{"a": 2, "b": 1}'
    assert intake._said(told) == hashlib.sha256(whole).hexdigest()[:24]
    assert intake._said(news()) == hashlib.sha256(b"\0\0\0{}").hexdigest()[:24]
    taken(stay, text="Halo")
    assert newest(stay).data["peer"]["said"] == intake._said(news(text="Halo"))


def test_what_others_said_meanwhile_makes_it_no_news(stay: HandOver) -> None:
    taken(stay, "u1", text="Ditambal")
    other = given(stay.report, known("lain"), remote_id="L-1")
    taken(other, "u1", text="Halo")
    reports.comment(stay.report.code, Who(person(), Actor.CITIZEN), "Belum")
    reports.tell(stay.report.code, "sent_out", data={"peer": {"name": "pu", "id": "A-7"}})
    assert taken(stay, "u2", NOON, text="Ditambal") == {"repeated": True}
    assert taken(other, "u2", NOON, text="Ditambal") == {"entry": 7}


def test_the_same_words_after_others_are_news(stay: HandOver) -> None:
    taken(stay, "u1", text="Ditambal")
    taken(stay, "u2", text="Dibongkar")
    assert taken(stay, "u3", NOON, text="Ditambal") == {"entry": 5}


def test_a_report_on_which_a_peer_said_the_same_is_another_report(stay: HandOver) -> None:
    taken(stay, "u1", text="Ditambal")
    other = given(sent(), stay.peer, remote_id="A-8")
    assert taken(other, "u2", text="Ditambal") == {"entry": 3}


@pytest.mark.parametrize("kind", ["reopened", "contested"])
def test_the_same_words_are_news_where_people_here_have_rejected_the_result_since(stay: HandOver, kind: str) -> None:
    said = {"text": "Ditambal", "state": State.RESOLVED, "ending": "solved"}
    taken(stay, "u1", EARLIER, **said)
    reports.mirror(stay.report.code, reports.Told(kind, Actor.CITIZEN, "Belum", at=NOON - timedelta(minutes=10)))
    assert taken(stay, "u2", NOON - timedelta(minutes=10), **said) == {"repeated": True}  # said before they did
    assert taken(stay, "u3", NOON - timedelta(minutes=9), **said) == {"entry": 5}


def test_only_a_rejection_of_this_result_makes_news_of_it_again(stay: HandOver, at_noon: Any) -> None:
    at_noon(hours=-2)
    reports.mirror(stay.report.code, reports.Told("contested", Actor.CITIZEN, "Belum"))
    other = sent()
    for kind in ("noted", "noted", "noted", "contested"):  # of another report, with a higher number and in time
        reports.mirror(other.code, reports.Told(kind, Actor.CITIZEN, "Belum"))
    at_noon()
    taken(stay, "u1", text="Ditambal")
    reports.comment(stay.report.code, Who(person(), Actor.CITIZEN), "Belum")
    at_noon(minutes=5)
    assert taken(stay, "u2", NOON + timedelta(minutes=5), text="Ditambal") == {"repeated": True}


@pytest.mark.parametrize(
    ("text", "state", "news_"),
    [("Ditambal", State.RESOLVED, False), ("Ditambal.", State.RESOLVED, True), ("Ditambal", None, True),
     ("Ditambal", State.CLOSED, True)],
)  # fmt: skip
def test_what_was_kept_before_it_was_known_what_was_said_is_compared_by_words_and_state(
    stay: HandOver, text: str, state: State | None, news_: bool
) -> None:
    data = {"peer": {"name": "pu", "update": "u1"}}
    told = reports.Told("resolved", Actor.PEER, "Ditambal", state=State.RESOLVED, ending="solved", data=data)
    reports.mirror(stay.report.code, told)
    assert taken(stay, "u2", NOON, text=text, state=state, ending="x") == (
        {"entry": 4} if news_ else {"repeated": True}
    )


def test_words_without_a_state_kept_so_are_compared_too(stay: HandOver) -> None:
    data = {"peer": {"name": "pu", "update": "u1"}}
    reports.mirror(stay.report.code, reports.Told("noted", Actor.PEER, "Halo", data=data))
    assert taken(stay, "u2", NOON, text="Halo") == {"repeated": True}


# Photos


@pytest.mark.parametrize(
    ("state", "role"), [(State.RESOLVED, "after"), (State.IN_PROGRESS, "answer"), (None, "answer")]
)
def test_photos_that_a_peer_names_are_fetched_by_themselves(stay: HandOver, state: State | None, role: str) -> None:
    assert taken(stay, state=state, media=("https://x.example/1", "https://x.example/2")) == {"entry": 3}
    assert newest(stay).kind == {"after": "resolved"}.get(role, "started" if state else "noted")
    due = Delivery.objects.order_by("pk").values_list("peer", "report", "kind", "key", "payload")
    assert list(due) == [
        (
            "pu", None, "fetch", f"fetch/{stay.report_id}/3/{hashlib.sha256(address.encode()).hexdigest()[:24]}",
            {"report": stay.report.code, "seq": 3, "role": role, "address": address},
        )
        for address in ("https://x.example/1", "https://x.example/2")
    ]  # fmt: skip


def test_at_most_five_photos_are_fetched_for_one_piece_of_news_and_each_once(stay: HandOver) -> None:
    intake.fetch_later(stay, tuple(f"https://x.example/{number}" for number in (1, 1, 2, 3, 4, 5)), 3, "after")
    assert [one["address"][-1] for one in Delivery.objects.order_by("pk").values_list("payload", flat=True)] == [
        "1", "2", "3", "4",
    ]  # fmt: skip
    intake.fetch_later(stay, ("https://x.example/1",), 3, "after")
    assert Delivery.objects.count() == 4
