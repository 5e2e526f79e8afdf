"""The numbers near a place, and those of a province for a phone that will have no network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from kentongan import places
from kentongan.numbers.known import KINDS, Number, corrected, key_of, national, of_areas, placed, within
from kentongan.places import Facility, attribution

REACH = 30_000.0  # metres: beyond it nobody goes to a clinic, and most areas have their own
EACH = 8  # of a kind that have a place
MOST = 400  # numbers of a province on a phone
# What OpenStreetMap calls those whom one calls.
FACILITIES = {
    "hospital": "hospital", "clinic": "clinic", "police": "police", "fire_station": "fire",
    "evacuation_point": "evacuation",
}  # fmt: skip
_BOX = 0.3  # degrees: more than `REACH` anywhere in the country
_CELLS = 200  # to a degree, each half a kilometre: farther apart two of one name are two
_ORDER = {kind: at for at, kind in enumerate(KINDS)}


def near(lon: float, lat: float) -> list[Number]:
    """Whom to call at a place (WGS 84 degrees), by kind; of one kind the country's, then those of the areas, then
    those with a place by their `distance`, eight at most.

    Raises Problem for what is no place (`places.check_point`).
    """
    codes = [area.code for area in places.locate(lon, lat).areas]
    wide = [one for one in of_areas(reversed(codes)) if one.lon is None]
    mapped = _told(places.facilities_near(lon, lat, REACH, [*FACILITIES]))
    around = [_far(one, lon, lat) for one in (*placed(), *mapped) if _may_reach(one, lon, lat)]
    around = sorted((one for one in around if (one.distance or 0) <= REACH), key=lambda one: one.distance or 0)
    return _by_kind([*national(), *corrected(wide), *_few(_once(corrected(around)))])


def of_province(code: str) -> list[Number]:
    """The country's numbers and those of a province (two digits), by kind, at most `MOST`, without distances."""
    inside = [*within(code), *_told(places.facilities_of(code, [*FACILITIES], MOST))]
    return _by_kind([*national(), *_once(corrected(inside))][:MOST])


def _told(found: Iterable[Facility]) -> list[Number]:
    """Facilities of OpenStreetMap as numbers."""
    by = attribution()
    return [
        Number(
            kind := FACILITIES[one.kind], number := one.phone.partition(";")[0].strip(), one.name, "", by, "",
            lon=round(one.lon, 5), lat=round(one.lat, 5), hours=one.hours,
            key=key_of(kind, number, one.name, f"{one.lon:.3f},{one.lat:.3f}"),
        )
        for one in found
    ]  # fmt: skip


def _may_reach(one: Number, lon: float, lat: float) -> bool:
    """A first look: there may be fifty thousand in the country."""
    return abs((one.lon or 0.0) - lon) < _BOX and abs((one.lat or 0.0) - lat) < _BOX


def _far(one: Number, lon: float, lat: float) -> Number:
    away = places.distance(lon, lat, one.lon or 0.0, one.lat or 0.0)
    return replace(one, distance=round(away))


def _once(found: Iterable[Number]) -> list[Number]:
    """Without those that an earlier one has already: the same is on the map as a point and as a building. Many have one
    name or number and are each elsewhere ("Titik kumpul", 110): all of them are told."""
    known: set[tuple[str, str, object]] = set()
    told = []
    for one in found:
        names = {one.dialled or one.key, one.name_id.casefold() or one.key}
        here, *beside = _cells(one)
        if not any((one.kind, name, cell) in known for name in names for cell in (here, *beside)):
            told.append(one)
        known |= {(one.kind, name, here) for name in names}
    return told


def _cells(one: Number) -> list[object]:
    """Where it is: its square and those around that; the area of one without a place."""
    if one.lon is None or one.lat is None:
        return [one.area]
    east, north = math.floor(one.lon * _CELLS), math.floor(one.lat * _CELLS)
    steps = (0, -1, 1)
    return [(east + right, north + up) for right in steps for up in steps]


def _few(found: Iterable[Number]) -> list[Number]:
    seen = Counter[str]()
    told = []
    for one in found:
        seen[one.kind] += 1
        if seen[one.kind] <= EACH:
            told.append(one)
    return told


def _by_kind(found: Iterable[Number]) -> list[Number]:
    return sorted(found, key=lambda one: _ORDER[one.kind])
