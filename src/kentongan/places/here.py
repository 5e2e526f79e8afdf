"""Where a point lies and what is near it: exact from the index, approximate from the gazetteer without one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext_lazy as _
from shapely import STRtree

from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.places import edges, gazetteer
from kentongan.places.gazetteer import Area
from kentongan.places.ground import Ground, ground
from kentongan.places.index import Index
from kentongan.places.many import Grid
from kentongan.places.opening import opened

# Metres from the coast within which a point at sea belongs to the nearest area: the middle of the longest bridge over
# the sea (Suramadu) is 2.7 km from land; the land of other states is nearer than 5 km only where borders are on land.
SNAP = 5_000
AT_BORDER = 30  # metres within which a neighbour may be meant
AS_NEAR = 0.25  # of the way to the nearest coast by which another may be farther and still be meant
APPROXIMATE_REACH = 25_000  # metres: beyond it the nearest village's point says nothing
DEGREE = 111_195  # metres of latitude, mean
AT_ONCE = 5_000  # points that are looked for together
# The country with its waters, degrees: what lies far outside is told at once, and swapped pairs are known.
WEST, SOUTH, EAST, NORTH = 94.5, -11.5, 141.5, 6.5


@dataclass(frozen=True)
class Location:
    """Where a point lies. `areas` from the province down; `quality` is exact, approximate, snapped or outside;
    `distance` in metres to what it was snapped to; `neighbours` are villages that may be meant: less than 30 m away, or
    where the place is only approximate, as near as `gazetteer.beside` says; of a snapped one, those that are nearly as
    near. A regency among them: it lies where no boundary is loaded, so that its villages are not known there."""

    areas: tuple[Area, ...]
    quality: str
    distance: float = 0.0
    neighbours: tuple[Area, ...] = ()


@dataclass(frozen=True)
class Nearest:
    """A road or asset near a point: its layer, name, class of owner and distance in metres. `level` above (1 …) or
    below (-1 …) the ground; `within` whether the layer's search distance reaches so far; `approximate`: drawn by hand.
    A street of nobody in particular has no layer."""

    layer: str
    name: str
    owner: str
    distance: float
    level: int = 0
    within: bool = True
    approximate: bool = False


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
        return approximately(lon, lat)
    # A degree of longitude is at most two per cent shorter than one of latitude anywhere in the country.
    codes, beside = found.at(lon, lat, AT_BORDER / DEGREE)
    if not codes:
        return _beyond(found, lon, lat)
    deepest = [code for code in codes if not any(other.startswith(f"{code}.") for other in codes)]
    others = [*deepest[1:], *(code for _away, code in beside)]
    known = gazetteer.areas()
    neighbours = [known[code] for code in others if code in known]
    neighbours += edges.unknown_side(found, lon, lat, AT_BORDER / DEGREE)
    return Location(gazetteer.known_chain(deepest[0]), "exact", 0.0, tuple(neighbours))


def locate_many(points: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Village codes for an array (n, 2) of lon, lat: an array of n strings, empty where no polygon covers."""
    given = np.asarray(points, dtype=float).reshape(-1, 2)
    found = opened()
    if found is None:
        return np.array([one[0] if one else "" for one in approximate_many(given)], dtype="U13")
    return _grid(found).codes(given)


def approximate_many(points: npt.ArrayLike) -> list[tuple[str, float] | None]:
    """For an array (n, 2) of lon, lat where no boundaries are loaded: the village's code and how far its point is, in
    metres, as `locate` says them; None where it answers something else."""
    given = np.asarray(points, dtype=float).reshape(-1, 2)
    inside = np.flatnonzero(
        (given[:, 0] >= WEST) & (given[:, 0] <= EAST) & (given[:, 1] >= SOUTH) & (given[:, 1] <= NORTH)
    )
    found: list[tuple[str, float] | None] = [None] * len(given)
    for at in range(0, len(inside), AT_ONCE):
        some = inside[at : at + AT_ONCE]
        for one, (village, away) in zip(some.tolist(), gazetteer.nearest_villages(given[some]), strict=True):
            found[one] = (village.code, away) if away <= APPROXIMATE_REACH else None
    return found


def near_all(lon: float, lat: float, edge: float = 0.0) -> dict[str, tuple[Nearest, ...]]:
    """What lies within its layer's search distance, by layer, nearest first; and up to `edge` metres beyond it.

    A layer that was loaded (`places load`) counts before OpenStreetMap's of the same code, which counts before one
    that is only approximate.
    """
    found, under = opened(), ground()
    near: dict[str, dict[str, Nearest]] = {}
    hidden, rough = _hidden(found, under), _rough(found)
    for source in (found, under):
        if source is None or not source.layers:
            continue
        reach = max(reach for _owner, reach in source.layers.values()) + edge
        for layer, name, level, line in source.lines(lon, lat, reach / _east_degree(lat), reach / DEGREE):
            if (source is found, layer) not in hidden:
                owner, within = source.layers[layer]
                away, drawn = _away(line, lon, lat), source is found and layer in rough
                one = Nearest(layer, name, owner, away, level, away <= within, drawn)
                _nearer(near.setdefault(layer, {}), one, within + edge)
    return {layer: _ordered(some) for layer, some in near.items() if some}


def streets_near(lon: float, lat: float, reach: float) -> tuple[Nearest, ...]:
    """The named streets within `reach` metres that belong to no layer, nearest first; none without OpenStreetMap."""
    under = ground()
    if under is None:
        return ()
    near: dict[str, Nearest] = {}
    for name, level, line in under.local(lon, lat, reach / _east_degree(lat), reach / DEGREE):
        _nearer(near, Nearest("", name, "", _away(line, lon, lat), level), reach)
    return _ordered(near)


def near_any(points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """For an array (n, 2) of lon, lat: whether anything of any layer may lie within its search distance."""
    given = np.asarray(points, dtype=float).reshape(-1, 2)
    given = np.where(np.isfinite(given), given, 0.0)  # what is no place has nothing near it
    near = np.zeros(len(given), dtype=bool)
    found, under = opened(), ground()
    trees = [(found.layers, _lines(found))] if found is not None and found.layers else []
    trees += [(under.layers, _ground_lines(under))] if under is not None and under.layers else []
    for layers, tree in trees:
        reach = max(reach for _owner, reach in layers.values())
        degrees = reach / _east_degree(float(np.abs(given[:, 1]).max(initial=0)))
        at, _line = tree.query(shapely.points(given), predicate="dwithin", distance=degrees)
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


@remembered(maxsize=1)
def _grid(index: Index) -> Grid:
    return Grid(*index.pieces())


@remembered(maxsize=1)
def _lines(index: Index) -> STRtree:
    return STRtree([line for _layer, _name, _level, line in index.lines(0, 0, 360, 360)])


@remembered(maxsize=1)
def _ground_lines(under: Ground) -> STRtree:
    return STRtree(under.all_lines([*under.layers]))


def _hidden(found: Index | None, under: Ground | None) -> set[tuple[bool, str]]:
    """The layers that another source knows better: (whether the index's, code)."""
    if found is None or under is None:
        return set()
    rough = _rough(found)
    return {(layer in rough, layer) for layer in found.layers if layer in under.layers}


def _rough(found: Index | None) -> set[str]:
    """The layers of the index that are drawn by hand."""
    return set(found.facts.get("approximate", "").split()) if found else set()


def _ordered(some: dict[str, Nearest]) -> tuple[Nearest, ...]:
    return tuple(sorted(some.values(), key=lambda one: (one.distance, one.name)))


def _nearer(some: dict[str, Nearest], one: Nearest, within: float) -> None:
    """Keeps the nearest piece of each name: a road is many pieces, and two where its carriageways are apart."""
    if one.distance <= within and (one.name not in some or one.distance < some[one.name].distance):
        some[one.name] = one


def _away(line: Any, lon: float, lat: float) -> float:
    return float(shapely.distance(_metres(line, lon, lat), shapely.Point(0, 0)))


def approximately(lon: float, lat: float) -> Location:
    village, away = gazetteer.nearest_village(lon, lat)
    if away > APPROXIMATE_REACH:
        return Location((), "outside")
    others = gazetteer.beside(lon, lat, (village, away))
    return Location(gazetteer.chain(village.code), "approximate", away, tuple(others))


def _beyond(index: Index, lon: float, lat: float) -> Location:
    """Outside every polygon: in a regency of which none is loaded, or else at sea, of the nearest coast."""
    near, beside = index.at(lon, lat, SNAP / DEGREE)[1], edges.unloaded(index, lon, lat)
    if beside and beside.away <= APPROXIMATE_REACH and (beside.likely or not near):
        return _unloaded(index, beside, near, lon, lat)
    if not near:
        return Location((), "outside")
    away, code = near[0]
    alike = away + max(2 * AT_BORDER / DEGREE, away * AS_NEAR)
    neighbours = tuple(_known(other) for far, other in near[1:] if far <= alike)
    return Location(gazetteer.known_chain(code), "snapped", away * DEGREE, tuple(one for one in neighbours if one))


def _unloaded(index: Index, beside: edges.Unloaded, near: list[tuple[float, str]], lon: float, lat: float) -> Location:
    """In a regency of which nothing is loaded: not in any that is, but for the metres that positions are wrong by."""
    others = [_known(code) for away, code in near if away <= AT_BORDER / DEGREE]
    others += [one for one in gazetteer.beside(lon, lat) if one.code[:5] not in edges.loaded(index)]
    neighbours = tuple(one for one in others if one and one != beside.village)
    return Location(gazetteer.chain(beside.village.code), "approximate", beside.away, neighbours)


def _known(code: str) -> Area | None:
    return gazetteer.areas().get(code)


def _metres(shape: Any, lon: float, lat: float) -> Any:
    """The shape in metres east and north of the point: flat is exact enough over two kilometres."""
    scale = np.array([_east_degree(lat), DEGREE])
    return shapely.transform(shape, lambda pairs: (pairs - (lon, lat)) * scale)


def _east_degree(lat: float) -> float:
    return DEGREE * max(math.cos(math.radians(lat)), 0.01)
