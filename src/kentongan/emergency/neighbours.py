"""The neighbours of somebody in need are called, with the operators or a little before them."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction

from kentongan import community
from kentongan.emergency.models import Alert

_log = structlog.get_logger(__name__)


def call_neighbours(alert: Alert) -> timedelta:
    """Calls the groups of its person, if any; returns how long operators are left aside for them.

    Never for a silent alert: whoever must not be heard may be afraid of a neighbour, or of who lives with them.
    Whatever is wrong here, the operators are called.
    """
    if alert.person is None or alert.silent:
        return timedelta()
    try:
        with transaction.atomic():
            return timedelta(seconds=community.call(alert.pk, alert.person))
    except Exception as fault:  # noqa: BLE001  an alert is never lost for its neighbours
        _log.error("alert.no_neighbours", error=type(fault).__name__)
        return timedelta()
