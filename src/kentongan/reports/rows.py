"""Public reports straight from the table, for what is asked all the time: no model objects are made.

A `Row` reads like a `Report` as far as the public sees it. Measured: a list of fifty in a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from kentongan.foundation import prepared
from kentongan.foundation.codes import read_code
from kentongan.foundation.remembering import remembered
from kentongan.reports.filtering import Filters, Stamp, newest, page

Moment = datetime | None


class Row(NamedTuple):
    """The columns as they are asked for; times and the decision as text."""

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
    address: str
    asset_layer: str
    asset_id: str
    asset_name: str
    province_code: str
    regency_code: str
    district_code: str
    village_code: str
    body_id: str | None
    seq: int
    support_count: int
    comment_count: int
    photo_count: int
    kept_answers: str
    kept_asked: str | None
    kept_decision: str
    kept_occurred: str | None
    kept_deadline: str | None
    kept_created: str
    kept_updated: str

    @property
    def stamp(self) -> Stamp:
        """By which it is known whether anything has changed since."""
        return Stamp(self.id, self.code, self.seq, self.lon, self.lat)

    @property
    def area_codes(self) -> list[str]:
        """The codes from the province down, as far as they are known."""
        codes = (self.province_code, self.regency_code, self.district_code, self.village_code)
        return [code for code in codes if code]

    @property
    def decision(self) -> dict[str, Any]:
        """What routing answered."""
        kept: dict[str, Any] = orjson.loads(self.kept_decision)
        return kept

    @property
    def public_answers(self) -> list[tuple[Mapping[str, Any], Any]]:
        """The questions whose answers everybody may read, with these."""
        if not self.kept_asked:
            return []
        asked, answers = orjson.loads(self.kept_asked) or (), orjson.loads(self.kept_answers)
        return [(one, answers[one["code"]]) for one in asked if one.get("public") and one["code"] in answers]

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
    "kept_answers": "answers", "kept_asked": "asked", "kept_decision": "decision",
    "kept_occurred": "occurred_at", "kept_deadline": "deadline_at",
    "kept_created": "created_at", "kept_updated": "updated_at",
}  # fmt: skip


def find_public(code: str) -> Row | None:
    """The public report with this code; None where there is none, or it is not for everybody."""
    found = prepared.rows(f"{_select()} WHERE code = %s AND NOT is_restricted", [read_code(code) or ""])
    return Row(*found[0]) if found else None


def list_public(filters: Filters) -> tuple[list[Stamp], str]:
    """As `reading.listing` for everybody: which reports, and the cursor of the next piece (empty: none).

    Raises Problem for a cursor that is none of ours.
    """
    found = newest(filters)
    shown = found[: filters.piece]
    following = str(shown[-1].id) if len(found) > len(shown) else ""
    return [one for one in shown if filters.takes(one.lon, one.lat)], following


def read_public(ids: list[int]) -> list[Row]:
    """The public reports with these ids as they stand now, newest first."""
    among, values = "id = ANY(%s)", list[Any]([ids])
    if connection.vendor == "sqlite":
        among, values = f"id IN ({', '.join(['%s'] * len(ids))})", ids
    statement = f"{_select()} WHERE {among} AND NOT is_restricted ORDER BY id DESC"
    return [Row(*one) for one in prepared.rows(statement, values)] if ids else []


def find_codes(codes: list[str]) -> list[Row]:
    """The public reports with these codes, newest first; those that are not for everybody are left out."""
    if not codes:
        return []
    marks = ", ".join(["%s"] * len(codes))
    with connection.cursor() as cursor:
        statement = f"{_select()} WHERE code IN ({marks}) AND NOT is_restricted ORDER BY id DESC"
        cursor.execute(statement, codes)
        return [Row(*one) for one in cursor.fetchall()]


def list_page(filters: Filters, most: int = 1000) -> list[Row]:
    """A numbered page of public reports, newest first, for protocols without cursors (`limit`, `offset`)."""
    ids, values = page(filters, most)
    with connection.cursor() as cursor:
        # Through a table of its own: a LIMIT may stand in no IN of some databases.
        statement = f"{_select()} WHERE id IN (SELECT id FROM ({ids}) AS page) ORDER BY id DESC"  # noqa: S608
        cursor.execute(statement, values)
        rows = [Row(*one) for one in cursor.fetchall()]
    return [one for one in rows if filters.takes(one.lon, one.lat)]


@remembered(maxsize=1)
def _select() -> str:
    # Times and JSON as text: Django's conversion of four times a row took a tenth of a list.
    columns = [_KEPT.get(name, name) for name in Row._fields]
    columns = [f"CAST({name} AS TEXT)" if name in _KEPT.values() else name for name in columns]
    return f"SELECT {', '.join(columns)} FROM reports_report"  # noqa: S608


def _moment(kept: str | None) -> Moment:
    # SQLite keeps UTC without a zone.
    return datetime.fromisoformat(kept if "+" in kept else f"{kept}+00:00") if kept else None
