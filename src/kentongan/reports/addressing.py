"""Reports that were stored before the streets were known get their address once they are."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from kentongan import places
from kentongan.reports.models import Report

PIECE = 500  # reports a transaction: nobody who writes waits long


def address_all(told: Callable[[str, int, int], None]) -> int:
    """Gives every report with a place and without an address one; returns how many got one. Others keep theirs.

    `told` hears "addresses", how many were looked at, and of how many.
    """
    waiting = Report.objects.filter(address="", lon__isnull=False)
    number, last, done, given = waiting.count(), 0, 0, 0
    while piece := list(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", "lon", "lat")[:PIECE]):
        with transaction.atomic():
            for key, lon, lat in piece:
                if lon is not None and lat is not None and (kept := places.address_at(lon, lat).kept()):
                    given += Report.objects.filter(pk=key, address="").update(address=kept)
        last, done = piece[-1][0], done + len(piece)
        told("addresses", done, max(number, done))
    return given
