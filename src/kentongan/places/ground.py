"""The ground in one read-only file: streets, landmarks and the layers of OpenStreetMap, shared by all processes.

A second file beside the index of the country, put in place as a whole by `kentongan places osm`. Its R*Trees carry what
is asked for in the row itself, so that what is near a point is one query. Coordinates are WGS 84 degrees, lon first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import shapely
import structlog
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.remembering import remembered
from kentongan.places.opening import index_path
from kentongan.places.shared_file import SharedFile

FORMAT = 3
_FOR_NOW = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM}  # too many open files …
_log = structlog.get_logger(__name__)
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
_NEAR = "west <= ? AND east >= ? AND south <= ? AND north >= ?"
_STREETS = f"SELECT name, level, wkb FROM way WHERE {_NEAR} AND street AND name != ''"  # noqa: S608  only constants
_LINES = f"SELECT layer, name, level, wkb FROM way WHERE {_NEAR} AND layer != ''"  # noqa: S608
_LOCAL = f"SELECT name, level, wkb FROM way WHERE {_NEAR} AND street AND name != '' AND layer = ''"  # noqa: S608
_SPOTS = f"SELECT kind, name, west, south FROM spot WHERE {_NEAR}"  # noqa: S608
_LANDMARK = f"SELECT phone, hours FROM spot WHERE {_NEAR} AND name = ? AND (phone != '' OR hours != '')"  # noqa: S608
_FACILITIES = f"SELECT kind, name, west, south, phone, hours FROM spot WHERE {_NEAR}"  # noqa: S608
_SOUGHT_FACILITIES = (
    "SELECT kind, name, lon, lat, phone, hours FROM sought WHERE area > ? AND area < ?"
    " AND (phone != '' OR kind = 'evacuation_point')"
)
_STONES = f"SELECT name, west, south FROM stone WHERE {_NEAR}"  # noqa: S608


class Spot(NamedTuple):
    """A landmark or kilometre stone: its kind, name (of a stone: its number) and place in degrees."""

    kind: str
    name: str
    lon: float
    lat: float


_SOUGHT = "SELECT id, kind, name, area, lon, lat, phone, hours, weight FROM sought"
_NAMED = f"{_SOUGHT} WHERE id IN (SELECT rowid FROM word WHERE word MATCH ? LIMIT ?)"  # noqa: S608  only constants
_OF_PROVINCE = f"{_SOUGHT} WHERE area > ? AND area < ? ORDER BY id LIMIT ?"
CELLS = (10, 1)  # of a degree: the sizes of the squares by which names near a place are found, the smaller first


class Sought(NamedTuple):
    """A name that can be sought: of a street (`kind` empty) or a landmark. `area` the code of what it lies in, lon and
    lat in degrees of its middle; `weight` tells the known from the others."""

    id: int
    kind: str
    name: str
    area: str
    lon: float
    lat: float
    phone: str
    hours: str
    weight: float


class Ground(SharedFile):
    """An open ground file."""

    def streets(self, lon: float, lat: float, east: float, north: float) -> tuple[list[str], Any, list[int]]:
        """Names, lines (an array) and levels above the ground of the named streets whose boxes meet the box of these
        half sizes in degrees."""
        rows = self._rows(_STREETS, _box(lon, lat, east, north))
        lines = shapely.from_wkb([wkb for _name, _level, wkb in rows])
        return [name for name, _level, _wkb in rows], lines, [level for _name, level, _wkb in rows]

    def lines(self, lon: float, lat: float, east: float, north: float) -> list[tuple[str, str, int, BaseGeometry]]:
        """Layer, name, level above the ground and geometry of what belongs to a layer and is near."""
        rows = self._rows(_LINES, _box(lon, lat, east, north))
        return [(layer, name, level, shapely.from_wkb(wkb)) for layer, name, level, wkb in rows]

    def local(self, lon: float, lat: float, east: float, north: float) -> list[tuple[str, int, BaseGeometry]]:
        """Name, level and line of the named streets near that belong to no layer."""
        rows = self._rows(_LOCAL, _box(lon, lat, east, north))
        return [(name, level, shapely.from_wkb(wkb)) for name, level, wkb in rows]

    def spots(self, lon: float, lat: float, east: float, north: float) -> list[Spot]:
        """The landmarks in a box."""
        return [Spot(*row) for row in self._rows(_SPOTS, _box(lon, lat, east, north))]

    def landmark(self, lon: float, lat: float, east: float, north: float, name: str) -> tuple[str, str]:
        """Telephone and hours of a landmark in a box, as OpenStreetMap has them; empty where it says none."""
        rows = self._rows(_LANDMARK, (*_box(lon, lat, east, north), name))
        return rows[0] if rows else ("", "")

    def facilities(self, lon: float, lat: float, east: float, north: float, kinds: Sequence[str]) -> list[Any]:
        """Kind, name, lon, lat, telephone and hours of the landmarks of these kinds in a box."""
        return self._rows(f"{_FACILITIES} AND kind IN ({_marks(kinds)})", (*_box(lon, lat, east, north), *kinds))

    def facilities_of(self, code: str, kinds: Sequence[str], most: int) -> list[Any]:
        """The same of the weightiest in a province (code)."""
        sought = f"{_SOUGHT_FACILITIES} AND kind IN ({_marks(kinds)}) ORDER BY id LIMIT ?"
        return self._rows(sought, (f"{code}.", f"{code}/", *kinds, most))

    def stones(self, lon: float, lat: float, east: float, north: float) -> list[Spot]:
        """The kilometre stones in a box."""
        return [Spot("kilometre", *row) for row in self._rows(_STONES, _box(lon, lat, east, north))]

    def named(self, match: str, most: int) -> list[Sought]:
        """The weightiest names that an expression of FTS5 over the columns `name`, `area` and `cell` finds."""
        return [Sought(*row) for row in self._rows(_NAMED, (match, most))]

    def slips(self, forms: list[str]) -> set[str]:
        """The words of names that have one of these forms (`words.with_one_less`)."""
        marks = ", ".join("?" * len(forms))
        return {word for (word,) in self._rows(f"SELECT word FROM slip WHERE form IN ({marks})", tuple(forms))}  # noqa: S608

    def posted(self, code: str) -> list[str]:
        """The codes of the villages where a postcode is said of streets and landmarks, the surest first."""
        rows = self._rows("SELECT village FROM postcode WHERE code = ? ORDER BY seen DESC, village", (code,))
        return [village for (village,) in rows]

    def of_province(self, code: str, most: int) -> list[Sought]:
        """The weightiest names in a province."""
        return [Sought(*row) for row in self._rows(_OF_PROVINCE, (f"{code}.", f"{code}/", most))]

    def all_lines(self, layers: list[str]) -> Any:
        """The shapes of whole layers as an array, for many points at once; costs memory."""
        marks = ", ".join("?" * len(layers))
        rows = self._rows(f"SELECT wkb FROM way WHERE layer IN ({marks})", tuple(layers))  # noqa: S608
        return shapely.from_wkb([wkb for (wkb,) in rows])


def ground_path() -> Path:
    """Where the file lies: beside the index of the country."""
    return _beside(index_path())


def ground() -> Ground | None:
    """The ground in place now, or None: also where it cannot be read, for pages and reports ask. A new file is noticed
    by its time.
    """
    path = ground_path()
    try:
        stamp = path.stat().st_mtime_ns
        return _open(path, stamp)
    except (FileNotFoundError, sqlite3.Error):
        return None


def attribution() -> str:
    """Whom the streets are owed to, as the Open Database License 1.0 (4.3) asks; empty where there are none."""
    return ATTRIBUTION if ground() is not None else ""


def cell(lon: float, lat: float, size: int) -> str:
    """The square of one `size`-th of a degree in which a place lies, as a word of the index."""
    return f"{'ab'[size == 1]}{int((lon + 200) * size)}x{int((lat + 100) * size)}"


@remembered(maxsize=2)
def _beside(index: Path) -> Path:
    return index.with_name("ground.index")


@remembered(maxsize=2)
def _open(path: Path, _stamp: int) -> Ground | None:
    try:
        found = Ground(path)
    except sqlite3.Error as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in _FOR_NOW:
            raise
        _log.error("ground.unreadable", why=str(fault))
        return None
    return found if found.facts.get("format") == str(FORMAT) else None  # of another version: to be made anew


def _marks(kinds: Sequence[str]) -> str:
    return ", ".join("?" * len(kinds))


def _box(lon: float, lat: float, east: float, north: float) -> tuple[float, float, float, float]:
    return lon + east, lon - east, lat + north, lat - north
