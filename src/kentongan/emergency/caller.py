"""What the person who pressed is told, while it lasts and afterwards: who has it, what was said, who looked.

Once it is cancelled the screen stays as it was then, whatever goes on: it must look the same where a code was given
under duress. What happened after that is shown a week later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import community, numbers
from kentongan.emergency import codes, trail, watching
from kentongan.emergency.commands import owner_name
from kentongan.emergency.models import Alert
from kentongan.emergency.receiving import holds
from kentongan.emergency.states import ENDED, Actor, State
from kentongan.emergency.writer import no_alert
from kentongan.people.models import Person

REST = timedelta(days=7)  # after a cancel, until all that happened is shown

KINDS = {
    "received": _("Your alert arrived."),
    "exercise": _("A drill began."),
    "located": _("Your place arrived."),
    "called": _("Operators were called."),
    "acknowledged": _("An operator has it."),
    "taken_over": _("Another operator has it."),
    "released": _("Nobody had it; operators were called again."),
    "set_out": _("Help is on the way."),
    "arrived": _("Help is there."),
    "closed": _("It was closed."),
    "lapsed": _("It was closed: nobody answered."),
    "cancelled": _("You cancelled it."),
    "duress": _("You gave your second code: the operator was told."),
    "doubted": _("The operator went on although it was cancelled."),
    "wrong_code": _("A wrong code was given."),
    "described": _("You said what kind it is."),
    "noted": _("The operator wrote a note."),
    "media": _("You sent a picture or a sound."),
    "report": _("It became a report."),
}


def open_for(alert_id: UUID, person: Person | None, claim: str) -> Alert:
    """The alert, for its own phone or account. Raises Problem `no_alert` (404) for everybody else."""
    found = Alert.objects.filter(pk=alert_id).select_related("owner", "owner_watch").first()
    if found is None or not (holds(found, claim) or (person is not None and found.person_id == person.pk)):
        raise no_alert()
    return found


def told(alert: Alert) -> dict[str, Any]:
    """What its person's screen shows: see docs/reference/alerts.md."""
    frozen = _frozen_at(alert)
    ended = alert.state in ENDED or frozen is not None
    owned = frozen is None and alert.owner_id is not None
    return {
        "alert_id": str(alert.pk),
        "state": State.CANCELLED if frozen else alert.state,
        "exercise": alert.exercise,
        "received_at": alert.created_at,
        "watched": watching.is_watched(alert.area_code),
        "asks_code": codes.are_chosen(alert.person) and not ended,
        "owner": owner_name(alert) if owned else "",
        "neighbours": [] if frozen else [vars(one) for one in community.coming(alert.pk)],
        "unit": alert.unit if not frozen else "",
        "eta_at": alert.eta_at if not frozen else None,
        "result": "" if frozen else alert.result,
        "ended_at": frozen or alert.ended_at,
        "messages": _messages(alert, frozen),
        "log": log(alert) if ended else [],
        "report": "" if frozen else alert.report,
        "numbers": said_numbers(alert.area_code),
    }


def said_numbers(area: str = "") -> list[dict[str, str]]:
    """Whom to call in an area (code), in the reader's language."""
    found = numbers.whom_to_call(area)
    return [{"kind": one.kind, "number": one.number, "dialled": one.dialled, "name": one.name} for one in found]


def log(alert: Alert) -> list[dict[str, Any]]:
    """What happened and who looked, as its person may read it now, in the order of time."""
    until = _frozen_at(alert)
    told: list[dict[str, Any]] = []
    for one in alert.entries.order_by("seq").select_related("person", "watch"):
        kind = "cancelled" if until and one.kind == "duress" else one.kind
        told.append({"at": one.at, "kind": kind, "text": str(KINDS[kind]), "by": _by(one)})
    looked = str(_("Looked at your place and messages."))
    told += [
        {"at": one.at, "until": min(one.until, until or one.until), "kind": "looked", "text": looked, "by": _name(one)}
        for one in alert.looks.order_by("at").select_related("person", "watch")
    ]
    return sorted((one for one in told if until is None or one["at"] <= until), key=lambda one: one["at"])


def held_by(person: Person) -> list[Alert]:
    """The person's own alerts, the newest first. One of which the phone must not know yet is not among them."""
    held = Alert.objects.filter(person=person).order_by("-created_at")[:50]
    return [one for one in held if "forced_timer" not in one.remarks or not _frozen_at(one)]


def _frozen_at(alert: Alert) -> datetime | None:
    """When the screen of its person stopped; None where it goes on, or all may be shown."""
    at = alert.cancelled_at
    if at is None or alert.entries.filter(kind="doubted").exists():
        return None
    return at if timezone.now() < at + REST else None


def _messages(alert: Alert, until: datetime | None) -> list[dict[str, Any]]:
    return [
        {
            "key": str(one["key"]), "at": one["at"], "text": one["text"],
            "mine": one["actor"] == Actor.CALLER,
        }
        for one in trail.messages(alert) if until is None or one["at"] <= until
    ]  # fmt: skip


def _by(entry: Any) -> str:
    return _name(entry) if entry.actor == Actor.OPERATOR else ""


def _name(row: Any) -> str:
    post = row.watch.title if row.watch else ""
    name = row.person.name if row.person else ""
    return f"{name} ({post})" if name and post else name or post
