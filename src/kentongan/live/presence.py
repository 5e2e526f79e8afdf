"""Who has a page open: noted by the stream that the page listens to, so that no browser has to say that it is there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from kentongan.foundation.nearness import near_to
from kentongan.foundation.sweeping import sweep
from kentongan.live.models import Presence
from kentongan.live.telling import tell

FRESH = timedelta(seconds=150)  # since a process said that its streams still run, which it does each minute
T = TypeVar("T")
_log = structlog.get_logger(__name__)


def present(topic: str) -> list[int]:
    """The keys of the people who listen to `topic` now, in the order in which they came; each once."""
    there = Presence.objects.filter(near_to("seen_at", timezone.now(), FRESH), topic=topic).order_by("since", "pk")
    return list(dict.fromkeys(there.values_list("person", flat=True)))


def come(topics: Collection[str], person: int) -> list[int]:
    """Notes that a stream of `person` has begun; the keys to end it by. Empty where the database is away."""

    def note() -> list[int]:
        with transaction.atomic():
            made = [Presence.objects.create(topic=one, person_id=person).pk for one in sorted(topics)]
            tell(*topics)
        return made

    return _noted(note) or []


def go(keys: Collection[int]) -> None:
    """The stream has ended."""

    def note() -> None:
        with transaction.atomic():
            gone = Presence.objects.filter(pk__in=keys)
            topics = list(gone.values_list("topic", flat=True))
            gone.delete()
            tell(*topics)

    _noted(note)


def still(keys: Collection[int]) -> None:
    """These streams still run."""
    _noted(lambda: Presence.objects.filter(pk__in=keys).update(seen_at=timezone.now()))


def sweep_presence() -> int:
    """Deletes what processes left that died; returns how many."""
    return sweep(Presence.objects.filter(seen_at__lt=timezone.now() - 2 * FRESH))


def _noted(note: Callable[[], T]) -> T | None:
    """What `note` gives; None where the database is away: who is there is a courtesy, and no stream ends for it."""
    try:
        return note()
    except (DatabaseError, InterfaceError) as fault:
        _log.warning("presence.away", error=type(fault).__name__)
        connection.close()
        return None
