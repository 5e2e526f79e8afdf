"""What phones are told: written once, kept until a push service has it (`push_rounds` hands it over), and forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from hashlib import sha256
from math import ceil
from operator import or_

from django.db.models import Q
from django.utils import timezone

from kentongan.foundation import sweeping
from kentongan.notify.models import Phone, Push

KEPT = timedelta(days=3)  # beyond the time in which an event can come again
MOST = 500  # that are looked through at once
TITLE, BODY = 120, 400  # characters that are shown


@dataclass(frozen=True)
class Note:
    """What a phone shows. `path` is the page that a touch opens; notes of one `tag` replace each other.

    It is sealed on its way, and then stands on a locked screen for everybody to read: nothing secret belongs in it.
    """

    title: str
    body: str
    path: str
    tag: str
    language: str = "id"
    urgent: bool = False
    holds: timedelta = timedelta(days=2)


def told(key: str, note: Note, people: Iterable[Phone]) -> list[Push]:
    """What is written for each of the phones; `key` names what it tells of, unique with the phone."""
    said = {
        "title": note.title[:TITLE], "body": note.body[:BODY], "path": note.path, "tag": note.tag,
        "lang": note.language, "urgent": note.urgent,
    }  # fmt: skip
    topic, until = sha256(note.tag.encode()).hexdigest()[:32], timezone.now() + note.holds
    return [
        Push(
            key=f"{key}/{one.pk}"[:120], phone=one, said=said, topic=topic, is_urgent=note.urgent, expires_at=until
        )
        for one in people
    ]  # fmt: skip


def store(pushes: list[Push]) -> None:
    """Writes them, those that are written already once."""
    Push.objects.bulk_create(pushes, ignore_conflicts=True)


def waiting(kinds: Iterable[str], before: datetime, look: int = 0) -> list[Push]:
    """Urgent ones whose key begins in one of these ways, written before a moment, that no push service has yet; with
    phone and person. Where more than `MOST` wait, each `look` (its number) is at another part of them."""
    named = reduce(or_, (Q(key__startswith=one) for one in kinds))
    rows = Push.objects.filter(named, ended_at=None, is_urgent=True, written_at__lt=before)
    rows = rows.select_related("phone__person").order_by("expires_at", "due_at", "id")
    found = list(rows[:MOST])
    if len(found) < MOST:
        return found
    at = look % ceil(rows.count() / MOST) * MOST
    return list(rows[at : at + MOST])


def withdraw(pushes: Iterable[Push]) -> int:
    """What nobody needs any more is told to nobody; returns how many that were. One that is on its way arrives."""
    rows = Push.objects.filter(pk__in=[one.pk for one in pushes], ended_at=None)
    return rows.update(ended_at=timezone.now(), said={}, error="withdrawn")


def sweep_pushes() -> int:
    """Deletes what was told three days ago; returns how many."""
    return sweeping.sweep(Push.objects.filter(written_at__lt=timezone.now() - KEPT))
