"""Forms that were written over an older version than is kept: two people change one thing of their body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem


def refuse_stale(version: int, given: Mapping[str, Any]) -> None:
    """Raises Problem `changed_meanwhile` (409, field `name`) where `given` was written over another version than the
    one that is kept (0: a new one): what a colleague wrote meanwhile is not overwritten unseen."""
    read = str(given.get("version") or "")
    if version and read and read != str(version):
        words = _("Somebody else changed this meanwhile. What you wrote is still here: save it again to keep it.")
        raise Problem("changed_meanwhile", 409, words, field="name")
