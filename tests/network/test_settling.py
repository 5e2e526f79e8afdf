"""What becomes of a delivery: what the answer of a peer means for the report, and when it is tried again."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kentongan import reports
from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network import calling, settling
from kentongan.network.dialects.base import Declined, Dialect, Done, Later, Line, Outcome, Parked
from kentongan.network.models import Delivery, Direction, HandOver, Moved, Peer
from kentongan.network.sealing import seal
from kentongan.reports.audit import audit
from kentongan.reports.models import Photo, Report
from tests.network.stays import NOON, given, known, lines, sent, traced
from tests.pictures import picture

pytestmark = pytest.mark.django_db
NUMBERS = count()


@pytest.fixture
def noon(world: None, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock stands at noon, and every pause is as long as it can be."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    monkeypatch.setattr(calling, "jitter", lambda: 1.0)
    return NOON


@pytest.fixture
def stay(noon: datetime) -> HandOver:
    """The report's stay with the peer `pu`, which has not answered yet."""
    report = sent()
    traced(report)
    return given(report, known())


def due(stay: HandOver, kind: str = "request", **fields: Any) -> Delivery:
    key = fields.pop("key", f"{kind}/{next(NUMBERS)}")
    payload = {"stay": stay.pk, **fields.pop("payload", {})}
    return Delivery.objects.create(
        peer_id=stay.peer_id, report_id=stay.report_id, kind=kind, key=key, payload=payload, **fields
    )


def settle(*told: tuple[Delivery, Outcome]) -> bool:
    """Whether the peer could be spoken to."""
    outcomes = {one.pk: outcome for one, outcome in told}
    return settling.settle([one for one, _outcome in told], outcomes)


def waiting() -> list[tuple[str, str, int, timedelta, str]]:
    """What is still due: kind, state, tries, how long after noon, why."""
    return [
        (one.kind, one.state, one.attempts, one.due_at - NOON, one.error) for one in Delivery.objects.order_by("pk")
    ]


def kept(stay: HandOver) -> tuple[str, str, str, str]:
    """Their name for the report, its address, the token, and how it stands."""
    stay.refresh_from_db()
    return stay.remote_id, stay.remote_url, stay.token, stay.state


# A report that arrived


def test_a_report_that_arrived_has_its_name_and_address_there_and_its_timeline_says_so(stay: HandOver) -> None:
    done = Done("A-7", "https://pu.example/A-7", "t-1", deadline_at=NOON + timedelta(days=3))
    assert settle((due(stay), done)) is True
    assert waiting() == []
    assert kept(stay) == ("A-7", "https://pu.example/A-7", "t-1", "offered")
    (entry,) = stay.report.entries.filter(seq__gt=2)
    assert (entry.kind, entry.actor, entry.visibility) == ("sent_out", "system", "public")
    assert entry.data == {"peer": {"name": "pu", "title": "Sistem PU", "url": "https://pu.example/A-7", "id": "A-7"}}
    assert Report.objects.get().deadline_at == NOON + timedelta(days=3)
    assert list(audit()) == []


def test_a_peer_without_a_clock_of_its_own_leaves_the_promise_as_it_was(stay: HandOver) -> None:
    settle((due(stay), Done("A-7")))
    assert Report.objects.get().deadline_at == stay.report.deadline_at is not None


def test_what_an_answer_leaves_out_is_kept_as_it_was_known(stay: HandOver) -> None:
    HandOver.objects.update(remote_id="A-6", remote_url="https://pu.example/A-6", token="t-0")
    settle((due(stay), Done()))
    assert kept(stay) == ("A-6", "https://pu.example/A-6", "t-0", "offered")
    assert stay.report.entries.get(kind="sent_out").data["peer"] == {
        "name": "pu", "title": "Sistem PU", "url": "https://pu.example/A-6", "id": "A-6",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "accepted", "after"),
    [
        ("offered", True, "accepted"),
        ("offered", False, "offered"),
        ("accepted", False, "accepted"),
        ("withdrawn", True, "withdrawn"),
    ],
)
def test_a_peer_may_take_a_report_on_at_once_unless_it_was_taken_back(
    stay: HandOver, before: str, accepted: bool, after: str
) -> None:
    HandOver.objects.update(state=before)
    settle((due(stay), Done("A-7", accepted=accepted)))
    assert kept(stay)[3] == after


def test_only_the_stay_that_is_answered_for_is_changed(stay: HandOver) -> None:
    other = given(sent(), known("lain", title="Lain"))
    settle((due(stay), Done("A-7", accepted=True)))
    assert kept(other) == ("", "", "", "offered")
    assert lines(other.report) == []


@pytest.mark.parametrize("kind", ["update", "photos", "withdraw", "decline", "link"])
def test_news_that_arrived_changes_nothing_here(stay: HandOver, kind: str) -> None:
    assert settle((due(stay, kind), Done("B-1", "https://pu.example/B-1", accepted=True))) is True
    assert (waiting(), lines(stay.report), kept(stay)) == ([], [], ("", "", "", "offered"))


def test_a_report_that_moved_is_found_at_its_new_address(stay: HandOver) -> None:
    assert settle((due(stay, "moved"), Done("B-1", "https://baru.example/r/B-1"))) is True
    assert kept(stay) == ("B-1", "https://baru.example/r/B-1", "", "offered")
    assert Moved.objects.get(code=stay.report.code).url == "https://baru.example/r/B-1"
    assert lines(stay.report) == []


def test_what_is_told_of_no_stay_or_of_one_that_is_gone_needs_nothing(stay: HandOver) -> None:
    nameless = Delivery.objects.create(peer=stay.peer, kind="request", key="a")
    gone = Delivery.objects.create(peer=stay.peer, kind="moved", key="b", payload={"stay": 99})
    refused = Delivery.objects.create(peer=stay.peer, kind="update", key="c", payload={"stay": 98})
    told = (
        (due(stay, "update"), Done()),
        (nameless, Done("X")),
        (gone, Done("Y", "https://y")),
        (refused, Declined("n")),
    )
    assert settle(*told) is True
    assert (waiting(), kept(stay), lines(stay.report)) == ([], ("", "", "", "offered"), [])
    assert not Moved.objects.exists()


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://", "https://pu.example/a b", "https://x.example/" + "x" * 483, "\0https://x"],
)
def test_an_address_that_can_be_no_link_is_none(stay: HandOver, url: str) -> None:
    settle((due(stay), Done("A-7", url)))
    assert kept(stay)[:2] == ("A-7", "")


def test_whatever_a_peer_answers_can_be_kept_and_the_rest_of_its_turn_goes_on(stay: HandOver) -> None:
    """PostgreSQL keeps no NUL and no more than there is room for: such an answer came back at every try."""
    url = "https://x.example/" + "x" * 482
    settle((due(stay), Done("\0A" * 300, url, "\0t" * 300)), (due(stay, "update"), Parked("\0no")))
    assert kept(stay)[:3] == ("A" * 200, url, "t" * 200)
    assert waiting()[0][4] == "no"
    Delivery.objects.all().delete()
    settle((due(stay), Declined("\0Bukan kami" + "x" * 30_000, body="\0")))
    (told,) = [text for kind, _actor, text, _state in lines(stay.report) if kind == "declined"]
    stay.refresh_from_db()
    assert told == stay.reason == ("Bukan kami" + "x" * 30_000)[:20_000]


# A report that a peer will not have


def test_a_report_that_a_peer_will_not_have_goes_to_the_body_it_names(stay: HandOver) -> None:
    assert settle((due(stay), Declined("Bukan jalan kami", body="31"))) is True
    assert lines(stay.report) == [("declined", "peer", "Bukan jalan kami", "routed")]
    assert Report.objects.get().body_id == "31"
    assert (kept(stay)[3], stay.reason, stay.ended_at) == ("declined", "Bukan jalan kami", NOON)
    assert waiting() == []


def test_a_report_that_was_taken_back_meanwhile_cannot_be_declined(stay: HandOver) -> None:
    HandOver.objects.update(state="withdrawn")
    assert settle((due(stay), Declined("Bukan jalan kami"))) is True
    assert (waiting(), lines(stay.report), kept(stay)[3]) == ([], [], "withdrawn")


# What is tried again, and what a person has to look at


def test_what_failed_is_tried_again_after_a_pause_that_grows(stay: HandOver) -> None:
    first = due(stay, leased_until=NOON, lease="mine")
    assert settle((first, Later("busy"))) is False
    assert waiting() == [("request", "waiting", 1, timedelta(seconds=5), "busy")]
    first.refresh_from_db()
    assert (first.leased_until, first.lease) == (None, "mine")
    assert settle((first, Later("e" * 400))) is False
    assert waiting() == [("request", "waiting", 2, timedelta(seconds=10), "e" * 300)]
    assert lines(stay.report) == []


@pytest.mark.parametrize(("after", "pause"), [(60, 60), (1, 5)])
def test_a_peer_may_ask_for_a_longer_pause_and_for_no_shorter_one(stay: HandOver, after: int, pause: int) -> None:
    settle((due(stay), Later("busy", timedelta(seconds=after))))
    assert waiting() == [("request", "waiting", 1, timedelta(seconds=pause), "busy")]


def test_what_a_peer_will_never_take_waits_for_a_person(stay: HandOver) -> None:
    assert settle((due(stay, attempts=2), Parked("There is no such service."))) is True
    assert waiting() == [("request", "parked", 3, timedelta(seconds=20), "There is no such service.")]


@pytest.mark.parametrize(
    ("kind", "tries", "state"),
    [("fetch", 6, "waiting"), ("fetch", 7, "parked"), ("fetch", 8, "parked"), ("update", 20, "waiting")],
)
def test_a_photo_is_tried_eight_times_and_everything_else_for_ever(
    stay: HandOver, kind: str, tries: int, state: str
) -> None:
    settle((due(stay, kind, attempts=tries), Later("broken")))
    assert [one[1:3] for one in waiting()] == [(state, tries + 1)]


def test_of_several_each_has_an_end_of_its_own(stay: HandOver) -> None:
    said, held, parked = due(stay, "update"), due(stay, "update"), due(stay, "update")
    untouched = due(stay, "update", error="of before")
    assert settle((said, Done()), (held, Later("busy")), (parked, Parked("no"))) is True
    assert [one[1:3] + one[4:] for one in waiting()] == [
        ("waiting", 1, "busy"), ("parked", 1, "no"), ("waiting", 0, "of before"),
    ]  # fmt: skip
    assert untouched.pk


def test_many_that_arrived_are_settled_by_as_many_statements_as_one(stay: HandOver) -> None:
    def asked(*stays: HandOver) -> int:
        told = [(due(one), Done(f"A-{one.pk}", f"https://pu.example/{one.pk}", accepted=True)) for one in stays]
        with CaptureQueriesContext(connection) as captured:
            settle(*told)
        return len(captured)

    stays = [given(sent(), stay.peer) for _ in range(5)]
    assert asked(stay) == asked(*stays)
    for one in stays:
        assert kept(one) == (f"A-{one.pk}", f"https://pu.example/{one.pk}", "", "accepted")
        assert lines(one.report) == [("sent_out", "system", "", "")]
    assert list(audit()) == []


def test_a_photo_says_nothing_of_whether_its_peer_can_be_spoken_to(stay: HandOver) -> None:
    assert settle((due(stay, "fetch"), Later("slow"))) is True
    assert settle((due(stay, "fetch"), Done()), (due(stay, "update"), Later("busy"))) is False
    assert settle((due(stay, "update"), Later("busy")), (due(stay, "update"), Declined("no"))) is True


def test_whose_report_arrived_is_read_at_once_with_what_is_said_of_it(stay: HandOver) -> None:
    with CaptureQueriesContext(connection) as asked:
        settle((due(stay), Done("A-7")))
    read = [one["sql"].split(" FROM ")[1].split()[0] for one in asked if one["sql"].startswith("SELECT")]
    assert read == ['"network_handover"', '"reports_report"']  # the second to lock it


# Photos that peers name


def photo(number: int = 1) -> str:
    """An address that holds its photo."""
    return "data:image/jpeg;base64," + base64.b64encode(picture(number).read()).decode()


def fetch(stay: HandOver, address: str, role: str = "after", seq: int = 2) -> Outcome:
    wanted = {"report": stay.report.code, "seq": seq, "role": role, "address": address}
    return settling.fetch(stay.peer, due(stay, "fetch", payload=wanted))


def test_a_photo_that_a_peer_names_is_kept_with_the_entry_it_came_with(stay: HandOver) -> None:
    Peer.objects.update(dialect="")  # it only calls us
    stay.peer.refresh_from_db()
    assert fetch(stay, photo()) == Done()
    kept = Photo.objects.get()
    assert (kept.report_id, kept.entry_seq, kept.role) == (stay.report_id, 2, "after")
    assert Report.objects.get().photo_count == 1
    assert fetch(stay, photo()) == Done()  # the same once more
    assert Photo.objects.count() == 1


class Album(Dialect):
    """A peer that fetches by ways of its own."""

    def __init__(self) -> None:
        self.asked: list[tuple[Line, str]] = []
        self.answer: bytes | Exception = b""

    def fetch(self, line: Line, address: str) -> bytes:
        self.asked.append((line, address))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def album(stay: HandOver, monkeypatch: pytest.MonkeyPatch) -> Album:
    made = Album()
    Peer.objects.update(dialect="album", secret=seal("rahasia"))
    stay.peer.refresh_from_db()
    monkeypatch.setattr(settling, "dialect", lambda name: {"album": made}[name])
    return made


def test_a_photo_is_fetched_as_its_peer_is_spoken_to(stay: HandOver, album: Album) -> None:
    album.answer = picture(2).read()
    assert fetch(stay, "photos/2") == Done()
    assert [(line.name, line.secret, address) for line, address in album.asked] == [("pu", "rahasia", "photos/2")]
    assert Photo.objects.get().role == "after"


def test_a_photo_that_cannot_be_had_now_is_tried_again(stay: HandOver, album: Album) -> None:
    album.answer = outgoing.TooSlow()
    assert fetch(stay, "photos/2") == Later("Tidak ada jawaban sampai batas waktu.")
    assert not Photo.objects.exists()


def test_a_photo_whose_answer_nobody_foresaw_is_tried_again(stay: HandOver, album: Album) -> None:
    album.answer = KeyError("x")
    assert fetch(stay, "photos/2") == Later("Jawabannya tidak dapat dipahami (KeyError).")


def test_what_is_no_photo_waits_for_a_person_who_reads_why(stay: HandOver, album: Album) -> None:
    album.answer = b"<html>not here</html>"
    with pytest.raises(Problem) as caught:
        reports.add_peer_photo(stay.report.code, 2, "after", album.answer)
    outcome = fetch(stay, "photos/2")
    assert outcome == Parked(str(caught.value.detail))
    assert len(outcome.error) > 20


def test_those_who_have_the_report_too_are_told_of_a_photo_that_came_late(stay: HandOver, album: Album) -> None:
    giver = given(stay.report, known("asal"), Direction.IN, state="accepted")
    next_ = given(stay.report, known("lanjut"), Direction.OUT)
    given(stay.report, known("app", dialect=""), Direction.IN)
    given(stay.report, known("kotak", dialect="email"), Direction.IN)
    given(stay.report, known("lama"), Direction.IN, state="returned")
    given(sent(), known("orang"), Direction.OUT)
    album.answer = picture(3).read()
    for _time in range(2):
        Delivery.objects.filter(kind="fetch").delete()
        assert fetch(stay, "photos/3") == Done()
    Delivery.objects.filter(kind="fetch").delete()
    pk = str(Photo.objects.get().pk)
    told = Delivery.objects.order_by("peer").values_list("peer", "report", "kind", "key", "payload")
    assert list(told) == [
        (one.peer_id, stay.report_id, "photos", f"photo/{pk}", {"stay": one.pk, "entry": 2, "photo": pk})
        for one in (giver, next_)
    ]


def test_a_photo_that_was_told_of_is_not_told_of_again(stay: HandOver, album: Album) -> None:
    given(stay.report, known("asal"), Direction.IN)
    album.answer = picture(3).read()
    fetch(stay, "photos/3")
    settling._tell_on(stay.peer, Photo.objects.get())
    assert Delivery.objects.filter(kind="photos").count() == 1
