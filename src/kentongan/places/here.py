"""Where a point lies and what is near it: exact from the index, approximate from the gazetteer without one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _
from shapely import STRtree

from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.places.gazetteer import Area
from kentongan.places.ground import Ground, ground
from kentongan.places.index import Index
from kentongan.places.many import Grid
from kentongan.places.opening import opened

SNAP = 2_000  # metres from the coast within which a point at sea belongs to the nearest area
AT_BORDER = 30  # metres within which a neighbour may be meant
APPROXIMATE_REACH = 25_000  # metres: beyond it the nearest village's point says nothing
DEGREE = 111_195  # metres of latitude, mean
# The country with its waters, degrees: what lies far outside is told at once, and swapped pairs are known.
WEST, SOUTH, EAST, NORTH = 94.5, -11.5, 141.5, 6.5


@dataclass(frozen=True)
class Location:
    """Where a point lies. `areas` from the province down; `quality` is exact, approximate, snapped or outside;
    `distance` in metres to what it was snapped to; `neighbours` are villages that may be meant: less than 30 m away, or
    where the place is only approximate, as near as `gazetteer.beside` says."""

    areas: tuple[Area, ...]
    quality: str
    distance: float = 0.0
    neighbours: tuple[Area, ...] = ()


@dataclass(frozen=True)
class Nearest:
    """A road or asset near a point: its layer, name, class of owner and distance in metres."""

    layer: str
    name: str
    owner: str
    distance: float


@dataclass(frozen=True)
class Source:
    """Where the country comes from: `polygons` or `gazetteer`, how many features, and which version."""

    kind: str
    features: int
    version: str


def locate(lon: float, lat: float) -> Location:
    """The areas at a point, WGS 84 degrees. Raises Problem for what is no place, 0/0, or swapped."""
    check_point(lon, lat)
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        return Location((), "outside")
    found = opened()
    if found is None or not int(found.facts["villages"]):
        return _approximately(lon, lat)
    # A degree of longitude is at most two per cent shorter than one of latitude anywhere in the country.
    codes, beside = found.at(lon, lat, AT_BORDER / DEGREE)
    if not codes:
        return _snapped(found.at(lon, lat, SNAP / DEGREE)[1]) or _beyond(found, lon, lat)
    deepest = [code for code in codes if not any(other.startswith(f"{code}.") for other in codes)]
    others = [*deepest[1:], *(code for _away, code in beside)]
    known = gazetteer.areas()
    neighbours = tuple(known[code] for code in others if code in known)
    return Location(gazetteer.known_chain(deepest[0]), "exact", 0.0, neighbours)


def locate_many(points: Any) -> Any:
    """Village codes for an array (n, 2) of lon, lat: an array of n strings, empty where no polygon covers."""
    given = np.asarray(points, dtype=float).reshape(-1, 2)
    found = opened()
    if found is None:
        return np.array([_approximate_code(lon, lat) for lon, lat in given], dtype="U13")
    return _grid(found).codes(given)


def near_all(lon: float, lat: float) -> dict[str, tuple[Nearest, ...]]:
    """What lies within its layer's search distance, by layer, nearest first.

    A layer that was loaded (`places load`) counts before OpenStreetMap's of the same code, which counts before one
    that is only approximate.
    """
    found, under = opened(), ground()
    near: dict[str, dict[str, Nearest]] = {}
    hidden = _hidden(found, under)
    for source in (found, under):
        if source is None or not source.layers:
            continue
        reach = max(reach for _owner, reach in source.layers.values())
        for layer, name, line in source.lines(lon, lat, reach / _east_degree(lat), reach / DEGREE):
            if (source is found, layer) not in hidden:
                owner, within = source.layers[layer]
                _nearer(near.setdefault(layer, {}), Nearest(layer, name, owner, _away(line, lon, lat)), within)
    return {
        layer: tuple(sorted(some.values(), key=lambda one: (one.distance, one.name)))
        for layer, some in near.items() if some
    }  # fmt: skip


def near_any(points: Any) -> Any:
    """For an array (n, 2) of lon, lat: whether anything of any layer may lie within its search distance."""
    given = np.asarray(points, dtype=float).reshape(-1, 2)
    given = np.where(np.isfinite(given), given, 0.0)  # what is no place has nothing near it
    near = np.zeros(len(given), dtype=bool)
    for source, tree in ((opened(), _lines), (ground(), _ground_lines)):
        if source is None or not source.layers:
            continue
        reach = max(reach for _owner, reach in source.layers.values())
        degrees = reach / _east_degree(float(np.abs(given[:, 1]).max(initial=0)))
        at, _line = tree(source).query(shapely.points(given), predicate="dwithin", distance=degrees)
        near[at] = True
    return near


def near(lon: float, lat: float, layer: str) -> Nearest | None:
    """The nearest feature of a layer within its search distance, or None."""
    return next(iter(near_all(lon, lat).get(layer, ())), None)


def source() -> Source:
    """Where the country comes from."""
    found = opened()
    if found is None or not int(found.facts["villages"]):
        return Source("gazetteer", len(gazetteer.areas()), "Kepmendagri 300.2.2-2430/2025")
    return Source("polygons", int(found.facts["villages"]), found.facts.get("version", ""))


def check_point(lon: float, lat: float) -> None:
    """Raises Problem where the pair is not a place, is 0/0, or has longitude and latitude swapped."""
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 180):
        raise Problem(
            "bad_coordinates", 422, _("Longitude and latitude must be numbers of degrees, such as 106.8 and -6.2."),
            field="lon",
        )  # fmt: skip
    if lon == 0 and lat == 0:
        raise Problem(
            "null_island", 422, _("The place 0, 0 lies in the ocean off Africa: the device did not know where it was."),
            field="lon",
        )  # fmt: skip
    if WEST <= lat <= EAST and SOUTH <= lon <= NORTH:
        raise Problem(
            "swapped_coordinates", 422, _("Longitude and latitude seem to be swapped: longitude comes first."),
            field="lon",
        )  # fmt: skip
    if abs(lat) > 90:
        raise Problem("bad_coordinates", 422, _("Latitude lies between -90 and 90 degrees."), field="lat")


@lru_cache(maxsize=1)
def _grid(index: Index) -> Grid:
    return Grid(*index.pieces())


@lru_cache(maxsize=1)
def _lines(index: Index) -> Any:
    return STRtree([line for _layer, _name, line in index.lines(0, 0, 360, 360)])


@lru_cache(maxsize=1)
def _ground_lines(under: Ground) -> Any:
    return STRtree(under.all_lines([*under.layers]))


def _hidden(found: Index | None, under: Ground | None) -> set[tuple[bool, str]]:
    """The layers that another source knows better: (whether the index's, code)."""
    if found is None or under is None:
        return set()
    rough = set(found.facts.get("approximate", "").split())
    return {(layer in rough, layer) for layer in found.layers if layer in under.layers}


def _nearer(some: dict[str, Nearest], one: Nearest, within: float) -> None:
    """Keeps the nearest piece of each name: a road is many pieces, and two where its carriageways are apart."""
    if one.distance <= within and (one.name not in some or one.distance < some[one.name].distance):
        some[one.name] = one


def _away(line: Any, lon: float, lat: float) -> float:
    return float(shapely.distance(_metres(line, lon, lat), shapely.Point(0, 0)))


def _approximately(lon: float, lat: float) -> Location:
    village, away = gazetteer.nearest_village(lon, lat)
    if away > APPROXIMATE_REACH:
        return Location((), "outside")
    return Location(gazetteer.chain(village.code), "approximate", away, tuple(gazetteer.beside(lon, lat)))


def _approximate_code(lon: float, lat: float) -> str:
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        return ""
    village, away = gazetteer.nearest_village(lon, lat)
    return village.code if away <= APPROXIMATE_REACH else ""


def _snapped(near: list[tuple[float, str]]) -> Location | None:
    if not near:
        return None
    away, code = near[0]
    return Location(gazetteer.known_chain(code), "snapped", away * DEGREE)


def _beyond(index: Index, lon: float, lat: float) -> Location:
    """Far from every polygon: outside, unless the nearest village is of a regency without any polygon."""
    found = _approximately(lon, lat)
    if found.quality == "outside" or index.has_below(found.areas[1].code):
        return Location((), "outside")
    return found


def _metres(shape: Any, lon: float, lat: float) -> Any:
    """The shape in metres east and north of the point: flat is exact enough over two kilometres."""
    scale = np.array([_east_degree(lat), DEGREE])
    return shapely.transform(shape, lambda pairs: (pairs - (lon, lat)) * scale)


def _east_degree(lat: float) -> float:
    return DEGREE * max(math.cos(math.radians(lat)), 0.01)
