"""A small map file around Menteng, written by the tests: the schema of Protomaps, streets about where they are."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import shapely
from pmtiles import tile as pm
from pmtiles.writer import Writer

from kentongan.basemap.tiles import covering, place

EXTENT = 4096
BOX = (106.80, -6.21, 106.85, -6.16)
MENTENG = (106.8270, -6.1860)


def town() -> list[tuple[str, Any, dict[str, Any]]]:
    """Layer, shape in degrees and properties of everything there is."""
    line, area = shapely.LineString, shapely.box
    grid = [
        ("roads", line([(BOX[0], lat), (BOX[2], lat)]), {"kind": "minor_road", "name": f"Jl. Timur {number}"})
        for number, lat in enumerate((-6.1985, -6.1950, -6.1915, -6.1880, -6.1825, -6.1790), start=1)
    ]
    return [
        ("earth", area(106.70, -6.30, 106.95, -6.10), {"kind": "earth"}),
        ("landuse", area(106.8285, -6.1905, 106.8330, -6.1885), {"kind": "park", "name": "Taman Menteng"}),
        ("landuse", area(106.8212, -6.1778, 106.8328, -6.1722), {"kind": "park", "name": "Medan Merdeka"}),
        ("water", shapely.Polygon([(106.8345, -6.16), (106.8352, -6.16), (106.8362, -6.21), (106.8354, -6.21)]),
         {"kind": "water", "name": "Ciliwung"}),
        ("buildings", area(106.8265, -6.1872, 106.8268, -6.1866), {"kind": "building"}),
        ("roads", line([(106.8228, -6.16), (106.8228, -6.21)]),
         {"kind": "highway", "name": "Jl. M.H. Thamrin", "min_zoom": 5}),
        ("roads", line([(106.8270, -6.1725), (106.8270, -6.2060)]),
         {"kind": "major_road", "name": "Jl. H. Agus Salim", "min_zoom": 8}),
        ("roads", line([(106.8100, -6.1860), (106.8420, -6.1860)]),
         {"kind": "major_road", "name": "Jl. Kebon Sirih", "min_zoom": 8}),
        *grid,
        ("places", shapely.Point(*MENTENG), {"kind": "neighbourhood", "name": "Menteng", "min_zoom": 10}),
        ("pois", shapely.Point(106.8275, -6.1835), {"kind": "school", "name": "SDN Menteng 01", "min_zoom": 13}),
        ("pois", shapely.Point(106.8240, -6.1880), {"kind": "hospital", "name": "RS Uji", "min_zoom": 13}),
    ]  # fmt: skip


def write(path: Path, most: int = 15, kind: pm.TileType = pm.TileType.MVT,
          packing: pm.Compression = pm.Compression.GZIP) -> Path:  # fmt: skip
    """Makes the file with all tiles of the box to zoom `most`."""
    things = town()
    with path.open("wb") as target:
        writer = Writer(target)
        tiles = [
            (pm.zxy_to_tileid(zoom, int(x), int(y)), zoom, int(x), int(y))
            for zoom, xs, ys in covering(shapely.box(*BOX), most)
            for x, y in zip(xs, ys, strict=True)
        ]
        for number, zoom, x, y in sorted(tiles):
            content = _tile(things, zoom, x, y)
            writer.write_tile(number, gzip.compress(content, mtime=0) if packing == pm.Compression.GZIP else content)
        header = {"tile_type": kind, "tile_compression": packing}
        for name, degrees in zip(("min_lon", "min_lat", "max_lon", "max_lat"), BOX, strict=True):
            header[f"{name}_e7"] = int(degrees * 1e7)
        writer.finalize(header, {"name": "Menteng", "attribution": "© OpenStreetMap"})
    return path


def _tile(things: list[tuple[str, Any, dict[str, Any]]], zoom: int, x: int, y: int) -> bytes:
    layers: dict[str, list[dict[str, Any]]] = {}
    frame = shapely.box(-64, -64, EXTENT + 64, EXTENT + 64)

    def local(pairs: Any) -> Any:
        return [((at[0] - x) * EXTENT, (at[1] - y) * EXTENT) for at in (place(lon, lat, zoom) for lon, lat in pairs)]

    for layer, shape, properties in things:
        drawn = shapely.intersection(shapely.transform(shape, local), frame)
        if not drawn.is_empty:
            layers.setdefault(layer, []).append({"geometry": drawn, "properties": properties})
    told = [{"name": name, "features": features} for name, features in layers.items()]
    return mapbox_vector_tile.encode(told, default_options={"y_coord_down": True, "extents": EXTENT})
