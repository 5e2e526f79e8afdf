"""`kentongan numbers load`: a table of local numbers, whole or not at all. Its columns: docs/reference/numbers.md."""

from __future__ import annotations

import csv
import zlib
from datetime import date
from pathlib import Path

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from kentongan import bodies, places
from kentongan.foundation import tables
from kentongan.foundation.problems import Problem
from kentongan.numbers import known
from kentongan.numbers.dialling import dialled
from kentongan.numbers.hours import week
from kentongan.numbers.models import Local

NEEDED = ("kind", "number", "name", "area", "source", "checked")
MORE = ("name_en", "lon", "lat", "address", "hours", "body")
LETTERS = {"number": 40, "name": 120, "name_en": 120, "body": 60}
MOST, LONGEST = 50_000, 8 * 1024 * 1024  # rows, bytes


def load(path: Path, name: str = "", *, is_demo: bool = False) -> int:
    """Takes a file in the place of what was loaded under the same `name` (empty: the file's own); returns how many.

    Raises Problem `bad_file` or `bad_row` (422, `extra` has `row` as spreadsheets count and `column`): nothing is
    changed then.
    """
    batch = (name or path.stem)[:80]
    rows = _read(path)
    for row in rows:
        row.batch, row.is_demo = batch, is_demo
    with transaction.atomic():
        Local.objects.filter(batch=batch).delete()
        Local.objects.bulk_create(rows, batch_size=500)
        known.changed()
    return len(rows)


def drop(name: str) -> int:
    """Takes away what was loaded under a name; returns how many numbers that were."""
    with transaction.atomic():
        gone, _each = Local.objects.filter(batch=name).delete() if name else (0, {})
        known.changed()
    return gone


def loaded() -> list[tuple[str, int]]:
    """The names under which numbers are loaded, and how many each."""
    return list(Local.objects.exclude(batch="").values_list("batch").annotate(Count("id")).order_by("batch"))


def _read(path: Path) -> list[Local]:
    if path.stat().st_size > LONGEST:
        raise Problem("bad_file", 422, f"the file has more than {LONGEST // 1024 // 1024} MB")
    made: list[Local] = []
    number = 1
    try:
        with path.open("rb") as packed, tables.opened(path, packed) as lines:
            header, rows, number = tables.rows(lines, [*NEEDED])
            for row in rows:
                if not tables.is_empty(row):
                    made.append(_row(dict(zip(header, tables.plain(row), strict=False)), number, tables.is_broken(row)))
                number += 1
                if len(made) > MOST:
                    raise Problem("bad_file", 422, f"the file has more than {MOST} rows")
    except tables.NoTable as fault:
        raise Problem("bad_file", 422, str(fault)) from None
    except (csv.Error, OSError, EOFError, zlib.error) as fault:
        raise Problem("bad_file", 422, f"row {number} cannot be read: {fault}") from None
    if not made:
        raise Problem("bad_file", 422, "the file has no rows")
    return made


class _Wrong:
    """Makes the refusal that names row and column."""

    def __init__(self, row: int) -> None:
        self.row = row

    def __call__(self, column: str, why: str) -> Problem:
        told = f"row {self.row}, {column}: {why}. Nothing was changed."
        return Problem("bad_row", 422, told, field=column, extra={"row": self.row, "column": column})


def _row(given: dict[str, str], number: int, is_broken: bool) -> Local:
    said, wrong = {name: (value or "").strip() for name, value in given.items()}, _Wrong(number)
    if is_broken:
        raise wrong("name", "it holds letters that cannot be read; save the file as UTF-8")
    for column in (*NEEDED, *MORE):
        said.setdefault(column, "")
        if len(said[column]) > LETTERS.get(column, 200):
            raise wrong(column, f"more than {LETTERS.get(column, 200)} letters")
    _check(said, wrong)
    lon, lat = _point(said, wrong)
    if lon is None and said["kind"] == "evacuation":
        raise wrong("lon", "a point to go to needs its place")
    return Local(
        kind=said["kind"], number=said["number"], name_id=said["name"], area=said["area"], lon=lon, lat=lat,
        source=said["source"], checked=_day(said["checked"], wrong),
        **{column: said[column] for column in ("name_en", "address", "hours", "body")},
    )  # fmt: skip


def _check(said: dict[str, str], wrong: _Wrong) -> None:
    if said["kind"] not in known.KINDS:
        raise wrong("kind", f"there is no kind {said['kind']!r}; there are {', '.join(known.KINDS)}")
    if tables.lost_digits(said["number"]):
        raise wrong("number", "a spreadsheet has cut its digits; make the column text")
    if not dialled(said["number"]) and (said["number"] or said["kind"] != "evacuation"):
        raise wrong("number", f"{said['number']!r} cannot be dialled")
    for column in ("name", "source"):
        if not said[column]:
            raise wrong(column, "it is empty")
    if not places.known_chain(said["area"]):
        raise wrong("area", f"there is no area {said['area']!r}")
    if said["hours"] and week(said["hours"]) is None:
        raise wrong("hours", f"{said['hours']!r} is not written as Mo-Fr 08:00-16:00; Sa 08:00-12:00 or 24/7")
    if said["body"] and bodies.snapshot().body(said["body"]) is None:
        raise wrong("body", f"there is no body {said['body']!r}")


def _point(said: dict[str, str], wrong: _Wrong) -> tuple[float | None, float | None]:
    if not said["lon"] and not said["lat"]:
        return None, None
    try:
        lon, lat = float(said["lon"]), float(said["lat"])
        places.check_point(lon, lat)
    except ValueError:
        raise wrong("lon", "a place is two numbers of degrees, such as 106.82 and -6.17") from None
    except Problem as problem:
        raise wrong(problem.field or "lon", str(problem.detail)) from None
    return lon, lat


def _day(said: str, wrong: _Wrong) -> date:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise wrong("checked", f"{said!r} is no date such as 2026-01-31") from None
    if day > timezone.localdate():
        raise wrong("checked", "it lies in the future")
    return day
