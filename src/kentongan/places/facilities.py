"""Hospitals, police stations and others that people call or go to, as OpenStreetMap has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from kentongan.places.gazetteer import METRES_IN_DEGREE
from kentongan.places.ground import ground

_PLACES_TO_GO = {"evacuation_point"}  # of use without a telephone


class Facility(NamedTuple):
    """Its kind (as in `osm/mapping.yaml`), name, place in degrees, telephone and hours as OpenStreetMap has them."""

    kind: str
    name: str
    lon: float
    lat: float
    phone: str
    hours: str


def facilities_near(lon: float, lat: float, reach: float, kinds: Sequence[str]) -> list[Facility]:
    """Those with a telephone in the square of `reach` metres around a point (WGS 84 degrees), in no order; none
    without data of OpenStreetMap."""
    under = ground()
    if under is None:
        return []
    north = reach / METRES_IN_DEGREE
    east = north / max(math.cos(math.radians(lat)), 0.01)
    return _called(under.facilities(lon, lat, east, north, kinds))


def facilities_of(province: str, kinds: Sequence[str], most: int) -> list[Facility]:
    """The best known of a province (two digits) with a telephone, at most `most`."""
    under = ground()
    return [] if under is None else _called(under.facilities_of(province, kinds, most))


def _called(rows: list[tuple[str, str, float, float, str, str]]) -> list[Facility]:
    return [one for one in map(Facility._make, rows) if one.phone or one.kind in _PLACES_TO_GO]
