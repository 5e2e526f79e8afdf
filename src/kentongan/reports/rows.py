"""Public reports straight from the table, for what is asked all the time: no model objects are made.

A `Row` reads like a `Report` as far as the public sees it. Measured: a list of fifty in a third of the time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from kentongan.foundation.codes import read_code
from kentongan.places import distance
from kentongan.reports.reading import Filters, listed

Moment = datetime | None


class Row(NamedTuple):
    """The columns in the order of `COLUMNS`; times and the decision as the driver gives them."""

    id: int
    code: str
    state: str
    ending: str
    category_id: str
    text: str
    url: str
    privacy: str
    lon: float | None
    lat: float | None
    place_quality: str
    province_code: str
    regency_code: str
    district_code: str
    village_code: str
    body_id: str | None
    seq: int
    support_count: int
    comment_count: int
    photo_count: int
    kept_decision: str
    kept_occurred: Moment
    kept_deadline: Moment
    kept_created: Moment
    kept_updated: Moment

    @property
    def area_codes(self) -> list[str]:
        """The codes from the province down, as far as they are known."""
        codes = (self.province_code, self.regency_code, self.district_code, self.village_code)
        return [code for code in codes if code]

    @property
    def decision(self) -> dict[str, Any]:
        """What routing answered."""
        return orjson.loads(self.kept_decision)

    @property
    def occurred_at(self) -> Moment:
        """When it was seen, if that was said."""
        return _moment(self.kept_occurred)

    @property
    def deadline_at(self) -> Moment:
        """By when an answer was promised."""
        return _moment(self.kept_deadline)

    @property
    def created_at(self) -> Moment:
        """When it was received."""
        return _moment(self.kept_created)

    @property
    def updated_at(self) -> Moment:
        """When the last entry was made."""
        return _moment(self.kept_updated)


_KEPT = {
    "kept_decision": "decision", "kept_occurred": "occurred_at", "kept_deadline": "deadline_at",
    "kept_created": "created_at", "kept_updated": "updated_at",
}  # fmt: skip
COLUMNS = tuple(_KEPT.get(name, name) for name in Row._fields)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM reports_report"  # noqa: S608
_ONE = f"{_SELECT} WHERE code = %s AND NOT is_restricted"


def find_public(code: str) -> Row | None:
    """The public report with this code; None where there is none, or it is not for everybody."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [read_code(code) or ""])
        found = cursor.fetchone()
    return Row(*found) if found else None


def list_public(filters: Filters) -> tuple[list[Row], str]:
    """As `reading.listing` for everybody: the rows, and the cursor of the next piece (empty: none).

    Raises Problem for a cursor that is none of ours.
    """
    found, limit = listed(filters)
    # First the ids alone: sorting whole rows of a crowded box took most of the time.
    ids = list(found.values_list("id", flat=True)[: limit + 1])
    items = _rows(ids)
    following = str(items[limit - 1].id) if len(items) > limit else ""
    shown = items[:limit]
    return [one for one in shown if not filters.near or _within(one, filters.near)], following


def _rows(ids: list[int]) -> list[Row]:
    if not ids:
        return []
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} WHERE id IN ({marks}) ORDER BY id DESC", ids)
        return [Row(*one) for one in cursor.fetchall()]


def _within(one: Row, near: tuple[float, float, float]) -> bool:
    if one.lon is None or one.lat is None:
        return False
    return distance(near[0], near[1], one.lon, one.lat) <= near[2]


def _moment(kept: Moment) -> Moment:
    # SQLite keeps UTC without a zone.
    return kept.replace(tzinfo=UTC) if kept and kept.tzinfo is None else kept
