"""Things with an identity: the nearest to a point, one by its id, and those that typed words may mean."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, ExpressionWrapper, F, FloatField, Q, QuerySet

from kentongan.foundation.revision import Cached
from kentongan.foundation.text import cut_text
from kentongan.places.gazetteer import distance
from kentongan.places.here import DEGREE
from kentongan.places.models import Asset

REACH = 100  # metres: farther off it is another lamp than the one that somebody stands at
AROUND = 1_000  # metres around the shown map in which names are looked through for words in their middle
SQUARES = 500  # of a degree: squares of 222 m, of which a reach of 100 m meets four at most
LATER = 180_000  # squares around the earth
CANDIDATES = 200  # things that a common beginning is taken to mean
SHORTEST = 2  # letters and digits of a beginning; fewer begin everything
Point = tuple[float, float]


@dataclass(frozen=True)
class Thing:
    """A thing with an identity: `id` within `layer`; degrees WGS 84; `distance` in metres from where was asked, None
    where nothing was. `name` may be empty; `ended`: its owner no longer has it."""

    layer: str
    id: str
    name: str
    lon: float
    lat: float
    distance: float | None = None
    ended: bool = False

    @property
    def is_known(self) -> bool:
        """Whether we know where it is."""
        return math.isfinite(self.lon)

    @property
    def label(self) -> str:
        """How people are told of it: its name with its id, or the id alone."""
        return called(self.id, self.name)


def told_asset(layer: str, own_id: str, name: str = "") -> Thing:
    """A thing that others name and nobody here knows: their words, and no place."""
    return Thing(cut_text(layer, 40), cut_text(own_id, 80), cut_text(name, 160), math.nan, math.nan)


def called(own_id: str, name: str) -> str:
    """A thing in words."""
    return f"{name} ({own_id})" if name and name != own_id else own_id


def asset_layers() -> dict[str, int]:
    """The layers that have things in force, and how many; a second old at most."""
    return _layers.get()


def nearest_assets(layer: str, lon: float, lat: float, limit: int = 6, reach: float = REACH) -> list[Thing]:
    """The things of a layer in force within `reach` metres, nearest first. Nothing where the layer has none."""
    if layer not in asset_layers():
        return []
    found = _around(Asset.objects.filter(layer=layer, ended_at=None), lon, lat, reach)
    return _within(found[:limit], lon, lat, reach)


def asset(layer: str, own_id: str) -> Thing | None:
    """The thing with this id, also one that has ended; None where there never was one."""
    if "\0" in own_id or not own_id:
        return None
    found = Asset.objects.filter(layer=layer, own_id=own_id).first()
    return _thing(found) if found else None


def assets_typed(text: str, near: Point | None, limit: int) -> list[Thing]:
    """The things in force whose id or name the text is or begins, nearest to `near` first; near it a name is found by
    words in its middle too."""
    wanted = sought(text)
    if len(wanted) < SHORTEST or not asset_layers():
        return []
    in_force = Asset.objects.filter(ended_at=None)
    found = [*in_force.filter(sought_id=wanted)[:CANDIDATES]]
    if near is not None:
        around = _around(in_force.filter(layer__in=[*asset_layers()]), *near, AROUND)
        found += around.filter(Q(sought_id__startswith=wanted) | Q(sought_name__contains=wanted))[:limit]
    for name in ("sought_id", "sought_name"):
        found += begun(name, wanted)[:CANDIDATES]
    things = {(one.layer, one.own_id): _thing(one, near) for one in found}
    exact = {(one.layer, one.own_id) for one in found if wanted in (one.sought_id, one.sought_name)}
    ranked = sorted(things, key=lambda key: (key not in exact, things[key].distance or 0.0, key))
    return [things[key] for key in ranked[:limit]]


def begun(name: str, wanted: str) -> QuerySet[Asset]:
    """The things in force whose `sought_id` or `sought_name` begins with `wanted`, in its order."""
    # The index of names leaves out those without one: it is only used where the question does too.
    return Asset.objects.filter(_begins(name, wanted), ended_at=None).exclude(**{name: ""}).order_by(name)


def sought(text: str) -> str:
    """What two writings of an id or name have in common: its letters and digits, however large and far apart."""
    plain = unicodedata.normalize("NFKC", text[:500]).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def cell(lon: float, lat: float) -> int:
    """The square in which a place lies."""
    return math.floor((lat + 90) * SQUARES) * LATER + math.floor((lon + 180) * SQUARES)


def forget() -> None:
    """Tells every process that things were loaded; of two who do so at once the second waits for the first."""
    _layers.invalidate()


def _load() -> dict[str, int]:
    counted = Asset.objects.filter(ended_at=None).values_list("layer").annotate(number=Count("id")).order_by()
    return dict(counted)


_layers: Cached[dict[str, int]] = Cached("assets", _load)


def _around(found: QuerySet[Asset], lon: float, lat: float, reach: float) -> QuerySet[Asset]:
    """Those in the squares that a circle meets, nearest first."""
    squash = math.cos(math.radians(lat)) ** 2
    east, north = reach / (DEGREE * max(math.cos(math.radians(lat)), 0.01)), reach / DEGREE
    first, last = cell(lon - east, lat - north), cell(lon + east, lat + north)
    width = last % LATER - first % LATER + 1
    cells = [line + at for line in range(first, last + 1, LATER) for at in range(width)]
    flat = (F("lon") - lon) * (F("lon") - lon) * squash + (F("lat") - lat) * (F("lat") - lat)
    return found.filter(cell__in=cells).order_by(ExpressionWrapper(flat, output_field=FloatField()), "own_id")


def _within(found: Iterable[Asset], lon: float, lat: float, reach: float) -> list[Thing]:
    return [one for one in (_thing(row, (lon, lat)) for row in found) if (one.distance or 0.0) <= reach]


def _begins(name: str, wanted: str) -> Q:
    """As a range where the database answers that from an index, as a pattern where it answers that."""
    if connection.vendor == "sqlite":
        return Q(**{f"{name}__gte": wanted, f"{name}__lt": wanted + "\U0010ffff"})
    return Q(**{f"{name}__startswith": wanted})


def _thing(one: Asset, near: Point | None = None) -> Thing:
    away = distance(*near, one.lon, one.lat) if near else None
    return Thing(one.layer, one.own_id, one.name, one.lon, one.lat, away, one.ended_at is not None)
