"""What follows a change reaches everybody who asked for it, and nobody twice without a failure."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from structlog.testing import capture_logs

from kentongan.foundation import claims, outbox
from kentongan.foundation.outbox import Event


@pytest.fixture
def heard():
    """Two listeners of one topic; `heard["fail"]` makes the second one fail after it wrote something."""
    calls = {"a": [], "b": [], "fail": False}

    def careless(payload):
        if calls["fail"]:
            Event.objects.create(topic="half-written", payload={})
            raise OSError("the network is gone")
        calls["b"].append(payload["n"])

    outbox.subscribe("test", "a", lambda payload: calls["a"].append(payload["n"]))
    outbox.subscribe("test", "b", careless)
    yield calls
    outbox.unsubscribe("test", "a")
    outbox.unsubscribe("test", "b")


def tell(*numbers):
    with transaction.atomic():
        for n in numbers:
            outbox.enqueue("test", {"n": n})


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match=r"^an event is enqueued only inside the transaction of what it tells of$"):
        outbox.enqueue("test", {"n": 1})


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_change_that_failed_is_never_told(heard):
    with transaction.atomic():
        outbox.enqueue("test", {"n": 1})
        transaction.set_rollback(True)
    assert outbox.drain() == 0
    assert heard["a"] == []


@pytest.mark.django_db(transaction=True)
def test_every_subscriber_hears_every_event_once_and_in_order(heard):
    tell(1, 2, 3)
    assert [outbox.drain(batch=2), outbox.drain(batch=2), outbox.drain(batch=2)] == [2, 1, 0]
    assert heard["a"] == heard["b"] == [1, 2, 3]
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failing_subscriber_delays_no_other_leaves_nothing_half_written_and_is_called_again(heard):
    heard["fail"] = True
    tell(1)
    outbox.drain()
    waiting = Event.objects.get()
    assert (waiting.subscriber, waiting.attempts, waiting.error) == ("b", 1, "OSError")
    assert waiting.due_at > timezone.now()
    assert heard["a"] == [1]
    heard["fail"] = False
    Event.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    outbox.drain()
    assert heard["a"] == heard["b"] == [1]
    assert not Event.objects.exists()


NOON = datetime(2049, 11, 26, 12, tzinfo=UTC)  # later than any day on which a test is run: roles begin at the real now


@pytest.fixture
def noon(monkeypatch):
    """The clock stands at noon; `noon(minutes=1)` sets it that much later."""

    def later(**time):
        monkeypatch.setattr(outbox.timezone, "now", lambda: NOON + timedelta(**time))

    later()
    return later


@pytest.fixture
def batches():
    """A listener of the topic `test` that takes many at once; `batches["fail"]` names the payload that it fails at."""
    calls = {"many": [], "fail": None}

    def take(payloads):
        if calls["fail"] in payloads:
            Event.objects.create(topic="half-written", payload={})
            raise ValueError("words of a person")
        calls["many"].append([payload["n"] for payload in payloads])

    outbox.subscribe_batch("test", "many", take)
    yield calls
    outbox.unsubscribe("test", "many")


def waiting():
    """What waits: for whom, tried how often, due how long after noon, why."""
    return [
        (one.topic, one.payload, one.subscriber, one.attempts, one.due_at - NOON, one.error)
        for one in Event.objects.order_by("pk")
    ]


def wait(topic="test", subscriber="", attempts=0, **due):
    """An event that is due so long after noon."""
    return Event.objects.create(
        topic=topic, payload={"n": 1}, subscriber=subscriber, attempts=attempts, due_at=NOON + timedelta(**due)
    )


def test_a_name_is_taken_once_a_topic_and_free_again_afterwards():
    topic, other = f"topic {uuid4()}", f"topic {uuid4()}"  # of which nobody has heard
    taken = rf"^{topic} has a subscriber a already$"
    outbox.subscribe(topic, "a", print)
    outbox.subscribe(topic, "b", print)
    with pytest.raises(ValueError, match=taken):
        outbox.subscribe(topic, "a", print)
    outbox.subscribe_batch(other, "a", print)
    outbox.unsubscribe(topic, "a")
    outbox.subscribe_batch(topic, "a", print)
    with pytest.raises(ValueError, match=taken):
        outbox.subscribe_batch(topic, "a", print)
    for named, name in ((topic, "a"), (topic, "b"), (other, "a")):
        outbox.unsubscribe(named, name)
    with pytest.raises(KeyError):
        outbox.unsubscribe(topic, "a")


@pytest.mark.django_db(transaction=True)
def test_who_takes_many_at_once_is_called_once_in_order_and_beside_others(heard, batches):
    tell(3, 1, 2)
    with transaction.atomic():
        outbox.enqueue("another topic", {"n": 9})
    assert outbox.drain() == 4
    assert batches["many"] == [[3, 1, 2]]
    assert heard["a"] == heard["b"] == [3, 1, 2]
    assert outbox.drain() == 0
    outbox.unsubscribe("test", "a")
    tell(4)  # who was taken away is not called
    outbox.subscribe("test", "a", lambda payload: heard["a"].append(payload["n"]))
    outbox.drain()
    assert batches["many"] == [[3, 1, 2], [4]]


@pytest.mark.django_db(transaction=True)
def test_who_was_taken_away_hears_no_more(heard, batches):
    outbox.unsubscribe("test", "many")
    outbox.unsubscribe("test", "a")
    tell(1)
    outbox.drain()
    assert (heard["a"], heard["b"], batches["many"]) == ([], [1], [])
    outbox.subscribe("test", "a", print)  # the fixtures take them away
    outbox.subscribe("test", "many", print)


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_is_taken_one_by_one_and_only_the_bad_one_waits(noon, heard, batches):
    batches["fail"] = {"n": 2}
    with transaction.atomic():
        outbox.enqueue_all("test", [{"n": 1}, {"n": 2}, {"n": 3}])
    Event.objects.update(due_at=NOON)
    with capture_logs() as logs:
        assert outbox.drain() == 3
    assert batches["many"] == [[1], [3]]
    assert heard["a"] == heard["b"] == [1, 2, 3]
    assert waiting() == [("test", {"n": 2}, "many", 1, timedelta(seconds=5), "ValueError")]
    # The kind of the fault only: its words may be those of a person.
    both = {"topic": "test", "subscriber": "many", "error": "ValueError", "log_level": "warning"}
    assert logs == [{"event": "outbox.batch_failed", **both}, {"event": "outbox.failed", "attempts": 1, **both}]
    batches["fail"] = None
    noon(seconds=5)
    assert outbox.drain() == 1
    assert batches["many"] == [[1], [3], [2]]
    assert heard["a"] == heard["b"] == [1, 2, 3]
    assert waiting() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("attempts", "pause"),
    [(0, 5), (1, 10), (2, 20), (8, 1280), (9, 2560), (10, 3600), (12, 3600), (13, 3600), (32_000, 3600)],
)
def test_each_failure_doubles_the_pause_up_to_an_hour(noon, heard, attempts, pause):
    heard["fail"] = True
    wait(subscriber="b", attempts=attempts)
    outbox.drain()
    assert waiting() == [("test", {"n": 1}, "b", attempts + 1, timedelta(seconds=pause), "OSError")]
    assert heard["a"] == []


@pytest.mark.django_db
def test_an_event_for_somebody_who_is_no_more_is_let_go(noon, heard):
    wait(subscriber="nobody")
    wait(topic="nothing")
    assert outbox.drain() == 2
    assert heard["a"] == heard["b"] == []
    assert waiting() == []


@pytest.mark.django_db
def test_the_most_overdue_comes_first_and_what_is_not_due_waits(noon, heard):
    for n, minutes in ((1, -1), (2, -3), (3, 0), (4, 1), (5, -3)):
        Event.objects.create(topic="test", payload={"n": n}, due_at=NOON + timedelta(minutes=minutes))
    assert outbox.drain() == 4
    assert heard["a"] == [2, 5, 1, 3]
    assert [one.payload["n"] for one in Event.objects.all()] == [4]


@pytest.mark.django_db
def test_a_hundred_events_are_taken_at_a_time(noon, heard):
    Event.objects.bulk_create([Event(topic="test", payload={"n": n}, due_at=NOON) for n in range(101)])
    assert [outbox.drain(), outbox.drain()] == [100, 1]
    assert heard["a"] == list(range(101))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("waits", "minutes"),
    [
        ([], 0), ([-59], 0), ([-119], 0), ([-120], 2), ([-179], 2), ([-180], 3), ([-30, -600, -60], 10), ([3600], 0),
    ],
)  # fmt: skip
def test_news_is_late_by_the_oldest_event_that_nobody_has_heard_from_two_minutes_on(noon, waits, minutes):
    for seconds in waits:
        wait(seconds=seconds)
    wait(attempts=1, hours=-9)  # heard by all but one, who has trouble of their own
    assert outbox.minutes_late() == minutes


@pytest.mark.django_db
def test_how_many_events_are_late_and_for_how_long(noon):
    assert outbox.late(timedelta(0)) == (0, timedelta(0))
    for seconds in (-60, -61, -90, 1):
        wait(seconds=seconds)
    assert outbox.late(timedelta(seconds=60)) == (2, timedelta(seconds=90))
    assert outbox.late(timedelta(seconds=90)) == (0, timedelta(0))


@pytest.mark.django_db
def test_events_are_ahead_that_no_right_clock_can_have_written(noon):
    for minutes in (0, 60, 65, 66, 70_000):
        wait(minutes=minutes)
    assert outbox.ahead() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_events_and_neither_waits_for_the_other():
    met = threading.Barrier(2, timeout=30)  # each is in the middle of its event when the other is in its own
    told = []

    def tell_one(payload):
        if connection.vendor == "postgresql":  # SQLite has one writer at a time: there they take turns
            met.wait()
        told.append(payload["n"])

    def work():
        try:
            return outbox.drain(batch=1)
        finally:
            connection.close()

    outbox.subscribe("test", "one", tell_one)
    try:
        tell(1, 2)
        with ThreadPoolExecutor(2) as workers:
            done = [one.result() for one in [workers.submit(work), workers.submit(work)]]
    finally:
        outbox.unsubscribe("test", "one")
    assert (done, sorted(told), Event.objects.count()) == ([1, 1], [1, 2], 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_different_events_ready_at_the_same_time_on_both_databases():
    met = threading.Barrier(2, timeout=30)  # on SQLite too: nobody holds its only right to write meanwhile
    told, wrote = [], []

    def prepare(batch):
        told.extend(payload["n"] for payload in batch)
        met.wait()
        return lambda: wrote.extend(payload["n"] for payload in batch)

    def work():
        try:
            return outbox.drain(batch=3)
        finally:
            connection.close()

    outbox.subscribe_prepared("test", "ready", prepare)
    try:
        tell(*range(6))
        with ThreadPoolExecutor(2) as workers:
            done = [one.result() for one in [workers.submit(work), workers.submit(work)]]
    finally:
        outbox.unsubscribe("test", "ready")
    assert (done, sorted(told), sorted(wrote)) == ([3, 3], list(range(6)), list(range(6)))
    assert not Event.objects.exists()


def test_what_another_process_has_claimed_is_left_to_it_and_is_free_once_that_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "_path", lambda: str(tmp_path / "claims"))
    ready, held = os.pipe()
    child = os.fork()
    if not child:
        try:
            with claims.claimed(range(1, 9), 3):
                os.write(held, b".")
                time.sleep(60)
        finally:
            os._exit(1)  # else it would go on as a second pytest, and tell of tests that nobody gave it
    os.read(ready, 1)
    with claims.claimed(range(1, 9), 3) as mine, claims.claimed(range(1, 9), 3) as left:
        assert (mine, left) == ([4, 5, 6], [7, 8])  # nor is it taken twice by one process
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with claims.claimed(range(1, 9), 2) as mine:
        assert mine == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_what_another_finished_meanwhile_is_not_written_again_and_what_cannot_be_made_ready_waits_by_itself(heard):
    wrote, fail = [], [True]

    def prepare(batch):
        if len(batch) == 2 and fail.pop():
            Event.objects.filter(payload__n=1).delete()  # as a worker does that knows of no claims
        if batch[0]["n"] == 3:
            raise ValueError("words of a person")
        return lambda: wrote.append([payload["n"] for payload in batch])

    outbox.subscribe_prepared("test", "ready", prepare)
    try:
        tell(1, 2)
        outbox.drain()
        assert wrote[0][-1] == 2
        if connection.vendor == "sqlite":
            assert (wrote, heard["a"]) == ([[2]], [2])
        tell(3)
        outbox.drain()
        assert [(one.payload["n"], one.subscriber, one.error) for one in Event.objects.all()] == [
            (3, "ready", "ValueError")
        ]
    finally:
        outbox.unsubscribe("test", "ready")


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_made_ready_beforehand_is_written_at_once_and_all_of_it(heard):
    wrote, fail = [], [True]

    def prepare(batch):
        if fail and fail.pop():
            raise OSError("the disk is full for a moment")
        return lambda: wrote.append([payload["n"] for payload in batch])

    outbox.subscribe_prepared("test", "ready", prepare)
    try:
        tell(1, 2)
        assert outbox.drain() == 2
        one_by_one = [[1], [2]]  # PostgreSQL has no time beforehand: it failed as it wrote
        assert wrote == ([[1, 2]] if connection.vendor == "sqlite" else one_by_one)
        assert not Event.objects.exists()
    finally:
        outbox.unsubscribe("test", "ready")


@pytest.mark.django_db(transaction=True)
def test_those_of_one_topic_share_what_they_looked_up_and_nothing_is_made_ready_where_nothing_happened(heard):
    found = []

    def first(batch):
        batch.shared["towns"] = len(batch)
        return lambda: None

    outbox.subscribe_prepared("test", "first", first)
    outbox.subscribe_prepared("test", "second", lambda batch: lambda: found.append(batch.shared["towns"]))
    outbox.subscribe_prepared("other", "idle", lambda batch: found.append("idle"))
    try:
        tell(1, 2)
        outbox.drain()
        assert found == [2]
    finally:
        for topic, name in (("test", "first"), ("test", "second"), ("other", "idle")):
            outbox.unsubscribe(topic, name)


def test_an_event_is_called_by_its_topic_and_number():
    assert str(Event(pk=7, topic="report.changed", payload={})) == "report.changed 7"
