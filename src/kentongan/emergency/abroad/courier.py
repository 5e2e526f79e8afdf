"""The lane between instances: every letter about an alert in its order, one call at a time to each, none for another.

A call carries all that waits for an instance, so that one alert is as fast as two hundred; what hangs or refuses is
tried again with pauses of its own.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import timedelta
from threading import Lock
from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone
from pydantic import ValidationError

from kentongan import network
from kentongan.emergency.abroad import asking, settling, wire
from kentongan.emergency.calling import going_on
from kentongan.emergency.models import Alert, Media
from kentongan.emergency.stays import LIVE, Letter, Line, Side, Stay, StayState
from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal_bytes, unseal, unseal_bytes
from kentongan.network.models import Peer, PeerState

SECONDS = 5.0  # of one call
MEDIA_SECONDS, LARGEST = 30.0, 8 * 1024 * 1024
LEASE = timedelta(seconds=40)  # longer than a turn
BEAT = timedelta(seconds=15)  # an alert that goes on is spoken of at least so often, so that each side hears the other
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=15)
HEAVIEST = 6 * 1024 * 1024  # letters of one call as they are sealed, a third more than they are: a call has 8 MB
THREADS, OF_FAILING = 8, 4  # at once; instances that did not answer before take only some of them
ROUNDS = 5  # calls of one turn

_log = structlog.get_logger(__name__)


class Courier:
    """Begins a turn for each instance that is due and has none; each in a thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="alerts")
        self._turns: dict[str, tuple[Future[int], bool]] = {}
        self._lock = Lock()

    def start_due(self) -> int:
        """Begins what is due, and looks after what nobody answers for; returns how many turns it began."""
        settling.look_after()
        begun = 0
        with self._lock:
            self._turns = {name: turn for name, turn in self._turns.items() if not turn[0].done()}
            for peer, is_failing in due():
                failing = sum(one for _turn, one in self._turns.values())
                if peer.name in self._turns or len(self._turns) >= THREADS or (is_failing and failing >= OF_FAILING):
                    continue
                self._turns[peer.name] = (self._pool.submit(_in_thread, peer), is_failing)
                begun += 1
        return begun

    def wait(self, seconds: float = 60.0) -> None:
        """Waits for the turns under way."""
        with self._lock:
            turns = [turn for turn, _failing in self._turns.values()]
        wait_for(turns, seconds)


def deliver_all(rounds: int = 3) -> None:
    """What the lane would do now, here."""
    for _round in range(rounds):
        settling.look_after()
        for peer, _failing in due():
            turn(peer)


def due() -> list[tuple[Peer, bool]]:
    """The instances that have to be called now, with whether they failed before; those that never did first."""
    now = timezone.now()
    peers = Peer.objects.filter(dialect="kentongan", state=PeerState.ACTIVE).select_related("alert_line")
    if not peers:
        return []
    waiting = set(Letter.objects.values_list("stay__peer", flat=True).distinct())
    waiting |= set(_beats(now).values_list("peer", flat=True).distinct())
    unfetched = Media.objects.filter(missing=True, alert__stays__side=Side.IN)
    waiting |= set(unfetched.values_list("alert__stays__peer", flat=True))
    behind, found = network.areas_behind(), []
    for peer in peers:
        line: Line | None = getattr(peer, "alert_line", None)
        is_asked = peer.name in behind and (line is None or asking.is_due(line, now))
        if line is not None and ((line.leased_until or now) > now or (line.due_at or now) > now):
            continue
        if peer.name in waiting or is_asked:
            found.append((peer, bool(line and line.failures)))
    return sorted(found, key=lambda one: (one[1], one[0].name))


def turn(peer: Peer) -> int:
    """Tells an instance all that waits for it; returns how many letters it took."""
    now = timezone.now()
    line, _made = Line.objects.get_or_create(peer=peer)
    free = Line.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), pk=line.pk)
    if not free.update(leased_until=now + LEASE):
        return 0
    taken, failed = 0, False
    try:
        taken = _tell(peer)
        if peer.name in network.areas_behind() and asking.is_due(line, timezone.now()):
            asking.ask(peer, line)
        _fetch(peer)
    except (outgoing.CallFailed, Problem, ValueError) as fault:
        failed = True
        _log.warning("alert.instance_failed", peer=peer.name, error=type(fault).__name__)
        settling.failed(peer)
    finally:
        failures = min(line.failures + 1, 30) if failed else 0
        pause = min(FIRST_PAUSE * 2 ** min(failures, 5), LONGEST_PAUSE)
        after = timezone.now() + pause if failed else None
        Line.objects.filter(pk=line.pk).update(leased_until=None, due_at=after, failures=failures)
    return taken


def _tell(peer: Peer) -> int:
    taken = 0
    for _round in range(ROUNDS):
        parcels = _waiting(peer)
        if not parcels:
            break
        said = {"alerts": [{"alert": str(stay.alert_id), "letters": told} for stay, told in parcels]}
        answer = network.speak(peer, "POST", "alerts", said, seconds=SECONDS, most=LARGEST).expect().json()
        results = _results(answer)
        for stay, told in parcels:
            settling.settle(stay, results.get(str(stay.alert_id)), [one["number"] for one in told])
        taken += sum(len(told) for _stay, told in parcels)
        if sum(len(told) for _stay, told in parcels) < wire.MOST_LETTERS // 2:
            break
    return taken


def _waiting(peer: Peer) -> list[tuple[Stay, list[dict[str, Any]]]]:
    """The letters for an instance by alert, each in their order; none for those that are only to be heard."""
    now, room = timezone.now(), wire.MOST_LETTERS
    ids = Letter.objects.filter(stay__peer=peer).order_by("number").values_list("stay", flat=True)
    named = list(dict.fromkeys([*ids[: room * 2], *_beats(now).filter(peer=peer).values_list("pk", flat=True)]))
    found: list[tuple[Stay, list[dict[str, Any]]]] = []
    weight = 0
    for stay in Stay.objects.filter(pk__in=named[: wire.MOST_ALERTS]).select_related("alert"):
        told: list[dict[str, Any]] = []
        for one in stay.letters.order_by("number")[: min(room, 100)]:
            weight += len(one.sealed)
            if weight > HEAVIEST and (told or found):
                return [*found, (stay, told)] if told else found
            told.append(_written(stay, one))
        room -= len(told)
        found.append((stay, told))
        if room <= 0:
            break
    return found


def _written(stay: Stay, letter: Letter) -> dict[str, Any]:
    said: dict[str, Any] = unseal(letter.sealed) or {}
    if letter.kind == "media":
        kept = Media.objects.filter(alert=stay.alert_id, pk=str(said.get("id"))).first()
        content = unseal_bytes(bytes(kept.sealed)) if kept else None
        said = {**said, "sha256": hashlib.sha256(content or b"").hexdigest()}
    return {**said, "type": letter.kind, "number": letter.number}


def _beats(now: Any) -> Any:
    """Stays of alerts that go on of which nothing was said for a while."""
    goes_on = Alert.objects.filter(going_on())
    return Stay.objects.filter(side=Side.OUT, state__in=LIVE, heard_at__lt=now - BEAT, alert__in=goes_on)


def _results(answer: Any) -> dict[str, wire.Result]:
    found = {}
    for one in answer["alerts"] if isinstance(answer, dict) and isinstance(answer.get("alerts"), list) else []:
        try:
            read = wire.Result.model_validate(one)
        except ValidationError:
            continue
        found[str(read.alert)] = read
    return found


def _fetch(peer: Peer) -> None:
    """Pictures and sounds that we were told of. What is not what was told, or is gone there, is left out."""
    mine = Stay.objects.filter(peer=peer, side=Side.IN, state=StayState.HELD).values("alert")
    for one in Media.objects.filter(missing=True, alert__in=mine).order_by("at")[:3]:
        path = f"alerts/{one.alert_id}/media/{one.pk}"
        answer = network.speak(peer, "GET", path, seconds=MEDIA_SECONDS, most=LARGEST + 1024)
        if answer.status in (404, 410) or (answer.ok and hashlib.sha256(answer.content).hexdigest() != one.digest):
            one.delete()
            continue
        Media.objects.filter(pk=one.pk).update(sealed=seal_bytes(answer.expect().content), missing=False)


def _in_thread(peer: Peer) -> int:
    try:
        return turn(peer)
    except DatabaseError as fault:
        _log.warning("alert.turn_failed", peer=peer.name, error=type(fault).__name__)
        return 0
    finally:
        connection.close()
