"""The outlines of large areas, dissolved once while the index is built: a union of thousands of villages
takes seconds, and a map asks for it with every visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import shapely
from shapely.geometry.base import BaseGeometry

COARSE = {1: 0.02, 2: 0.003, 3: 0.001, 4: 0.0002}  # degrees of simplification by the parts of the code
GRID = 1e-5  # degrees, about a metre: boundaries that overlap by less are made to meet


class Outlines:
    """Gathers villages, which come in order of their code, and gives provinces and regencies at the end."""

    def __init__(self) -> None:
        self._regency, self._villages = "", list[BaseGeometry]()
        self._provinces: dict[str, list[BaseGeometry]] = {}
        self._done: list[tuple[str, BaseGeometry]] = []

    def add(self, code: str, shape: BaseGeometry) -> None:
        """Takes a village, or whatever area is the deepest that is known."""
        regency = ".".join(code.split(".")[:2])
        if regency != self._regency:
            self._close()
            self._regency = regency
        self._villages.append(shape)

    def all(self) -> Iterator[tuple[str, BaseGeometry]]:
        """Each province and regency with its outline, simplified for a map."""
        self._close()
        yield from self._done
        for code, regencies in self._provinces.items():
            yield code, simplified(dissolved(regencies), 1)

    def _close(self) -> None:
        if self._villages:
            whole = dissolved(self._villages)
            self._provinces.setdefault(self._regency.split(".")[0], []).append(whole)
            if "." in self._regency:
                self._done.append((self._regency, simplified(whole, 2)))
        self._villages = []


def dissolved(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """The union of neighbours; quick where they fit each other exactly."""
    given = list(shapes)
    try:
        return shapely.coverage_union_all(given)
    except shapely.errors.GEOSException:
        return shapely.union_all(shapely.make_valid(given), grid_size=GRID)


def simplified(shape: BaseGeometry, parts: int) -> BaseGeometry:
    """The shape for a map of areas whose code has `parts` parts; islands too small to be seen are left out."""
    coarse = COARSE[parts]
    valid = shapely.make_valid(shapely.simplify(shape, coarse))
    polygons = [one for one in shapely.get_parts(valid) if one.geom_type == "Polygon"]
    if not polygons:
        return shape
    seen = [one for one in polygons if one.area > coarse * coarse] or [max(polygons, key=lambda one: one.area)]
    return shapely.multipolygons(seen)
