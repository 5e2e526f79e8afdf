"""Boundaries and layers from any file that GDAL reads: checked feature by feature, all loaded or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.errors
import shapely
from django.db import transaction
from django.db.models import Q
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.places.gazetteer import LEVELS
from kentongan.places.here import EAST, NORTH, SOUTH, WEST
from kentongan.places.models import Area, Feature, Layer

Progress = Callable[[int, int], None]
OF_COUNTRY = shapely.box(WEST, SOUTH, EAST, NORTH)


@dataclass
class Loaded:
    """What became of a file: how many features were taken, and each fault as `feature 3 (31.71): reason`."""

    taken: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    number: int
    fields: dict[str, Any]
    shape: BaseGeometry | None

    def named(self) -> str:
        code = str(self.fields.get("code") or "")
        return f"feature {self.number}" + (f" ({code})" if code else "")


def load_areas(
    path: Path,
    level: str,
    *,
    skip_invalid: bool = False,
    valid_from: date | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Loads the boundaries of one level: fields `code`, `name`, and `type`, `population` where there are any.

    An area that was loaded before gets the new boundary; with `valid_from` the old row ends on that day instead.
    Raises Problem `bad_file`, or `bad_features` with every fault where some are wrong and not to be skipped.
    """
    if level not in LEVELS:
        raise Problem("bad_level", 422, f"The level is one of: {', '.join(LEVELS)}.", field="level")
    rows, outcome = _read(path), Loaded()
    known = set(gazetteer.areas()) | set(Area.objects.values_list("code", flat=True))
    known |= {str(row.fields.get("code")) for row in rows}
    good = []
    for row in rows:
        if fault := _area_fault(row, level, known):
            outcome.faults.append(f"{row.named()}: {fault}")
        else:
            good.append(_area(row, level, valid_from))
    _refuse(outcome, skip_invalid)
    with transaction.atomic():
        _replace(good, valid_from, progress)
    outcome.taken = len(good)
    return outcome


def end_areas(codes: list[str], on: date) -> int:
    """Ends loaded areas and all below them on a day, as where a split gives them new codes; returns how many.

    Raises Problem `unknown_area` for a code of which nothing is loaded; then none is ended.
    """
    ended = 0
    with transaction.atomic():
        for code in codes:
            below = Q(code=code) | Q(code__startswith=f"{code}.")
            rows = Area.objects.filter(below, Q(valid_until=None) | Q(valid_until__gt=on))
            if not (found := rows.update(valid_until=on)):
                raise Problem("unknown_area", 422, f"{code}: no boundary with this code is loaded and in force")
            ended += found
    return ended


def load_layer(
    path: Path, layer: str, owner: str, *, reach: float = 25.0, approximate: bool = False, skip_invalid: bool = False,
    progress: Progress | None = None,
) -> Loaded:  # fmt: skip
    """Loads lines or points as `layer` in place of what it had. Raises Problem as `load_areas` does."""
    outcome, good = Loaded(), []
    for row in _read(path):
        if fault := _shape_fault(row.shape):
            outcome.faults.append(f"{row.named()}: {fault}")
        else:
            good.append(
                Feature(layer_id=layer, name=str(row.fields.get("name") or ""), shape=shapely.to_wkb(row.shape))
            )
    _refuse(outcome, skip_invalid)
    with transaction.atomic():
        Layer.objects.update_or_create(
            code=layer, defaults={"owner": owner, "reach": reach, "approximate": approximate}
        )
        Feature.objects.filter(layer=layer).delete()
        for at in range(0, len(good), 1000):
            Feature.objects.bulk_create(good[at : at + 1000])
            if progress:
                progress(min(at + 1000, len(good)), len(good))
    outcome.taken = len(good)
    return outcome


def _read(path: Path) -> list[_Row]:
    if not path.is_file():
        raise Problem("bad_file", 422, f"{path}: there is no such file", field="file")
    source = f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else str(path)
    try:
        meta, _fids, wkb, columns = pyogrio.raw.read(source, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as fault:
        raise Problem("bad_file", 422, f"{path}: cannot be read: {fault}", field="file") from None
    if meta["crs"] and meta["crs"] != "EPSG:4326":
        raise Problem("bad_file", 422, f"{path}: its coordinate system is {meta['crs']}; convert it to EPSG:4326")
    shapes = shapely.from_wkb(wkb, on_invalid="ignore") if wkb is not None else np.full(len(columns[0]), None)
    names = [str(name) for name in meta["fields"]]
    return [
        _Row(at + 1, {name: column[at] for name, column in zip(names, columns, strict=True)}, shape)
        for at, shape in enumerate(shapes)
    ]


def _area_fault(row: _Row, level: str, known: set[str]) -> str:
    code = str(row.fields.get("code") or "")
    if not code:
        return "the code is missing"
    if code.count(".") != LEVELS.index(level):
        return f"{code} is not the code of a {level}"
    if "." in code and code.rpartition(".")[0] not in known:
        return f"there is no parent {code.rpartition('.')[0]}"
    if row.shape is not None and row.shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return f"a boundary is a polygon, not a {row.shape.geom_type}"
    return _shape_fault(row.shape)


def _shape_fault(shape: BaseGeometry | None) -> str:
    if shape is None or shape.is_empty:
        return "it has no geometry"
    if not shape.within(OF_COUNTRY):
        west, south, _east, _north = shape.bounds
        return f"it lies outside the country ({west:.2f}, {south:.2f}): degrees of WGS 84, longitude first, are wanted"
    if not shape.is_valid:
        return f"its geometry is invalid: {shapely.is_valid_reason(shape)}"
    return ""


def _area(row: _Row, level: str, valid_from: date | None) -> Area:
    assert row.shape is not None  # noqa: S101  the faults were looked for before
    code, inside = str(row.fields["code"]), row.shape.representative_point()
    official = gazetteer.areas().get(code)
    population = row.fields.get("population")
    return Area(
        code=code, level=level, name=str(row.fields.get("name") or (official.name if official else code)),
        type=str(row.fields.get("type") or (official.type if official else "")), lon=inside.x, lat=inside.y,
        population=int(population) if population else None, valid_from=valid_from, boundary=shapely.to_wkb(row.shape),
    )  # fmt: skip


def _replace(areas: list[Area], valid_from: date | None, progress: Progress | None) -> None:
    for at in range(0, len(areas), 500):
        batch = areas[at : at + 500]
        old = Area.objects.filter(code__in=[area.code for area in batch], valid_until=None)
        if valid_from:
            old.update(valid_until=valid_from)
        else:
            old.delete()
        Area.objects.bulk_create(batch)
        if progress:
            progress(min(at + 500, len(areas)), len(areas))


def _refuse(outcome: Loaded, skip_invalid: bool) -> None:
    if outcome.faults and not skip_invalid:
        named = "; ".join(outcome.faults[:5])
        raise Problem(
            "bad_features", 422, f"{len(outcome.faults)} features are wrong: {named}", extra={"faults": outcome.faults}
        )


def boundary_files(folder: Path) -> Iterator[Path]:
    """The village files of a folder as `places fetch` leaves it: `villages/PP.geojson.gz`."""
    yield from sorted((folder / "villages").glob("*.geojson.gz"))
