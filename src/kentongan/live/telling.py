"""Telling that something changed, in the transaction of the change itself."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from kentongan.foundation import prepared
from kentongan.foundation.inserting import moment
from kentongan.foundation.sweeping import sweep as sweep_all
from kentongan.live.models import Change

CHANNEL = "kentongan_live"  # of PostgreSQL's NOTIFY
KEPT = timedelta(hours=1)  # who was away for longer is told to look at everything again
_TOLD = "INSERT INTO live_change (topics, at) VALUES (%s, %s)"
TOPIC = re.compile(r"[a-z]{1,20}(:[A-Za-z0-9._-]{1,80})?")


def tell(*topics: str) -> None:
    """Says that what each topic names has changed: `report:CODE`, `desk:BODY`, `reports` ….

    To be called inside the transaction of the change: nobody hears of what was rolled back. RuntimeError outside one,
    ValueError for a topic that could not be listened to.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a change is told only inside the transaction of what it tells of")
    if wrong := [one for one in topics if not TOPIC.fullmatch(one)]:
        raise ValueError(f"no topic: {wrong[0]!r}")
    if not topics:
        return
    values = [" ".join(sorted(set(topics))), moment(timezone.now())]
    if connection.vendor == "postgresql":
        prepared.rows(f"{_TOLD} RETURNING pg_notify('{CHANNEL}', '')", values)  # arrives with the commit
    else:
        prepared.run(_TOLD, values)


def tell_person(person: int) -> None:
    """What the person with this key may do has changed: each of their streams is asked again whether it may go on."""
    tell(f"person:{person}")


def sweep() -> int:
    """Deletes what was told longer ago than an hour; returns how many."""
    return sweep_all(Change.objects.filter(at__lt=timezone.now() - KEPT))
