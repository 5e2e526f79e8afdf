"""How long an alert is kept, and by which key: the schedule that people read, and the change of keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kentongan.emergency import commands, shifts, telling, units, watching
from kentongan.emergency.fleet import HandOver, Unit
from kentongan.emergency.models import Alert, Entry, Media, Message, Position, Rule, Timer
from kentongan.emergency.states import Actor
from kentongan.emergency.stays import Letter, Side, StayState
from kentongan.emergency.writer import each
from kentongan.foundation.sealing import renew_all
from kentongan.foundation.sweeping import sweep

UNANSWERED = timedelta(days=3)  # then it is closed as such, so that its time of keeping begins
USUAL_DAYS = 30  # of places that no post watches
LOG = timedelta(days=365)  # of what is left: times, states, the region; no place, no words
TIMERS = timedelta(days=1)  # after their end
SEALED: tuple[tuple[Any, str], ...] = (
    (Position, "sealed"), (Message, "sealed"), (Media, "sealed"), (Entry, "words"), (Timer, "sealed"), (Rule, "secret"),
    (Letter, "sealed"), (Alert, "caller"),
    (Unit, "sealed"), (HandOver, "sealed"),
)  # fmt: skip


def sweep_alerts() -> int:
    """Closes what nobody answered, deletes what has been kept long enough; returns how many alerts it changed."""
    now = timezone.now()
    watching.close_silent()
    units.sweep_units()
    shifts.sweep_shifts()
    changed = commands.lapse_unanswered(UNANSWERED)
    due = {alert.pk: alert for alert in _due(now)[:500]}
    changed += each(lambda key: forget(due[key]), due)
    sweep(Timer.objects.filter(ended_at__lt=now - TIMERS))
    return changed + sweep(Alert.objects.filter(ended_at__lt=now - LOG))


def forget(alert: Alert) -> int:
    """Deletes places, words, pictures and who it was; times, states and the regency stay for the counts."""
    with transaction.atomic():
        _forget(alert)
    return 1


def _forget(alert: Alert) -> None:
    for rows in (alert.positions, alert.messages, alert.media):
        rows.all().delete()
    if alert.shared:
        Letter.objects.filter(stay__alert=alert).delete()
        telling.tell(alert, "forget", {}, side=Side.OUT)  # the other end has the same time, and may have been away
        alert.stays.update(state=StayState.OVER, owner="")
    alert.entries.exclude(words="").update(words="")
    alert.entries.filter(actor=Actor.CALLER).update(person=None)
    alert.area_code = alert.area_code[:5]
    alert.person, alert.sender, alert.proof, alert.claim_digest, alert.unit = None, "", "", "", ""
    alert.caller = alert.owner_away = ""
    alert.forgotten_at = timezone.now()
    alert.save(
        update_fields=[
            "area_code", "person", "sender", "proof", "claim_digest", "unit", "caller", "owner_away", "forgotten_at",
        ]
    )  # fmt: skip


def renew_seals() -> tuple[int, int]:
    """Seals all that is kept of alerts under the newest key; returns how many rows, and how many no key opens."""
    return renew_all(SEALED)


def _due(now: datetime) -> list[Alert]:
    ended = Alert.objects.filter(ended_at__isnull=False, forgotten_at=None).select_related("watch")
    return [
        one for one in ended.filter(ended_at__lt=timezone.now() - timedelta(days=1)).order_by("ended_at")[:2000]
        if one.ended_at and one.ended_at + timedelta(days=_days(one)) < now
    ]  # fmt: skip


def _days(alert: Alert) -> int:
    """As its post keeps alerts, or as the instance does that had it: both ends end alike."""
    return alert.kept_days or (alert.watch.kept_days if alert.watch else USUAL_DAYS)
