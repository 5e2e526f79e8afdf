"""Boundaries and layers from any file that GDAL reads: checked feature by feature, all loaded or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import shapely
from django.db import transaction
from django.db.models import Q
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.places.files import Row, read
from kentongan.places.gazetteer import LEVELS
from kentongan.places.here import EAST, NORTH, SOUTH, WEST
from kentongan.places.models import Area, Feature, Layer

Progress = Callable[[int, int], None]
LONGEST = {"name": 120, "type": 20}  # letters that the tables have room for


@dataclass
class Loaded:
    """What became of a file: how many features were taken, and each fault as `feature 3 (31.71): reason`."""

    taken: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Incoming:
    """What was read from files and found good, not yet in any table: areas of one day, features of layers."""

    areas: list[Area] = field(default_factory=list)
    valid_from: date | None = None
    layers: dict[str, Layer] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)


def load_areas(path: Path, level: str, *, skip_invalid: bool = False, valid_from: date | None = None) -> Loaded:
    """Reads and keeps the boundaries of one level, see `read_areas`; the index is built by the caller."""
    incoming = Incoming(valid_from=valid_from)
    outcome = read_areas(path, level, incoming, skip_invalid=skip_invalid)
    keep(incoming)
    return outcome


def read_areas(path: Path, level: str, incoming: Incoming, *, skip_invalid: bool = False) -> Loaded:
    """Reads boundaries of one level: fields `code`, `name`, and `type`, `population` where there are any.

    Raises Problem `bad_file`, or `bad_features` with every fault where some are wrong and not to be skipped.
    """
    if level not in LEVELS:
        raise Problem("bad_level", 422, f"The level is one of: {', '.join(LEVELS)}.", field="level")
    rows, outcome = read(path), Loaded()
    known = set(gazetteer.areas()) | set(Area.objects.values_list("code", flat=True))
    known |= {str(row.fields.get("code")) for row in rows}
    good, seen = [], {area.code for area in incoming.areas}
    for row in rows:
        code = str(row.fields.get("code") or "")
        if fault := _area_fault(row, level, known) or (f"{code} is there twice" if code in seen else ""):
            outcome.faults.append(f"{row.named()}: {fault}")
        else:
            good.append(_area(row, level, incoming.valid_from))
            seen.add(code)
    _refuse(outcome, skip_invalid)
    incoming.areas += good
    outcome.taken = len(good)
    return outcome


def keep(incoming: Incoming, progress: Progress | None = None) -> None:
    """Writes what was read into the tables, all or nothing.

    An area that was loaded before gets the new boundary; with `valid_from` the old row ends on that day instead. A
    layer is put in place of what it had.
    """
    with transaction.atomic():
        _replace(incoming.areas, incoming.valid_from, progress)
        for layer in incoming.layers.values():
            Layer.objects.update_or_create(
                code=layer.code, defaults={"owner": layer.owner, "reach": layer.reach, "approximate": layer.approximate}
            )
        Feature.objects.filter(layer__in=[*incoming.layers]).delete()
        for at in range(0, len(incoming.features), 1000):
            Feature.objects.bulk_create(incoming.features[at : at + 1000])
            if progress:
                progress(min(at + 1000, len(incoming.features)), len(incoming.features))


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


def load_layer(path: Path, layer: Layer, *, skip_invalid: bool = False) -> Loaded:
    """Reads and keeps lines or points, see `read_layer`; the index is built by the caller."""
    incoming = Incoming()
    outcome = read_layer(path, layer, incoming, skip_invalid=skip_invalid)
    keep(incoming)
    return outcome


def read_layer(path: Path, layer: Layer, incoming: Incoming, *, skip_invalid: bool = False) -> Loaded:
    """Reads lines or points of `layer`, field `name` where there is one. Raises Problem as `read_areas` does."""
    outcome, good = Loaded(), []
    for row in read(path):
        if fault := _shape_fault(row.shape) or _name_fault(row):
            outcome.faults.append(f"{row.named()}: {fault}")
        else:
            name, shape = str(row.fields.get("name") or ""), shapely.to_wkb(row.shape)
            good.append(Feature(layer_id=layer.code, name=name, shape=shape))
    _refuse(outcome, skip_invalid)
    incoming.layers[layer.code] = layer
    incoming.features += good
    outcome.taken = len(good)
    return outcome


def _area_fault(row: Row, level: str, known: set[str]) -> str:
    code = str(row.fields.get("code") or "")
    if not code:
        return "the code is missing"
    if code.count(".") != LEVELS.index(level):
        return f"{code} is not the code of a {level}"
    if "." in code and code.rpartition(".")[0] not in known:
        return f"there is no parent {code.rpartition('.')[0]}"
    if row.shape is not None and row.shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return f"a boundary is a polygon, not a {row.shape.geom_type}"
    return _shape_fault(row.shape) or _name_fault(row)


def _name_fault(row: Row) -> str:
    for name, most in LONGEST.items():
        if len(str(row.fields.get(name) or "")) > most:
            return f"its {name} is longer than {most} letters"
    return ""


def _shape_fault(shape: BaseGeometry | None) -> str:
    if shape is None or shape.is_empty:
        return "it has no geometry"
    west, south, east, north = shape.bounds
    if not (west >= WEST and east <= EAST and south >= SOUTH and north <= NORTH):
        return f"it lies outside the country ({west:.2f}, {south:.2f}): degrees of WGS 84, longitude first, are wanted"
    if not shape.is_valid:
        return f"its geometry is invalid: {shapely.is_valid_reason(shape)}"
    return ""


def _area(row: Row, level: str, valid_from: date | None) -> Area:
    assert row.shape is not None  # noqa: S101  the faults were looked for before
    code, inside = str(row.fields["code"]), row.shape.representative_point()
    official = gazetteer.areas().get(code)
    return Area(
        code=code, level=level, name=str(row.fields.get("name") or (official.name if official else code)),
        type=str(row.fields.get("type") or (official.type if official else "")), lon=inside.x, lat=inside.y,
        population=_number(row.fields.get("population")), valid_from=valid_from, boundary=shapely.to_wkb(row.shape),
    )  # fmt: skip


def _number(given: object) -> int | None:
    """A count as files have it (12, 12.0, "12"); None where it is none."""
    try:
        number = float(str(given))
        return int(number) if 0 < number < 2**31 else None
    except ValueError:
        return None


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
