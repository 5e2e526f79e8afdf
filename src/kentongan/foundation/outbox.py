"""What follows a change: written in the same transaction, delivered at least once to every named subscriber.

`enqueue` stores one event a topic; `drain` takes events in order, in batches, and calls its subscribers.
A subscriber that fails keeps an event of its own with a growing pause, so that it delays no other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from kentongan.foundation import prepared
from kentongan.foundation.inserting import insert_all

Subscriber = Callable[[dict[str, Any]], None]
BatchSubscriber = Callable[[list[dict[str, Any]]], None]
FIRST_PAUSE = timedelta(seconds=5)
LATE = timedelta(minutes=5)  # what has waited longer is told by `check` and `readyz?deep=1`
LONGEST_PAUSE = timedelta(hours=1)
NOTICED = 2  # minutes by which news has to be late before people are told

_log = structlog.get_logger(__name__)
_subscribers: dict[str, dict[str, Subscriber]] = {}
_batch_subscribers: dict[str, dict[str, BatchSubscriber]] = {}


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
    subscribe(topic, name, lambda payload: subscriber([payload]))
    _batch_subscribers.setdefault(topic, {})[name] = subscriber


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
    insert_all([Event(topic=topic, payload=payload) for payload in payloads])


def drain(batch: int = 100) -> int:
    """Delivers up to `batch` due events in one transaction; returns how many it took.

    Subscribers are called in the order in which they were named: who locks rows that many share comes last.
    """
    if not Event.objects.filter(due_at__lte=timezone.now()).exists():
        return 0  # without asking SQLite for its only right to write
    with transaction.atomic():
        due = Event.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        events = list(due[:batch])
        heard = _deliver_batches(events)
        late = [failed for event in events for failed in _deliver(event, heard)]
        Event.objects.filter(pk__in=[event.pk for event in events]).delete()
        Event.objects.bulk_create(late)
    return len(events)


def minutes_late() -> int:
    """By how many minutes news may be late: as long as the oldest event waits for its first delivery; 0 below two."""
    oldest = prepared.objects(Event, "WHERE attempts = 0 ORDER BY due_at LIMIT 1", ())
    minutes = int((timezone.now() - oldest[0].due_at).total_seconds() // 60) if oldest else 0
    return minutes if minutes >= NOTICED else 0


def _deliver_batches(events: list[Event]) -> set[tuple[str, str]]:
    """Calls those who take many at once; returns topic and name of those who have heard all of theirs."""
    heard = set()
    for topic, named in _batch_subscribers.items():
        payloads = [event.payload for event in events if event.topic == topic and not event.subscriber]
        for name, subscriber in named.items():
            if payloads and _call_batch(topic, name, subscriber, payloads):
                heard.add((topic, name))
    return heard


def _call_batch(topic: str, name: str, subscriber: BatchSubscriber, payloads: list[dict[str, Any]]) -> bool:
    try:
        with transaction.atomic():
            subscriber(payloads)
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
            due_at=timezone.now() + min(FIRST_PAUSE * 2 ** min(attempts - 1, 12), LONGEST_PAUSE),
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
