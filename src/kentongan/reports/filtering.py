"""Which reports a list is of, as SQL by hand: Django takes longer to build the query than the database to answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from time import monotonic
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.foundation import prepared
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person
from kentongan.places import distance
from kentongan.reports.states import PUBLIC, State

MOST = 200
METRES_A_DEGREE = 111_195  # of latitude, mean
WALKED_SHARE, MOST_WALKED = 40, 10_000  # a fortieth of all reports; at most so many, about 1.4 ms
KNOWN_FOR = 10  # seconds for which a process trusts the highest id it knows
WIDE = 1.0  # square degrees: a box beyond it holds enough of the newest to walk by id
BEYOND = 2**63 - 1  # every id
BOX_FIRST = "id + 0"  # an order that no index has
AREA_COLUMNS = {2: "province_code", 5: "regency_code", 8: "district_code", 13: "village_code"}
Box = tuple[float, float, float, float]
Condition = tuple[str, list[Any]]


class Stamp(NamedTuple):
    """Which report, and how far its timeline goes: every change of a report raises its `seq`, and no id or code is
    given twice. `lon`, `lat` WGS 84 degrees."""

    id: int
    code: str
    seq: int
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Filters:
    """What a list is asked for. `bbox` is min lon, min lat, max lon, max lat; `near` lon, lat, metres."""

    bbox: Box | None = None
    near: tuple[float, float, float] | None = None
    area: str = ""
    body: str = ""
    category: str = ""
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    reporter: Person | None = None
    limit: int = 50
    cursor: str = ""
    offset: int = 0

    @property
    def piece(self) -> int:
        """How many reports are one piece of the list."""
        return max(1, min(self.limit, MOST))

    def takes(self, lon: float | None, lat: float | None) -> bool:
        """Whether a place that lies in the box around `near` lies in its circle too."""
        if self.near is None:
            return True
        return lon is not None and lat is not None and distance(*self.near[:2], lon, lat) <= self.near[2]


def newest(filters: Filters) -> list[Stamp]:
    """A piece of the list and one more, newest first.

    Raises Problem for a cursor that is none of ours.
    """
    before, alone = _after(filters.cursor) if filters.cursor else None, _is_box_alone(filters)
    if alone and len(found := _among_newest(filters, before)) > filters.piece:
        return found
    where, values = matching(filters)
    if before is not None:
        where, values = f"{where} AND id < %s", [*values, before]
    order = _order(filters)
    statement, values = _stamps(where, order), [*values, filters.piece + 1]
    if alone and order == BOX_FIRST:
        return [Stamp(*one) for one in prepared.rows(statement, values)]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Stamp(*one) for one in cursor.fetchall()]


def page(filters: Filters, most: int) -> Condition:
    """The statement for the ids of a numbered page of at most `most`, newest first, for protocols without cursors."""
    where, values = matching(filters)
    statement = f"SELECT id FROM reports_report WHERE {where} ORDER BY {_order(filters)} DESC LIMIT %s OFFSET %s"  # noqa: S608
    return statement, [*values, max(1, min(filters.limit, most)), filters.offset]


def matching(filters: Filters) -> Condition:
    """What comes after WHERE, and its values; the pages of the list are not part of it."""
    found = list(_conditions(filters))
    return " AND ".join(words for words, _values in found), [value for _words, values in found for value in values]


def box_around(lon: float, lat: float, metres: float) -> Box:
    """The box in degrees that holds the circle."""
    north = metres / METRES_A_DEGREE
    east = north / max(cos(radians(lat)), 0.01)
    return lon - east, lat - north, lon + east, lat + north


def _is_box_alone(filters: Filters) -> bool:
    """Whether it is a box and nothing else: in a crowded one the newest few are among the newest of all."""
    return filters.bbox is not None and filters == Filters(
        bbox=filters.bbox, limit=filters.limit, cursor=filters.cursor
    )  # fmt: skip


def _among_newest(filters: Filters, before: int | None) -> list[Stamp]:
    """What matches among the newest fortieth of all reports, by walking the primary key backwards. With a million
    in one city that takes 0.1 ms where reading the whole box takes 13 (SQLite)."""
    last = before or _highest(int(monotonic() // KNOWN_FOR))
    walked = min(last // WALKED_SHARE, MOST_WALKED)
    if walked < 2 * filters.piece:  # unless half of all reports lie in the box, they hold no piece of it
        return []
    where, values = matching(filters)
    # Expressions, so that the planner does not take the box after all; and two ends, or it would fear a third of all.
    where = where.replace("lat BETWEEN", "lat + 0 BETWEEN").replace("lon BETWEEN", "lon + 0 BETWEEN")
    values = [*values, last - walked, before or BEYOND, filters.piece + 1]
    return [Stamp(*one) for one in prepared.rows(_stamps(f"{where} AND id >= %s AND id < %s", "id"), values)]


@remembered(maxsize=1)
def _highest(_moment: int) -> int:
    """The highest id a moment ago: it only says how far to walk, and what is newer is walked over too."""
    return prepared.rows("SELECT max(id) FROM reports_report")[0][0] or 0


def _stamps(where: str, order: str) -> str:
    """First the ids alone: a box is answered from its index, and only what is shown is read from the table."""
    ids = f"SELECT id FROM reports_report WHERE {where} ORDER BY {order} DESC LIMIT %s"  # noqa: S608
    columns = ", ".join(f"report.{name}" for name in Stamp._fields)
    return f"SELECT {columns} FROM ({ids}) AS page JOIN reports_report AS report USING (id) ORDER BY report.id DESC"  # noqa: S608


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
    if filters.categories:
        yield _among("category_id", [code for one in filters.categories for code in (one, *_below(one))])
    if filters.states:
        yield _among("state", _states(filters.states))
    yield from _times(filters)


def _times(filters: Filters) -> Iterator[Condition]:
    asked = {
        "created_at >=": filters.since, "created_at <": filters.until, "updated_at >=": filters.updated_since,
        "updated_at <": filters.updated_until,
    }  # fmt: skip
    for words, at in asked.items():
        if at is not None:
            yield f"{words} %s", [connection.ops.adapt_datetimefield_value(at)]


def _among(column: str, values: list[str]) -> Condition:
    return f"{column} IN ({', '.join(['%s'] * len(values))})", values


def _order(filters: Filters) -> str:
    """In a small box the order is an expression, so that the planner takes the box first:
    walking the primary key backwards for fifty in a street reads the whole table."""
    if filters.near:
        return BOX_FIRST
    if filters.bbox:
        west, south, east, north = filters.bbox
        if (east - west) * (north - south) < WIDE:
            return BOX_FIRST
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
