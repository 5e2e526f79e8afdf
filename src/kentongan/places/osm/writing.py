"""The ground file, written beside the old one and put in its place at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem
from kentongan.places.ground import FORMAT
from kentongan.places.index import MARGIN, pieces
from kentongan.places.osm.mapping import TagMapping
from kentongan.places.osm.reading import KILOMETRE, Spot, Way
from kentongan.places.osm.sought import TABLES, Names
from kentongan.places.shared_file import draft_beside

MOST_CORNERS = 12  # of a piece of a line: short pieces have small boxes, so few are met in vain
BATCH = 20_000
_WAY = "INSERT INTO way (west, east, south, north, layer, name, street, level, wkb) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_STONE = "INSERT INTO stone (west, east, south, north, name) VALUES (?, ?, ?, ?, ?)"
_SPOT = "INSERT INTO spot (west, east, south, north, kind, name, phone, hours) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -100000;
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE layer (code TEXT PRIMARY KEY, owner TEXT NOT NULL, reach REAL NOT NULL);
    CREATE VIRTUAL TABLE way USING rtree (id, west, east, south, north, +layer, +name, +street, +level, +wkb);
    CREATE VIRTUAL TABLE spot USING rtree (id, west, east, south, north, +kind, +name, +phone, +hours);
    CREATE VIRTUAL TABLE stone USING rtree (id, west, east, south, north, +name);
"""


class Written:
    """How many things went into a ground file."""

    def __init__(self) -> None:
        self.streets = self.landmarks = 0
        self.layers: dict[str, int] = {}

    def add(self, thing: Way | Spot) -> None:
        """Counts one."""
        if isinstance(thing, Spot):
            self.landmarks += thing.kind != KILOMETRE
            return
        self.streets += thing.street
        if thing.layer:
            self.layers[thing.layer] = self.layers.get(thing.layer, 0) + 1


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A name beside `path` for a new file, which is gone once the block ends unless it was put in place.

    Raises Problem `no_ground` (507) where it cannot be written, as on a full disk.
    """
    draft: Path | None = None
    try:
        draft = draft_beside(path)
        yield draft
    except (sqlite3.Error, OSError) as fault:
        raise Problem("no_ground", 507, f"{path}: the ground cannot be written: {fault}") from None
    finally:
        if draft:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def write(draft: Path, things: Iterable[Way | Spot], mapping: TagMapping, facts: dict[str, str]) -> Written:
    """Writes all things. Raises sqlite3.Error."""
    count = Written()
    with closing(sqlite3.connect(draft)) as made:
        made.executescript(_TABLES + TABLES)
        names = Names()
        made.executemany(
            "INSERT INTO layer VALUES (?, ?, ?)", ((code, *known) for code, known in mapping.layers.items())
        )
        for batch in _batches(things):
            for thing in batch:
                count.add(thing)
            names.take(batch)
            made.executemany(_WAY, (row for one in batch if isinstance(one, Way) for row in _rows(one)))
            spots = [one for one in batch if isinstance(one, Spot)]
            made.executemany(_SPOT, ((*_at(one), one.kind, one.name, one.phone, one.hours)
                                     for one in spots if one.kind != KILOMETRE))  # fmt: skip
            made.executemany(_STONE, ((*_at(one), one.name) for one in spots if one.kind == KILOMETRE))
        names.write(made)
        told = {**facts, "format": str(FORMAT), "streets": str(count.streets), "landmarks": str(count.landmarks)}
        made.executemany("INSERT INTO fact VALUES (?, ?)", told.items())
        made.commit()
    return count


def _batches(things: Iterable[Way | Spot]) -> Iterator[list[Way | Spot]]:
    batch = []
    for thing in things:
        batch.append(thing)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _rows(way: Way) -> Iterator[tuple[object, ...]]:
    for piece in _pieces(way.shape):
        west, south, east, north = piece.bounds
        box = west - MARGIN, east + MARGIN, south - MARGIN, north + MARGIN
        yield (*box, way.layer, way.name, way.street, way.level, shapely.to_wkb(piece))


def _at(spot: Spot) -> tuple[float, float, float, float]:
    return spot.lon, spot.lon, spot.lat, spot.lat


def _pieces(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    yield from pieces(shape)  # of its polygons
    for part in shapely.get_parts(shape):
        if part.geom_type == "LineString":
            corners = shapely.get_coordinates(part)
            for at in range(0, max(len(corners) - 1, 1), MOST_CORNERS - 1):
                yield shapely.LineString(corners[at : at + MOST_CORNERS])
        elif part.geom_type == "Point":
            yield part
