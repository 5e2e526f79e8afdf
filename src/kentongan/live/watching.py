"""Seeing what is told, by whichever process: in a thread of each server process, while somebody listens there."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from kentongan.foundation import prepared
from kentongan.live import presence
from kentongan.live.models import Change
from kentongan.live.telling import CHANNEL

Heard = Callable[[int, frozenset[str]], None]
LOOK = 0.1  # seconds between two looks at SQLite's counter of changes, which costs a few microseconds
WAIT = 1.0  # seconds for PostgreSQL's word; a pooler may swallow it, so the table is looked at then anyhow
PAUSE = 1.0  # seconds after a database that was away
OVERLAP = timedelta(seconds=60)  # longest transaction that tells: until then a lower key may appear after a higher
PIECE = 1000
MOST = 2000  # changes that are told after a pause; more, and all has to be looked at again
_COLUMNS = "SELECT id, topics FROM live_change WHERE"
_log = structlog.get_logger(__name__)


class Watcher:
    """The changes of this database as they are committed."""

    def __init__(self) -> None:
        self._last: int | None = None  # the highest key that was seen
        self._missing: dict[int, float] = {}  # lower ones that are on their way or were rolled back, and until when
        self._version: object = None

    def watch(self, heard: Heard, going: Callable[[], bool]) -> None:
        """Calls `heard` with key and topics of each change, once, until `going` says no. A database that is away is
        waited for, and nothing of what came meanwhile is left out."""
        while going():
            try:
                if self._wait():
                    for number, topics in self._read():
                        heard(number, frozenset(topics.split()))
            except (DatabaseError, InterfaceError) as fault:
                _log.warning("live.away", error=type(fault).__name__)
                connection.close()
                self._version = None  # each connection to SQLite counts for itself
                time.sleep(PAUSE)
        connection.close()

    def since(self, last: int, topics: frozenset[str]) -> dict[str, int] | None:
        """Those of `topics` that were told after change `last`, and in the time before it in which a change with a
        lower key may have been on its way. None: nobody knows any more, all has to be looked at."""
        told = Change.objects.filter(pk__gt=last - PIECE).order_by("pk").values_list("pk", "topics", "at")
        found = list(told[: PIECE + MOST + 1])
        heard = next((at for key, _topics, at in found if key == last), None)
        if heard is None or len(found) > PIECE + MOST:
            return None
        new: dict[str, int] = {}
        for key, names, at in found:
            if key != last and (key > last or at > heard - OVERLAP):
                new |= dict.fromkeys(topics.intersection(names.split()), key)
        return new

    def come(self, topics: frozenset[str], private: str) -> list[int]:
        """As `presence.come`, for the person of a private topic."""
        return presence.come(topics, int(private.partition(":")[2]))

    def go(self, keys: list[int]) -> None:
        """As `presence.go`."""
        presence.go(keys)

    def still(self, keys: list[int]) -> None:
        """As `presence.still`."""
        presence.still(keys)

    def _wait(self) -> bool:
        """Waits for a moment; whether there may be something new."""
        if self._last is None:
            self._begin()
            return True
        if connection.vendor == "sqlite":
            time.sleep(LOOK)
            connection.ensure_connection()
            version = connection.connection.execute("PRAGMA data_version").fetchone()
            before, self._version = self._version, version
            return bool(version != before)
        if connection.connection is None:  # it was away: nobody listens for us any more
            self._listen()
            return True
        for _word in connection.connection.notifies(timeout=WAIT, stop_after=1):
            break
        return True

    def _begin(self) -> None:
        self._listen()
        recent = Change.objects.filter(at__gt=timezone.now() - OVERLAP).order_by("pk").values_list("pk", flat=True)
        keys = list(recent[:PIECE])
        top = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._last = top
        self._note_missing(keys[0] if keys else top, set(keys), top)

    def _listen(self) -> None:
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            connection.connection.execute(f"LISTEN {CHANNEL}")

    def _read(self) -> list[tuple[Any, ...]]:
        now, last = time.monotonic(), self._last or 0
        self._missing = {key: until for key, until in self._missing.items() if until > now}
        late = []
        if self._missing:
            keys = ", ".join(map(str, self._missing))  # numbers of ours
            with connection.cursor() as cursor:
                cursor.execute(f"{_COLUMNS} id IN ({keys}) ORDER BY id")
                late = cursor.fetchall()
        new = prepared.rows(f"{_COLUMNS} id > %s ORDER BY id LIMIT {PIECE}", [last])
        while len(new) % PIECE == 0 and new and new[-1][0] > last:
            last = new[-1][0]
            new += prepared.rows(f"{_COLUMNS} id > %s ORDER BY id LIMIT {PIECE}", [last])
        for key, _topics in late:
            del self._missing[key]
        if new:
            self._note_missing(self._last or 0, {key for key, _topics in new}, new[-1][0])
            self._last = new[-1][0]
        return late + new

    def _note_missing(self, low: int, seen: set[int], high: int) -> None:
        if connection.vendor != "sqlite":  # one writer: keys are committed in their order
            until = time.monotonic() + OVERLAP.total_seconds()
            missing = [key for key in range(max(low + 1, high - PIECE), high) if key not in seen]
            self._missing |= dict.fromkeys(missing, until)
