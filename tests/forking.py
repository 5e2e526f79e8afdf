"""Processes of the program that need not import it: forked from one that has.

Importing all rooms and building what their API says takes two and a half seconds of processor; what most processes of
tests are for takes a tenth of that. So each process of a run keeps another (the forkserver of `multiprocessing`), which
has imported everything and opened nothing (`tests/forked.py`); a server, a worker or a command is a fork of it that
reads its own settings before it does anything. What is tried is the program from `cli.running` on: not its start, nor
its keeper. Tests of those begin it as people do.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.once import NOWHERE

ROOT = Path(__file__).parent.parent
ENDS_WITHIN = 300.0  # seconds for one command on a busy machine: one that hangs must not hang the whole run
MEASURED = "COVERAGE_PROCESS_CONFIG" in os.environ  # a process that is killed tells nothing of what it did
_WHOLE = os.environ.get("KENTONGAN_MODE") != "test"  # only a run of tests has settings that the first may be begun with
_processes: Any = get_context("spawn" if _WHOLE else "forkserver")
if not _WHOLE:
    _processes.set_forkserver_preload(["tests.forked"])
_alive: set[Forked] = set()


class Forked:
    """One such process, told of as `subprocess.Popen` tells of its own, and like one with `start_new_session`.

    `env` are its variables, `folder` is where it works, `out` and `err` are files that its words are added to.
    """

    def __init__(
        self, do: Callable[..., Any], *given: Any, env: Mapping[str, str], folder: Path, out: Path, err: Path
    ) -> None:
        self._process = _processes.Process(target=_become, args=(dict(env), folder, out, err, do, given))
        with _as_the_first_begins():
            self._process.start()
        self.pid: int = self._process.pid
        _alive.add(self)
        with suppress(ProcessLookupError):
            while os.getpgid(self.pid) != self.pid and self.poll() is None:
                time.sleep(0.001)

    @property
    def returncode(self) -> int | None:
        """How it ended: below zero the signal; None while it lives."""
        return self.poll()

    def poll(self) -> int | None:
        """The same."""
        code: int | None = self._process.exitcode
        if code is not None:
            _alive.discard(self)
        return code

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end; after `timeout` seconds raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout or 0.0)
        return code

    def send_signal(self, how: int) -> None:
        """Sends a signal, as long as it lives."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        """SIGTERM, as long as it lives."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as long as it lives."""
        self.send_signal(signal.SIGKILL)


@contextmanager
def _as_the_first_begins() -> Iterator[None]:
    """The process that others are forked from may be begun by a test that is elsewhere, or has no database
    (`tests/once.py`): it would not find what to import, or not its settings, and every fork would import it anew."""
    before = dict(os.environ)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [before.get("PYTHONPATH")])])
    if before.get("KENTONGAN_DATABASE") == NOWHERE:
        os.environ["KENTONGAN_DATABASE"] = ""
    try:
        yield
    finally:
        for name in ("PYTHONPATH", "KENTONGAN_DATABASE"):
            os.environ.pop(name, None)
            os.environ |= {name: before[name]} if name in before else {}


def command(*words: str) -> None:
    """What a process does that is `kentongan WORDS…` without a keeper."""
    from tests.forked import run

    run(*words)


def ran(*words: str, env: Mapping[str, str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`kentongan WORDS…` to its end, told of as `subprocess.run` does; it works in `folder`, else where we do. After
    `ENDS_WITHIN` seconds it raises `subprocess.TimeoutExpired`; what lives on is killed at the end of the run."""
    with TemporaryDirectory() as told:
        out, err = Path(told, "out"), Path(told, "err")
        ended = Forked(command, *words, env=env, folder=folder or Path.cwd(), out=out, err=err).wait(ENDS_WITHIN)
        return subprocess.CompletedProcess(words, ended, out.read_text(), err.read_text())


def _become(
    env: Mapping[str, str], folder: Path, out: Path, err: Path, do: Callable[..., Any], given: tuple[Any, ...]
) -> None:
    os.setsid()
    for path, number in ((Path(os.devnull), 0), (out, 1), (err, 2)):
        opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    from tests.forked import read_settings  # here it is that a whole process imports the program

    read_settings(*(given if do is command else ()))
    do(*given)


def _end_all() -> None:
    """`multiprocessing` would wait for what a test has left."""
    for one in tuple(_alive):
        one.kill()


atexit.register(_end_all)
