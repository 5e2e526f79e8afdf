"""What can be sought by name: streets, landmarks and postcodes, as tables and a full-text index of the ground file.

A street is one row a district, however many ways it is drawn in. Rows lie in the order of their weight, so that the
first that a search meets are the ones that most people mean.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from sys import intern

import numpy as np
import numpy.typing as npt
import shapely

from kentongan.foundation.remembering import remembered
from kentongan.places import gazetteer, here
from kentongan.places.gazetteer import village_codes
from kentongan.places.ground import CELLS, cell
from kentongan.places.opening import opened
from kentongan.places.osm.reading import KILOMETRE, Spot, Way
from kentongan.places.words import indexed, joined, with_one_less, words

DISTRICT = 8  # characters of a district's code
# Metres of street that a landmark weighs as much as; what more people go to weighs more.
_WEIGHTS = {"hospital": 20_000, "station": 20_000, "market": 10_000, "government": 8_000, "police": 5_000}
_WEIGHT = 1_000
CORRECTED = 4  # letters from which on a word may have a slip in it
TABLES = """
    CREATE TABLE sought (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, area TEXT NOT NULL,
                         lon REAL NOT NULL, lat REAL NOT NULL, phone TEXT NOT NULL, hours TEXT NOT NULL,
                         weight REAL NOT NULL);
    CREATE VIRTUAL TABLE word USING fts5(name, area, cell, content='', columnsize=0, detail=column, prefix='2 3',
                                         tokenize='ascii');
    CREATE TABLE slip (form TEXT, word TEXT, PRIMARY KEY (form, word)) WITHOUT ROWID;
    CREATE TABLE postcode (code TEXT, village TEXT, seen INTEGER NOT NULL, PRIMARY KEY (code, village)) WITHOUT ROWID;
"""


@dataclass(slots=True)
class _Named:
    """One name, gathered. `area` is a code; `longest` metres of the way whose middle lon and lat are."""

    kind: str
    name: str
    area: str
    lon: float
    lat: float
    weight: float
    longest: float = 0.0
    phone: str = ""
    hours: str = ""
    villages: tuple[str, ...] = field(default=())


class Names:
    """Gathers the names of a file while it is read. A name with its village costs some 250 bytes."""

    def __init__(self) -> None:
        self._named: dict[tuple[str, str, str], _Named] = {}
        self._posted: Counter[tuple[str, str]] = Counter()

    def take(self, batch: Iterable[Way | Spot]) -> None:
        """The streets and landmarks of a batch."""
        wanted = [one for one in batch if _is_sought(one)]
        if not wanted:
            return
        places = np.array([_place(one) for one in wanted])
        for one, (lon, lat), village in zip(wanted, places.tolist(), _villages(places).tolist(), strict=True):
            if one.postcode:
                self._posted[one.postcode, village] += 1
            if one.name:
                self._add(one, lon, lat, intern(village))  # one text for all that lie there

    def write(self, made: sqlite3.Connection) -> None:
        """All of it, weightiest first. Raises sqlite3.Error."""
        found = sorted(self._whole(), key=lambda one: (-one.weight, one.name, one.area))
        made.executemany("INSERT INTO sought VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (
            (at, one.kind, one.name, one.area, one.lon, one.lat, one.phone, one.hours, one.weight)
            for at, one in enumerate(found, start=1)
        ))  # fmt: skip
        known: set[str] = set()
        made.executemany("INSERT INTO word (rowid, name, area, cell) VALUES (?, ?, ?, ?)", _indexed(found, known))
        made.execute("INSERT INTO word (word) VALUES ('optimize')")
        made.executemany("INSERT OR IGNORE INTO slip VALUES (?, ?)", (
            (form, one) for one in sorted(known) for form in with_one_less(one)
        ))  # fmt: skip
        made.executemany("INSERT INTO postcode VALUES (?, ?, ?)", (
            (code, village, seen) for (code, village), seen in sorted(self._posted.items())
        ))  # fmt: skip

    def _add(self, one: Way | Spot, lon: float, lat: float, village: str) -> None:
        if isinstance(one, Spot):
            known = _Named(one.kind, one.name, village, lon, lat, _WEIGHTS.get(one.kind, _WEIGHT), 0.0, one.phone,
                           one.hours, (village,))  # fmt: skip
            before = self._named.get((one.kind, one.name, village))
            if before is None or (known.phone and not before.phone):
                self._named[one.kind, one.name, village] = known
            return
        length = one.shape.length * here.DEGREE
        found = self._named.setdefault(("", one.name, village), _Named("", one.name, village, lon, lat, 0.0))
        found.weight += length
        if length > found.longest:
            found.lon, found.lat, found.longest = lon, lat, length

    def _whole(self) -> Iterator[_Named]:
        """The landmarks, and the streets as one a district."""
        yield from (one for (kind, _name, _village), one in self._named.items() if kind)
        streets = sorted(key for key in self._named if not key[0])
        for (_kind, _name, _district), keys in groupby(streets, lambda key: (*key[:2], key[2][:DISTRICT])):
            parts = [self._named[key] for key in keys]
            most = max(parts, key=lambda one: one.longest)
            most.weight = sum(one.weight for one in parts)
            most.villages = tuple(one.area for one in parts)
            most.area = most.area if len(parts) == 1 else most.area[:DISTRICT]
            yield most


def _is_sought(one: Way | Spot) -> bool:
    if isinstance(one, Spot):
        return one.kind != KILOMETRE
    return one.street and bool(one.name or one.postcode)


def _place(one: Way | Spot) -> tuple[float, float]:
    if isinstance(one, Spot):
        return one.lon, one.lat
    middle = shapely.line_interpolate_point(one.shape, 0.5, normalized=True)
    return middle.x, middle.y


def _villages(places: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """The village of each place: by the polygons where there are any, else and at sea the nearest."""
    nearest = village_codes(places)
    index = opened()
    if index is None or not int(index.facts["villages"]):
        return nearest
    exact = here.locate_many(places)
    return np.where(exact == "", nearest, exact)


def _indexed(found: list[_Named], known: set[str]) -> Iterator[tuple[int, str, str, str]]:
    for at, one in enumerate(found, start=1):
        some = words(one.name)
        known.update(word for word in some.strong if len(word) >= CORRECTED)
        above = {code[:end] for code in one.villages for end in (2, 5, 8, 13)}
        around = {word for code in above for word in _area_words(code)}
        squares = " ".join(cell(one.lon, one.lat, size) for size in CELLS)
        name, within = [*some.all, *joined(some.strong)], sorted(around)
        yield at, " ".join(map(indexed, name)), " ".join(map(indexed, within)), squares


@remembered(maxsize=100_000)
def _area_words(code: str) -> tuple[str, ...]:
    area = gazetteer.areas().get(code)
    return words(area.name).all if area else ()
