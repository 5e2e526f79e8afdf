"""Copies of small tables in every process, fresh within a second without a message between processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from django.db import models
from django.db.models import F

from kentongan.foundation import prepared

T = TypeVar("T")
FRESH = 1.0  # seconds for which a process trusts its copy without asking
# Each process asks it for each table once a second: to have Django write it anew takes longer than the answer.
_NUMBER = "SELECT number FROM foundation_revision WHERE name = %s"


class Revision(models.Model):
    """How often a named table has changed."""

    name = models.CharField(max_length=40, primary_key=True)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Cached(Generic[T]):
    """What `load` gives, kept until the revision of `name` moves on. `every`: all of them, which a test forgets."""

    every: ClassVar[list[Cached[Any]]] = []

    def __init__(self, name: str, load: Callable[[], T]) -> None:
        self._name, self._load = name, load
        self._kept: tuple[float, int, T] | None = None
        self.every.append(self)

    def get(self) -> T:
        """The copy, at most one second behind the database."""
        return self._fresh()[2]

    def revision(self) -> int:
        """The revision that the copy is of."""
        return self._fresh()[1]

    def invalidate(self) -> None:
        """Says that the table has changed: here at once, elsewhere within a second after the commit."""
        self._kept = None
        if not Revision.objects.filter(name=self._name).update(number=F("number") + 1):
            Revision.objects.get_or_create(name=self._name, defaults={"number": 1})

    def forget(self) -> None:
        """Drops the copy of this process alone, as after a rolled back transaction."""
        self._kept = None

    def _fresh(self) -> tuple[float, int, T]:
        now = time.monotonic()
        kept = self._kept  # another thread may drop it between two looks
        if kept and now - kept[0] < FRESH:
            return kept
        number = self._number()
        value = kept[2] if kept and kept[1] == number else self._load()
        # Whichever thread writes last, what is returned here belongs together.
        self._kept = fresh = (now, number, value)
        return fresh

    def _number(self) -> int:
        found = prepared.rows(_NUMBER, [self._name])
        return int(found[0][0]) if found else 0
