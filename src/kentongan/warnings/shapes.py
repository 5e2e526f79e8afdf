"""Which places lie in the area of a warning: official areas, drawn shapes and circles, all told as codes of areas."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.places import gazetteer

MOST_POINTS, MOST_READ = 300, 20_000  # of a polygon that is kept, and of one that is read
MOST_SHAPES = 40  # polygons, circles and codes of one message
MOST_MEETINGS, PIECE = 40, 16  # of a line with itself, that are mended; sides that are looked at together
NEARLY = 0.95  # of the area of a shape, that a loop may not belong to
WEST, SOUTH, EAST, NORTH = 90.0, -15.0, 145.0, 10.0  # the country with the seas around it, degrees
MOST_KM = 1_000.0
DEGREE = 111.195  # kilometres of latitude

Ring = list[list[float]]


class OddShape(ValueError):
    """Why a shape cannot be used, in a word."""


def ring(points: Iterable[tuple[float, float]]) -> Ring:
    """A polygon from (lon, lat) pairs: closed where it was not, with fewer points where it has very many.

    Raises OddShape for anything that is no area. A loop at an edge, as drawing by hand leaves it, is cut off; a shape
    that crosses itself elsewhere could mean anything.
    """
    found = [[round(lon, 6), round(lat, 6)] for lon, lat in points]
    if len(found) > MOST_READ:
        raise OddShape("too many points")
    if not all(math.isfinite(one) for pair in found for one in pair):
        raise OddShape("no number")
    if len({tuple(pair) for pair in found}) < 3:
        raise OddShape("fewer than three points")
    if not all(WEST <= lon <= EAST and SOUTH <= lat <= NORTH for lon, lat in found):
        raise OddShape("outside the country")
    if found[0] != found[-1]:
        found.append(found[0])
    made = shapely.Polygon(found)
    if made.is_valid and len(found) <= MOST_POINTS:
        return found
    few = _few(_whole(made))
    if len(few) > MOST_POINTS or not shapely.Polygon(few).is_valid:  # rounded, two of its sides may have met
        raise OddShape("crosses itself")
    return few


def _whole(made: Any) -> Any:
    """The polygon without loops; raises OddShape where what is left is not nearly all of it."""
    if made.is_valid:
        return made
    if _is_tangled(made):
        raise OddShape("crosses itself")
    mended = getattr(shapely.make_valid(made), "geoms", ())
    parts = [one for one in mended if one.geom_type == "Polygon"]
    parts += [part for one in mended for part in getattr(one, "geoms", ()) if part.geom_type == "Polygon"]
    largest = max(parts, key=lambda one: one.area, default=None)
    if largest is None or largest.area < NEARLY * sum(one.area for one in parts):
        raise OddShape("crosses itself")
    return shapely.Polygon(largest.exterior)


def _is_tangled(made: Any) -> bool:
    """Whether its line meets itself so often that it means nothing: 300 points at random take twelve seconds to mend,
    20,000 take a machine."""
    points = shapely.get_coordinates(made.exterior)
    points = points[np.append(True, (points[1:] != points[:-1]).any(axis=1))]
    sides = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    tree, met = shapely.STRtree(sides), 0
    for at in range(0, len(sides), PIECE):
        part = sides[at : at + PIECE]
        met += tree.query(part, predicate="intersects").shape[1] - 3 * len(part)  # beyond itself and its neighbours
        if met > 2 * MOST_MEETINGS:
            return True
    return False


def _few(made: Any) -> Ring:
    """Its outline with at most `MOST_POINTS` points, as near to it as that allows."""
    within, drawn_of = 0.0001, made
    while len(drawn_of.exterior.coords) > MOST_POINTS and within < 1:
        drawn_of, within = made.simplify(within), within * 2
    return [[round(lon, 6), round(lat, 6)] for lon, lat in drawn_of.exterior.coords]


def circle(lon: float, lat: float, km: float) -> list[float]:
    """A circle with its radius in kilometres. Raises OddShape."""
    if not all(math.isfinite(one) for one in (lon, lat, km)):
        raise OddShape("no number")
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        raise OddShape("outside the country")
    if not 0 <= km <= MOST_KM:
        raise OddShape("no radius")
    return [round(lon, 6), round(lat, 6), round(km, 3)]


def covers(area: dict[str, Any]) -> list[str]:
    """The codes of the areas that lie in it, the widest that lie in it wholly: a district instead of all its villages.

    A village lies in a shape if its point does; a shape without any is in the village around its middle.
    """
    codes = {code for code in area.get("codes", ()) if code in gazetteer.areas()}
    villages: set[str] = set()
    for shape in drawn(area):
        villages |= _villages_in(shape)
    return sorted(_without_parts(codes | _widened(villages)))


def drawn(area: dict[str, Any]) -> list[Any]:
    """Its polygons and circles as shapes in degrees."""
    found = [shapely.Polygon(one) for one in area.get("polygons", ())]
    return [*found, *(_round(*one) for one in area.get("circles", ()))]


def simpler(found: list[Any], most: int) -> list[Any]:
    """The same shapes with at most so many points in all, as near to them as that allows: for a map."""
    within = 0.0001  # degrees: eleven metres
    while shapely.count_coordinates(found) > most and within < 1:
        found, within = [one.simplify(within) for one in found], within * 2
    return found


def touches(covered: Iterable[str], code: str) -> bool:
    """Whether an area with `code` lies in what is covered, or has a part in it."""
    return any(one == code or one.startswith(f"{code}.") or code.startswith(f"{one}.") for one in covered)


def touched(covered: Iterable[str], codes: Iterable[str]) -> set[str]:
    """Those of many codes that `touches` says yes to."""
    whole = set(covered)
    above = {part for one in whole for part in _line(one)}
    return {one for one in codes if one and (one in above or any(part in whole for part in _line(one)))}


def inside(covered: Iterable[str], limit: str) -> bool:
    """Whether all that is covered lies in the area with the code `limit` (empty: the country)."""
    return not limit or all(one == limit or one.startswith(f"{limit}.") for one in covered)


def named(covered: list[str], most: int = 6) -> str:
    """What is covered in words: names, and how many more."""
    known = gazetteer.areas()
    names = [known[one].name for one in covered if one in known]
    more = len(names) - most
    text = ", ".join(names[:most])
    return f"{text} +{more}" if more > 0 else text


def by_codes(written: str, limit: str) -> list[str]:
    """Official areas as somebody typed them, one a line or with semicolons: codes, or names within `limit`.

    Raises Problem `unknown_area`, `ambiguous_area` (422, field `codes`).
    """
    found: list[str] = []
    for one in [part.strip() for line in written.splitlines() for part in line.split(";") if part.strip()]:
        if len(found) >= MOST_SHAPES:
            raise Problem("too_many_areas", 422, _("At most 40 areas: choose a wider one."), field="codes")
        found.append(_code_of(one, limit))
    return list(dict.fromkeys(found))


def _code_of(written: str, limit: str) -> str:
    known = gazetteer.areas()
    if written in known:
        return written
    named = [area for area in places.search(written[:200], 20) if inside([area.code], limit)]
    exact = [area for area in named if area.name.casefold() == written.casefold()]
    best = exact or named
    widest = min((area.code.count(".") for area in best), default=0)
    best = [area for area in best if area.code.count(".") == widest]
    if not best:
        text = _("No area is called “%(name)s” here.") % {"name": written[:80]}
        raise Problem("unknown_area", 422, text, field="codes")
    if len(best) > 1:
        offered = "; ".join(f"{area.code} ({', '.join(one.name for one in places.known_chain(area.code)[::-1][1:3])})"
                            for area in best[:5])  # fmt: skip
        text = _("Several areas are called “%(name)s”: write the code of one, %(codes)s.") % {
            "name": written[:80], "codes": offered,
        }  # fmt: skip
        raise Problem("ambiguous_area", 422, text, field="codes")
    return best[0].code


def _round(lon: float, lat: float, km: float) -> Any:
    north = max(km, 0.05) / DEGREE
    east = north / max(0.1, math.cos(math.radians(lat)))
    steps = [2 * math.pi * at / 48 for at in range(48)]
    return shapely.Polygon([(lon + east * math.cos(one), lat + north * math.sin(one)) for one in steps])


def _villages_in(shape: Any) -> set[str]:
    codes, lons, lats = _points(id(gazetteer.areas()))
    west, south, east, north = shape.bounds
    near = np.nonzero((lons >= west) & (lons <= east) & (lats >= south) & (lats <= north))[0]
    shapely.prepare(shape)
    held = near[shapely.contains_xy(shape, lons[near], lats[near])] if len(near) else near
    if len(held):
        return {codes[at] for at in held}
    middle = shape.representative_point()
    found = places.locate(middle.x, middle.y).areas
    return {found[-1].code} if found else set()


@remembered(maxsize=2)
def _points(_of: int) -> tuple[list[str], Any, Any]:
    """All villages with a point of their own: codes, lon and lat in degrees."""
    villages = [one for one in gazetteer.areas().values() if one.own_point and one.code.count(".") == 3]
    lons, lats = (np.array([getattr(one, name) for one in villages]) for name in ("lon", "lat"))
    return [one.code for one in villages], lons, lats


@remembered(maxsize=2)
def _parts(_of: int) -> Counter[str]:
    """How many parts each area has, of those that can be found by a point."""
    codes, _lons, _lats = _points(_of)
    parts: Counter[str] = Counter()
    level: Iterable[str] = codes
    for _level in range(3):
        above = [one.rpartition(".")[0] for one in level]
        parts.update(above)
        level = set(above)
    return parts


def _widened(villages: set[str]) -> set[str]:
    """The same with each district, regency and province whose parts are all there in place of them."""
    parts, found = _parts(id(gazetteer.areas())), set(villages)
    level = set(villages)
    for _level in range(3):
        held = Counter(one.rpartition(".")[0] for one in level)
        whole = {one for one, number in held.items() if number >= parts[one]}
        found = {one for one in found if one.rpartition(".")[0] not in whole} | whole
        level = whole
    return found


def _without_parts(codes: set[str]) -> set[str]:
    return {one for one in codes if not any(part in codes for part in _line(one)[:-1])}


def _line(code: str) -> list[str]:
    parts = code.split(".")
    return [".".join(parts[: at + 1]) for at in range(len(parts))]
