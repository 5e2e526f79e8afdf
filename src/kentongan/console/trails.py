"""An alert's way and log as its operator sees them: a drawing in metres, a picture of the map, words for entries."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import basemap
from kentongan.emergency.models import Alert, Look
from kentongan.emergency.states import Actor
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import unseal

PHONE = re.compile(r"(?<!\d)(?:\+?62|0)[\d .-]{8,15}\d(?!\d)")
SIDE = 320.0  # units of the drawing
DEGREE = 111_195  # metres of latitude
ZOOM, WIDE, HIGH = 16, 640, 320

WORDS = {
    "received": _("The alert came"),
    "exercise": _("A drill began"),
    "located": _("The place came"),
    "called": _("Called"),
    "acknowledged": _("Taken"),
    "taken_over": _("Taken over"),
    "released": _("Given back"),
    "set_out": _("On the way"),
    "arrived": _("There"),
    "sent": _("Sent"),
    "answered": _("Answered"),
    "unit_takes": _("Takes it, on the way"),
    "unit_cannot": _("Cannot come"),
    "unit_there": _("There"),
    "unit_turned": _("Turned back"),
    "unit_recalled": _("Called back"),
    "unit_done": _("Left"),
    "unit_unanswered": _("No answer for a minute"),
    "unit_silent": _("The unit's phone is heard no more"),
    "unit_heard": _("The unit's phone is heard again"),
    "closed": _("Closed"),
    "lapsed": _("Closed: nobody answered"),
    "cancelled": _("Cancelled by the caller"),
    "duress": _("DURESS CODE given"),
    "doubted": _("Goes on in spite of the cancel"),
    "wrong_code": _("Wrong code given"),
    "described": _("The caller said the kind"),
    "noted": _("Note"),
    "media": _("Picture or sound came"),
    "report": _("Became a report"),
    "sms": _("An SMS came"),
    "asked": _("Another instance was asked"),
    "asked_again": _("It came back here"),
    "held": _("The other instance has it"),
    "refused": _("The other instance does not watch the place"),
    "called_home": _("No answer there, or nobody on duty: it is ours to answer"),
    "answers_again": _("The other instance answers again"),
    "came_back": _("The place is watched here now"),
}
INSTANCES = {"asked", "held", "refused", "answers_again"}  # entries that name another instance
CALLED = {
    "one": _("one operator on duty"),
    "all": _("operators on duty at the post"),
    "wider": _("operators on duty for wider areas"),
    "mail": _("mails"),
    "webhook": _("gateway"),
}


@dataclass(frozen=True)
class Line:
    """An entry of the log."""

    at: Any
    words: Promise | str
    by: str
    text: str


def entries(alert: Alert) -> list[Line]:
    """The log, oldest first."""
    found = alert.entries.order_by("seq").select_related("person", "watch")
    return [Line(one.at, _said(one), _by(one), _text(one)) for one in found]


def looks(alert: Alert) -> list[Look]:
    """Who had it open, oldest first."""
    return list(alert.looks.order_by("at").select_related("person", "watch"))


def drawn(trail: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The way as a drawing: `points` for a polyline, `dots` with the circle of accuracy, metres of the scale bar."""
    if not trail:
        return None
    last = trail[-1]
    east = DEGREE * max(math.cos(math.radians(last["lat"])), 0.01)
    flat = [((one["lon"] - last["lon"]) * east, (last["lat"] - one["lat"]) * DEGREE, one) for one in trail[-200:]]
    reach = max([50.0, last["accuracy"] or 0.0, *(max(abs(x), abs(y)) for x, y, _one in flat)]) * 1.15
    scale = SIDE / 2 / reach
    at = [(SIDE / 2 + x * scale, SIDE / 2 + y * scale, one) for x, y, one in flat]
    bar = 10 ** math.floor(math.log10(reach))
    return {
        "points": " ".join(f"{x:.1f},{y:.1f}" for x, y, _one in at),
        "circle": round(max(4.0, (last["accuracy"] or 0) * scale), 1),
        "bar": round(bar * scale, 1), "metres": int(bar), "side": int(SIDE), "middle": int(SIDE / 2),
    }  # fmt: skip


def picture(trail: list[dict[str, Any]]) -> bytes | None:
    """The map around the newest place as PNG; None without a place, or while others are being drawn."""
    if not trail:
        return None
    # Four decimals, eleven metres: a phone that lies still needs no new picture every five seconds.
    view = basemap.View(ZOOM, round(trail[-1]["lon"], 4), round(trail[-1]["lat"], 4), WIDE, HIGH)
    try:
        return basemap.picture(view, pin=True)
    except Problem:
        return None


def phone(chat: list[dict[str, Any]]) -> str:
    """The number to call back: the newest that the caller wrote, as `tel:` takes it; empty where they wrote none."""
    for one in reversed(chat):
        found = PHONE.search(one["text"]) if one["actor"] == Actor.CALLER else None
        if found:
            return re.sub(r"[^\d+]", "", found[0])
    return ""


def _said(entry: Any) -> Promise | str:
    if entry.data.get("to") and entry.kind in INSTANCES:
        return f"{WORDS[entry.kind]}: {entry.data['to']}"
    if entry.kind == "called":
        return f"{WORDS['called']}: {entry.data.get('number', 0)} {CALLED.get(entry.data.get('to', ''), '')}"
    return WORDS[entry.kind]


def _by(entry: Any) -> str:
    if told := entry.data.get("by"):
        return f"{told} ({entry.data.get('instance', '')})"
    if entry.person is None:
        return ""
    name = entry.person.name or entry.person.email
    return f"{name} ({entry.watch.title})" if entry.watch else ""


def _text(entry: Any) -> str:
    return str(unseal(entry.words) or "") if entry.words else ""
