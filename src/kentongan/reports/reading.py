"""Reading reports: who may see which, lists in a stable order, numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import distance
from kentongan.reports.models import Entry, Photo, Report, Visibility
from kentongan.reports.states import PUBLIC, Actor, State, Status
from kentongan.reports.storing import hash_claim
from kentongan.reports.who import Who

MOST = 200
METRES_A_DEGREE = 111_195  # of latitude, mean
WIDE = 1.0  # square degrees: a box beyond it holds enough of the newest to walk by id
AREA_FIELDS = {2: "province_code", 5: "regency_code", 8: "district_code", 13: "village_code"}


@dataclass(frozen=True)
class Filters:
    """What a list is asked for. `bbox` is min lon, min lat, max lon, max lat; `near` lon, lat, metres."""

    bbox: tuple[float, float, float, float] | None = None
    near: tuple[float, float, float] | None = None
    area: str = ""
    body: str = ""
    category: str = ""
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    reporter: Person | None = None
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True)
class Page:
    """A piece of a list, newest first, and the cursor of the next piece (empty: there is none)."""

    items: list[Report]
    next: str


def find(code: str, viewer: Person | None = None, claim: str = "") -> Report:
    """The report with this public code. Raises Problem `not_found` also where the viewer may not see it."""
    found = Report.objects.select_related("category", "body").filter(code=read_code(code) or "").first()
    if found is None or (found.is_restricted and not _may_see(found, viewer, claim)):
        raise Problem("not_found", 404, _("There is no report with this code. Check the letters and try again."))
    return found


def citizen(report: Report, person: Person | None, claim: str = "") -> Who:
    """Who a person is to a report when they act as a citizen: its reporter, or somebody else."""
    return Who(person, Actor.REPORTER if _is_reporter(report, person, claim) else Actor.CITIZEN)


def timeline(report: Report, viewer: Person | None = None, claim: str = "") -> list[Entry]:
    """The entries that the viewer may read, oldest first. Supports are counted, not listed."""
    seen = {Visibility.PUBLIC}
    if viewer and bodies.role(viewer, report.body_id or ""):
        seen.add(Visibility.INTERNAL)
    if _is_reporter(report, viewer, claim):
        seen.add(Visibility.REPORTER)
    if viewer and viewer.is_superuser:
        seen = set(Visibility)
    entries = report.entries.filter(visibility__in=seen).exclude(kind="supported")
    return list(entries.select_related("body").order_by("seq"))


def photos(report: Report) -> list[Photo]:
    """The photos of a report in the order of the timeline."""
    return list(report.photos.order_by("entry_seq", "uploaded_at", "id"))


def listing(filters: Filters) -> Page:
    """Public reports that match, newest first; the pages stay stable while new ones come in.

    Raises Problem for a cursor that is none of ours.
    """
    found, limit = listed(filters)
    items = list(found.select_related("category", "body")[: limit + 1])
    following = str(items[limit - 1].pk) if len(items) > limit else ""
    shown = items[:limit]
    return Page([one for one in shown if not filters.near or _within(one, filters.near)], following)


def listed(filters: Filters) -> tuple[QuerySet[Report], int]:
    """The reports of a list in their order, after the cursor, and how many of them are one piece."""
    limit = max(1, min(filters.limit, MOST))
    found = _ordered(_matching(filters), filters)
    if filters.cursor:
        if not (filters.cursor.isascii() and filters.cursor.isdigit() and len(filters.cursor) < 19):
            raise Problem(
                "bad_cursor",
                422,
                _("This cursor is not one of ours: start again without it."),
                field="cursor",
            )
        found = found.filter(pk__lt=int(filters.cursor))
    return found, limit


def counts(area: str = "", body: str = "") -> dict[str, Any]:
    """How many public reports there are by status and by ending: `{"status": {…}, "ending": {…}, "all": n}`."""
    found = _matching(Filters(area=area, body=body))
    by_status = dict.fromkeys((str(status) for status in Status), 0)
    by_ending: dict[str, int] = {}
    for state, ending, number in found.order_by().values_list("state", "ending").annotate(Count("id")):
        by_status[PUBLIC[State(state)]] += number
        if ending:
            by_ending[ending] = by_ending.get(ending, 0) + number
    return {"status": by_status, "ending": by_ending, "all": sum(by_status.values())}


def _matching(filters: Filters) -> QuerySet[Report]:
    wanted = Q(is_restricted=False) if filters.reporter is None else Q(reporter=filters.reporter)
    if filters.bbox:
        west, south, east, north = filters.bbox
        wanted &= Q(lat__gte=south, lat__lte=north, lon__gte=west, lon__lte=east)
    if filters.near:
        wanted &= box_around(*filters.near)
    if filters.area:
        wanted &= Q(**{AREA_FIELDS.get(len(filters.area), "village_code"): filters.area})
    if filters.body:
        wanted &= Q(body__in=bodies.subtree(filters.body))
    if filters.states:
        wanted &= Q(state__in=_states(filters.states))
    plain = {
        "category__in": [filters.category, *_below(filters.category)] if filters.category else None,
        "created_at__gte": filters.since,
        "created_at__lt": filters.until,
        "updated_at__gte": filters.updated_since,
    }
    return Report.objects.filter(wanted, **{name: value for name, value in plain.items() if value is not None})


def _ordered(found: QuerySet[Report], filters: Filters) -> QuerySet[Report]:
    """Newest first. In a small box the order is an expression, so that the planner takes the box first:
    walking the primary key backwards for fifty in a street reads the whole table."""
    if filters.near:
        return found.order_by((F("id") + 0).desc())
    if filters.bbox:
        west, south, east, north = filters.bbox
        if (east - west) * (north - south) < WIDE:
            return found.order_by((F("id") + 0).desc())
    return found.order_by("-id")


def _states(words: tuple[str, ...]) -> set[str]:
    """States named directly, or by what the public sees of them."""
    return {str(state) for state in State if state in words or PUBLIC[state] in words}


def _below(category: str) -> list[str]:
    return [
        one.code for one in catalogue.all_active() if category in catalogue.branch(one.code) and one.code != category
    ]


def box_around(lon: float, lat: float, metres: float) -> Q:
    north = metres / METRES_A_DEGREE
    east = north / max(cos(radians(lat)), 0.01)
    return Q(lat__gte=lat - north, lat__lte=lat + north, lon__gte=lon - east, lon__lte=lon + east)


def _within(report: Report, near: tuple[float, float, float]) -> bool:
    if report.lon is None or report.lat is None:
        return False
    return distance(near[0], near[1], report.lon, report.lat) <= near[2]


def _is_reporter(report: Report, person: Person | None, claim: str) -> bool:
    if person is not None and report.reporter_id == person.pk:
        return True
    return bool(claim and report.claim_hash and hash_claim(claim) == report.claim_hash)


def _may_see(report: Report, viewer: Person | None, claim: str) -> bool:
    if _is_reporter(report, viewer, claim):
        return True
    if viewer is None:
        return False
    return viewer.is_superuser or bool(report.body_id and bodies.role(viewer, report.body_id))
