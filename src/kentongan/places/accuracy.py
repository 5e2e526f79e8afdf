"""How often the gazetteer alone (the nearest village's point) names the same areas as the polygons."""

from __future__ import annotations

import numpy as np

from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer, here
from kentongan.places.gazetteer import LEVELS

__all__ = ["LEVELS", "measure"]
SPREAD = 0.02  # degrees around a village's point, about 2.2 km: where people are, reports are


def measure(points: int, seed: int = 1) -> dict[str, tuple[float, ...]]:
    """The shares of `points` random points with the same province, regency, district and village.

    `by area` draws evenly over the country, `by village` around the point of a random village. Raises
    Problem `no_polygons` where there is nothing to compare with.
    """
    if here.source().kind != "polygons":
        raise Problem("no_polygons", 409, "there are no polygons to compare with: load them first")
    chance = np.random.default_rng(seed)
    villages = np.array(
        [(area.lon, area.lat) for area in gazetteer.areas().values() if area.level == "village" and area.own_point]
    )
    around = villages[chance.integers(len(villages), size=points)] + chance.uniform(-SPREAD, SPREAD, (points, 2))
    box = chance.uniform((here.WEST, here.SOUTH), (here.EAST, here.NORTH), (points * 6, 2))
    return {"by area": _shares(box), "by village": _shares(around)}


def _shares(points: np.ndarray) -> tuple[float, ...]:
    exact = here.locate_many(points)
    inside = exact != ""
    near = [gazetteer.nearest_village(lon, lat)[0].code for lon, lat in points[inside]]
    pairs = list(zip(exact[inside], near, strict=True))
    return tuple(
        sum(_up_to(one, depth) == _up_to(other, depth) for one, other in pairs) / max(len(pairs), 1)
        for depth in range(1, len(LEVELS) + 1)
    )


def _up_to(code: str, depth: int) -> str:
    return ".".join(code.split(".")[:depth])
