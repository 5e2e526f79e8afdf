"""The index of the country as it is today, from the loaded tables, and where its boundaries come from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import shapely
from django.db.models import F, Q
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.config import config
from kentongan.places import gazetteer, here, index
from kentongan.places.loading import boundary_files, load_areas, load_layer
from kentongan.places.models import Area, Feature, Layer

Progress = Callable[[str, int, int], None]
CHECKOUT = Path(__file__).parents[3]  # the repository, where the package runs from one


def build_index(progress: Progress | None = None, version: str = "") -> None:
    """Writes the index from the tables: boundaries valid today, the deepest of each place, and all layers."""
    today = timezone.localdate()
    valid = (Q(valid_from=None) | Q(valid_from__lte=today)) & (Q(valid_until=None) | Q(valid_until__gt=today))
    areas = Area.objects.filter(valid)
    total, codes = areas.count(), set(areas.values_list("code", flat=True))
    parents = {code.rpartition(".")[0] for code in codes}

    def villages() -> Iterator[tuple[str, BaseGeometry]]:
        rows = areas.exclude(code__in=list(parents & codes)).order_by("code").values_list("code", "boundary")
        for at, (code, boundary) in enumerate(rows.iterator(chunk_size=500), start=1):
            if progress and at % 500 == 0:
                progress("index", at, total)
            yield code, shapely.from_wkb(bytes(boundary))

    facts = {"version": version or hashlib.sha256(",".join(sorted(codes)).encode()).hexdigest()[:12]}
    facts["changes_on"] = _next_change(today)
    facts["not_in_force"] = " ".join(sorted({*Area.objects.values_list("code", flat=True)} - codes))
    index.build(here.index_path(), villages(), _lines(), facts, _newer())


def renew() -> int:
    """Builds the index anew once the day has come on which an area begins or ends; returns how often: 1 or 0."""
    index_now = here.opened()
    due = index_now.facts.get("changes_on", "") if index_now else ""
    if not due or due > timezone.localdate().isoformat():
        return 0
    build_index()
    return 1


def load_roads() -> None:
    """Loads the packaged national roads of Jakarta and Denpasar: drawn by hand, approximate."""
    with as_file(files("kentongan.places").joinpath("national_roads.geojson")) as path:
        load_layer(path, "national_road", "national", reach=25.0, approximate=True)


def load_folder(folder: Path, progress: Progress | None = None) -> int:
    """Loads all village boundaries of a folder; returns how many. Wrong features are left out."""
    found, taken = list(boundary_files(folder)), 0
    for at, path in enumerate(found, start=1):
        taken += load_areas(path, "village", skip_invalid=True).taken
        if progress:
            progress("boundaries", at, len(found))
    return taken


def boundaries_folder() -> Path | None:
    """Where boundaries lie ready: `KENTONGAN_BOUNDARIES`, the data folder, or beside a developer's checkout."""
    places = [config().data / "boundaries"]
    if given := os.environ.get("KENTONGAN_BOUNDARIES"):
        places.insert(0, Path(given))
    if config().mode != "production":
        places.append(CHECKOUT.parent / "shared" / "data" / "admin")
        places.append(CHECKOUT.parent.parent / "shared" / "data" / "admin")
    return next((folder for folder in places if (folder / "villages").is_dir()), None)


def prepare(progress: Progress | None = None) -> None:
    """Makes the country ready once: the roads, the boundaries where they lie ready, the index."""
    if here.opened() is not None:
        return
    if not Layer.objects.exists():
        load_roads()
    folder = boundaries_folder()
    if folder is not None and not Area.objects.exists():
        load_folder(folder, progress)
    build_index(progress)


def _next_change(today: date) -> str:
    """The next day after today on which a loaded area begins or ends, as YYYY-MM-DD; empty: none is known."""
    days = [
        Area.objects.filter(**{f"{name}__gt": today}).order_by(name).values_list(name, flat=True).first()
        for name in ("valid_from", "valid_until")
    ]
    return min((day.isoformat() for day in days if day), default="")


def _newer() -> Iterator[tuple[str, str, str, float, float]]:
    """Areas that are not in the packaged list, or were given another name from a day on; those in force first."""
    known, fields = gazetteer.packaged(), ("code", "name", "type", "lon", "lat")
    for *row, since in Area.objects.order_by(F("valid_until").desc(nulls_first=True), "pk").values_list(
        *fields, "valid_from"
    ):
        old = known.get(row[0])
        if old is None or (since and old.name != row[1]):
            yield tuple(row)


def _lines() -> Iterator[index.Line]:
    for one in Feature.objects.select_related("layer").order_by("layer_id", "pk").iterator(chunk_size=1000):
        layer = one.layer
        yield index.Line(layer.code, layer.owner, layer.reach, one.name, shapely.from_wkb(bytes(one.shape)))
