"""How fast a point is placed, beside the bare STRtree call on the same polygons."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import shapely

from bench.figures import Figure, seconds
from kentongan import places
from kentongan.places import opening

POINTS = 3_000
MANY = 200_000
# What a fresh server process needs to place 500 points; the first one loads the gazetteer's names.
GROWN = """
import sys, django
django.setup()
from bench.places import private_memory
from kentongan import places
before, given = private_memory(), [float(one) for one in sys.argv[1:]]
for lon, lat in zip(given[::2], given[1::2]):
    places.locate(lon, lat)
print(private_memory() - before)
"""


def measure(_work: Path) -> list[Figure]:
    """One point, many points, and the memory that reading costs a server process."""
    index = opening.opened()
    if index is None or places.source().kind != "polygons":
        print("places: no polygons here, nothing measured (kentongan places fetch)")
        return []
    pieces, _codes = index.pieces()
    tree, some = shapely.STRtree(pieces), _inside(pieces)
    grown = float(subprocess.check_output([sys.executable, "-c", GROWN, *map(str, some[:500].ravel())]))
    one = seconds(lambda: [index.at(lon, lat, 0.0) for lon, lat in some]) / len(some)
    whole = seconds(lambda: [places.locate(lon, lat) for lon, lat in some]) / len(some)
    bare = seconds(lambda: [tree.query(point, predicate="intersects") for point in shapely.points(some)]) / len(some)
    lots = _spread(pieces)
    places.locate_many(lots[:10])
    many = MANY / seconds(lambda: places.locate_many(lots))
    bare_many = MANY / seconds(lambda: tree.query(shapely.points(lots), predicate="intersects"))
    beside = f"bare STRtree {bare * 1e6:.1f} µs"
    return [
        Figure("places: village of one point", one * 1e6, "µs", 30, False, beside),
        Figure("places: locate with neighbours", whole * 1e6, "µs", 60, False, beside),
        Figure("places: memory of a process", grown, "MB", 50, False, ""),
        Figure("places: locate_many", many, "points/s", 1_000_000, True, f"bare STRtree {bare_many:,.0f}/s"),
        Figure("places: locate_many of bare", many / bare_many, "ratio", 2, True, "points anywhere in a piece's box"),
    ]


def _inside(pieces: np.ndarray) -> np.ndarray:
    """Points inside of villages all over the country."""
    points = shapely.point_on_surface(np.random.default_rng(1).choice(pieces, POINTS))
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _spread(pieces: np.ndarray) -> np.ndarray:
    """Points anywhere in the boxes of pieces: no two are the same, and about a tenth lies beside the polygons."""
    chance = np.random.default_rng(2)
    boxes: np.ndarray = shapely.bounds(chance.choice(pieces, MANY))
    return chance.uniform(boxes[:, :2], boxes[:, 2:])


def private_memory() -> float:
    """Megabytes that belong to this process alone (Linux); pages of the shared file do not count."""
    told = Path("/proc/self/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Private")) / 1024
