"""A read-only SQLite file that all processes share through the page cache: what the index and the ground have alike."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

DAY = 86_400.0  # seconds
MAPPED = 8_000_000_000  # bytes of the file that are read as memory: more than the largest has


def draft_beside(path: Path) -> Path:
    """A name for what will take the place of `path`, with nothing there. What processes left that were killed goes when
    it is a day old: no import takes as long. Raises OSError where the folder cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{path.stem}.*.new"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > DAY:
                left.unlink()
    draft = path.with_suffix(f".{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    return draft


class SharedFile:
    """An open file. One connection a thread; the file never changes, a new one takes its place.

    `layers`: owner class and reach in metres by code; `facts`: what the file says of itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self.layers: dict[str, tuple[str, float]] = {
            code: (owner, reach) for code, owner, reach in self._rows("SELECT code, owner, reach FROM layer")
        }
        self.facts = dict(self._rows("SELECT name, value FROM fact"))

    def _rows(self, query: str, given: tuple[Any, ...] = ()) -> list[Any]:
        found = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
            found.execute(f"PRAGMA mmap_size = {MAPPED}")
            found.execute("PRAGMA cache_size = -2000")
            self._local.connection = found
        return found.execute(query, given).fetchall()
