"""What follows a change: written in the same transaction, delivered at least once to every named subscriber.

`enqueue` stores one event a topic; `drain` takes events in order, in batches, and calls its subscribers.
A subscriber that fails keeps an event of its own with a growing pause, so that it delays no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from kentongan.foundation import claims, prepared
from kentongan.foundation.inserting import insert_all, made
from kentongan.foundation.pausing import doubled

Subscriber = Callable[[dict[str, Any]], None]
BatchSubscriber = Callable[["Batch"], None]
Preparing = Callable[["Batch"], Callable[[], None]]
FIRST_PAUSE = timedelta(seconds=5)
LATE = timedelta(minutes=5)  # what has waited longer is told by `check` and `readyz?deep=1`
LONGEST_PAUSE = timedelta(hours=1)
NOTICED = 2  # minutes by which news has to be late before people are told
WORKERS = 8  # that find events of their own beside each other on SQLite; one more waits

_log = structlog.get_logger(__name__)
_subscribers: dict[str, dict[str, Subscriber]] = {}
_batch_subscribers: dict[str, dict[str, Preparing]] = {}


class Batch(list[dict[str, Any]]):
    """Payloads of one topic. What one subscriber has read for them stands in `shared` for those after it."""

    def __init__(self, payloads: Iterable[dict[str, Any]]) -> None:
        super().__init__(payloads)
        self.shared: dict[str, Any] = {}


class Event(models.Model):
    """Something that happened and has not reached all who asked for it."""

    topic = models.CharField(max_length=64)
    payload = models.JSONField()
    subscriber = models.CharField(max_length=64, blank=True)  # empty: all of the topic
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


def subscribe(topic: str, name: str, subscriber: Subscriber) -> None:
    """Names who is told of `topic`. Called at start, from one place; ValueError where the name is taken."""
    if name in _subscribers.setdefault(topic, {}):
        raise ValueError(f"{topic} has a subscriber {name} already")
    _subscribers[topic][name] = subscriber


def subscribe_batch(topic: str, name: str, subscriber: BatchSubscriber) -> None:
    """As `subscribe`, for one who takes many events at once: a failure retries each event by itself."""
    subscribe_prepared(topic, name, lambda batch: partial(subscriber, batch))


def subscribe_prepared(topic: str, name: str, prepare: Preparing) -> None:
    """As `subscribe_batch`, for one who does the larger part of the work without writing: `prepare` reads and makes
    ready, and what it returns writes. On SQLite the first part holds up no other writer.

    Between the two parts others may write: what must not have changed meanwhile is asked for in the second.
    """
    subscribe(topic, name, lambda payload: prepare(Batch([payload]))())
    _batch_subscribers.setdefault(topic, {})[name] = prepare


def unsubscribe(topic: str, name: str) -> None:
    """Takes a subscriber away; KeyError where there is none of that name."""
    del _subscribers[topic][name]
    _batch_subscribers.get(topic, {}).pop(name, None)


def enqueue(topic: str, payload: dict[str, Any]) -> None:
    """Stores an event inside the transaction of the change itself; outside one it raises RuntimeError."""
    enqueue_all(topic, [payload])


def enqueue_all(topic: str, payloads: list[dict[str, Any]]) -> None:
    """As `enqueue`, several events of one topic in one statement, in their order."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event is enqueued only inside the transaction of what it tells of")
    insert_all(events_of(topic, payloads))


def events_of(topic: str, payloads: list[dict[str, Any]]) -> list[Event]:
    """Events that are to be stored by the statement that stores what they tell of."""
    return [made(Event, topic=topic, payload=payload) for payload in payloads]


def drain(batch: int = 100) -> int:
    """Delivers up to `batch` due events in one transaction; returns how many it took.

    Subscribers are called in the order in which they were named: who locks rows that many share comes last.
    """
    due = Event.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "id")
    if not connection.features.has_select_for_update_skip_locked:
        return _drain_claimed(due, batch)
    with transaction.atomic():
        events = list(due.select_for_update(skip_locked=True)[:batch])
        _finish(events, _batches(events), {})
    return len(events)


def _drain_claimed(due: models.QuerySet[Event], batch: int) -> int:
    """On SQLite: what only reads is done before asking for the one right to write."""
    with claims.claimed(due.values_list("pk", flat=True)[: batch * WORKERS], batch) as mine:
        events = list(due.filter(pk__in=mine))  # of these some may have been finished before they were claimed
        if not events:
            return 0
        batches = _batches(events)
        ready = _prepare(batches)
        with transaction.atomic():
            there = set(Event.objects.filter(pk__in=mine).values_list("pk", flat=True))
            if len(there) < len(events):  # somebody took them without a claim
                events = [event for event in events if event.pk in there]
                batches, ready = _batches(events), {}
            _finish(events, batches, ready)
    return len(events)


def _batches(events: list[Event]) -> dict[str, Batch]:
    """By topic what those hear who take many at once."""
    return {
        topic: Batch(event.payload for event in events if event.topic == topic and not event.subscriber)
        for topic in _batch_subscribers
    }


def _prepare(batches: dict[str, Batch]) -> dict[tuple[str, str], Callable[[], None]]:
    """The writing parts, by topic and name. One that cannot be made ready fails when it writes, and is told."""
    ready = {}
    for topic, batch in batches.items():
        for name, prepare in _batch_subscribers[topic].items() if batch else ():
            with suppress(Exception):
                ready[topic, name] = prepare(batch)
    return ready


def _finish(events: list[Event], batches: dict[str, Batch], ready: dict[tuple[str, str], Callable[[], None]]) -> None:
    """Inside the transaction: all subscribers write, and the events are over or wait for those who failed."""
    heard = {
        (topic, name)
        for topic, batch in batches.items()
        for name, prepare in _batch_subscribers[topic].items()
        if batch and _call_batch(topic, name, ready.get((topic, name)) or partial(_at_once, prepare, batch))
    }
    late = [failed for event in events for failed in _deliver(event, heard)]
    Event.objects.filter(pk__in=[event.pk for event in events]).delete()
    Event.objects.bulk_create(late)


def _at_once(prepare: Preparing, batch: Batch) -> None:
    prepare(batch)()


def minutes_late() -> int:
    """By how many minutes news may be late: as long as the oldest event waits for its first delivery; 0 below two."""
    oldest = prepared.objects(Event, "WHERE attempts = 0 ORDER BY due_at LIMIT 1", ())
    minutes = int((timezone.now() - oldest[0].due_at).total_seconds() // 60) if oldest else 0
    return minutes if minutes >= NOTICED else 0


def _call_batch(topic: str, name: str, write: Callable[[], None]) -> bool:
    try:
        with transaction.atomic():
            write()
    except Exception as error:  # noqa: BLE001  each event of the batch is tried again by itself
        _log.warning("outbox.batch_failed", topic=topic, subscriber=name, error=type(error).__name__)
        return False
    return True


def _deliver(event: Event, heard: set[tuple[str, str]]) -> list[Event]:
    """Calls those who wait for `event`; returns an event of its own for each that failed."""
    named = _subscribers.get(event.topic, {})
    if event.subscriber:
        named = {event.subscriber: named[event.subscriber]} if event.subscriber in named else {}
    elif heard:
        named = {name: one for name, one in named.items() if (event.topic, name) not in heard}
    return [late for name, subscriber in named.items() if (late := _call(name, subscriber, event))]


def _call(name: str, subscriber: Subscriber, event: Event) -> Event | None:
    try:
        with transaction.atomic():
            subscriber(event.payload)
    except Exception as error:  # noqa: BLE001  whatever one subscriber raises, the others must hear
        # The type only: a message may carry what a person wrote.
        fault, attempts = type(error).__name__, event.attempts + 1
        _log.warning("outbox.failed", topic=event.topic, subscriber=name, attempts=attempts, error=fault)
        return Event(
            topic=event.topic,
            payload=event.payload,
            subscriber=name,
            attempts=attempts,
            due_at=timezone.now() + doubled(FIRST_PAUSE, attempts - 1, LONGEST_PAUSE),
            error=fault,
        )
    return None


def late(than: timedelta) -> tuple[int, timedelta]:
    """How many events have been due for longer than `than`, and for how long the oldest has."""
    now = timezone.now()
    due = Event.objects.filter(due_at__lt=now - than).aggregate(number=models.Count("pk"), oldest=models.Min("due_at"))
    return due["number"], now - (due["oldest"] or now)


def ahead() -> int:
    """How many events are due later than any that was written or failed by a right clock can be."""
    return Event.objects.filter(due_at__gt=timezone.now() + LONGEST_PAUSE + timedelta(minutes=5)).count()
