"""Deliveries: leased in order, sent as many as a peer takes at once, counted, and given up on only by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation
from structlog.testing import capture_logs

from kentongan.foundation import journal, outgoing
from kentongan.network import calling, courier
from kentongan.network.dialects.base import Dialect, Done, Later, Line, Outcome, Parcel, Parked, Update
from kentongan.network.models import Delivery, Direction, HandOver, Peer, PeerState, Traffic
from kentongan.network.sealing import seal
from kentongan.reports.models import Photo, Report
from tests.network.stays import NOON, given, known, lines, sent, traced

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class Ear(Dialect):
    """A peer that hears what it is told, and answers what a test wants."""

    name = "ear"
    tells = frozenset({"request", "update", "photos"})

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []
        self.answers: list[Outcome | Exception | Callable[[], Outcome]] = []
        self.news: list[Update] | Exception = []
        self.looks = 0
        self.left: float | None = None
        self.connected: list[bool] = []
        self.lines: list[Line] = []

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        self.heard.append(tuple(parcel.key for parcel in parcels))
        self.connected.append(connection.connection is not None)
        self.lines.append(line)
        outcomes: list[Outcome] = []
        for _parcel in parcels:
            answer = self.answers.pop(0) if self.answers else Done()
            if isinstance(answer, Exception):
                raise answer
            outcomes.append(answer() if callable(answer) else answer)
        return outcomes

    def poll(self, line: Line, since: datetime, until: datetime, open_ids: Sequence[str]) -> Iterator[Update]:
        self.looks += 1
        self.left = outgoing.limits.until
        if isinstance(self.news, Exception):
            raise self.news
        return iter(self.news)

    def fetch(self, line: Line, address: str) -> bytes:
        raise outgoing.TooSlow


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    """How every active peer of the test speaks; the clock stands at noon, and every pause is as long as it can be."""
    made = Ear()
    for module in ("peers", "courier", "settling", "polling", "parcels"):
        monkeypatch.setattr(f"kentongan.network.{module}.dialect", lambda name: {"ear": made}[name])
    monkeypatch.setattr(calling, "jitter", lambda: 1.0)
    monkeypatch.setattr(courier, "jitter", lambda: 0.75)
    return made


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock stands at noon; `at_noon(seconds=5)` sets it that much later."""

    def later(**time: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(**time))

    later()
    return later


@pytest.fixture
def peer(ear: Ear, at_noon: Any) -> Peer:
    return known(dialect="ear", secret=seal("rahasia"))


@pytest.fixture
def stay(world: None, peer: Peer) -> HandOver:
    """A report that the peer has."""
    report = sent()
    traced(report)
    return given(report, peer, remote_id="A-7")


def due(peer: Peer, key: str, report: Report | None = None, kind: str = "update", **fields: Any) -> Delivery:
    return Delivery.objects.create(peer=peer, report=report, kind=kind, key=key, **{"due_at": NOON, **fields})


def leased(peer: Peer) -> list[str]:
    return [one.key for one in courier._lease(peer)[1]]


def states() -> dict[str, tuple[str, int, str]]:
    """What is left: its state, how often it was tried, and why."""
    return {one.key: (one.state, one.attempts, one.error) for one in Delivery.objects.order_by("key")}


class Clock:
    """A clock for one turn that moves when it is told to, and while the turn sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.slept, self.then = 1000.0, list[float](), {}
        monkeypatch.setattr(courier, "time", SimpleNamespace(monotonic=lambda: self.at, sleep=self.sleep))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at = round(self.at + seconds, 6)
        self.then.pop(len(self.slept), lambda: None)()

    def slow(self, seconds: float) -> Callable[[], Outcome]:
        """An answer that takes so long."""

        def answer() -> Outcome:
            self.at += seconds
            return Done()

        return answer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


# For whom something is due


@pytest.mark.parametrize(
    ("delivery", "is_due"),
    [
        ({}, True),
        ({"due_at": NOON + SECOND}, False),
        ({"state": "parked"}, False),
        ({"leased_until": NOON}, False),
        ({"leased_until": NOON - SECOND}, True),
    ],
)
def test_what_waits_is_due_once_its_pause_and_its_lease_are_over(
    peer: Peer, delivery: dict[str, Any], is_due: bool
) -> None:
    due(peer, "a", **delivery)
    due(known("lain", dialect="ear", state=PeerState.PAUSED), "b")
    assert courier.due_peers() == (["pu"] if is_due else [])
    assert leased(peer) == (["a"] if is_due else [])


@pytest.mark.parametrize(
    ("fields", "is_due"),
    [
        ({}, True),
        ({"closed_until": NOON}, True),
        ({"closed_until": NOON + SECOND}, False),
        ({"state": PeerState.PAUSED}, False),
        ({"state": PeerState.ASKED}, False),
        ({"state": PeerState.GONE}, False),
    ],
)
def test_only_an_active_peer_whose_circuit_is_closed_is_called(
    peer: Peer, fields: dict[str, Any], is_due: bool
) -> None:
    due(peer, "a")
    Peer.objects.update(**fields)
    assert courier.due_peers() == (["pu"] if is_due else [])


def test_peers_that_should_be_asked_for_news_are_due_too_each_once_and_by_name(
    peer: Peer, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    for name, fields in {
        "asal": {}, "baru": {"closed_until": NOON + SECOND}, "cermin": {"polled_at": NOON}, "diam": {"dialect": ""},
        "enam": {"state": PeerState.PAUSED},
    }.items():  # fmt: skip
        known(name, **{"dialect": "ear", **fields})
    due(peer, "a")
    assert courier.due_peers() == ["asal", "pu"]


def test_a_peer_that_only_calls_us_is_due_for_its_photos(ear: Ear, at_noon: Any) -> None:
    due(known(dialect=""), "a", kind="fetch")
    assert courier.due_peers() == ["pu"]


# Leases


def test_what_is_due_is_leased_for_two_minutes_and_nobody_else_gets_it(peer: Peer, at_noon: Any) -> None:
    due(peer, "a")
    assert leased(peer) == ["a"]
    one = Delivery.objects.get()
    assert (one.leased_until, len(one.lease)) == (NOON + timedelta(minutes=2), 36)
    assert leased(peer) == []
    at_noon(minutes=2, seconds=1)
    assert leased(peer) == ["a"]
    assert Delivery.objects.get().lease != one.lease


def test_a_peer_gets_as_many_at_once_as_it_takes_the_oldest_first(
    stay: HandOver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "batch", 3)
    for number in range(5):
        due(stay.peer, f"k{number}", sent(), due_at=NOON - timedelta(minutes=number))
    due(known("lain", dialect="ear"), "other")
    assert leased(stay.peer) == ["k0", "k1", "k2"]
    assert len(set(Delivery.objects.exclude(lease="").values_list("lease", flat=True))) == 1
    assert Delivery.objects.exclude(lease="").count() == 3
    assert leased(stay.peer) == ["k3", "k4"]


@pytest.mark.parametrize("held", [{"state": "parked"}, {"leased_until": NOON + SECOND}, {"due_at": NOON + SECOND}])
def test_nothing_passes_what_was_said_before_of_the_same_report(
    stay: HandOver, monkeypatch: pytest.MonkeyPatch, held: dict[str, Any]
) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    other = known("lain", dialect="ear")
    due(stay.peer, "first", stay.report, **held)
    due(stay.peer, "second", stay.report)
    due(stay.peer, "of another", sent())
    due(other, "to another", stay.report)
    assert (leased(stay.peer), leased(other)) == (["of another"], ["to another"])


def test_of_one_report_only_one_thing_is_told_at_once(stay: HandOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    due(stay.peer, "first", stay.report)
    due(stay.peer, "second", stay.report)
    assert leased(stay.peer) == ["first"]


def test_photos_come_last_and_one_by_one(stay: HandOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    due(stay.peer, "photo 1", kind="fetch")
    due(stay.peer, "photo 2", kind="fetch")
    due(stay.peer, "news", stay.report)
    assert [leased(stay.peer) for _time in range(4)] == [["news"], ["photo 1"], ["photo 2"], []]


def test_photos_of_a_peer_that_only_calls_us_are_leased_too(ear: Ear, at_noon: Any) -> None:
    peer = known(dialect="")
    due(peer, "photo", kind="fetch")
    assert leased(peer) == ["photo"]


def test_deliveries_are_ahead_that_no_peer_can_have_asked_to_wait_for(peer: Peer, at_noon: Any) -> None:
    due(peer, "a", due_at=NOON + timedelta(days=1, minutes=5))
    assert courier.ahead() == 0
    due(peer, "b", due_at=NOON + timedelta(days=1, minutes=5, seconds=1))
    assert courier.ahead() == 1


# A turn


def test_what_a_killed_worker_was_answered_is_settled_by_the_next_and_not_told_again(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def killed(*_all: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "_folder", lambda: tmp_path / "journal")
    for key in ("a", "b"):
        due(stay.peer, key, stay.report)
    with monkeypatch.context() as patch:
        patch.setattr(courier.settling, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            courier.turn("pu", 20)
    assert sorted(states()) == ["a", "b"]
    courier.take_up()
    assert sorted(states()) == ["b"], "it was told, and is not asked about again"
    assert ear.heard == [("a",)]
    assert courier.turn("pu", 20) == 1
    assert ear.heard == [("a",), ("b",)]


def test_a_turn_tells_all_that_is_due_in_order(stay: HandOver, ear: Ear) -> None:
    for key in ("a", "b", "c"):
        due(stay.peer, key, stay.report)
    assert courier.turn("pu", 20) == 3
    assert ear.heard == [("a",), ("b",), ("c",)]
    assert not Delivery.objects.exists()
    assert [(line.name, line.secret) for line in ear.lines] == [("pu", "rahasia")] * 3


def test_a_turn_is_over_when_its_time_is(stay: HandOver, ear: Ear, clock: Clock) -> None:
    for number in range(5):
        due(stay.peer, f"k{number}", stay.report)
    ear.answers = [clock.slow(10.0)] * 5
    assert courier.turn("pu", 20.0) == 2
    assert courier.turn("pu", 20.1) == 3
    assert courier.turn("pu", 20.0) == 0


def test_a_turn_that_is_asked_to_stop_ends_after_the_call_under_way(stay: HandOver, ear: Ear) -> None:
    for key in ("a", "b", "c"):
        due(stay.peer, key, stay.report)
    assert courier.turn("pu", 20, lambda: len(ear.heard) >= 2) == 2
    assert ear.heard == [("a",), ("b",)]


def test_a_turn_waits_a_moment_for_more(stay: HandOver, ear: Ear, clock: Clock) -> None:
    clock.then = {3: lambda: due(stay.peer, "late", stay.report)}
    assert courier.turn("pu", 20.0, linger=0.2) == 1
    assert ear.heard == [("late",)]
    assert clock.slept == [0.05] * 7  # three until it came, four in vain after it
    clock.slept.clear()
    assert courier.turn("pu", 20.0) == 0
    assert clock.slept == []


def test_a_call_with_room_left_lets_more_gather_and_full_ones_follow_at_once(
    stay: HandOver, ear: Ear, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "batch", 2)
    another = sent()
    given(another, stay.peer, remote_id="A-8")
    for key, report in (("a", stay.report), ("b", another), ("c", stay.report)):
        due(stay.peer, key, report)
    assert courier.turn("pu", 20.0, linger=0.01) == 3
    assert ear.heard == [("a", "b"), ("c",)]
    assert clock.slept == [courier.BREATH]


def test_a_turn_waits_no_longer_than_it_lasts(stay: HandOver, clock: Clock) -> None:
    assert courier.turn("pu", 0.1, linger=5.0) == 0
    assert clock.slept == [0.05] * 2


def test_a_turn_ends_with_a_peer_that_cannot_be_spoken_to(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    due(stay.peer, "a", stay.report)
    due(stay.peer, "b", sent())
    ear.answers = [outgoing.Unreached()]
    assert courier.turn("pu", 20) == 1
    assert (ear.heard, ear.looks) == ([("a",)], 0)
    assert states() == {"a": ("waiting", 1, "Rekan itu tidak dapat dihubungi."), "b": ("waiting", 0, "")}


def test_what_went_wrong_is_written_for_the_staff_in_the_language_of_the_installation(stay: HandOver, ear: Ear) -> None:
    due(stay.peer, "a", stay.report)
    ear.answers = [outgoing.TooLarge()]
    with translation.override("en"):
        courier.turn("pu", 20)
    assert states()["a"][2] == "Jawabannya terlalu besar."
    assert Peer.objects.get(pk="pu").last_error == "Jawabannya terlalu besar."


# Asking for news


def test_a_turn_asks_for_news_where_that_is_due(stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    ear.news = [Update("u1", "A-7", NOON, "Dijadwalkan"), Update("u2", "A-7", NOON, "Besok")]
    due(stay.peer, "a", stay.report)
    assert courier.turn("pu", 20) == 3
    assert [line[:3] for line in lines(stay.report)] == [
        ("noted", "peer", "Dijadwalkan"), ("noted", "peer", "Besok"),
    ]  # fmt: skip
    assert courier.turn("pu", 20) == 0
    assert ear.looks == 1  # the next look is not due yet
    assert traffic() == [(2, 0)]


def test_who_cannot_be_asked_is_counted_as_failing(stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    ear.news = outgoing.TooSlow()
    assert courier.turn("pu", 20) == 0
    peer = Peer.objects.get(pk="pu")
    assert (peer.failures, peer.last_error) == (1, "Tidak ada jawaban sampai batas waktu.")
    assert traffic() == [(0, 1)]


def test_a_look_may_last_ten_minutes(stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr(Ear, "polls", True)
    before = time.monotonic()
    courier.turn("pu", 20)
    assert ear.left is not None
    assert 600 <= ear.left - before < 700


def test_a_peer_that_only_calls_us_is_never_asked(ear: Ear, at_noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    known(dialect="")
    assert courier.turn("pu", 20) == 0
    assert ear.looks == 0


@pytest.mark.parametrize("dialect", ["open311", "lapor"])
def test_who_was_asked_nothing_has_not_answered(dialect: str, at_noon: Any) -> None:
    # Where nothing lies there: each look "succeeded", reset the breaker and hid a certificate that had run out.
    failed = {"failures": 7, "closed_until": NOON, "last_error": "sertifikat", "last_error_at": NOON}
    known(dialect=dialect, endpoint="https://kota.example/", **failed)
    assert courier.turn("pu", 20) == 0
    peer = Peer.objects.get(pk="pu")
    assert (peer.failures, peer.last_success_at, peer.polled_at) == (7, None, NOON)
    assert traffic() == []


# All of it, here and now


def test_delivering_here_and_now_goes_on_until_nothing_is_due(stay: HandOver, ear: Ear) -> None:
    other = known("lain", dialect="ear")
    for key in ("a", "b", "c"):
        due(stay.peer, key, sent())
    due(other, "d", sent())
    ear.answers = [Done(), Later("busy"), Later("busy")]  # the turn of `pu` ends at its first failure
    assert courier.deliver_all() == 4
    assert {key: tries for key, (_state, tries, _why) in states().items()} == {"a": 1, "b": 1}
    assert courier.deliver_all() == 0


def test_delivering_here_and_now_may_be_limited_to_some_rounds(stay: HandOver, ear: Ear) -> None:
    for key in ("a", "b", "c"):
        due(stay.peer, key, sent())
    ear.answers = [Later("busy"), Later("busy")]
    assert courier.deliver_all(1) == 1
    assert courier.deliver_all(2) == 2


def test_looking_for_news_in_vain_is_not_repeated_here_and_now(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    Peer.objects.update(options={"poll_every": 0})
    assert courier.deliver_all() == 0
    assert ear.looks == 1


def test_here_and_now_a_turn_lasts_at_most_twenty_seconds(stay: HandOver, ear: Ear, clock: Clock) -> None:
    for key in ("a", "b", "c"):
        due(stay.peer, key, stay.report)
    ear.answers = [clock.slow(10.0)] * 3
    assert courier.deliver_all(1) == 2


# Sending


def test_what_cannot_be_packed_waits_for_a_person_and_holds_up_nothing_else(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    monkeypatch.setattr(Ear, "maps_services", True)
    due(stay.peer, "a", stay.report, kind="request")
    due(stay.peer, "b", sent())
    due(stay.peer, "c", sent())
    ear.answers = [Done(), Parked("Never.")]
    assert courier.turn("pu", 20) == 3
    assert ear.heard == [("b", "c")]
    words = "Belum ada layanan pu yang disetujui untuk kategori road_damage. Pilih satu, lalu kirim lagi."
    assert states() == {"a": ("parked", 1, words), "c": ("parked", 1, "Never.")}


def test_where_nothing_can_be_packed_nobody_is_called(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "maps_services", True)
    due(stay.peer, "a", stay.report, kind="request")
    courier.turn("pu", 20)
    assert ear.heard == []
    assert states()["a"][0] == "parked"


def test_a_call_that_fails_is_a_failure_of_all_that_it_carried(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    Peer.objects.update(failures=1)  # inside a transaction the connection stays open all the same
    due(stay.peer, "a", stay.report)
    due(stay.peer, "b", sent())
    ear.answers = [outgoing.Unreached()]
    assert courier.turn("pu", 20) == 2
    words = "Rekan itu tidak dapat dihubungi."
    assert states() == {"a": ("waiting", 1, words), "b": ("waiting", 1, words)}


def test_an_answer_that_nobody_foresaw_is_tried_again_and_logged_with_its_peer(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "polls", True)
    due(stay.peer, "a", stay.report)
    ear.answers, ear.news = [KeyError("x"), Done()], KeyError("y")
    with capture_logs() as logged:
        courier.turn("pu", 20)
        assert states() == {"a": ("waiting", 1, "Jawabannya tidak dapat dipahami (KeyError).")}
        Delivery.objects.update(due_at=NOON)
        courier.turn("pu", 20)  # told, and then asked for news
    assert [(one["event"], one["peer"]) for one in logged] == [("network.call_failed", "pu")] * 2
    assert ear.looks == 1
    assert states() == {}


@pytest.mark.django_db(transaction=True)
def test_a_peer_that_may_keep_us_waiting_keeps_no_connection_to_the_database(stay: HandOver, ear: Ear) -> None:
    due(stay.peer, "a", stay.report)
    courier.turn("pu", 20)
    due(stay.peer, "b", stay.report)
    Peer.objects.update(failures=1)
    courier.turn("pu", 20)
    assert ear.connected == [True, False]
    assert not Delivery.objects.exists()


# How a peer does


def traffic() -> list[tuple[int, int]]:
    """How many calls went well and how many failed, hour by hour."""
    return list(Traffic.objects.filter(peer="pu").order_by("hour").values_list("sent", "failed"))


def circuit() -> tuple[int, timedelta | None, str]:
    """Failures in a row, for how long after noon nothing is tried, and what the last error was."""
    peer = Peer.objects.get(pk="pu")
    return peer.failures, peer.closed_until and peer.closed_until - NOON, peer.last_error


def test_a_call_that_went_well_closes_the_circuit_and_is_counted_in_its_hour(stay: HandOver, at_noon: Any) -> None:
    other = known("lain", failures=2)
    Peer.objects.filter(pk="pu").update(failures=5, closed_until=NOON, last_error="busy")
    for key, minutes in {"a": 0, "b": 59, "c": 60}.items():
        at_noon(minutes=minutes)
        due(stay.peer, key, stay.report)
        courier.turn("pu", 20)
    assert circuit() == (0, None, "busy")
    assert Peer.objects.get(pk="pu").last_success_at == NOON + timedelta(hours=1)
    assert list(Traffic.objects.order_by("hour").values_list("peer", "hour", "sent", "failed")) == [
        ("pu", NOON, 2, 0), ("pu", NOON + timedelta(hours=1), 1, 0),
    ]  # fmt: skip
    other.refresh_from_db()
    assert (other.failures, other.last_success_at) == (2, None)


def test_after_three_failures_in_a_row_a_peer_is_left_alone_for_a_while_that_grows(stay: HandOver, ear: Ear) -> None:
    other = known("lain")
    ear.answers = [Later(f"busy {number}" + "y" * 400) for number in range(12)]
    seen = []
    for number in range(12):
        due(stay.peer, f"k{number}", sent())
        Delivery.objects.exclude(key=f"k{number}").delete()
        courier.turn("pu", 20)
        failures, closed, error = circuit()
        assert error == (f"busy {number}" + "y" * 400)[:300]
        seen.append((failures, closed and closed.total_seconds()))
    assert seen[:6] == [(1, None), (2, None), (3, 7.5), (4, 15.0), (5, 30.0), (6, 60.0)]
    assert seen[-2:] == [(11, 450.0), (12, 450.0)]  # ten minutes, of which a share
    assert Peer.objects.get(pk="pu").last_error_at == NOON
    assert Peer.objects.get(pk="pu").last_success_at is None
    assert traffic() == [(0, 12)]
    other.refresh_from_db()
    assert (other.failures, other.last_error) == (0, "")


def test_an_answer_is_none_the_less_one_where_part_of_it_failed(
    stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    due(stay.peer, "a", stay.report)
    due(stay.peer, "b", sent())
    ear.answers = [Later("busy"), Done()]
    courier.turn("pu", 20)
    assert (circuit(), traffic()) == ((0, None, ""), [(1, 0)])


def test_the_error_of_what_went_wrong_first_is_kept(stay: HandOver, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "batch", 9)
    due(stay.peer, "a", stay.report)
    due(stay.peer, "b", sent())
    ear.answers = [Later("first\0"), Later("second")]
    courier.turn("pu", 20)
    assert circuit() == (1, None, "first")


def test_a_photo_that_cannot_be_had_says_nothing_of_its_peer(
    stay: HandOver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ear, "batch", 2)
    wanted = {"report": stay.report.code, "seq": 2, "role": "after", "address": "photos/1"}
    due(stay.peer, "a", kind="fetch", payload=wanted)
    due(stay.peer, "b", kind="fetch", payload=wanted)
    assert courier.turn("pu", 20, linger=0.01) == 2  # and the next is tried all the same
    assert courier.BREATH not in clock.slept  # nor any later than at once
    assert {key: tries for key, (_state, tries, _why) in states().items()} == {"a": 1, "b": 1}
    assert (circuit(), traffic()) == ((0, None, ""), [])
    assert not Photo.objects.exists()


# What a person does


def test_a_person_sends_again_what_waits_or_was_parked(peer: Peer) -> None:
    held = {"attempts": 5, "error": "busy", "due_at": NOON + timedelta(hours=1)}
    one = due(peer, "a", state="parked", **held)
    due(peer, "b", **held)
    due(known("lain", failures=4, closed_until=NOON), "c", **held)
    Peer.objects.filter(pk="pu").update(failures=7, closed_until=NOON + timedelta(hours=1))
    assert courier.retry("pu", ids=[]) == 0
    assert courier.retry("pu", ids=[one.pk, one.pk + 2]) == 1
    assert states() == {"a": ("waiting", 5, ""), "b": ("waiting", 5, "busy"), "c": ("waiting", 5, "busy")}
    assert circuit()[:2] == (0, None)
    assert courier.retry("pu") == 2
    assert list(Delivery.objects.filter(peer="pu").values_list("due_at", "error")) == [(NOON, "")] * 2
    other = Peer.objects.get(pk="lain")
    assert (other.failures, other.closed_until) == (4, NOON)


def test_a_person_gives_up_on_one_thing_and_what_comes_after_it_goes_on(stay: HandOver) -> None:
    one = due(stay.peer, "a", stay.report, state="parked", payload={"stay": stay.pk})
    due(stay.peer, "b", stay.report)
    assert courier.drop("pu", one.pk, "Sudah lewat telepon") is True
    assert lines(stay.report) == [("given_up", "system", "Sudah lewat telepon", "")]
    assert stay.report.entries.get(kind="given_up").visibility == "internal"
    assert states() == {"b": ("waiting", 0, "")}
    stay.refresh_from_db()
    assert (stay.state, stay.ended_at) == ("offered", None)
    assert courier.drop("pu", one.pk, "Sekali lagi") is False


def test_a_report_that_never_left_is_worked_on_here_again(stay: HandOver) -> None:
    other = known("lain", dialect="ear")
    untouched = given(sent(), stay.peer, Direction.OUT)
    one = due(stay.peer, "a", stay.report, kind="request", state="parked", payload={"stay": stay.pk})
    due(stay.peer, "b", stay.report)
    due(stay.peer, "c", untouched.report)
    due(other, "d", stay.report)
    assert courier.drop("pu", one.pk, "Mereka tidak menerimanya") is True
    assert lines(stay.report) == [("given_up", "system", "Mereka tidak menerimanya", "")]
    assert list(states()) == ["c", "d"]
    for found, state, ended in ((stay, "withdrawn", NOON), (untouched, "offered", None)):
        found.refresh_from_db()
        assert (found.state, found.ended_at, found.reason) == (state, ended, "")


def test_a_photo_that_is_given_up_needs_no_word(peer: Peer) -> None:
    one = due(peer, "a", kind="fetch", state="parked")
    assert courier.drop("pu", one.pk, "Foto rusak") is True
    assert states() == {}


def test_nobody_gives_up_on_what_still_waits_or_is_due_for_somebody_else(stay: HandOver) -> None:
    waiting, parked = due(stay.peer, "a", stay.report), due(known("lain"), "b", sent(), state="parked")
    due(stay.peer, "c", sent(), state="parked")
    assert courier.drop("pu", waiting.pk, "x") is False
    assert courier.drop("pu", parked.pk, "x") is False
    assert list(states()) == ["a", "b", "c"]
    assert lines(stay.report) == []
