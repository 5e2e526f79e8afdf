"""What follows a change reaches everybody who asked for it, and nobody twice without a failure."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from kentongan.foundation import outbox
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
    with pytest.raises(RuntimeError, match="inside the transaction"):
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
