"""Things with an identity from files: new ones come, known ones follow, what is gone ends, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from kentongan.foundation.inserting import fill, moment
from kentongan.foundation.problems import Problem
from kentongan.places import assets, inventory_files
from kentongan.places.inventory_files import Columns, Item
from kentongan.places.models import Asset

MOST_ENDED = 0.25  # of a layer in one import: more are ended by a wrong or cut file rather than by a city
FEW = 5  # that may always end
PIECE = 1_000
Progress = Callable[[str, int, int], None]
COLUMNS = ("layer", "own_id", "name", "lon", "lat", "cell", "sought_id", "sought_name", "loaded_at", "ended_at")


@dataclass
class Taken:
    """What became of files of things: how many are new, changed, the same, back again, ended, and each fault as
    `lamps.csv, row 3: reason`."""

    new: int = 0
    changed: int = 0
    same: int = 0
    back: int = 0
    ended: int = 0
    faults: list[str] = field(default_factory=list)


def load_assets(
    paths: Sequence[Path], layer: str, columns: Columns, *, end_many: bool = False, progress: Progress | None = None
) -> Taken:
    """Puts what the files hold in place of what `layer` had: all of it in one transaction.

    A wrong row is left out alone, and what is known under its id stays as it was. Raises Problem `bad_file` (422)
    where a file cannot be read to its end or has no row in order, `bad_layer`, and `many_ended` (409) where more than a
    quarter of the layer would end and `end_many` does not say that this is meant.
    """
    _check_layer(layer)
    taken, items = Taken(), dict[str, Item]()
    named: set[str] = set()  # by wrong rows: what they are about is not gone
    for path in paths:
        _read(path, columns, items, named, taken.faults)
    if not items:
        raise Problem("bad_file", 422, "no row is in order; nothing was changed", extra={"faults": taken.faults})
    told = progress or (lambda _stage, _done, _of: None)
    with transaction.atomic():
        assets.forget()
        _keep(layer, items, taken, told)
        _end(layer, items.keys() | named, taken, end_many)
    return taken


def _check_layer(layer: str) -> None:
    if not (layer.isascii() and layer.replace("_", "").isalnum() and layer == layer.lower() and len(layer) <= 40):
        raise Problem("bad_layer", 422, "a layer's code is up to 40 small letters, digits and _", field="layer")


def _read(path: Path, columns: Columns, items: dict[str, Item], named: set[str], faults: list[str]) -> None:
    for item in inventory_files.read(path, columns):
        before = items.get(item.id)
        fault = item.fault
        if not fault and before is not None and before.facts != item.facts:
            fault = f"the id {item.id} is that of {before.where}"
        if fault:
            faults.append(f"{item.where}: {fault}")
            named.add(item.id)
        elif before is None:
            items[item.id] = item


def _keep(layer: str, items: dict[str, Item], taken: Taken, told: Progress) -> None:
    now, some, done = timezone.now(), list(items.values()), 0
    is_new = not Asset.objects.filter(layer=layer).exists()
    for at in range(0, len(some), PIECE):
        piece = some[at : at + PIECE]
        known = {} if is_new else _known(layer, piece)
        fill(Asset, COLUMNS, [_row(layer, one, now) for one in piece if one.id not in known])
        changed = [one for one in piece if one.id in known and known[one.id] != (one.facts, True)]
        Asset.objects.bulk_create(
            [_asset(layer, one, now) for one in changed], update_conflicts=True, unique_fields=["layer", "own_id"],
            update_fields=[name for name in COLUMNS if name not in ("layer", "own_id")],
        )  # fmt: skip
        done += len(piece)
        back = sum(not known[one.id][1] for one in changed)
        taken.new += len(piece) - len(known)
        taken.back += back
        taken.changed += len(changed) - back
        taken.same += len(known) - len(changed)
        told("assets", done, len(some))


def _known(layer: str, piece: Iterable[Item]) -> dict[str, tuple[tuple[str, float, float], bool]]:
    """Name and place of what is known already, and whether it is in force, by id."""
    rows = Asset.objects.filter(layer=layer, own_id__in=[one.id for one in piece])
    fields = rows.values_list("own_id", "name", "lon", "lat", "ended_at")
    return {own_id: ((name, lon, lat), ended is None) for own_id, name, lon, lat, ended in fields}


def _row(layer: str, one: Item, now: datetime) -> tuple[object, ...]:
    lon, lat = one.lon, one.lat
    return (
        layer, one.id, one.name, lon, lat, assets.cell(lon, lat), assets.sought(one.id)[:80],
        assets.sought(one.name)[:160], moment(now), None,
    )  # fmt: skip


def _asset(layer: str, one: Item, now: datetime) -> Asset:
    return Asset(**dict(zip(COLUMNS, _row(layer, one, now), strict=True)) | {"loaded_at": now})


def _end(layer: str, named: set[str], taken: Taken, end_many: bool) -> None:
    rows = Asset.objects.filter(layer=layer, ended_at=None)
    gone, number = list[int](), 0
    for key, own_id in rows.order_by("pk").values_list("pk", "own_id").iterator(10_000):
        number += 1
        if own_id not in named:
            gone.append(key)
    before = number - taken.new - taken.back
    if len(gone) > FEW and len(gone) > MOST_ENDED * before and not end_many:
        raise Problem(
            "many_ended", 409,
            f"{len(gone)} of {before} would end, because the files do not name them; is a file cut short, or are the"
            " ids written otherwise? If it is meant, say --end-many. Nothing was changed",
            extra={"faults": taken.faults},
        )  # fmt: skip
    for at in range(0, len(gone), PIECE):
        Asset.objects.filter(pk__in=gone[at : at + PIECE]).update(ended_at=timezone.now())
    taken.ended = len(gone)
