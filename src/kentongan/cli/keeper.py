"""The process that is started and watched: it keeps a server or a worker, and on SIGHUP lets a newer program succeed.

It holds the listening socket, so that nobody is refused between one program and the next, and does nothing else: it
knows neither settings nor tables, imports only what Python brings, and stays when the program is replaced. The program
is found anew each time by the name it was called by. Order of a succession, on SIGHUP:

1. The new program begins beside the old one, with the same socket.
2. Once it says that it is at work, the old one is told to leave: it takes nothing new and ends what it has begun.
3. Where the new one ends before that, or says nothing in time, the old one stays, and a line of the log says so.

Runs as a script: `keeper.py PROGRAM… -- WORDS…`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime

BEGIN_WITHIN = 120.0  # seconds that a new program has until it is at work; it opens a database and forks
SEEN_WITHIN = 1.0  # seconds after which a change is seen, whatever signal was lost
END_WITHIN = 25.0  # seconds from SIGTERM until what has not ended is killed; systemd waits 30


class Kept:
    """One start of the program. It has three open files of ours, whose numbers it is told: the listening socket (-1:
    it opens its own), the end it says on that it is at work, and the end on which it sees that it is to leave."""

    def __init__(self, program: list[str], words: list[str], listening: int) -> None:
        self.begun = time.monotonic()
        self.said, says = socket.socketpair()
        self._leave, leave = socket.socketpair()
        numbers = (listening, says.fileno(), leave.fileno())
        with says, leave:
            self.process = subprocess.Popen(
                [*program, *words, f"--handed={','.join(map(str, numbers))}"],
                pass_fds=[one for one in numbers if one >= 0],
            )

    def leave(self) -> None:
        """Tells it to take nothing new, to end what it has begun, and to end."""
        self._leave.close()

    def close(self) -> None:
        """Once it has ended."""
        self.said.close()
        self._leave.close()


class Keeper:
    """Keeps one program at work."""

    def __init__(self, program: list[str], words: list[str]) -> None:
        self._program, self._words = program, words
        self._listening = -1  # the socket that the first program opened
        self._coming: Kept | None = None
        self._leaving: list[Kept] = []
        self._at_work = self._asked = self._ending = False
        self._ended_at = 0.0

    def run(self) -> int:
        """Keeps it until it ends, or until SIGTERM or SIGINT; returns the exit code that it ended with."""
        woken = self._listen_to_signals()
        self._now = Kept(self._program, self._words, -1)
        while True:
            waits = [
                woken,
                *(one.said for one in (self._now, self._coming) if one is not None and one.said.fileno() >= 0),
            ]
            for one in select.select(waits, [], [], SEEN_WITHIN)[0]:
                if one is woken:
                    woken.recv(64)
                else:
                    self._hear(one)
            self._look()
            if self._now.process.poll() is not None and (self._ending or self._coming is None):
                return self._end()

    def _listen_to_signals(self) -> socket.socket:
        woken, wakes = socket.socketpair()
        wakes.setblocking(False)
        self._wakes = wakes
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, lambda *_: setattr(self, "_asked", True))
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: setattr(self, "_ending", True))
        return woken

    def _hear(self, end: socket.socket) -> None:
        """Somebody is at work, or has closed that end by ending."""
        word, sockets, _flags, _address = socket.recv_fds(end, 64, 8)
        for number in sockets:
            if self._listening < 0:
                self._listening = number
            else:
                os.close(number)
        if not word:
            end.close()
        elif end is self._now.said:
            self._at_work = True
        elif self._coming is not None and end is self._coming.said:
            self._now.leave()
            self._leaving.append(self._now)
            self._now, self._coming = self._coming, None
            _log("info", "kept.replaced", by=self._now.process.pid)

    def _look(self) -> None:
        for one in [one for one in self._leaving if one.process.poll() is not None]:
            self._leaving.remove(one)
            one.close()
        if self._ending:
            self._end_all()
            return
        if (new := self._coming) is not None:
            late = time.monotonic() - new.begun > BEGIN_WITHIN
            if late:
                new.process.kill()
                new.process.wait()
            if new.process.poll() is not None:
                new.close()
                self._coming = None
                why = f"not at work within {BEGIN_WITHIN:g} s" if late else f"exit code {new.process.returncode}"
                _log("error", "kept.not_replaced", why=why, stays=self._now.process.pid)
        elif self._asked and self._at_work:
            self._asked = False
            try:
                self._coming = Kept(self._program, self._words, self._listening)
            except OSError as fault:
                _log("error", "kept.not_replaced", why=str(fault), stays=self._now.process.pid)

    def _end_all(self) -> None:
        """SIGTERM once, and SIGKILL to whatever has not ended long after."""
        all_of_them = [one for one in (self._now, self._coming, *self._leaving) if one is not None]
        if not self._ended_at:
            self._ended_at = time.monotonic()
            how = signal.SIGTERM
        elif time.monotonic() - self._ended_at > END_WITHIN:
            how = signal.SIGKILL
        else:
            return
        for one in all_of_them:
            with suppress(ProcessLookupError):
                one.process.send_signal(how)

    def _end(self) -> int:
        """After the one that matters has ended: waits for the others, and gives its exit code."""
        self._ending = True
        for one in (self._coming, *self._leaving):
            while one is not None and one.process.poll() is None:
                self._end_all()
                time.sleep(0.05)
        code = self._now.process.returncode
        return code if code >= 0 else 128 - code


def _log(level: str, event: str, **told: object) -> None:
    """A line as the program writes them (`foundation.logs`)."""
    said = told | {"event": event, "level": level, "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    line = " ".join(f"{name}={value}" for name, value in said.items()) if sys.stderr.isatty() else json.dumps(said)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    where = sys.argv.index("--")
    sys.exit(Keeper(sys.argv[1:where], sys.argv[where + 1 :]).run())
