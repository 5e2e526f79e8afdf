"""Whether this server process stays or leaves: a newer program may take its place while it answers.

A process that leaves first stops to accept, so that whoever connects from then on waits for the newer one; ends each
connection that a client keeps open with its next answer; and says once nothing is under way any more.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADERS_WITHIN = 10  # seconds for the headers of a request, and for the next on a connection that is kept open
LONGEST_FOLDER = 80  # letters
GONE_AFTER = HEADERS_WITHIN + 1.0  # seconds after which none of the connections kept open before is left


@dataclass(frozen=True)
class Handed:
    """What the processes of a server have in common, as numbers of open files that they inherit."""

    listening: int  # the socket that is accepted from
    begun: int  # a socket: who is at work says so there, and hands over `listening`
    leave: int  # closed at its other end once they are to leave
    busy: int  # open in each process until nothing is under way in it


class Standing:
    """Of this process: `under_way` counts its requests, `leaves` says that each answer ends its connection."""

    def __init__(self) -> None:
        self.under_way = 0
        self.leaves = False

    def begin(self, handed: Handed) -> None:
        """Says that this process answers, and begins to wait for the word to leave."""
        with suppress(OSError), socket.socket(fileno=os.dup(handed.begun)) as end:
            socket.send_fds(end, [b"."], [handed.listening])
        threading.Thread(target=self._wait, args=(handed,), name="standing", daemon=True).start()

    def _wait(self, handed: Handed) -> None:
        parent = os.getppid()  # asked here: this object is older than the process
        with suppress(OSError):
            os.read(handed.leave, 1)
        # Without a place for the file of its socket it goes on to accept, and leaves all the same.
        with suppress(OSError):
            stop_accepting(handed.listening)
        self.leaves = True
        time.sleep(GONE_AFTER)
        while self.under_way:
            time.sleep(0.05)
        with suppress(OSError):
            os.close(handed.busy)
        # The server ends us; where it was killed, nobody else does.
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)


def stop_accepting(listening: int) -> None:
    """Lets this process accept nothing more, while the socket and all who wait in it stay for others.

    The server has copies of the number that it was given, so each open file that is this socket becomes another: one
    that listens at an address which is gone.
    """
    wanted = os.fstat(listening)
    # The name of such a socket has at most 107 letters (unix(7)), that of a folder for temporary files may have more.
    short = None if len(tempfile.gettempdir()) < LONGEST_FOLDER else "/tmp"  # noqa: S108  a folder of our own within
    with tempfile.TemporaryDirectory(dir=short) as folder, socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(Path(folder) / "deaf"))
        deaf.listen(1)
        deaf.setblocking(False)
        for number in [int(one.name) for one in Path("/dev/fd").iterdir()]:
            with suppress(OSError):
                if os.path.samestat(os.fstat(number), wanted):
                    os.dup2(deaf.fileno(), number, inheritable=False)


here = Standing()
_handed: Handed | None = None


def hand(handed: Handed) -> None:
    """What the processes that are forked from here on share."""
    global _handed
    _handed = handed


def begin(loop: Any) -> None:
    """Called in a server process, by the thread of its event loop, once it answers."""
    if _handed is not None:
        here.begin(_handed)
    # granian ends after the last answer is given; what would go on for ever has to hear of the signal before it. It has
    # no other way to be told, and asyncio none to ask who listens to a signal.
    for number in (signal.SIGINT, signal.SIGTERM):
        if (before := getattr(loop, "_signal_handlers", {}).get(number)) is not None:
            loop.add_signal_handler(number, _end, before)


def _end(before: Any) -> None:
    here.leaves = True
    before._run()
