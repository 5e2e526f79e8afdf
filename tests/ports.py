"""Ports for what tests start: nobody else's, even while nobody listens on them.

A server that is down for a moment leaves its port free, and a call to it would reach whoever took that meanwhile: the
instance of another test. So each process that asks has a stretch of its own as long as it lives, and goes round in it.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import IO

FIRST, LAST = 10_000, 32_000  # Linux hands out 32,768 and above to outgoing calls, also while a server is down
STRETCH = 100  # ports of one process
_mine: tuple[int, IO[str], Iterator[int]] | None = None  # of which process, what it holds, and its ports


def free_port() -> int:
    """A port of this process that nobody listens on now, and that comes again only after all others of its own."""
    global _mine
    if _mine is None or _mine[0] != os.getpid():
        _mine = (os.getpid(), *_stretch())
    while True:
        port = next(_mine[2])
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _stretch() -> tuple[IO[str], Iterator[int]]:
    """A stretch that no living process holds, and the open file by whose lock it is held."""
    folder = Path(tempfile.gettempdir(), f"kentongan-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    starts = list(range(FIRST, LAST, STRETCH))
    random.SystemRandom().shuffle(starts)
    for start in starts:
        held = (folder / str(start)).open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
        else:
            return held, cycle(range(start, start + STRETCH))
    raise AssertionError(f"all ports are held: {folder}")
