"""A place by what people type: coordinates, Plus Codes, postcodes, areas, streets and landmarks, slips forgiven."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from urllib.parse import unquote_plus

from kentongan.foundation.remembering import remembered
from kentongan.foundation.text import cut_text
from kentongan.places import addressing, gazetteer, here, naming, plus_codes, searching, written
from kentongan.places.assets import Thing
from kentongan.places.gazetteer import Area
from kentongan.places.ground import Sought, ground
from kentongan.places.matching import Match, matches
from kentongan.places.words import Words, words

AROUND = 200  # areas of a name among which the nearest are sought
LONGEST = 500  # characters that are looked at: the address of a map is long
GROWN = 12  # times as many with blanks and what NFC makes of them (UAX 15: up to three times): nothing is cut before
LARGER = 7  # parts of an address, from the smallest, that are left out one by one where no map has them
ELSEWHERE = 50_000.0  # metres: a street farther from a place is not one that people name with it
BELOW = 10.0  # more than any rank
Point = tuple[float, float]
_STREET = re.compile(r"(?<=\s)(?:jl|jln|jalan|gg|gang)\b", re.IGNORECASE)
# What a larger area is worth, as powers of ten of its distance in kilometres: a city far away is meant rather than a
# village of its name near by.
_LEVELS = {"province": 2.0, "regency": 1.6, "district": 0.8, "village": 0.3}
ANOTHER = 0.8  # what an area of another kind than the one that was said is worth less: "kab. Bandung" is not the city
KIND = 2.0  # what a street is worth less where a kind of area was said: "kota Bandung" is no street near by
_CLOSE = 1_000.0  # metres: below it one place is not nearer than another


@dataclass(frozen=True)
class Found:
    """A place that may be meant. `kind` is area, street, landmark, coordinate or asset; `name` as on signs, `within`
    what it lies in; `code` the Kemendagri code of an area; `distance` in metres from where was looked, None where
    nothing was. `type` of a landmark is hospital, school …, `phone` and `hours` are as OpenStreetMap has them; of an
    `asset` it is its layer."""

    kind: str
    name: str
    within: str
    lon: float
    lat: float
    code: str = ""
    distance: float | None = None
    type: str = ""
    phone: str = ""
    hours: str = ""
    asset: Thing | None = None

    @property
    def label(self) -> str:
        """The name with what it lies in."""
        return ", ".join(part for part in (self.name, self.within) if part)

    @property
    def at(self) -> str:
        """What a page gives back where it is chosen: the code of an area, else "lon,lat"."""
        return self.code or f"{self.lon:.6f},{self.lat:.6f}"


Ranked = tuple[float, Found]


def find(text: str, near: Point | None = None, limit: int = 10) -> list[Found]:
    """What `text` may mean, the likeliest first, at most `limit`; nearest to `near` (lon, lat in degrees) first where
    names fit alike. Never raises: what means nothing finds nothing.
    """
    asked = " ".join(cut_text(text[: 4 * LONGEST], GROWN * LONGEST).split())[:LONGEST]
    if (there := written.point(asked)) is not None:
        return _at(there, near)
    code = plus_codes.read(_unquoted(asked))
    if code is None and "://" in asked:
        return []  # the letters of an address that says no place are no name of one
    if code is not None:
        return _coded(code, near)
    if len(asked) == 5 and asked.isascii() and asked.isdecimal():
        return _posted(asked, near)[:limit]
    return _named(asked, near, limit)


def _at(there: Point, near: Point | None) -> list[Found]:
    """A place in numbers, with its address; nothing where it is outside the country."""
    lon, lat = there
    if not (here.WEST <= lon <= here.EAST and here.SOUTH <= lat <= here.NORTH) or not (
        areas := here.locate(*there).areas
    ):
        return []
    within = addressing.address_text(addressing.address_at(lon, lat).kept(), [one.code for one in areas])
    return [_far(Found("coordinate", f"{lat:.6f}, {lon:.6f}", within, lon, lat), near)]


def _coded(code: plus_codes.PlusCode, near: Point | None) -> list[Found]:
    """A Plus Code; a short one is near the place that is named with it, else near where was looked."""
    if not code.missing:
        there = plus_codes.middle(code.digits)
        return _at(there, near) if there else []
    named = _named(code.around, near, 1) if code.around else []
    reference = (named[0].lon, named[0].lat) if named else near
    there = plus_codes.nearest(code, *reference) if reference else None
    return _at(there, near) if there else []


def _unquoted(text: str) -> str:
    return unquote_plus(text.replace("+", "%2B")) if "%" in text else text


def _posted(postcode: str, near: Point | None) -> list[Found]:
    """The villages of a postcode, as far as streets and landmarks say it."""
    found = ground()
    codes = found.posted(postcode) if found else []
    known = [one for code in codes if (one := searching.area(code))]
    return [_far(replace(named_area(one), name=f"{named_area(one).name} ({postcode})"), near) for one in known]


def _named(text: str, near: Point | None, limit: int, larger: int = LARGER) -> list[Found]:
    asked = words(text)
    if len("".join(asked.all)) < 2:
        return []
    # Only those that are shown are named with what they lie in: that takes longer than all the rest.
    areas = [
        (_rank_area(one, cost, near), one) for one, cost in _areas(text, asked, max(limit, AROUND) if near else limit)
    ]
    ranked = [(rank, named_area(one)) for rank, one in heapq.nsmallest(limit, areas, key=itemgetter(0))]
    if (under := ground()) is not None:
        met = matches(under, asked, near, limit)
        worse = KIND if ranked and naming.read(text)[1] else 0.0
        best = heapq.nsmallest(limit, ((_rank(one, near) + worse, one.row) for one in met), key=itemgetter(0))
        streets = [(rank, _sought(row)) for rank, row in best]
        is_whole = bool(ranked) or any(not one.lacks for one in met)
        ranked += streets if is_whole else _beside_town(streets, text, near)
    if not ranked:
        ranked = [(2.0, named_area(one)) for one in searching.resembling(text, limit)]
    if not ranked and larger and (rest := text.partition(",")[2] or _from_street(text)):
        return _named(rest, near, limit, larger - 1)  # a street that no map has, in a place that there is
    ranked.sort(key=itemgetter(0))
    return [_far(one, near) for _rank, one in ranked[:limit]]


def _areas(text: str, asked: Words, limit: int) -> Iterator[tuple[Area, float]]:
    """Areas by name with how ill they fit; none where a street is asked for."""
    if asked.kind and asked.strong:
        return
    piece = (naming.pieces(text) or [""])[0]
    wanted, kind = naming.read(piece)
    exact = {one.code for one in searching.called(piece)}
    for one in searching.search(text, limit):
        cost = 0.0 if one.code in exact else _unlike(_plain(one.name), wanted)
        yield one, cost if naming.of_kind(one, kind) else cost + ANOTHER


def _beside_town(streets: list[Ranked], text: str, near: Point | None) -> list[Ranked]:
    """Streets that lack a word which was typed, with the place that is named beside them where all lie far from it:
    that street is in no map, and one of its name in another city is hardly meant."""
    towns = _towns(text)
    far = [
        pair for pair in streets
        if all(gazetteer.distance(pair[1].lon, pair[1].lat, one.lon, one.lat) > ELSEWHERE for one in towns)
    ]  # fmt: skip
    if not towns or len(far) < len(streets):
        return streets
    town = min(towns, key=lambda one: _rank_area(one, 0.0, near))
    return [(-BELOW, named_area(town)), *((rank + BELOW, one) for rank, one in far)]


def _towns(text: str) -> list[Area]:
    """The areas that are called as what stands behind a comma, or as the last words where there is none."""
    first, *larger = naming.pieces(text) or [""]
    said = first.split()
    tails = larger or [" ".join(said[-length:]) for length in (3, 2, 1) if length < len(said)]
    return next((known for one in tails if (known := searching.called(one))), [])


def _from_street(text: str) -> str:
    """What begins with the kind of street in the middle of a text: "komplek Mawar jl. Sabang"."""
    found = _STREET.search(text)
    return text[found.start() :].strip() if found else ""


@remembered(maxsize=8_192)
def _plain(name: str) -> str:
    return naming.read(name)[0]


def _unlike(name: str, wanted: str) -> float:
    """How ill the name of an area fits what was typed: it begins so, one of its words does, or it holds the letters."""
    if naming.solid(name).startswith(naming.solid(wanted)):
        return 0.3
    return 0.8 if f" {name}".find(f" {wanted}") >= 0 else 1.6


def _rank(one: Match, near: Point | None) -> float:
    far = _powers(gazetteer.distance(*near, one.row.lon, one.row.lat)) if near else 0.5
    known = min(math.log10(1 + one.row.weight / 1_000), 2) * 0.15
    return one.cost + far - known


def _rank_area(one: Area, cost: float, near: Point | None) -> float:
    far = _powers(gazetteer.distance(*near, one.lon, one.lat)) if near else 0.5
    return cost + far - _LEVELS[one.level]


def _powers(metres: float) -> float:
    return math.log10(1 + max(metres, _CLOSE) / 1_000)


def named_area(one: Area) -> Found:
    """An area as it is offered."""
    return Found("area", addressing.called(one), _chain(one.code)[1], one.lon, one.lat, one.code)


def _sought(row: Sought) -> Found:
    own, above = _chain(row.area)
    within = ", ".join(part for part in (own, above) if part)
    if row.kind:
        return Found("landmark", row.name, within, row.lon, row.lat, "", None, row.kind, row.phone, row.hours)
    return Found("street", row.name, within, row.lon, row.lat)


def _chain(code: str) -> tuple[str, str]:
    """What an area is called, and the larger ones that it lies in, up to the regency; of a regency the province."""
    areas = gazetteer.known_chain(code)
    lowest = 0 if len(areas) <= 2 else 1
    above = [addressing.called(one) for one in reversed(areas[lowest:-1])]
    return (addressing.called(areas[-1]) if areas else ""), ", ".join(above)


def _far(one: Found, near: Point | None) -> Found:
    return replace(one, distance=gazetteer.distance(*near, one.lon, one.lat)) if near else one
