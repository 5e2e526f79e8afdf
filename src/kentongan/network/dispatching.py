"""Which peers get a thread of a worker: those who answer at once, and of those who keep us waiting not all."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from django.db import connection

from kentongan.network.courier import due_peers, take_up, turn
from kentongan.network.models import Peer

QUICK = 16  # turns at once with peers who answer, or whose first answer has a moment yet to come
SLOW = 48  # turns at once with peers who are silent, or whose last call failed; each such peer has one
SILENT = 2.0  # seconds without an answer after which a peer counts as silent
LANES = 2  # turns at once for a peer that answers: it works on what one sent while the other packs
TURN = 20.0  # seconds of one turn; then the worker looks again what else is due
LINGER = 1.0  # seconds that a turn in the background waits for more

_log = structlog.get_logger(__name__)


class _Turn:
    """A turn with a peer. It is heard of each time it asks whether to go on: after each answer."""

    future: Future[int]

    def __init__(self, peer: str, stopping: Callable[[], bool]) -> None:
        self.peer, self._stopping = peer, stopping
        self._heard, self.rounds = time.monotonic(), 0

    def stopping(self) -> bool:
        """Asked by the turn itself."""
        self._heard, self.rounds = time.monotonic(), self.rounds + 1
        return self._stopping()

    @property
    def is_silent(self) -> bool:
        """Whether the peer keeps it waiting."""
        return time.monotonic() - self._heard > SILENT


class Courier:
    """One worker's deliveries in the background. However many peers hang, the others find a thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(QUICK + SLOW, thread_name_prefix="courier")
        self._running: list[_Turn] = []
        self.stopping = False

    def start_due(self) -> int:
        """Begins turns with peers for whom something is due, as far as they may have more; returns how many began."""
        self._running = [one for one in self._running if not one.future.done()]
        take_up()
        doubtful = set(Peer.objects.filter(failures__gt=0).values_list("name", flat=True))
        slow = [one for one in self._running if one.is_silent or one.peer in doubtful]
        room = {True: SLOW - len(slow), False: QUICK - (len(self._running) - len(slow))}
        begun = 0
        for peer in due_peers():
            is_slow = peer in doubtful
            for _lane in range(min(self._lanes(peer, is_slow), room[is_slow])):
                self._begin(peer)
                room[is_slow] -= 1
                begun += 1
        return begun

    def wait(self) -> int:
        """Waits for the turns under way; returns how much they settled."""
        turns, self._running = self._running, []
        return sum(one.future.result() for one in turns)

    def stop(self) -> None:
        """Waits for the calls under way, then ends."""
        self.stopping = True
        self._pool.shutdown(wait=True)

    def _lanes(self, peer: str, is_slow: bool) -> int:
        """How many more turns the peer may have: a second one once the first was answered."""
        mine = [one for one in self._running if one.peer == peer]
        if not mine:
            return 1
        answers = all(one.rounds > 1 and not one.is_silent for one in mine)
        return LANES - len(mine) if answers and not is_slow else 0

    def _begin(self, peer: str) -> None:
        begun = _Turn(peer, lambda: self.stopping)
        begun.future = self._pool.submit(_taken, begun)
        self._running.append(begun)


def _taken(one: _Turn) -> int:
    try:
        return turn(one.peer, TURN, one.stopping, LINGER)
    except Exception as error:  # noqa: BLE001  a thread that dies silently would leave its peer unserved
        _log.warning("network.turn_failed", peer=one.peer, error=type(error).__name__)
        return 0
    finally:
        connection.close()
