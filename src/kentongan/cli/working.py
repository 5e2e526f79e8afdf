"""`kentongan worker`: what follows a report, tasks, and what comes due with time."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import uuid4

import structlog
import typer
from django.db import close_old_connections
from django.db.utils import DatabaseError, OperationalError
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from kentongan import insights, network, notify, reports, routing
from kentongan.cli.checking import refuse_old_tables
from kentongan.cli.sweeping import sweep_photos, sweep_rows
from kentongan.foundation import heartbeat, outbox
from kentongan.places import country
from kentongan.subscribers import register

REOPEN_WITHIN = timedelta(days=14)
EVENTS = 100  # events of one pass
TASKS = 20  # tasks of one pass, so that events never wait long behind photos
PAUSE = 0.5  # seconds between two looks where nothing waits
LONGEST_PAUSE = 30.0  # seconds while the database does not answer

_log = structlog.get_logger(__name__)


@dataclass
class Periodic:
    """Something to do every `every` seconds, for as long as the worker runs."""

    name: str
    every: float
    do: Callable[[], int]
    due: float = 0.0


def work(
    batch: Annotated[bool, typer.Option("--batch", help="Do what waits, then end.")] = False,
) -> None:
    """Deliver events, run tasks and close what is due, until stopped. Any number may run side by side."""
    refuse_old_tables()
    register()
    Work(periodic()).run(batch=batch)


def periodic() -> list[Periodic]:
    """What comes due with time."""
    return [
        Periodic("send mail", 2, notify.deliver),
        Periodic("route what the rules had failed for", 60, routing.route_waiting),
        Periodic("close results nobody spoke against", 600, close_overdue),
        Periodic("count the regions", 600, insights.recount_changed),
        Periodic("renew the country", 600, country.renew),
        Periodic("sweep photos", 3600, sweep_photos),
        Periodic("sweep receipts", 86_400, network.sweep),
        Periodic("sweep what has ended", 3600, sweep_rows),
    ]


def close_overdue() -> int:
    """Closes results that the reporter neither confirmed nor reopened in time; returns how many."""
    overdue = reports.overdue_results(timezone.now() - REOPEN_WITHIN)
    # What a peer works on, the peer closes.
    return sum(reports.expire(code) for code in network.worked_on_here(overdue))


class Work:
    """One worker. `stop` may be called from a signal handler: the step under way is finished first."""

    def __init__(self, periodic: list[Periodic]) -> None:
        self.name = f"worker-{uuid4().hex[:8]}"
        self.stopping = False
        self._tasks: Worker | None = None
        self._courier = network.Courier()
        self.periodic = [Periodic("say that it works", heartbeat.EVERY, self._beat), *periodic]

    def _beat(self) -> int:
        heartbeat.beat(self.name)
        return 0

    def stop(self, *_: object) -> None:
        """Ends the loop after the step under way."""
        self.stopping = self._courier.stopping = True
        if self._tasks is not None:
            self._tasks.running = False

    def run(self, *, batch: bool = False) -> None:
        """Works until stopped; with `batch` until nothing is left that is due."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        _log.info("worker.started", worker=self.name)
        pause = PAUSE
        while not self.stopping:
            close_old_connections()
            try:
                took, pause = self.step(), PAUSE
            except OperationalError as fault:
                took, pause = 0, min(pause * 2, LONGEST_PAUSE)
                _log.warning("worker.database", worker=self.name, error=type(fault).__name__, pause=pause)
            if not took:
                if batch and not self._courier.wait():
                    break
                self._rest(pause)
        self._courier.stop()
        with suppress(DatabaseError):
            heartbeat.end(self.name)
        _log.info("worker.stopped", worker=self.name)

    def step(self) -> int:
        """One pass over events, tasks and what came due; returns how much there was to do."""
        took = outbox.drain(EVENTS)
        took += self._run_tasks()
        self._courier.start_due()
        for job in self.periodic:
            if time.monotonic() >= job.due:
                done = job.do()
                job.due = time.monotonic() + job.every
                if done:
                    _log.info("worker.periodic", job=job.name, done=done)
        return took

    def _run_tasks(self) -> int:
        self._tasks = Worker(
            queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
            max_tasks=TASKS, worker_id=self.name, excluded_queue_names=[],
        )  # fmt: skip
        self._tasks.running = not self.stopping
        self._tasks.run()
        return self._tasks._run_tasks

    def _rest(self, seconds: float) -> None:
        """Sleeps in short parts: a signal handler cannot cut a sleep short."""
        end = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < end:
            time.sleep(0.1)
