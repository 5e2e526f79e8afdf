"""Tiles of the web-Mercator grid (OGC Two Dimensional Tile Matrix Set, WebMercatorQuad): which lie where.

Longitude and latitude are WGS 84 degrees, lon first; x grows to the east and y to the south.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

SIDE = 256  # pixels of a tile at its own zoom, as `zoom` is counted in addresses of pictures
NORTHMOST = 85.051128  # degrees: where the square of web Mercator ends


def place(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Where a point lies in the grid of `zoom`, in tiles: the whole part is the tile's x and y."""
    lat = max(-NORTHMOST, min(NORTHMOST, lat))
    north = math.asinh(math.tan(math.radians(lat)))
    return (lon + 180) / 360 * 2**zoom, (1 - north / math.pi) / 2 * 2**zoom


def corner(x: Any, y: Any, zoom: int) -> tuple[Any, Any]:
    """Longitude and latitude of the north-west corner of a tile, or of arrays of them."""
    lon = np.asarray(x) / 2**zoom * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * np.asarray(y) / 2**zoom))))
    return lon, lat


def covering(shape: BaseGeometry, most: int) -> Iterator[tuple[int, Any, Any]]:
    """Zoom, x and y (arrays) of every tile that meets the shape, zoom by zoom from 0 to `most`.

    A tile that does not meet it has no children that do: so the work grows with the answer, not with the box.
    """
    shapely.prepare(shape)
    x, y = np.array([0]), np.array([0])
    for zoom in range(most + 1):
        west, north = corner(x, y, zoom)
        east, south = corner(x + 1, y + 1, zoom)
        meets = shapely.intersects(shape, shapely.box(west, south, east, north))
        x, y = x[meets], y[meets]
        yield zoom, x, y
        x = (2 * x[:, None] + [0, 1, 0, 1]).ravel()
        y = (2 * y[:, None] + [0, 0, 1, 1]).ravel()
