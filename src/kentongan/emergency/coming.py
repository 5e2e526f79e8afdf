"""Who comes, and until when the first of them is there, as its person reads it: units, and what an operator wrote."""

from __future__ import annotations

from datetime import datetime, timedelta

from kentongan.emergency.fleet import Answer
from kentongan.emergency.models import Alert
from kentongan.foundation.sealing import unseal


def say_who_comes(alert: Alert, by_hand: tuple[str, datetime | None] | None = None) -> None:
    """Notes the names of those who come to a locked alert, and until when the first of them is there. `by_hand`: whom
    an operator names just now, and until when, in the place of what was written before."""
    coming = list(alert.sendings.filter(ended_at=None, answer=Answer.TAKES).select_related("unit").order_by("pk"))
    written, eta = written_by_hand(alert) if by_hand is None else by_hand
    names = [*(one.unit.call_sign for one in coming), *([written] if written else [])]
    alert.unit = ", ".join(dict.fromkeys(names))[:80]
    times = [one.eta_at for one in coming if one.eta_at and one.there_at is None and one.silent_at is None]
    alert.eta_at = min([*times, *([eta] if eta else [])], default=None)
    Alert.objects.filter(pk=alert.pk).update(unit=alert.unit, eta_at=alert.eta_at)


def written_by_hand(alert: Alert) -> tuple[str, datetime | None]:
    """Whom an operator wrote down last as being on the way, and until when: no time once they wrote that help is
    there."""
    found = alert.entries.filter(kind="set_out").exclude(words="").order_by("-seq").first()
    if found is None:
        return "", None
    minutes = found.data.get("minutes")
    is_there = alert.entries.filter(kind="arrived", seq__gt=found.seq).exists()
    eta = found.at + timedelta(minutes=minutes) if minutes and not is_there else None
    return str(unseal(found.words) or ""), eta
