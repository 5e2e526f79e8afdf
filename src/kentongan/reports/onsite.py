"""A result that was written on a phone in the street: sent once, and shown with where the phone was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan.places import distance
from kentongan.reports.evidence import ELSEWHERE
from kentongan.reports.models import Entry, Report

OLD = 600  # seconds between the position and the result: at 20 km/h in a street's traffic, 3 km
VAGUE = 500  # metres that a position may be off: of a cell's mast it says where the mast is
SAID_APART = timedelta(minutes=5)  # below it the two times are one to a reader
CENTURY = timedelta(days=36_525)  # a clock further off says nothing, and the year 1 is none in every zone
WORDS = {
    "here": _("On site: the phone was within 250 m"),
    "far": _("Not on site: the phone was further than 250 m away"),
    "old": _("Not shown to be on site: the position was older than 10 minutes"),
    "vague": _("Not shown to be on site: the position was too rough"),
    "none": _("Not shown to be on site: the phone gave no position"),
}


@dataclass(frozen=True)
class Sent:
    """What a phone says of a step that it has kept. `id` is the phone's own, the same however often it is sent.

    `lon`, `lat`: where it was, WGS 84 degrees, None where it knew no place; `accuracy` metres. `age`: seconds between
    that position and the step, both by the phone's clock, so that a wrong clock makes no difference. `said_at`: when
    the step was taken, by that clock.
    """

    id: UUID
    lon: float | None = None
    lat: float | None = None
    accuracy: float = 0.0
    age: float = 0.0
    said_at: datetime | None = None


def is_repeat(report: Report, sent: Sent) -> bool:
    """Whether this very step is in the timeline already: its answer was lost on the way."""
    return report.entries.filter(data__sent=str(sent.id)).exists()


def kept(report: Report, sent: Sent | None) -> dict[str, Any]:
    """What an entry keeps of a step from a phone: never the position, only whether it was there."""
    if sent is None:
        return {}
    told: dict[str, Any] = {"sent": str(sent.id)}
    if site := _site(report, sent):
        told["site"] = site
    if sent.said_at is not None:
        told["said_at"] = sent.said_at.isoformat()
    return told


def _site(report: Report, sent: Sent) -> str:
    """A key of `WORDS`; empty where the trouble has no place."""
    if report.lon is None or report.lat is None:
        return ""
    if sent.lon is None or sent.lat is None:
        return "none"
    if not (0 <= sent.age <= OLD):
        return "old"
    if not (isfinite(sent.accuracy) and 0 <= sent.accuracy <= VAGUE):
        return "vague"
    return "here" if distance(sent.lon, sent.lat, report.lon, report.lat) <= ELSEWHERE else "far"


def site_of(entry: Entry) -> Promise | str:
    """Whether its maker was on site, in words; empty where nothing was asked."""
    return WORDS.get(str(entry.data.get("site", "")), "")


def was_here(entry: Entry) -> bool:
    """Whether that speaks for the result."""
    return bool(entry.data.get("site") == "here")


def said_at(entry: Entry) -> datetime | None:
    """When the phone says that it was written, where that differs from the time that counts, the server's."""
    try:
        said = datetime.fromisoformat(entry.data.get("said_at", ""))
        apart = abs(said - entry.at)
    except (ValueError, TypeError):  # no time, or one without a zone: another installation kept it
        return None
    return said if SAID_APART < apart < CENTURY else None
