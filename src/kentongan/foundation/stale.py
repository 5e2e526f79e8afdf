"""Forms that were written over an older state than is kept: two people, or two tabs, change one thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem


def mark(*shown: object) -> str:
    """Sixteen hexadecimal digits of what a form shows; the same for the same values."""
    return sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:16]


def refuse_changed(kept: str, was: object, field: str = "name") -> None:
    """Raises Problem `changed_meanwhile` (409) naming `field` where a form showed `was` and `kept` is what is there,
    each a `mark` or a number of versions (empty: a new thing, or a program that overwrites knowingly): what a colleague
    wrote meanwhile is not overwritten unseen.
    """
    if _is_stale(kept, was):
        raise _changed(field)


@contextmanager
def over(was: object, field: str, reading: Callable[[], str], kept: str = "") -> Iterator[None]:
    """Within a transaction: what is done in here writes a form that showed `was` of a thing whose mark is `reading()`.

    `kept`: the number of its version, where the form showed that. Raises Problem as `refuse_changed`, also in place of
    what else is wrong with a form that is stale: else it would come back with the mark of what nobody saw. A form that
    says what is kept already is the second tap of one finger, and is taken.
    """
    before = reading()
    stale = _is_stale(kept or before, was)
    try:
        with transaction.atomic():
            yield
            if stale and reading() != before:
                raise _changed(field)
    except Problem:
        if stale:
            raise _changed(field) from None
        raise


def _is_stale(kept: str, was: object) -> bool:
    return bool(kept and was and kept != str(was))


def _changed(field: str) -> Problem:
    words = _("Somebody else changed this meanwhile. What you wrote is still here: save it again to keep it.")
    return Problem("changed_meanwhile", 409, words, field=field)
