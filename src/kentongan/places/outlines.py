"""The outlines of large areas, dissolved once while the index is built: a union of thousands of villages
takes seconds, and a map asks for it with every visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import shapely
from shapely.geometry.base import BaseGeometry

COARSE = {1: 0.01, 2: 0.003, 3: 0.001, 4: 0.0002}  # degrees of simplification by the parts of the code
GRID = 1e-5  # degrees, about a metre: boundaries that overlap by less are made to meet


class Outlines:
    """Gathers villages, which come in order of their code, and gives provinces and regencies at the end."""

    def __init__(self) -> None:
        self._regency, self._villages = "", list[BaseGeometry]()
        self._provinces: dict[str, list[BaseGeometry]] = {}
        self._regencies: dict[str, BaseGeometry] = {}

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
        provinces = {code: dissolved(regencies) for code, regencies in self._provinces.items()}
        for parts, areas in ((1, provinces), (2, self._regencies)):
            # Together, so that neighbours keep the border they share.
            shapes = shapely.coverage_simplify(list(areas.values()), COARSE[parts]) if areas else []
            for code, shape in zip(areas, shapes, strict=True):
                yield code, seen(shape, COARSE[parts])

    def _close(self) -> None:
        if self._villages:
            whole = dissolved(self._villages)
            self._provinces.setdefault(self._regency.split(".")[0], []).append(whole)
            if "." in self._regency:
                self._regencies[self._regency] = whole
        self._villages = []


def dissolved(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """The union of neighbours; quick where they fit each other exactly."""
    given = list(shapes)
    try:
        return shapely.coverage_union_all(given)
    except shapely.errors.GEOSException:
        whole = shapely.make_valid(given)
    try:
        return shapely.union_all(whole, grid_size=GRID)
    except shapely.errors.GEOSException:  # an outline only for the eye: side by side is good enough
        return shapely.geometrycollections(whole)


def simplified(shape: BaseGeometry, parts: int) -> BaseGeometry:
    """The shape for a map of areas whose code has `parts` parts."""
    return seen(shapely.simplify(shape, COARSE[parts]), COARSE[parts])


def seen(shape: BaseGeometry, size: float) -> BaseGeometry:
    """The shape as valid polygons, without islands smaller than `size` degrees; always at least one."""
    faces = list(polygons(shapely.make_valid(shape)))
    if not faces:
        return shape
    large = [one for one in faces if one.area > size * size] or [max(faces, key=lambda one: one.area)]
    return shapely.multipolygons(large)


def polygons(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    """All polygons of a shape, however deep: mending may give several of them and stray lines in one collection."""
    for one in shapely.get_parts(shape):
        if one.geom_type in {"MultiPolygon", "GeometryCollection"}:
            yield from polygons(one)
        elif one.geom_type == "Polygon" and not one.is_empty:
            yield one
