"""Which reports a list is of, as SQL by hand: Django takes longer to build the query than the database to answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import distance
from kentongan.reports.states import PUBLIC, State

MOST = 200
METRES_A_DEGREE = 111_195  # of latitude, mean
WIDE = 1.0  # square degrees: a box beyond it holds enough of the newest to walk by id
AREA_COLUMNS = {2: "province_code", 5: "regency_code", 8: "district_code", 13: "village_code"}
Box = tuple[float, float, float, float]
Condition = tuple[str, list[Any]]


@dataclass(frozen=True)
class Filters:
    """What a list is asked for. `bbox` is min lon, min lat, max lon, max lat; `near` lon, lat, metres."""

    bbox: Box | None = None
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

    @property
    def piece(self) -> int:
        """How many reports are one piece of the list."""
        return max(1, min(self.limit, MOST))

    def takes(self, lon: float | None, lat: float | None) -> bool:
        """Whether a place that lies in the box around `near` lies in its circle too."""
        if self.near is None:
            return True
        return lon is not None and lat is not None and distance(*self.near[:2], lon, lat) <= self.near[2]


def newest(filters: Filters) -> Condition:
    """The statement that gives the ids of a piece of the list and one more, newest first, and its values.

    Raises Problem for a cursor that is none of ours.
    """
    where, values = matching(filters)
    if filters.cursor:
        where, values = f"{where} AND id < %s", [*values, _after(filters.cursor)]
    statement = f"SELECT id FROM reports_report WHERE {where} ORDER BY {_order(filters)} DESC LIMIT %s"  # noqa: S608
    return statement, [*values, filters.piece + 1]


def matching(filters: Filters) -> Condition:
    """What comes after WHERE, and its values; the pages of the list are not part of it."""
    found = list(_conditions(filters))
    return " AND ".join(words for words, _values in found), [value for _words, values in found for value in values]


def box_around(lon: float, lat: float, metres: float) -> Box:
    """The box in degrees that holds the circle."""
    north = metres / METRES_A_DEGREE
    east = north / max(cos(radians(lat)), 0.01)
    return lon - east, lat - north, lon + east, lat + north


def _conditions(filters: Filters) -> Iterator[Condition]:
    if filters.reporter is None:
        yield "NOT is_restricted", []
    else:
        yield "reporter_id = %s", [filters.reporter.pk]
    for box in (filters.bbox, box_around(*filters.near) if filters.near else None):
        if box:
            west, south, east, north = box
            yield "lat BETWEEN %s AND %s AND lon BETWEEN %s AND %s", [south, north, west, east]
    if filters.area:
        yield f"{AREA_COLUMNS.get(len(filters.area), 'village_code')} = %s", [filters.area]
    if filters.body:
        yield _among("body_id", bodies.subtree(filters.body))
    if filters.category:
        yield _among("category_id", [filters.category, *_below(filters.category)])
    if filters.states:
        yield _among("state", _states(filters.states))
    times = {"created_at >=": filters.since, "created_at <": filters.until, "updated_at >=": filters.updated_since}
    for words, at in times.items():
        if at is not None:
            yield f"{words} %s", [connection.ops.adapt_datetimefield_value(at)]


def _among(column: str, values: list[str]) -> Condition:
    return f"{column} IN ({', '.join(['%s'] * len(values))})", values


def _order(filters: Filters) -> str:
    """In a small box the order is an expression, so that the planner takes the box first:
    walking the primary key backwards for fifty in a street reads the whole table."""
    if filters.near:
        return "id + 0"
    if filters.bbox:
        west, south, east, north = filters.bbox
        if (east - west) * (north - south) < WIDE:
            return "id + 0"
    return "id"


def _after(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Problem(
            "bad_cursor",
            422,
            _("This cursor is not one of ours: start again without it."),
            field="cursor",
        )
    return int(cursor)


def _states(words: tuple[str, ...]) -> list[str]:
    """States named directly, or by what the public sees of them."""
    return [str(state) for state in State if state in words or PUBLIC[state] in words]


def _below(category: str) -> list[str]:
    return [
        one.code for one in catalogue.all_active() if category in catalogue.branch(one.code) and one.code != category
    ]
