"""What ends with time, and what is left of it: nothing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kentongan.community import board, calls, letters, patrols, sharing
from kentongan.community.models import Share, Viewer
from kentongan.community.neighbours import GroupCall, Guest, Notice, Patrol
from kentongan.foundation.sealing import renew_all
from kentongan.foundation.sweeping import sweep
from kentongan.notify.models import Message

SEALED: tuple[tuple[Any, str], ...] = (
    (Share, "sealed"), (Viewer, "sealed"), (Notice, "sealed"), (Guest, "sealed"),
)  # fmt: skip


def end_due() -> int:
    """What the worker does each minute: ends shares whose time is over, tells of who is late, and deletes what began a
    day ago. Returns how many shares it changed."""
    now, changed = timezone.now(), 0
    for key in Share.objects.filter(ended_at=None, ends_at__lte=now).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            over = Share.objects.select_for_update().filter(pk=key, ended_at=None, ends_at__lte=now).first()
            if over is not None:
                sharing.close(over, "time")
                changed += 1
    late = Share.objects.filter(ended_at=None, ends_at__gt=now, due_at__lte=now, late_at=None)
    for key in late.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            one = Share.objects.select_for_update().filter(pk=key, ended_at=None, late_at=None).first()
            if one is not None:
                one.late_at = now
                one.save(update_fields=["late_at"])
                letters.to_viewers(one, "late")
                sharing.tell(one)
                changed += 1
    old = now - sharing.KEPT
    for kind in (letters.KEY, letters.GROUP_KEY):
        sweep(Message.objects.filter(key__startswith=kind, written_at__lt=old))
    return changed + sweep(Share.objects.filter(started_at__lt=old))


def sweep_groups() -> int:
    """Deletes what neighbourhoods have kept long enough: calls after a day, guests a week after they left, notices and
    patrols after 90 days. Returns how many rows."""
    now = timezone.now()
    return (
        sweep(GroupCall.objects.filter(at__lt=now - calls.KEPT))
        + sweep(Guest.objects.filter(until_on__lt=now.date() - board.GUESTS_KEPT))
        + sweep(Notice.objects.filter(at__lt=now - board.NOTICES_KEPT))
        + sweep(Patrol.objects.filter(until__lt=now - patrols.KEPT))
    )


def renew_seals() -> tuple[int, int]:
    """Seals all that this room keeps under the newest key; returns how many rows, and how many no key opens."""
    return renew_all(SEALED)
