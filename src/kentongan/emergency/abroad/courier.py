"""The lane between instances: every letter about an alert in its order, one call at a time to each, none for another.

A call carries all that waits for an instance, so that one alert is as fast as two hundred; what hangs or refuses is
tried again with pauses of its own.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.utils import timezone
from pydantic import ValidationError

from kentongan import network
from kentongan.emergency.abroad import asking, settling, wire
from kentongan.emergency.calling import going_on
from kentongan.emergency.models import Alert, Media
from kentongan.emergency.stays import LIVE, Letter, Line, Side, Stay, StayState
from kentongan.emergency.trail import kind_of
from kentongan.foundation import outgoing
from kentongan.foundation.nearness import CLOCKS, beyond, far_from
from kentongan.foundation.pausing import doubled
from kentongan.foundation.sealing import seal_bytes, unseal, unseal_bytes
from kentongan.network.models import Peer, PeerState

SECONDS = 5.0  # of one call
MEDIA_SECONDS, LARGEST = 15.0, 8 * 1024 * 1024
LEASE = timedelta(seconds=60)  # longer than a turn
BEAT = timedelta(seconds=15)  # an alert that goes on is spoken of at least so often, so that each side hears the other
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=15)
HEAVIEST = 6 * 1024 * 1024  # letters of one call as they are sealed, a third more than they are: a call has 8 MB
THREADS, OF_FAILING = 8, 4  # at once; instances that did not answer before take only some of them
ROUNDS = 5  # calls of one turn
REST = 15.0  # seconds after a picture did not come, until the next is asked for there

_resting: dict[str, float] = {}  # instances by when pictures are asked for again (monotonic)

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
    unfetched = Stay.objects.filter(side=Side.IN, state=StayState.HELD, alert__media__missing=True).distinct()
    waiting |= {one for one in unfetched.values_list("peer", flat=True) if _resting.get(one or "", 0.0) <= monotonic()}
    behind, found = network.areas_behind(), []
    for peer in peers:
        line: Line | None = getattr(peer, "alert_line", None)
        is_asked = peer.name in behind and (line is None or asking.is_due(line, now))
        if line is not None and _rests(line, now):
            continue
        if peer.name in waiting or is_asked:
            found.append((peer, bool(line and line.failures)))
    return sorted(found, key=lambda one: (one[1], one[0].name))


def turn(peer: Peer) -> int:
    """Tells an instance all that waits for it; returns how many letters it took."""
    now = timezone.now()
    line, _made = Line.objects.get_or_create(peer=peer)
    ours = Q(leased_until=None) | Q(leased_until__lte=now) | beyond("leased_until", now, LEASE)
    if not Line.objects.filter(ours, pk=line.pk).update(leased_until=now + LEASE):
        return 0
    taken, put_off, failed, odd = 0, 0, False, False
    try:
        taken, put_off = _tell(peer)
        odd = not (_asked(peer, line) and _fetched(peer))
    except DatabaseError:
        raise
    except Exception as fault:  # noqa: BLE001  whatever is wrong with what they say, its alerts become ours to answer
        failed = True
        _log.warning("alert.instance_failed", peer=peer.name, error=type(fault).__name__)
        settling.failed(peer)
    finally:
        failures = min(line.failures + 1, 30) if failed or odd else 0
        pause = doubled(FIRST_PAUSE, failures if failed else 1, LONGEST_PAUSE)
        after = timezone.now() + pause if failed or put_off else None
        Line.objects.filter(pk=line.pk).update(leased_until=None, due_at=after, failures=failures)
    return taken


def _rests(line: Line, now: datetime) -> bool:
    """Whether it is not yet time. What lies farther ahead than we ever wait is of a clock that was put back since."""
    waits = ((line.leased_until, LEASE), (line.due_at, LONGEST_PAUSE))
    return any(at is not None and now < at <= now + most + CLOCKS for at, most in waits)


def _asked(peer: Peer, line: Line) -> bool:
    """Asks what they watch, where it is time. That there is no answer to this says nothing of their alerts: it is only
    not believed any more who is on duty there."""
    if peer.name not in network.areas_behind() or not asking.is_due(line, timezone.now()):
        return True
    try:
        asking.ask(peer, line)
    except (outgoing.CallFailed, ValueError) as fault:
        _log.warning("alert.instance_says_nothing", peer=peer.name, error=type(fault).__name__)
        Line.objects.filter(pk=line.pk).update(asked_at=timezone.now())
        return False
    return True


def _fetched(peer: Peer) -> bool:
    """The same of a picture: no letter waits for one that does not come."""
    if _resting.get(peer.name, 0.0) > monotonic():
        return True
    try:
        _fetch(peer)
    except outgoing.CallFailed as fault:
        _log.warning("alert.no_picture", peer=peer.name, error=type(fault).__name__)
        _resting[peer.name] = monotonic() + REST
        return False
    return True


def _tell(peer: Peer) -> tuple[int, int]:
    """How many letters they took, and of how many alerts they said that it is not the time."""
    taken = put_off = 0
    for _round in range(ROUNDS):
        parcels = _waiting(peer)
        if not parcels:
            break
        said = {"alerts": [{"alert": str(stay.alert_id), "letters": told} for stay, told in parcels]}
        answer = network.speak(peer, "POST", "alerts", said, seconds=SECONDS, most=LARGEST).expect().json()
        results = _results(answer)
        for stay, told in parcels:
            result = results.get(str(stay.alert_id))
            settling.settle(stay, result, [one["number"] for one in told])
            put_off += result is None or result.status == "later"
        taken += sum(len(told) for _stay, told in parcels)
        if sum(len(told) for _stay, told in parcels) < wire.MOST_LETTERS // 2:
            break
        if put_off:
            break
    return taken, put_off


def _waiting(peer: Peer) -> list[tuple[Stay, list[dict[str, Any]]]]:
    """The letters for an instance by alert, each in their order; none for those that are only to be heard."""
    now, room = timezone.now(), wire.MOST_LETTERS
    # What they did not take before stands behind: it holds up nothing that they would take.
    waits = F("stay__failing_since").asc(nulls_first=True)
    ids = Letter.objects.filter(stay__peer=peer).order_by(waits, "number").values_list("stay", flat=True)
    named = list(dict.fromkeys([*ids[: room * 2], *_beats(now).filter(peer=peer).values_list("pk", flat=True)]))
    found: list[tuple[Stay, list[dict[str, Any]]]] = []
    weight = 0
    rows = Stay.objects.select_related("alert").in_bulk(named[: wire.MOST_ALERTS])
    for stay in (rows[key] for key in named[: wire.MOST_ALERTS] if key in rows):
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
    return Stay.objects.filter(far_from("heard_at", now, BEAT), side=Side.OUT, state__in=LIVE, alert__in=goes_on)


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
    """A picture or sound that we were told of, any of them: none holds up the others. What is not what was told, or is
    gone there, is left out."""
    mine = Stay.objects.filter(peer=peer, side=Side.IN, state=StayState.HELD).values("alert")
    for one in Media.objects.filter(missing=True, alert__in=mine).order_by("?")[:1]:
        path = f"alerts/{one.alert_id}/media/{one.pk}"
        answer = network.speak(peer, "GET", path, seconds=MEDIA_SECONDS, most=LARGEST + 1024)
        if answer.status in (404, 410) or (answer.ok and not _is_as_told(one, answer.content)):
            one.delete()
            continue
        Media.objects.filter(pk=one.pk).update(sealed=seal_bytes(answer.expect().content), missing=False)


def _is_as_told(media: Media, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == media.digest and kind_of(content) == media.content_type


def _in_thread(peer: Peer) -> int:
    try:
        return turn(peer)
    except DatabaseError as fault:
        _log.warning("alert.turn_failed", peer=peer.name, error=type(fault).__name__)
        return 0
    finally:
        connection.close()
