"""What is to be seen on a small picture of the map: from the map file, else from the streets of OpenStreetMap, else
the borders that we know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import mapbox_vector_tile
import numpy as np
import numpy.typing as npt
import shapely
from google.protobuf.message import DecodeError
from shapely.geometry.base import BaseGeometry

from kentongan import places
from kentongan.basemap.archive import Archive, archive
from kentongan.basemap.tiles import SIDE, corner, place
from kentongan.places.ground import ground, ground_path

MOST_TILE = 600_000  # bytes unpacked: a tile of Jakarta's centre has a third of it, and reading takes 1 s for each MB
STREETS_FROM = 14  # zoom: farther away the streets of a ground file are too many to be told apart
GREEN = {"park", "garden", "grass", "forest", "wood", "cemetery", "nature_reserve", "recreation_ground", "golf_course"}
ROADS = {"highway": "highway", "major_road": "major", "minor_road": "minor", "path": "path", "rail": "rail"}


class View(NamedTuple):
    """What a picture shows: its middle in degrees, its zoom (tiles of 256 pixels) and its size in pixels."""

    zoom: int
    lon: float
    lat: float
    width: int
    height: int

    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        x, y = place(self.lon, self.lat, self.zoom)
        half = self.width / 2 / SIDE, self.height / 2 / SIDE
        west, north = corner(x - half[0], y - half[1], self.zoom)
        east, south = corner(x + half[0], y + half[1], self.zoom)
        return float(west), float(south), float(east), float(north)

    def pixels(self, degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """An array of pairs in degrees as pairs in pixels from the upper left corner."""
        lon, lat = degrees[:, 0], np.clip(degrees[:, 1], -85, 85)
        north = np.arcsinh(np.tan(np.radians(lat)))
        x, y = (lon + 180) / 360 * 2**self.zoom, (1 - north / np.pi) / 2 * 2**self.zoom
        middle = place(self.lon, self.lat, self.zoom)
        return np.column_stack([(x - middle[0]) * SIDE + self.width / 2, (y - middle[1]) * SIDE + self.height / 2])


@dataclass
class Scene:
    """Shapes in pixels by what they are, lowest first; names with where they stand; and whom they are owed to."""

    areas: list[tuple[str, BaseGeometry]] = field(default_factory=list)
    lines: list[tuple[str, BaseGeometry]] = field(default_factory=list)
    streets: list[tuple[str, BaseGeometry]] = field(default_factory=list)
    names: list[tuple[str, float, float]] = field(default_factory=list)
    owed: str = ""


def state() -> str:
    """What every picture depends on besides its view: it changes with the map file, the streets or the borders."""
    file, streets = archive(), ground()
    if file is not None:
        return file.etag.strip('"')
    return str(ground_path().stat().st_mtime_ns) if streets is not None else str(places.source().version)


def scene(view: View) -> Scene:
    """The best that this installation knows of the place."""
    file = archive()
    found = _from_archive(view, file) if file is not None else Scene()
    if not found.areas and not found.lines and view.zoom >= STREETS_FROM:
        found = _from_ground(view)
    if not found.areas and not found.lines:
        found = _from_borders(view)
    return found


def _from_archive(view: View, file: Archive) -> Scene:
    found = Scene(owed="© OpenStreetMap")
    # A tile of the schema is drawn at 512 pixels by browsers: here too, so that as much is written on it.
    zoom = max(0, min(view.zoom - 1, file.header["max_zoom"]))
    west, south, east, north = view.box()
    left, top = (int(one) for one in place(west, north, zoom))
    right, bottom = (int(one) for one in place(east, south, zoom))
    most = 2**zoom - 1
    for x in range(max(left, 0), min(right, most) + 1):
        for y in range(max(top, 0), min(bottom, most) + 1):
            _add_tile(found, view, _decoded(file.tile(zoom, x, y)), zoom, x, y)
    return found


def _decoded(content: bytes) -> dict[str, Any]:
    """The layers of a tile; none of one that is empty, far too large or cannot be read."""
    if not 0 < len(content) <= MOST_TILE:
        return {}
    try:
        layers: dict[str, Any] = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    except (DecodeError, LookupError, ValueError, AssertionError):
        return {}
    return {name: told for name, told in layers.items() if told["extent"]}


def _shape(geometry: Any) -> BaseGeometry | None:
    """A geometry of a tile; None of one that is none, such as a line of one point."""
    try:
        return shapely.geometry.shape(geometry)
    except (shapely.errors.ShapelyError, ValueError, TypeError, LookupError):
        return None


def _add_tile(found: Scene, view: View, layers: dict[str, Any], zoom: int, x: int, y: int) -> None:
    size = SIDE * 2 ** (view.zoom - zoom)
    west, north = place(view.lon, view.lat, view.zoom)
    origin = np.array([x * size - west * SIDE + view.width / 2, y * size - north * SIDE + view.height / 2])

    def shapes(layer: str) -> Iterator[tuple[dict[str, Any], BaseGeometry]]:
        told = layers.get(layer, {"features": []})
        for feature in told["features"]:
            if (raw := _shape(feature["geometry"])) is None:
                continue
            scale = size / told["extent"]
            yield feature["properties"], shapely.transform(raw, lambda pairs, scale=scale: pairs * scale + origin)

    found.areas += [("earth", shape) for _told, shape in shapes("earth") if "Polygon" in shape.geom_type]
    for told, shape in shapes("landuse"):
        kind = "park_b" if told.get("kind") in GREEN else str(told.get("kind", ""))
        found.areas.append((kind, shape))
    for _told, shape in shapes("water"):
        (found.areas if "Polygon" in shape.geom_type else found.lines).append(("water", shape))
    found.areas += [("buildings", shape) for _told, shape in shapes("buildings")]
    for told, shape in shapes("roads"):
        found.lines.append((ROADS.get(str(told.get("kind")), "minor"), shape))
        if told.get("name"):
            found.streets.append((str(told["name"]), shape))
    for told, shape in shapes("places"):
        if told.get("name") and shape.geom_type == "Point":
            found.names.append((str(told["name"]), shape.x, shape.y))


def _from_ground(view: View) -> Scene:
    file = ground()
    found = Scene()
    if file is None:
        return found
    west, south, east, north = view.box()
    half = (east - west) / 2, (north - south) / 2
    for layer, _name, _level, shape in file.lines(view.lon, view.lat, *half):
        drawn = shapely.transform(shape, view.pixels)
        kind = {"park": "park_b", "river": "water", "drain": "water", "railway_crossing": ""}.get(layer, "major")
        if kind:
            (found.areas if "Polygon" in drawn.geom_type else found.lines).append((kind, drawn))
    for name, shape, _level in zip(*file.streets(view.lon, view.lat, *half), strict=True):
        drawn = shapely.transform(shape, view.pixels)
        found.lines.append(("minor", drawn))
        found.streets.append((name, drawn))
    if found.lines or found.areas:
        found.owed = "© OpenStreetMap"
        found.areas.insert(0, ("earth", shapely.box(0, 0, view.width, view.height)))
    return found


def _from_borders(view: View) -> Scene:
    found = Scene()
    for area in places.locate(view.lon, view.lat).areas[:3]:
        told = places.outline(area.code)
        if told:
            drawn = shapely.transform(shapely.geometry.shape(told), view.pixels)
            found.areas.append(("earth", drawn))
            found.lines.append(("boundary", drawn.boundary))
    return found
