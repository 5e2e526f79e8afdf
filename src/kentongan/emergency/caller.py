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
from kentongan.emergency import codes, handing, sending, trail, watching
from kentongan.emergency.becoming import told_report
from kentongan.emergency.commands import owner_name
from kentongan.emergency.models import Alert
from kentongan.emergency.press import find_area
from kentongan.emergency.receiving import holds
from kentongan.emergency.states import ENDED, Actor, State
from kentongan.emergency.stays import Stay, StayState
from kentongan.emergency.writer import no_alert
from kentongan.people.models import Person
from kentongan.places import Spot

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
    "sent": _("A unit was asked to come."),
    "answered": _("The operator wrote down answers."),
    "unit_takes": _("A unit is on its way to you."),
    "unit_cannot": _("A unit could not come."),
    "unit_there": _("A unit is there."),
    "unit_turned": _("A unit had to turn back."),
    "unit_recalled": _("A unit was called back."),
    "unit_done": _("A unit left."),
    "unit_unanswered": _("A unit did not answer; the operator was told."),
    "unit_silent": _("The phone of a unit was heard no more; the operator was told."),
    "unit_heard": _("The phone of the unit was heard again."),
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
    "sms": _("An SMS of yours arrived."),
    "asked": _("The instance that watches the place was asked."),
    "asked_again": _("The alert came back to those who watch the place."),
    "held": _("The instance that watches the place has it."),
    "refused": _("The other instance does not watch this place."),
    "called_home": _("No answer from there, or nobody on duty: our own operators were called."),
    "answers_again": _("The instance that watches the place answers again."),
    "came_back": _("The place is watched here now."),
}


def open_for(alert_id: UUID, person: Person | None, claim: str) -> Alert:
    """The alert, for its own phone or account. Raises Problem `no_alert` (404) for everybody else."""
    found = Alert.objects.filter(pk=alert_id).select_related("owner", "owner_watch").first()
    if found is None or not (holds(found, claim) or (person is not None and found.person_id == person.pk)):
        raise no_alert()
    return found


def told(alert: Alert, is_new: bool = False, watched: bool | None = None) -> dict[str, Any]:
    """What its person's screen shows: see docs/reference/alerts.md. `is_new`: it was stored just now, so that nobody
    has answered it and nothing is asked of that; `watched`: whether anybody is on duty, where that is known."""
    frozen = None if is_new else _frozen_at(alert)
    ended = alert.state in ENDED or frozen is not None
    there = handing.away(alert) if frozen is None and not ended else None
    return {
        "alert_id": str(alert.pk),
        "state": State.CANCELLED if frozen else alert.state,
        "exercise": alert.exercise,
        "received_at": alert.created_at,
        "watched": _is_watched(alert, there) if watched is None or there is not None else watched,
        "abroad": _abroad(there),
        "asks_code": codes.are_chosen(alert.person) and not ended,
        "owner": _owner(alert) if frozen is None else "",
        "neighbours": [] if frozen or is_new else [vars(one) for one in community.coming(alert.pk)],
        "units": sending.who_comes(alert) if alert.unit and not frozen else [],
        "unit": alert.unit if not frozen else "",
        "eta_at": alert.eta_at if not frozen else None,
        "result": "" if frozen else alert.result,
        "ended_at": frozen or alert.ended_at,
        "messages": [] if is_new else _messages(alert, frozen),
        "log": log(alert) if ended else [],
        "report": "" if frozen else told_report(alert),
        "numbers": said_numbers(alert.area_code),
    }


def _is_watched(alert: Alert, there: Stay | None) -> bool:
    """Whether somebody is on duty who would hear of it: where it lies, or here once we are called."""
    if there is None:
        # Who watches elsewhere is called too where nobody watches the place: it is not watched by that.
        is_anywhere = alert.called_home and not alert.area_code
        here = is_anywhere and watching.on_duty(watching.posts_for(alert)).exists()
        return here or watching.is_watched(alert.area_code)
    if there.state == StayState.HELD and there.watched and there.failing_since is None:
        return True
    return alert.called_home and watching.on_duty(watching.posts_for(alert)).exists()


def _abroad(there: Stay | None) -> dict[str, Any] | None:
    """The instance that watches the place, and what is true of it at this moment."""
    if there is None:
        return None
    is_silent = there.failing_since is not None or there.peer is None
    states = {StayState.ASKING: "asking", StayState.REFUSED: "refused"}
    state = states.get(StayState(there.state), "no_answer" if is_silent else "received")
    since = there.failing_since if state == "no_answer" and there.failing_since else there.since
    is_theirs = state == "received" and there.watched
    return {"instance": there.title, "state": state, "post": there.post, "watched": is_theirs, "since": since}


def _owner(alert: Alert) -> str:
    """Who has it; where it has just been handed on, who had it: they keep it until somebody else has it."""
    if owner := owner_name(alert):
        return owner
    left = alert.stays.filter(state=StayState.LEAVING).exclude(owner="") if alert.shared else ()
    return next((one.owner for one in left), "")


def said_numbers(area: str = "") -> list[dict[str, str]]:
    """Whom to call in an area (code), in the reader's language."""
    found = numbers.whom_to_call(area)
    return [{"kind": one.kind, "number": one.number, "dialled": one.dialled, "name": one.name} for one in found]


def said_numbers_at(lon: float, lat: float) -> list[dict[str, str]]:
    """Whom to call at a place (WGS 84 degrees), in the reader's language: those of the country outside any area."""
    return said_numbers(find_area(Spot(lon, lat), []))


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
    held = Alert.objects.filter(person=person).select_related("watch").order_by("-created_at")[:50]
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
    if entry.data.get("by"):
        return str(entry.data["by"])
    return _name(entry) if entry.actor in (Actor.OPERATOR, Actor.UNIT) else ""


def _name(row: Any) -> str:
    if getattr(row, "by", ""):
        return str(row.by)
    post = row.watch.title if row.watch else ""
    name = row.person.name if row.person else ""
    return f"{name} ({post})" if name and post else name or post
