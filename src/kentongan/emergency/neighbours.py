"""The neighbours of somebody in need are called, with the operators or a little before them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from kentongan import community
from kentongan.emergency.models import Alert
from kentongan.people.models import Person

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
            # Of a sender who sends many, pages tell and no mails: whoever is in a group could flood it.
            return timedelta(seconds=community.call(alert.pk, alert.person, by_mail="many" not in alert.remarks))
    except Exception as fault:  # noqa: BLE001  an alert is never lost for its neighbours
        _log.error("alert.no_neighbours", error=type(fault).__name__)
        return timedelta()


def call_off(person: Person, group: UUID) -> None:
    """Who has left a group is called for there no longer, and nobody of it sees their place."""
    mine = Alert.objects.filter(person=person, created_at__gt=timezone.now() - timedelta(days=2))
    community.call_off(list(mine.values_list("pk", flat=True)), group)
