"""Rows of things: tables of text by ourselves, every other file as boundaries and layers are read."""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from kentongan.foundation import tables
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.places import files, written
from kentongan.places.here import EAST, NORTH, SOUTH, WEST

TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
LONGEST_ID, LONGEST_NAME = 80, 160  # letters that the tables have room for
# What tables call longitude and latitude, the surest first.
PAIRS = (
    ("lon", "lat"), ("longitude", "latitude"), ("long", "lat"), ("lng", "lat"), ("bujur", "lintang"), ("x", "y"),
    ("koordinat x", "koordinat y"), ("lon", "latitude"), ("longitude", "lat"),
)  # fmt: skip
NAMES = ("name", "nama")  # tried where no column of names was asked for
_PLAIN = re.compile(r"-?\d{1,3}\.\d{1,15}", re.ASCII)
LAST_BYTES = 4  # of a file: a line end of any encoding


@dataclass(frozen=True)
class Columns:
    """The fields that hold the id and the name; without `name` one of `NAMES` is taken where it is there."""

    id: str = "id"
    name: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that the name may be in."""
        return (self.name,) if self.name else NAMES


@dataclass(frozen=True)
class Item:
    """One row: where it stands, what it holds, degrees of WGS 84, and what is wrong with it (empty: nothing)."""

    where: str
    id: str
    name: str = ""
    lon: float = 0.0
    lat: float = 0.0
    fault: str = ""

    @property
    def facts(self) -> tuple[str, float, float]:
        """What tells whether it has changed."""
        return self.name, self.lon, self.lat


def read(path: Path, columns: Columns) -> Iterator[Item]:
    """The rows of a file in their order. Raises Problem `bad_file` where it has none of these columns, or is cut."""
    if not path.is_file():
        raise Problem("bad_file", 422, f"{path}: there is no such file", field="file")
    if path.name.lower().endswith(TABLES):
        yield from _table(path, columns)
        return
    for row in files.read(path):
        yield _feature(f"{path.name}, feature {row.number}", row, columns)


def _feature(where: str, row: files.Row, columns: Columns) -> Item:
    fields = {str(name).casefold(): value for name, value in row.fields.items()}
    if columns.id.casefold() not in fields:
        return Item(where, "", fault=f"it has no field {columns.id!r}")
    own_id = _text(fields[columns.id.casefold()])
    name = next((_text(fields[one.casefold()]) for one in columns.names if one.casefold() in fields), "")
    if row.shape is None or row.shape.is_empty:
        return Item(where, own_id, fault=_wrong_id(own_id) or "it has no geometry")
    try:
        # A bridge may be a line and a park a polygon: one point of it stands for it.
        is_line = row.shape.geom_type == "LineString"
        point = row.shape.interpolate(0.5, normalized=True) if is_line else row.shape.representative_point()
    except (shapely.errors.GEOSException, ValueError) as fault:
        return Item(where, own_id, fault=f"its geometry is invalid: {fault}")
    return _item(where, own_id, name, point.x, point.y)


def _table(path: Path, columns: Columns) -> Iterator[Item]:
    try:
        wanted = _wanted(path, columns)
        with path.open("rb") as packed, tables.opened(path, packed) as lines:
            header, rows, number = tables.rows(lines, wanted)
            is_short = yield from _rows(path.name, header, rows, number, wanted)
        if is_short and _ends_open(path):
            raise Problem("bad_file", 422, f"{path.name}: it is cut short, its last row is not whole", field="file")
    except tables.NoTable as fault:
        raise Problem("bad_file", 422, f"{path.name}: {fault}", field="file") from None
    except (csv.Error, UnicodeError, EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise Problem("bad_file", 422, f"{path.name}: cannot be read ({fault})", field="file") from None


def _wanted(path: Path, columns: Columns) -> list[str]:
    """The columns of id, longitude, latitude and, where there is one, name. Raises NoTable."""
    _header(path, [columns.id, *([columns.name] if columns.name else [])])
    for name in columns.names if columns.name else (*NAMES, ""):
        for pair in PAIRS:
            wanted = [columns.id, *pair, *([name] if name else [])]
            try:
                _header(path, wanted)
            except tables.NoTable:
                continue
            return wanted
    raise tables.NoTable("there are no columns for longitude and latitude, such as lon and lat")


def _header(path: Path, wanted: list[str]) -> list[str]:
    with path.open("rb") as packed, tables.opened(path, packed) as lines:
        return tables.rows(lines, wanted)[0]


def _rows(
    file: str, header: list[str], rows: Iterator[list[str]], number: int, wanted: list[str]
) -> Generator[Item, None, bool]:
    """The items; in the end whether the last row is not whole."""
    at, width, is_short = [header.index(one) for one in wanted], len(header), False
    while True:
        where = f"{file}, row {number}"
        try:
            row = next(rows, None)
            if row is None:
                return is_short
            item = _line(where, row, at, width)
            if not item.fault:
                is_short = len(row) < width
                yield item
            elif again := tables.header_again(tables.plain(row), wanted):
                at, width = [again.index(one) for one in wanted], len(again)  # files put one behind the other
            elif not (tables.is_empty(row) or tables.is_separator(row)):
                is_short = len(row) < width
                yield item
        except csv.Error as fault:
            is_short = True
            yield Item(where, "", fault=str(fault))
        number += 1


def _line(where: str, row: list[str], at: list[int], width: int) -> Item:
    if len(row) <= max(at[:3]) or any(field.strip() for field in row[width:]):
        return Item(where, "", fault=f"{len(row)} fields, the header has {width}")
    own_id, lon, lat, name = [*(row[one] if one < len(row) else "" for one in at), ""][:4]
    own_id = tables.plain([own_id])[0].strip().removeprefix("'") if "\0" not in own_id else own_id
    if tables.lost_digits(own_id):
        return Item(where, "", fault=f"its id {own_id} has lost digits in a spreadsheet: make its column text there")
    if tables.is_broken([own_id, name]):
        return Item(where, own_id if not tables.is_broken([own_id]) else "", fault="has letters that cannot be read")
    east, north = _number(lon), _number(lat)
    if east is None or north is None:
        missing = not (lon.strip() and lat.strip())
        fault = "it has no coordinates" if missing else f"{lon[:40]!r}, {lat[:40]!r} are no degrees"
        return Item(where, own_id, fault=_wrong_id(own_id) or fault)
    return _item(where, own_id, name, east, north)


def _number(written_so: str) -> float | None:
    """A coordinate in any writing; a number beyond all degrees as it is, so that it can be told what it is."""
    if _PLAIN.fullmatch(written_so):  # nearly all are so, and there may be a million
        return float(written_so)
    if (found := written.degrees(written_so)) is not None:
        return found.value
    try:
        return float(written_so.replace(",", "."))
    except ValueError:
        return None


def _item(where: str, own_id: str, name: str, lon: float, lat: float) -> Item:
    if fault := _wrong_id(own_id) or _wrong_name(name) or _misplaced(lon, lat):
        return Item(where, own_id, fault=fault)
    return Item(where, own_id, clean_text(name, LONGEST_NAME), round(lon, 6), round(lat, 6))


def _wrong_id(own_id: str) -> str:
    if not own_id:
        return "its id is missing"
    if not own_id.isprintable():
        return "its id has letters that nobody sees"
    return f"its id is longer than {LONGEST_ID} letters" if len(own_id) > LONGEST_ID else ""


def _wrong_name(name: str) -> str:
    if "\0" in name:
        return "its name has a NUL, which no text has"
    try:
        clean_text(name, LONGEST_NAME)
    except TextTooLong as fault:
        return f"its name is longer than {LONGEST_NAME} letters: {fault.length}"
    return ""


def _misplaced(lon: float, lat: float) -> str:
    if SOUTH <= lon <= NORTH and WEST <= lat <= EAST:
        return f"its longitude and latitude are swapped ({lon:g}, {lat:g})"
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        return f"it lies outside the world ({lon:g}, {lat:g}): degrees of WGS 84, longitude first, are wanted"
    if lon == 0 and lat == 0:
        return "it lies at 0, 0: its place was not known"
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        return f"it lies outside the country ({lon:g}, {lat:g}): degrees of WGS 84, longitude first, are wanted"
    return ""


def _text(value: Any) -> str:
    """A field as text: numbers without the ".0" that a column of them with gaps has; nothing for what is no text."""
    if value is None or isinstance(value, bool | list | dict) or value != value:
        return ""
    if hasattr(value, "is_integer") and value.is_integer():
        value = int(value)
    return str(value).strip()


def _ends_open(path: Path) -> bool:
    """Whether the last line of a file has no end."""
    with path.open("rb") as packed:
        raw: Any = gzip.GzipFile(fileobj=packed) if path.suffix == ".gz" else packed
        last = b""
        while some := raw.read(tables.CHUNK):
            last = (last + some)[-LAST_BYTES:]
    return b"\n" not in last and b"\r" not in last
