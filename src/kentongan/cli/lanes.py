"""The lanes of a worker: events, alerts, mail, tasks, peers, what comes due with time. None waits for another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock

import structlog
from django.db import connection, transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from kentongan import emergency, network, notify
from kentongan.foundation import heartbeat, outbox

# Events of one transaction: each takes some forty statements, however many events there are. On SQLite nobody else
# writes meanwhile, about two hundredths of a second.
EVENTS = {"sqlite": 200, "postgresql": 400}
TASK_THREADS = 2  # tasks at once: one that takes long leaves the other
JOB_THREADS = 2
LOOK = 1.0  # seconds between two looks for alerts that wait
MOST_STARTS = 3  # of a task whose worker died each time: then it is the task

_log = structlog.get_logger(__name__)


@dataclass
class Periodic:
    """Something to do every `every` seconds, for as long as the worker runs."""

    name: str
    every: float
    do: Callable[[], int]
    due: float = 0.0
    running: bool = False


class Lane:
    """One kind of work. `step` does a part of what waits and returns how much that was; it may be called by
    `threads` threads at once. `stopping` is set once the worker ends."""

    name = ""
    threads = 1

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.stopping = Event()

    @property
    def full(self) -> int:
        """How much one step takes on at most, where less costs nearly as much: after less, the next waits a breath."""
        return 0

    def begin(self) -> None:
        """What has to be put in order before the first step."""

    def step(self) -> int:
        """Does a part of what waits; returns how much."""
        raise NotImplementedError

    def end(self) -> None:
        """After the last step, in good order."""


class Events(Lane):
    """What follows a change. It also says that the worker lives: where events stand still, nothing does."""

    name = "events"
    _beaten = -heartbeat.EVERY

    @property
    def full(self) -> int:
        """Events of one transaction."""
        return EVENTS[connection.vendor]

    def step(self) -> int:
        """One transaction of events."""
        now = time.monotonic()
        if now - self._beaten >= heartbeat.EVERY:
            self._beaten = now
            heartbeat.beat(self.worker)
        return outbox.drain(self.full)

    def end(self) -> None:
        """Says at once that this worker is no more."""
        heartbeat.end(self.worker)


class Mail(Lane):
    """Mails to people, on one connection for as long as there are any; beside them, by another thread, what phones are
    told: in several calls at once, as each goes to a machine of somebody else, and none waits for a slow one."""

    name = "mail"
    threads = 2

    def __init__(self, worker: str) -> None:
        super().__init__(worker)
        self._mailing, self._pushing, self._pusher = Lock(), Lock(), notify.Pusher()

    def step(self) -> int:
        """All mails that are due, and what waits for phones."""
        return _alone(self._mailing, lambda: notify.deliver(stopping=self.stopping.is_set)) + _alone(
            self._pushing, lambda: self._pusher.deliver(stopping=self.stopping.is_set)
        )


class Tasks(Lane):
    """Photos, and whatever a request put off."""

    name = "tasks"
    threads = TASK_THREADS

    def begin(self) -> None:
        """What a process of this lane left when it was killed begins again."""
        requeue(lambda worker: worker == self.worker)

    def step(self) -> int:
        """One task."""
        if not DBTaskResult.objects.ready().exists():
            return 0  # without asking SQLite for its only right to write
        runner = Worker(
            queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
            max_tasks=1, worker_id=self.worker, excluded_queue_names=[],
        )  # fmt: skip
        runner.run()
        return int(runner._run_tasks)


class Peers(Lane):
    """Deliveries to peers, each in threads of its own."""

    name = "peers"

    def __init__(self, worker: str) -> None:
        super().__init__(worker)
        self._courier = network.Courier()

    def step(self) -> int:
        """Begins a turn for each peer that is due and has none."""
        self._courier.stopping = self.stopping.is_set()
        self._courier.start_due()
        return 0

    def wait(self) -> int:
        """Waits for the turns under way; returns how much they settled."""
        return self._courier.wait()

    def end(self) -> None:
        """Waits for the calls under way."""
        self._courier.stop()


class Alerts(Lane):
    """Alerts that nobody has: calls the next, tells phones and gateways. None of the three waits for another: a gateway
    may be slow, and where thousands wait it takes long to call the next for each of them."""

    name = "alerts"
    threads = 3

    def __init__(self, worker: str) -> None:
        super().__init__(worker)
        self._calling, self._phoning, self._telling, self._looked = Lock(), Lock(), Lock(), -LOOK

    def step(self) -> int:
        """One look at all alerts and timers, one at what phones and one at what gateways have to be told."""
        done = _alone(self._calling, self._call) + _alone(self._phoning, emergency.tell_phones)
        return done + _alone(self._telling, lambda: emergency.deliver(self.stopping.is_set))

    def _call(self) -> int:
        if time.monotonic() - self._looked < LOOK:
            return 0
        self._looked = time.monotonic()
        return emergency.alert_due() + emergency.release_silent() + emergency.call_due() + emergency.watch_units()


def _alone(turn: Lock, do: Callable[[], int]) -> int:
    """What `do` returns, unless another thread is at it."""
    if not turn.acquire(blocking=False):
        return 0
    try:
        return do()
    finally:
        turn.release()


class Abroad(Lane):
    """What other instances have to be told of alerts. It waits behind no report, and for none but the one told."""

    name = "abroad"

    def __init__(self, worker: str) -> None:
        super().__init__(worker)
        self._courier = emergency.Courier()

    def step(self) -> int:
        """Begins a turn for each instance that is due."""
        self._courier.start_due()
        return 0

    def wait(self) -> int:
        """Waits for the turns under way."""
        self._courier.wait()
        return 0


class Jobs(Lane):
    """What comes due with time. A job that takes long holds up none of the others but one thread."""

    name = "jobs"
    threads = JOB_THREADS

    def __init__(self, worker: str, periodic: list[Periodic]) -> None:
        super().__init__(worker)
        lost = Periodic("begin again what dead workers left", 60, requeue)
        self._jobs, self._lock = [lost, *periodic], Lock()

    def step(self) -> int:
        """All jobs that are due and that no other thread has."""
        while not self.stopping.is_set() and (job := self._take()) is not None:
            try:
                done = job.do()
            finally:
                job.due, job.running = time.monotonic() + job.every, False
            if done:
                _log.info("worker.periodic", job=job.name, done=done)
        return 0

    def _take(self) -> Periodic | None:
        with self._lock:
            due = [job for job in self._jobs if not job.running and time.monotonic() >= job.due]
            if due:
                due[0].running = True
            return due[0] if due else None


def requeue(is_dead: Callable[[str], bool] | None = None) -> int:
    """Begins again the tasks whose worker died; returns how many. One that outlived no worker has failed."""
    if is_dead is None:
        alive = heartbeat.may_live()
        is_dead = lambda worker: worker not in alive  # noqa: E731
    begun = 0
    for task in DBTaskResult.objects.running():
        if not task.worker_ids or not is_dead(task.worker_ids[-1]):
            continue
        with transaction.atomic():
            mine = DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.RUNNING, worker_ids=task.worker_ids)
            if len(task.worker_ids) < MOST_STARTS:
                begun += mine.update(status=TaskResultStatus.READY, started_at=None)
            elif mine.exists():
                task.set_failed(RuntimeError("each worker that began this task died"))
    return begun
