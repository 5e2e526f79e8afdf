"""How fast a point is placed, beside the bare STRtree call on the same polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from bench.figures import Figure, seconds
from kentongan import places
from kentongan.places import here

POINTS = 3_000
MANY = 200_000


def measure(_work: Path) -> list[Figure]:
    """One point, many points, and the memory that reading costs a server process."""
    index = here.opened()
    if index is None or places.source().kind != "polygons":
        print("places: no polygons here, nothing measured (kentongan places fetch)")
        return []
    some = _inside(index)
    before = _private_memory()
    for lon, lat in some[:500]:
        index.at(lon, lat, 0.0)
    grown = _private_memory() - before
    one = seconds(lambda: [index.at(lon, lat, 0.0) for lon, lat in some]) / len(some)
    whole = seconds(lambda: [places.locate(lon, lat) for lon, lat in some]) / len(some)
    tree, _codes = here._tree(index)
    bare = seconds(lambda: [tree.query(point, predicate="intersects") for point in shapely.points(some)]) / len(some)
    lots = some[np.random.default_rng(2).choice(len(some), MANY)]
    many = MANY / seconds(lambda: places.locate_many(lots))
    bare_many = MANY / seconds(lambda: tree.query(shapely.points(lots), predicate="intersects"))
    beside = f"bare STRtree {bare * 1e6:.1f} µs"
    return [
        Figure("places: village of one point", one * 1e6, "µs", 30, False, beside),
        Figure("places: locate with neighbours", whole * 1e6, "µs", 60, False, beside),
        Figure("places: memory of a process", grown, "MB", 50, False, ""),
        Figure("places: locate_many", many, "points/s", 1_000_000, True, f"bare STRtree {bare_many:,.0f}/s"),
        Figure("places: locate_many of bare", many / bare_many, "ratio", 0.8, True, ""),
    ]


def _inside(index: here.Index) -> np.ndarray:
    tree, _codes = here._tree(index)
    picked = np.random.default_rng(1).choice(len(tree.geometries), POINTS)
    points = shapely.point_on_surface(tree.geometries[picked])
    return np.c_[shapely.get_x(points), shapely.get_y(points)]


def _private_memory() -> float:
    """Megabytes that belong to this process alone (Linux); pages of the shared file do not count."""
    told = Path("/proc/self/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Private")) / 1024
