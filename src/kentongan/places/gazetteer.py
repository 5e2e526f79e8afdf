"""The packaged gazetteer: every official area of Indonesia with one representative point.

Facts only, from the code list of Kepmendagri 300.2.2-2430/2025: code, name, type and a point (WGS 84,
lon and lat in degrees). An area without a polygon carries its parent's point (`own_point` is False).
"""

from __future__ import annotations

import csv
import gzip
import math
import sys
import time
from functools import partial
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely import STRtree, points

from kentongan.foundation.collecting import uncollected
from kentongan.foundation.remembering import remembered
from kentongan.places.opening import index_stamp, opened

LEVELS = ("province", "regency", "district", "village")
FRESH = 1.0  # seconds for which the areas are trusted without a look at the index
EARTH_RADIUS = 6_371_008.8  # metres, mean radius (IUGG)
DOUBTFUL, MOST_BESIDE = 0.25, 4  # of the distance between two villages' points; districts that are asked about
METRES_IN_DEGREE = 110_000  # of latitude at the equator, rounded down
ROUNDING = 1e-3  # metres by which two ways of reckoning a distance may differ, far more than they do
CANDIDATES = 0.05  # degrees beyond the nearest in the plane within which the nearest on the globe is sought
# Near the equator less does: a degree of longitude is 0.978 of one of latitude at 12 degrees.
TROPICS, NARROWED = 12, 1.03
TOUCHING = 1e-6  # degrees


class Area(NamedTuple):
    """One official area. `code` is the dotted Kemendagri code; `lon`, `lat` in degrees.

    A named tuple: every process begins by making ninety thousand, which takes a fifth of a frozen dataclass's time.
    """

    code: str
    name: str
    type: str
    lon: float
    lat: float
    own_point: bool

    @property
    def level(self) -> str:
        """province, regency, district or village, by the number of parts of the code."""
        return LEVELS[self.code.count(".")]


_kept: tuple[float, int, dict[str, Area]] | None = None


def areas() -> dict[str, Area]:
    """All areas by code: the 91,599 of the package, and what was loaded that is newer or is called otherwise now.

    The same object until the index of the country changes, which is noticed within a second.
    """
    global _kept
    now = time.monotonic()
    if _kept is not None and now - _kept[0] < FRESH:
        return _kept[2]
    stamp = index_stamp()
    if _kept is None or _kept[1] != stamp:
        index = opened()
        loaded = {row[0]: Area(*row, own_point=True) for row in index.newer_areas()} if index else {}
        _kept = (now, stamp, packaged() | loaded if loaded else packaged())
    else:
        _kept = (now, stamp, _kept[2])
    return _kept[2]


@remembered(maxsize=1)
def packaged() -> dict[str, Area]:
    """The 91,599 areas of the package by code."""
    packed = files("kentongan.places").joinpath("gazetteer.csv.gz").read_bytes()
    with uncollected():
        return _read(gzip.decompress(packed).decode())


def _read(written: str) -> dict[str, Area]:
    """Column by column, each by what is written in C: every process waits for it as it begins."""
    names, *rows = csv.reader(written.splitlines())
    column = dict(zip(names, zip(*rows, strict=True), strict=True))
    lon, lat = (map(float, column[axis]) for axis in ("lon", "lat"))
    types, own = map(sys.intern, column["type"]), map("1".__eq__, column["own"])
    codes = column["code"]
    each = zip(codes, column["name"], types, lon, lat, own, strict=True)
    return dict(zip(codes, map(partial(tuple.__new__, Area), each), strict=True))


def chain(code: str) -> tuple[Area, ...]:
    """The areas from the province down to `code`. Raises KeyError for a code that is not official."""
    parts, known = code.split("."), areas()
    return tuple(known[".".join(parts[: depth + 1])] for depth in range(len(parts)))


def known_chain(code: str) -> tuple[Area, ...]:
    """The official areas from the province down, leaving out what the code list does not know (yet)."""
    parts, known = code.split("."), areas()
    codes = (".".join(parts[: depth + 1]) for depth in range(len(parts)))
    return tuple(known[one] for one in codes if one in known)


def nearest_village(lon: float, lat: float) -> tuple[Area, float]:
    """The village whose point is nearest to (lon, lat) in degrees, and its distance in metres.

    Raises ValueError where the pair is not a place on the globe.
    """
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise ValueError(f"lon {lon}, lat {lat} is not a place on the globe")
    return nearest_of(*villages(), lon, lat)


def villages() -> tuple[list[Area], STRtree]:
    """The villages that have a point of their own, and a tree of their points, which lie in the same order."""
    return _villages(id(areas()))


def nearest_of(villages: list[Area], tree: STRtree, lon: float, lat: float) -> tuple[Area, float]:
    """That of `villages`, whose points are in `tree`, which is nearest to a place, and its distance in metres."""
    here = points(lon, lat)
    away = here.distance(tree.geometries[tree.query_nearest(here)[0]])
    reach = away * NARROWED + TOUCHING if abs(lat) < TROPICS else away + CANDIDATES
    near = tree.query(here, predicate="dwithin", distance=reach)
    far = _distances(lon, lat, tree.geometries[near])
    # The lower code wins where two are equally far: one stable answer.
    first = [villages[at] for at in near[far <= far.min() + ROUNDING]]
    away, code = min((distance(lon, lat, area.lon, area.lat), area.code) for area in first)
    return areas()[code], away


def nearest_villages(there: npt.NDArray[np.float64]) -> list[tuple[Area, float]]:
    """As `nearest_village`, of each of an array (n, 2) of degrees that all lie within 12 degrees of the equator."""
    known, (all_villages, tree) = areas(), villages()
    here = points(there)
    first, apart = tree.query_nearest(here, all_matches=False, return_distance=True)
    assert len(first[0]) == len(here)  # noqa: S101  each has one, in their order
    at, near = tree.query(here, predicate="dwithin", distance=apart * NARROWED + TOUCHING)
    far = _apart(there[at], shapely.get_coordinates(tree.geometries[near]))
    least = np.full(len(here), np.inf)
    np.minimum.at(least, at, far)
    best: dict[int, tuple[float, str]] = {}
    kept = far <= least[at] + ROUNDING
    for one, other in zip(at[kept].tolist(), near[kept].tolist(), strict=True):
        area = all_villages[other]
        lon, lat = there[one]
        away = (distance(lon, lat, area.lon, area.lat), area.code)
        best[one] = min(best.get(one, away), away)
    return [(known[code], away) for away, code in (best[one] for one in range(len(here)))]


def beside(lon: float, lat: float, known: tuple[Area, float] | None = None) -> list[Area]:
    """Villages that a point may lie in as well as in the nearest one, as only the points of villages are known: the
    nearest of each other district whose border may be so near, the likeliest first, at most `MOST_BESIDE`.

    The border between two villages runs about half-way. A point is doubtful within `DOUBTFUL` of the distance between
    both from there: of 19,353 points where people are, 1.9 % have another regency than the nearest village; 6.8 % are
    doubtful so, and 83 % of the wrong ones among them (measured with `kentongan places accuracy`'s points, 2026-11).
    `known`: what `nearest_village` says, where that was asked before.
    """
    nearest, away = known or nearest_village(lon, lat)
    all_villages, tree = villages()
    # (d2 - d1)(d2 + d1) = 2 * edge * apart <= 2 * DOUBTFUL * (d1 + d2)^2, so that nothing farther can be meant.
    reach = away * (1 + 2 * DOUBTFUL) / (1 - 2 * DOUBTFUL) / METRES_IN_DEGREE
    found: dict[str, tuple[float, Area]] = {}
    near = tree.query(points(lon, lat), predicate="dwithin", distance=reach + CANDIDATES)
    there = tree.geometries[near]
    apart = np.maximum(_distances(nearest.lon, nearest.lat, there), 1.0)
    parts = (_distances(lon, lat, there) ** 2 - away**2) / (2 * apart**2)
    doubtful = parts <= DOUBTFUL
    for at, part in zip(near[doubtful].tolist(), parts[doubtful].tolist(), strict=True):
        other = all_villages[at]
        district = other.code.rpartition(".")[0]
        if not nearest.code.startswith(f"{district}."):
            found[district] = min(found.get(district, (part, other)), (part, other), key=lambda one: one[0])
    return [area for _part, area in sorted(found.values(), key=lambda one: (one[0], one[1].code))[:MOST_BESIDE]]


def village_codes(points: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """The codes of the villages whose points are nearest in the plane to an array (n, 2) of degrees: an array."""
    all_villages, tree = villages()
    codes = np.array([area.code for area in all_villages])
    nearest: npt.NDArray[np.str_] = codes[tree.query_nearest(shapely.points(points), all_matches=False)[1]]
    return nearest


def distance(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine)."""
    north, other_north = math.radians(lat), math.radians(other_lat)
    east = math.radians(other_lon - lon)
    half = math.sin((other_north - north) / 2) ** 2 + math.cos(north) * math.cos(other_north) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))


def _distances(lon: float, lat: float, there: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """As `distance`, to each of an array of points."""
    return _apart(np.array([[lon, lat]]), shapely.get_coordinates(there))


def _apart(here: npt.NDArray[np.float64], there: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """As `distance`, from each of an array of lon, lat (or from the only one) to each of another."""
    one, other = np.radians(here), np.radians(there)
    half = np.sin((other[:, 1] - one[:, 1]) / 2) ** 2
    half += np.cos(one[:, 1]) * np.cos(other[:, 1]) * np.sin((other[:, 0] - one[:, 0]) / 2) ** 2
    away: npt.NDArray[np.float64] = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return away


@remembered(maxsize=1)
def _villages(_of: int) -> tuple[list[Area], STRtree]:
    with uncollected():
        found = [area for area in areas().values() if area.own_point and area.level == "village"]
        return found, STRtree(points(np.array([area[3:5] for area in found])))
