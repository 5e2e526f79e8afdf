"""Features of a file: GeoJSON (also packed) by ourselves, everything else that GDAL reads where `kentongan[gis]` is."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem

OURS = (".geojson", ".json", ".geojson.gz", ".json.gz")
WGS84 = ("EPSG:4326", "OGC:1.3:CRS84", "OGC::CRS84", "CRS84")


@dataclass(frozen=True)
class Row:
    """A feature; `number` counts from 1, `fields` are its properties by name."""

    number: int
    fields: dict[str, Any]
    shape: BaseGeometry | None

    def named(self) -> str:
        """How a fault names it."""
        code = str(self.fields.get("code") or "")
        return f"feature {self.number}" + (f" ({code})" if code else "")


def read(path: Path) -> list[Row]:
    """All features of a file, in degrees of WGS 84. Raises Problem `bad_file` (422)."""
    if not path.is_file():
        raise Problem("bad_file", 422, f"{path}: there is no such file", field="file")
    return _geojson(path) if path.name.lower().endswith(OURS) else _gdal(path)


def _geojson(path: Path) -> list[Row]:
    try:
        content = path.read_bytes()
        said = orjson.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    except (ValueError, OSError, EOFError, zlib.error) as fault:
        raise _unreadable(path, fault) from None
    features = said.get("features") if isinstance(said, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise _unreadable(path, "it is no FeatureCollection")
    _check_system(path, str(_below(said, "crs", "properties", "name") or ""))
    written = [orjson.dumps(one["geometry"]).decode() if one.get("geometry") else None for one in features]
    shapes = shapely.force_2d(shapely.from_geojson(written, on_invalid="ignore")) if written else []
    return [
        Row(
            number,
            {"id": one.get("id")} | (one["properties"] if isinstance(one.get("properties"), dict) else {}),
            shape,
        )
        for number, (one, shape) in enumerate(zip(features, shapes, strict=True), start=1)
    ]


def _gdal(path: Path) -> list[Row]:
    try:
        import pyogrio
    except ImportError:
        raise Problem(
            "bad_file", 422, f"{path}: is no .geojson or .geojson.gz; for other formats install kentongan[gis]"
        ) from None
    source = f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else str(path)
    try:
        layer = _layer(path, source)
        meta, fids, wkb, columns = pyogrio.raw.read(source, layer=layer, force_2d=True, return_fids=True)
    except (RuntimeError, ValueError, OSError) as fault:  # pyogrio's own are RuntimeErrors
        raise _unreadable(path, fault) from None
    if wkb is None and not len(columns):
        raise _unreadable(path, "there is nothing in it")
    _check_system(path, meta["crs"] or "")
    shapes = shapely.from_wkb(wkb, on_invalid="ignore") if wkb is not None else [None] * len(columns[0])
    names = [str(name) for name in meta["fields"]]
    # The key of a GeoPackage's row stays the same while it is worked on; of other files it is the number of the row.
    keys = [{"fid": int(fid)} for fid in fids] if path.suffix.lower() == ".gpkg" else [{}] * len(shapes)
    return [
        Row(at + 1, keys[at] | {name: column[at] for name, column in zip(names, columns, strict=True)}, shape)
        for at, shape in enumerate(shapes)
    ]


def _layer(path: Path, source: str) -> str | None:
    """The one layer of a file that has shapes; None where there is none. What GIS programs keep beside it (styles,
    tables) is none. Raises Problem where there are several: which is meant, nobody can guess."""
    import pyogrio

    layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind]
    if len(layers) > 1:
        layers = [one for one in layers if pyogrio.read_info(source, layer=one, force_feature_count=True)["features"]]
    if len(layers) > 1:
        raise Problem(
            "bad_file", 422,
            f"{path}: it has several layers ({', '.join(layers)}); give a file with one, as"
            f" `ogr2ogr one.gpkg {path.name} {layers[0]}` makes it", field="file",
        )  # fmt: skip
    return layers[0] if layers else None


def _check_system(path: Path, name: str) -> None:
    if name and not name.endswith(WGS84) and not name.endswith("EPSG::4326"):
        raise Problem("bad_file", 422, f"{path}: its coordinate system is {name}; convert it to EPSG:4326")


def _below(said: Any, *names: str) -> Any:
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _unreadable(path: Path, fault: object) -> Problem:
    return Problem("bad_file", 422, f"{path}: cannot be read: {fault}", field="file")
