"""What a row was to refer to is deleted between the look and the write, or the other way round: done again, read anew.

Both databases look at what rows refer to at the end of a transaction, so that it falls there, whole. Where two wait for
each other, PostgreSQL ends one of them: that is begun again too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem

T = TypeVar("T")
TRIES = 5
RETRY_AFTER = 1  # seconds
CHANGED = "changed_meanwhile"
# PostgreSQL: foreign_key_violation, serialization_failure, deadlock_detected.
_CODES = {"23503", "40001", "40P01"}
FAULTS = (IntegrityError, OperationalError)


def tried(act: Callable[[], T]) -> T:
    """What `act`, a transaction of its own that reads all it needs, returns; begun again where something went
    meanwhile. Raises Problem `changed_meanwhile` (503) where that happens each time."""
    for _try in range(TRIES):
        try:
            return act()
        except FAULTS as fault:
            if not is_changed(fault):
                raise
    raise changed_meanwhile()


def is_changed(fault: BaseException | None) -> bool:
    """Whether `fault`, or what it came from, says that a row would refer to one that is not there, or that two have
    waited for each other."""
    seen = 0
    while fault is not None and seen < 10:
        if getattr(fault, "sqlstate", "") in _CODES:
            return True
        if isinstance(fault, IntegrityError) and "FOREIGN KEY" in str(fault):  # SQLite
            return True
        fault, seen = fault.__cause__ or fault.__context__, seen + 1
    return False


def changed_meanwhile() -> Problem:
    """Nothing was stored, and who sends it again is told how it stands."""
    return Problem(
        CHANGED,
        503,
        _(
            "Something that this belongs to was changed or deleted in the same moment. Nothing was stored: send it "
            "again."
        ),
        extra={"retry_after": RETRY_AFTER},
    )
