"""Deleting what nobody needs any more, in pieces: nobody who writes waits long for it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

PIECE = 500  # rows of one transaction


def sweep(rows: QuerySet[Any]) -> int:
    """Deletes all `rows`, a piece at a time, and what hangs on them; returns how many of them there were."""
    gone = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:PIECE]):
        # The condition again: what changed meanwhile stays.
        rows.filter(pk__in=keys).delete()
        gone += len(keys)
    return gone
