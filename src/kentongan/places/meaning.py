"""Which place a list is asked for: what was typed, and what was chosen of what it may mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kentongan.places import searching
from kentongan.places.finding import Found, Point, named_area
from kentongan.places.seeking import find

OTHERS = 8
_AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")


@dataclass(frozen=True)
class Meant:
    """A place: the code of an `area`, else a `point` (lon, lat in degrees). `others` is what may be meant too."""

    label: str
    area: str = ""
    point: Point | None = None
    others: tuple[Found, ...] = ()


def meant(typed: str, at: str = "") -> Meant | None:
    """The place that is `at` (`Found.at`, as a page was given it), else the likeliest that `typed` means.

    None where both say nothing; a chosen place that cannot be read is as none. `label` is what was typed where the
    place has no name of its own.
    """
    if _AREA.fullmatch(at) and (area := searching.area(at)):
        return Meant(named_area(area).label, area=area.code)
    if (point := _point(at)) is not None:
        return Meant(typed.strip() or f"{point[1]:.5f}, {point[0]:.5f}", point=point)
    found = find(typed, None, OTHERS)
    if not found:
        return None
    first, *others = found
    return Meant(first.label, first.code, None if first.code else (first.lon, first.lat), tuple(others))


def _point(at: str) -> Point | None:
    found = re.fullmatch(r"(-?\d{1,3}(?:\.\d{1,7})?),(-?\d{1,2}(?:\.\d{1,7})?)", at)
    if not found or not at.isascii():
        return None
    lon, lat = float(found[1]), float(found[2])
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
