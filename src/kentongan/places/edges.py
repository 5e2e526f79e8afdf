"""Where the loaded boundaries end and the country goes on: beside them lie regencies of which nothing is loaded."""

from __future__ import annotations

import math
from typing import NamedTuple

from shapely import STRtree

from kentongan.foundation.remembering import remembered
from kentongan.places import gazetteer
from kentongan.places.gazetteer import Area
from kentongan.places.index import Index

FARTHEST = 0.25  # degrees within which the nearest village of an unloaded regency is sought, more than 25 km
# A place outside the polygons is taken for one in an unloaded regency, and not for one at sea, where that regency's
# nearest village is at most so many times as far as the nearest village of all.
NO_FARTHER = 2.0


class Unloaded(NamedTuple):
    """The nearest village of a regency without any polygon, its distance in metres, and whether the place may well lie
    there."""

    village: Area
    away: float
    likely: bool


def unloaded(index: Index, lon: float, lat: float) -> Unloaded | None:
    """The nearest village of an unloaded regency; None where there is none within some 25 km."""
    villages, tree = _villages(index, id(gazetteer.areas()))
    if not villages:
        return None
    nearest, away = gazetteer.nearest_of(villages, tree, lon, lat)
    if math.hypot(nearest.lon - lon, nearest.lat - lat) > FARTHEST:
        return None
    return Unloaded(nearest, away, away <= NO_FARTHER * gazetteer.nearest_village(lon, lat)[1])


def unknown_side(index: Index, lon: float, lat: float, reach: float) -> list[Area]:
    """The unloaded regency across a border within `reach` degrees of a place in a polygon; none at the coast."""
    beside = unloaded(index, lon, lat)
    if beside is None or not beside.likely or not index.is_open(lon, lat, reach):
        return []
    return [regency(beside.village)]


def regency(village: Area) -> Area:
    """The regency or city of a village."""
    return gazetteer.areas()[".".join(village.code.split(".")[:2])]


@remembered(maxsize=1)
def loaded(index: Index) -> frozenset[str]:
    """The codes of the regencies of which there is any polygon."""
    return frozenset(index.regencies())


@remembered(maxsize=1)
def _villages(index: Index, _of: int) -> tuple[list[Area], STRtree]:
    known = loaded(index)
    villages, tree = gazetteer.villages()
    found = [at for at, area in enumerate(villages) if area.code[:5] not in known]
    return [villages[at] for at in found], STRtree(tree.geometries[found])
