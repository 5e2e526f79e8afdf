"""The index of the country as it is today, from the loaded tables, and where its boundaries come from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import shapely
from django.db import transaction
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.config import config
from kentongan.places import gazetteer, index
from kentongan.places.loading import Incoming, boundary_files, keep, load_areas, load_layer
from kentongan.places.models import Area, Feature, Layer
from kentongan.places.opening import index_path, opened

Progress = Callable[[str, int, int], None]
CHECKOUT = Path(__file__).parents[3]  # the repository, where the package runs from one


@dataclass(frozen=True)
class _Row:
    """A loaded area, or one that is about to be; `pk` is None for the latter, whose boundary is at hand."""

    pk: int | None
    code: str
    name: str
    type: str
    lon: float
    lat: float
    valid_from: date | None
    valid_until: date | None
    boundary: bytes = b""


def build_index(progress: Progress | None = None, version: str = "") -> None:
    """Writes the index from the tables: boundaries valid today, the deepest of each place, and all layers."""
    with _drafted(Incoming(), progress, version) as draft:
        index.put(draft, index_path())


def take_in(incoming: Incoming, progress: Progress | None = None) -> None:
    """Keeps what was read and renews the index, both or neither.

    The index is written before the tables are touched: whatever it fails of, nothing has changed, and nobody who
    writes waits for it. Raises Problem `no_index`.
    """
    told = (lambda done, of: progress("tables", done, of)) if progress else None
    with _drafted(incoming, progress) as draft, transaction.atomic():
        keep(incoming, told)
        index.put(draft, index_path())


def _drafted(incoming: Incoming, progress: Progress | None, version: str = "") -> AbstractContextManager[Path]:
    today, rows = timezone.localdate(), _rows(incoming)
    valid = [row for row in rows if _is_valid(row, today)]
    codes = {row.code for row in valid}
    parents = {code.rpartition(".")[0] for code in codes}
    deepest = sorted((row for row in valid if row.code not in parents), key=lambda row: row.code)
    facts = {
        "version": version or hashlib.sha256(",".join(sorted(codes)).encode()).hexdigest()[:12],
        "changes_on": _next_change(rows, today),
        "approximate": " ".join(sorted(one.code for one in _layers(incoming).values() if one.approximate)),
        "not_in_force": " ".join(sorted({row.code for row in rows} - codes)),
    }
    return index.drafted(index_path(), _shapes(deepest, progress), _lines(incoming), facts, _newer(rows))


def _rows(incoming: Incoming) -> list[_Row]:
    """All areas as they will be once `incoming` is kept, without their boundaries where the tables have them."""
    fields = ("pk", "code", "name", "type", "lon", "lat", "valid_from", "valid_until")
    rows = [_Row(*values) for values in Area.objects.order_by("pk").values_list(*fields)]
    coming = {area.code for area in incoming.areas}
    if incoming.valid_from:
        rows = [
            replace(row, valid_until=incoming.valid_from) if row.code in coming and not row.valid_until else row
            for row in rows
        ]
    else:
        rows = [row for row in rows if row.code not in coming or row.valid_until]
    return rows + [
        _Row(None, one.code, one.name, one.type, one.lon, one.lat, one.valid_from, None, bytes(one.boundary))
        for one in incoming.areas
    ]


def _is_valid(row: _Row, day: date) -> bool:
    return (not row.valid_from or row.valid_from <= day) and (not row.valid_until or row.valid_until > day)


def _shapes(rows: list[_Row], progress: Progress | None) -> Iterator[tuple[str, BaseGeometry]]:
    for at in range(0, len(rows), 500):
        some = rows[at : at + 500]
        kept = dict(Area.objects.filter(pk__in=[row.pk for row in some if row.pk]).values_list("pk", "boundary"))
        for row in some:
            yield row.code, shapely.from_wkb(bytes(kept[row.pk] if row.pk else row.boundary))
        if progress:
            progress("index", at + len(some), len(rows))


def renew() -> int:
    """Builds the index anew once the day has come on which an area begins or ends; returns how often: 1 or 0."""
    index_now = opened()
    due = index_now.facts.get("changes_on", "") if index_now else ""
    if not due or due > timezone.localdate().isoformat():
        return 0
    build_index()
    return 1


def load_roads() -> None:
    """Loads the packaged national roads of Jakarta and Denpasar: drawn by hand, approximate."""
    with as_file(files("kentongan.places").joinpath("national_roads.geojson")) as path:
        load_layer(path, Layer(code="national_road", owner="national", reach=25.0, approximate=True))


def load_folder(folder: Path, progress: Progress | None = None) -> int:
    """Loads all village boundaries of a folder; returns how many. Wrong features are left out."""
    found, taken = list(boundary_files(folder)), 0
    for at, path in enumerate(found, start=1):
        taken += load_areas(path, "village", skip_invalid=True).taken
        if progress:
            progress("boundaries", at, len(found))
    return taken


def boundaries_folder() -> Path | None:
    """Where boundaries lie ready: only `KENTONGAN_BOUNDARIES` where that is given; else in the data folder, or beside a
    developer's checkout."""
    given = os.environ.get("KENTONGAN_BOUNDARIES")
    places = [Path(given) if given else config().data / "boundaries"]
    if not given and config().mode != "production":
        places.append(CHECKOUT.parent / "shared" / "data" / "admin")
        places.append(CHECKOUT.parent.parent / "shared" / "data" / "admin")
    return next((folder for folder in places if (folder / "villages").is_dir()), None)


def prepare(progress: Progress | None = None) -> None:
    """Makes the country ready once: the roads, the boundaries where they lie ready, the index."""
    if opened() is not None:
        return
    if not Layer.objects.exists():
        load_roads()
    folder = boundaries_folder()
    if folder is not None and not Area.objects.exists():
        load_folder(folder, progress)
    build_index(progress)


def _next_change(rows: list[_Row], today: date) -> str:
    """The next day after today on which an area begins or ends, as YYYY-MM-DD; empty: none is known."""
    days = (day for row in rows for day in (row.valid_from, row.valid_until))
    return min((day.isoformat() for day in days if day and day > today), default="")


def _newer(rows: list[_Row]) -> Iterator[tuple[str, str, str, float, float]]:
    """Areas that are not in the packaged list, or were given another name from a day on; those in force first."""
    known = gazetteer.packaged()
    for row in sorted(rows, key=lambda row: -row.valid_until.toordinal() if row.valid_until else -date.max.toordinal()):
        old = known.get(row.code)
        if old is None or (row.valid_from and old.name != row.name):
            yield row.code, row.name, row.type, row.lon, row.lat


def _lines(incoming: Incoming) -> Iterator[index.Line]:
    layers = _layers(incoming)
    kept = Feature.objects.exclude(layer__in=[*incoming.layers])
    keys = list(kept.order_by("layer_id", "pk").values_list("pk", flat=True))
    for at in range(0, len(keys), 1000):
        for one in kept.filter(pk__in=keys[at : at + 1000]).order_by("layer_id", "pk"):
            yield _line(one, layers[one.layer_id])
    for one in incoming.features:
        yield _line(one, layers[one.layer_id])


def _layers(incoming: Incoming) -> dict[str, Layer]:
    return {layer.code: layer for layer in Layer.objects.all()} | incoming.layers


def _line(one: Feature, layer: Layer) -> index.Line:
    return index.Line(layer.code, layer.owner, layer.reach, one.name, shapely.from_wkb(bytes(one.shape)))
