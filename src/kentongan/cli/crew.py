"""The processes of a worker, one for each lane: what hangs, crashes or eats memory in one leaves the others alone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.process import BaseProcess
from typing import Any

import django
import structlog
from django.apps import apps
from django.db import close_old_connections, connections
from django.db.utils import DatabaseError, InterfaceError, OperationalError

from kentongan.cli.kept import Place
from kentongan.cli.lanes import Lane
from kentongan.foundation.logs import code

PAUSE = 0.5  # seconds between two looks where nothing waits
BREATH = 0.05  # seconds in which more gathers after a step that had room left: the first comes at once, more together
LONGEST_PAUSE = 30.0  # seconds while the database does not answer, or a lane ends each time it is begun
FINISH_WITHIN = 6.0  # seconds that a lane has for the step under way once the worker is to end
AT_WORK_AFTER = 1.0  # seconds that all lanes have to live before a worker counts as begun
END_WITHIN = 8.0  # seconds after which a lane that has not ended is killed

_log = structlog.get_logger(__name__)
Make = Callable[[str, str], Lane]


class Crew:
    """Begins a process for each lane, begins it again where it ends, and ends all of them within ten seconds."""

    def __init__(self, worker: str, lanes: list[str], make: Make, place: Place | None = None) -> None:
        self._worker, self._lanes, self._make, self._place = worker, lanes, make, place or Place()
        self._context: Any = get_context("fork" if "fork" in get_all_start_methods() else "spawn")
        self._running: dict[str, BaseProcess] = {}
        self._begun: dict[str, float] = {}
        self._pause = dict.fromkeys(lanes, PAUSE)
        self.stopping = False

    def stop(self, *_: object) -> None:
        """Ends `run`; may be called from a signal handler."""
        self.stopping = True

    def run(self) -> None:
        """Works until stopped."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        _log.info("worker.started", worker=self._worker)
        connections.close_all()  # none of them may be shared with a child
        for lane in self._lanes:
            self._begin(lane)
        if self._place.is_kept:
            threading.Thread(target=self._answer_to_keeper, daemon=True).start()
        while not self.stopping:
            for lane, process in self._running.items():
                if not process.is_alive() and time.monotonic() - self._begun[lane] > self._pause[lane]:
                    self._again(lane, process)
            time.sleep(0.1)
        self._end()
        _log.info("worker.stopped", worker=self._worker)

    def _answer_to_keeper(self) -> None:
        """In a thread: says that this worker is at work once no lane ends at its beginning; ends it once replaced."""
        time.sleep(AT_WORK_AFTER)
        if all(process.is_alive() for process in self._running.values()):
            self._place.say_at_work()
        self._place.wait()
        self.stop()

    def _begin(self, lane: str) -> None:
        given = (self._make, lane, self._worker, os.getpid())
        process = self._context.Process(target=run_lane, args=given, name=f"{self._worker}-{lane}", daemon=False)
        process.start()
        self._running[lane], self._begun[lane] = process, time.monotonic()

    def _again(self, lane: str, process: BaseProcess) -> None:
        lived = time.monotonic() - self._begun[lane]
        self._pause[lane] = PAUSE if lived > LONGEST_PAUSE else min(self._pause[lane] * 2, LONGEST_PAUSE)
        _log.error("worker.lane_ended", worker=self._worker, lane=lane, exit=process.exitcode)
        process.join()
        self._begin(lane)

    def _end(self) -> None:
        end = time.monotonic() + END_WITHIN
        for process in self._running.values():
            process.terminate()
        for lane, process in self._running.items():
            process.join(max(0.0, end - time.monotonic()))
            if process.is_alive():
                _log.warning("worker.lane_killed", worker=self._worker, lane=lane)
                process.kill()
                process.join()


def run_lane(make: Make, name: str, worker: str, parent: int) -> None:
    """A lane's process: its steps in threads, until it is told to stop or its parent is gone."""
    if not apps.ready:
        django.setup()
    lane = make(name, worker)
    for signalled in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signalled, lambda *_: lane.stopping.set())
    structlog.contextvars.bind_contextvars(lane=name)
    threads = [threading.Thread(target=keep_on, args=(lane, at == 0), daemon=True) for at in range(lane.threads)]
    for one in threads:
        one.start()
    while not lane.stopping.is_set() and os.getppid() == parent:
        lane.stopping.wait(0.5)
    orphaned = os.getppid() != parent  # killed without a word: another worker may have begun in its place
    lane.stopping.set()
    end = time.monotonic() + (0.0 if orphaned else FINISH_WITHIN)
    for one in threads:
        one.join(max(0.0, end - time.monotonic()))
    # Whatever hangs in a thread ends here: what it had leased comes back to others.
    os._exit(0)


def keep_on(lane: Lane, first: bool = True, rest: Callable[[float], object] | None = None) -> None:
    """The steps of a lane, one after the other, until it is to stop; no fault ends them."""
    rest, pause, begun = rest or lane.stopping.wait, PAUSE, not first
    while not lane.stopping.is_set():
        close_old_connections()
        try:
            if not begun:
                lane.begin()
                begun = True
            took, pause = lane.step(), PAUSE
        except (OperationalError, InterfaceError) as fault:
            took, pause = 0, min(pause * 2, LONGEST_PAUSE)
            _log.warning(
                "worker.database", worker=lane.worker, error=type(fault).__name__, code=code(fault), pause=pause
            )
        except Exception as fault:  # noqa: BLE001  whatever is wrong with one step, the next may be another's
            took, pause = 0, min(pause * 2, LONGEST_PAUSE)
            told = {"error": type(fault).__name__, "code": code(fault)}
            _log.error("worker.failed", worker=lane.worker, lane=lane.name, **told, pause=pause)
        if not took:
            rest(pause)
        elif took < lane.full:
            rest(BREATH)
    if first:
        with suppress(DatabaseError, InterfaceError):
            lane.end()
