"""Forms that were written over an older state than is kept: two people, or two tabs, change one thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

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
    if kept and was and kept != str(was):
        words = _("Somebody else changed this meanwhile. What you wrote is still here: save it again to keep it.")
        raise Problem("changed_meanwhile", 409, words, field=field)


def refuse_stale(version: int, given: Mapping[str, Any]) -> None:
    """As `refuse_changed`, by the `version` in `given` and the one that is kept (0: a new one)."""
    refuse_changed(str(version or ""), given.get("version"))
