"""The phones of units: where they are, and that one is heard no more: then nobody who waits is named a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from kentongan import live
from kentongan.emergency import coming, sending, trail, units
from kentongan.emergency.fleet import Answer, Sending, Unit
from kentongan.emergency.models import Alert
from kentongan.emergency.states import ENDED
from kentongan.emergency.travel import way
from kentongan.emergency.writer import SYSTEM, Happening, append, changing, each
from kentongan.foundation.nearness import far_from

ANSWER_IN = timedelta(seconds=60)  # then the operator is told that nothing came


def hear(unit: Unit, sent: Mapping[str, Any]) -> None:
    """A place of a unit on duty: whoever waits for it reads the time anew. Raises as `units.keep_place`."""
    spot = units.keep_place(unit, sent)
    going = unit.sendings.filter(ended_at=None, answer=Answer.TAKES, there_at=None).first()
    if going is None:
        return

    def do(alert: Alert, held: Sending) -> None:
        _heard(alert, held)
        found = way(spot, trail.last_spot(alert), under_way=True)
        if found is not None:
            eta, told = sending.until(found.seconds), held.eta_at
            is_same = eta is told or (eta and told and abs(eta - told) <= timedelta(seconds=30))
            if not is_same:
                held.eta_at = eta
                held.save(update_fields=["eta_at"])
                coming.say_who_comes(alert)
                live.tell(f"watch:{unit.watch_id}")

    sending.with_sending(unit, going.pk, do, gone_is_fine=True)


def beat_unit(unit: Unit) -> None:
    """The unit's page is open and answers."""
    units.note_heard(unit)
    silent = unit.sendings.filter(ended_at=None).exclude(silent_at=None).first()
    if silent is not None:
        sending.with_sending(unit, silent.pk, _heard, gone_is_fine=True)


def watch_units() -> int:
    """What the worker does: the log says once that a unit did not answer, and that the phone of one on its way is heard
    no more; then no time is named to whoever waits. Returns how many."""
    now = timezone.now()
    open_ones = Sending.objects.filter(ended_at=None, by_radio=False)
    late = open_ones.filter(answer="", late_at=None, sent_at__lt=now - ANSWER_IN)
    quiet = open_ones.filter(answer=Answer.TAKES, there_at=None, silent_at=None).filter(_unheard(now))
    return each(_note_late, _alerts(late)) + each(_note_silent, _alerts(quiet))


def _heard(alert: Alert, held: Sending) -> None:
    if held.silent_at is None:
        return
    held.silent_at = None
    held.save(update_fields=["silent_at"])
    coming.say_who_comes(alert)
    append(alert, Happening("unit_heard", SYSTEM, held.unit.call_sign, data={"unit": held.unit_id}))


def _unheard(now: datetime) -> Q:
    return Q(unit__heard_at=None) | far_from("unit__heard_at", now, units.QUIET)


def _alerts(rows: QuerySet[Sending]) -> list[UUID]:
    return list(dict.fromkeys(rows.values_list("alert", flat=True)[:500]))


def _note_late(alert_id: UUID) -> int:
    now = timezone.now()
    with changing(alert_id) as alert:
        rows = alert.sendings.select_for_update(of=("self",)).filter(answer="", late_at=None, ended_at=None)
        late = list(rows.filter(by_radio=False, sent_at__lt=now - ANSWER_IN).select_related("unit"))
        return _mark(alert, late, "late_at", "unit_unanswered")


def _note_silent(alert_id: UUID) -> int:
    with changing(alert_id) as alert:
        rows = alert.sendings.select_for_update(of=("self",)).filter(answer=Answer.TAKES, ended_at=None, there_at=None)
        quiet = rows.filter(_unheard(timezone.now()), by_radio=False, silent_at=None)
        return _mark(alert, list(quiet.select_related("unit")), "silent_at", "unit_silent")


def _mark(alert: Alert, found: list[Sending], column: str, kind: str) -> int:
    for one in found if alert.state not in ENDED or alert.duress else []:
        setattr(one, column, timezone.now())
        one.save(update_fields=[column])
        coming.say_who_comes(alert)
        append(alert, Happening(kind, SYSTEM, one.unit.call_sign, data={"unit": one.unit_id}))
    return len(found)
