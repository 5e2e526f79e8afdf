"""The country in one read-only file: an SQLite R*Tree with pieces of polygons and lines as WKB beside it.

All processes share it through the page cache. Large polygons are cut into pieces at a grid, so that a
point is tested against few vertices. Coordinates are WGS 84 degrees, lon before lat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem
from kentongan.places.outlines import Outlines, polygons
from kentongan.places.shared_file import SharedFile, draft_beside

FORMAT = 3
MOST_VERTICES = 120  # of a piece: beyond it cutting once more is cheaper than testing
_PIECES = (
    "SELECT p.code, p.wkb FROM area_box b JOIN piece p ON p.id = b.id"
    " WHERE b.west <= ? AND b.east >= ? AND b.south <= ? AND b.north >= ?"
)
GRID = 1e-9  # degrees, a tenth of a millimetre: what is closer is one point where cutting fails otherwise
MARGIN = 1e-6  # degrees by which a box is widened, more than the rounding of a 32-bit R*Tree


@dataclass(frozen=True)
class Line:
    """A feature of a layer to be indexed: `owner` is the class of body that looks after it."""

    layer: str
    owner: str
    reach: float
    name: str
    geometry: BaseGeometry


class Index(SharedFile):
    """An open index file."""

    def at(self, lon: float, lat: float, reach: float) -> tuple[list[str], list[tuple[float, str]]]:
        """The villages that cover the point (borders included), and those within `reach` degrees beside it
        with their distance in degrees; both in a stable order."""
        here, covering, beside = shapely.Point(lon, lat), set(), dict[str, float]()
        for code, wkb in self._rows(_PIECES, (lon + reach, lon - reach, lat + reach, lat - reach)):
            if code in covering:
                continue
            away = shapely.distance(shapely.from_wkb(wkb), here)
            if away == 0.0:
                covering.add(code)
            elif away <= reach:
                beside[code] = min(away, beside.get(code, reach))
        return sorted(covering), sorted((away, code) for code, away in beside.items() if code not in covering)

    def lines(self, lon: float, lat: float, east: float, north: float) -> Iterator[tuple[str, str, int, BaseGeometry]]:
        """Layer, name, level (files of roads do not say it: 0) and geometry of what is near: whose box meets the box
        of the given half sizes in degrees."""
        rows = self._rows(
            "SELECT l.layer, l.name, l.wkb FROM line_box b JOIN line l ON l.id = b.id"
            " WHERE b.west <= ? AND b.east >= ? AND b.south <= ? AND b.north >= ?",
            (lon + east, lon - east, lat + north, lat - north),
        )
        for layer, name, wkb in rows:
            yield layer, name, 0, shapely.from_wkb(wkb)

    def is_open(self, lon: float, lat: float, reach: float) -> bool:
        """Whether some place `reach` degrees from the point lies in no polygon."""
        rows = self._rows(_PIECES, (lon + reach, lon - reach, lat + reach, lat - reach))
        around = shapely.get_coordinates(shapely.Point(lon, lat).buffer(reach, quad_segs=2))
        covered = np.zeros(len(around), dtype=bool)
        for _code, wkb in rows:
            covered |= shapely.intersects_xy(shapely.from_wkb(wkb), around)
        return not covered.all()

    def regencies(self) -> set[str]:
        """The codes of the regencies of which there is any polygon."""
        return {code for (code,) in self._rows("SELECT DISTINCT substr(code, 1, 5) FROM piece")}

    def of(self, code: str) -> list[BaseGeometry]:
        """The pieces of an area and all below it, by the prefix of the code."""
        rows = self._rows(
            "SELECT wkb FROM piece WHERE code = ? OR (code > ? AND code < ?)", (code, code + ".", code + "/")
        )
        return [shapely.from_wkb(wkb) for (wkb,) in rows]

    def outline(self, code: str) -> BaseGeometry | None:
        """The ready outline of a province or regency; None for others, and in a file of an older format."""
        if int(self.facts.get("format", 0)) < 2:
            return None
        rows = self._rows("SELECT wkb FROM outline WHERE code = ?", (code,))
        return shapely.from_wkb(rows[0][0]) if rows else None

    def newer_areas(self) -> list[tuple[str, str, str, float, float]]:
        """Code, name, type, lon and lat of areas that the packaged gazetteer does not know, or not by this name."""
        if int(self.facts.get("format", 0)) < 3:
            return []
        return self._rows("SELECT code, name, type, lon, lat FROM area")

    def has_below(self, code: str) -> bool:
        """Whether there is any polygon of the area or below it."""
        return bool(self._rows("SELECT 1 FROM piece WHERE code > ? AND code < ? LIMIT 1", (code + ".", code + "/")))

    def pieces(self) -> tuple[Any, list[str]]:
        """All pieces as an array of polygons, and the village code of each: for many points at once; costs memory."""
        rows = self._rows("SELECT code, wkb FROM piece ORDER BY id")
        return shapely.from_wkb([wkb for _code, wkb in rows]), [code for code, _wkb in rows]


def build(
    path: Path,
    villages: Iterable[tuple[str, BaseGeometry]],
    lines: Iterable[Line],
    facts: dict[str, str],
    newer: Iterable[tuple[str, str, str, float, float]] = (),
) -> None:
    """Writes the index and puts it in place at once: a reader sees the old one or the new one."""
    with drafted(path, villages, lines, facts, newer) as draft:
        put(draft, path)


@contextmanager
def drafted(
    path: Path,
    villages: Iterable[tuple[str, BaseGeometry]],
    lines: Iterable[Line],
    facts: dict[str, str],
    newer: Iterable[tuple[str, str, str, float, float]] = (),
) -> Iterator[Path]:
    """An index written beside `path`, for as long as the block lasts; who wants it puts it in place.

    Raises Problem `no_index` (507) where it cannot be written, as on a full disk.
    """
    draft: Path | None = None
    try:
        try:
            draft = draft_beside(path)
            _write(draft, villages, lines, facts, newer)
        except (sqlite3.Error, OSError) as fault:
            raise Problem("no_index", 507, f"{path}: the index cannot be written: {fault}") from None
        yield draft
    finally:
        if draft:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def put(draft: Path, path: Path) -> None:
    """Puts a written index in place. Raises Problem `no_index` (507) where it cannot be."""
    try:
        draft.replace(path)
    except OSError as fault:
        raise Problem("no_index", 507, f"{path}: the index cannot be put in place: {fault}") from None


def _write(
    draft: Path,
    villages: Iterable[tuple[str, BaseGeometry]],
    lines: Iterable[Line],
    facts: dict[str, str],
    newer: Iterable[tuple[str, str, str, float, float]],
) -> None:
    with closing(sqlite3.connect(draft)) as made:
        _tables(made)
        number = _add_villages(made, villages)
        _add_lines(made, lines)
        made.executemany("INSERT OR IGNORE INTO area VALUES (?, ?, ?, ?, ?)", newer)
        told = {**facts, "format": str(FORMAT), "villages": str(number)}
        made.execute("CREATE INDEX piece_code ON piece (code)")
        made.executemany("INSERT INTO fact VALUES (?, ?)", told.items())
        made.commit()


def pieces(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    """The parts of a polygon, none with more than about 120 vertices."""
    waiting = list(polygons(shape))
    while waiting:
        part = waiting.pop()
        if shapely.get_num_coordinates(part) <= MOST_VERTICES:
            yield part
            continue
        west, south, east, north = part.bounds
        if east - west > north - south:
            middle = (west + east) / 2
            halves = ((west, south, middle, north), (middle, south, east, north))
        else:
            middle = (south + north) / 2
            halves = ((west, south, east, middle), (west, middle, east, north))
        smaller = [one for half in halves for one in polygons(_within(part, half))]
        if any(one.bounds == part.bounds for one in smaller):
            yield part  # too small for its coordinates to be told apart: cutting on would never end
        else:
            waiting += smaller


def _within(part: BaseGeometry, half: tuple[float, float, float, float]) -> BaseGeometry:
    """What of a polygon lies in a box. Cutting at a rectangle is quick, but cannot do with some thin shapes."""
    try:
        cut = shapely.clip_by_rect(part, *half)
        return cut if shapely.is_valid(cut) else shapely.intersection(part, shapely.box(*half))
    except shapely.errors.GEOSException:
        return shapely.intersection(shapely.make_valid(part), shapely.box(*half), grid_size=GRID)


def _tables(made: sqlite3.Connection) -> None:
    made.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "CREATE TABLE area (code TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, lon REAL, lat REAL);"
        "CREATE TABLE layer (code TEXT PRIMARY KEY, owner TEXT NOT NULL, reach REAL NOT NULL);"
        "CREATE TABLE piece (id INTEGER PRIMARY KEY, code TEXT NOT NULL, wkb BLOB NOT NULL);"
        "CREATE TABLE outline (code TEXT PRIMARY KEY, wkb BLOB NOT NULL);"
        "CREATE TABLE line (id INTEGER PRIMARY KEY, layer TEXT NOT NULL, name TEXT NOT NULL, wkb BLOB NOT NULL);"
        "CREATE VIRTUAL TABLE area_box USING rtree (id, west, east, south, north);"
        "CREATE VIRTUAL TABLE line_box USING rtree (id, west, east, south, north);"
    )


def _add_villages(made: sqlite3.Connection, villages: Iterable[tuple[str, BaseGeometry]]) -> int:
    number, outlines = 0, Outlines()
    for code, shape in villages:
        number += 1
        try:
            outlines.add(code, shape)
            cut = list(pieces(shape))
        except shapely.errors.ShapelyError as fault:  # libgeos, on a shape so thin that nothing of it is left
            detail = f"{code}: its boundary cannot be cut into pieces ({fault}); nothing is loaded"
            raise Problem("bad_features", 422, detail) from None
        for piece in cut:
            row = made.execute("INSERT INTO piece (code, wkb) VALUES (?, ?)", (code, shapely.to_wkb(piece))).lastrowid
            made.execute("INSERT INTO area_box VALUES (?, ?, ?, ?, ?)", (row, *_box(piece)))
    made.executemany(
        "INSERT OR IGNORE INTO outline VALUES (?, ?)",
        ((code, shapely.to_wkb(shape)) for code, shape in outlines.all()),
    )
    return number


def _add_lines(made: sqlite3.Connection, lines: Iterable[Line]) -> None:
    for line in lines:
        made.execute("INSERT OR IGNORE INTO layer VALUES (?, ?, ?)", (line.layer, line.owner, line.reach))
        row = made.execute(
            "INSERT INTO line (layer, name, wkb) VALUES (?, ?, ?)",
            (line.layer, line.name, shapely.to_wkb(line.geometry)),
        ).lastrowid
        made.execute("INSERT INTO line_box VALUES (?, ?, ?, ?, ?)", (row, *_box(line.geometry)))


def _box(shape: BaseGeometry) -> tuple[float, float, float, float]:
    west, south, east, north = shape.bounds
    return west - MARGIN, east + MARGIN, south - MARGIN, north + MARGIN
