"""The address of a point: the nearest street (its side, a crossing, the kilometre) and the nearest landmark."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
import shapely
from django.utils.translation import gettext as _

from kentongan.places import gazetteer
from kentongan.places.gazetteer import Area
from kentongan.places.ground import Ground, Spot, ground
from kentongan.places.here import DEGREE

STREET = 100  # metres: a street farther off is not where the trouble is
LANDMARK = 200  # metres: farther off nobody would say "near"
CROSSING = 15  # metres to both streets, about the half width of a large crossing
SIDE = 4  # metres from the middle of a street, below which the side is not known: positions are no better
AT_STONE = 30  # metres from a kilometre stone to the middle of its street
KILOMETRE = 500  # metres to the stone; they stand at every kilometre
# What people steer by before others, where it is not much farther off: a metre here counts for so many.
_WEIGHT = {"bus_stop": 1.5, "evacuation_point": 1.5, "place_of_worship": 1.2, "mosque": 1.2, "church": 1.2}
_SHORT = {"Kelurahan": "Kel.", "Kecamatan": "Kec.", "Kabupaten": "Kab.", "Desa Adat": "Desa"}
HERE = shapely.Point(0, 0)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,24}")
_DAYS = re.compile(r"\b(Mo|Tu|We|Th|Fr|Sa|Su|PH|off|closed)\b")
_SIDES = ("timur", "utara", "barat", "selatan")


@dataclass(frozen=True)
class Address:
    """Where a point is among streets. Names as on signs; `side` timur, utara, barat or selatan; `crossing` the other
    street; `kilometre` a number as on the stone; each empty where it is not known."""

    street: str = ""
    side: str = ""
    crossing: str = ""
    kilometre: str = ""
    landmark: str = ""

    def kept(self) -> str:
        """What is known, as text to be kept with a report; empty where nothing is."""
        known = {name: value for name, value in vars(self).items() if value}
        return orjson.dumps(known).decode() if known else ""


NOWHERE = Address()


def address_of(facts: Mapping[str, str]) -> Address:
    """An address from what somebody else kept of it, by our names; what has another name is left out."""
    return Address(**{name: facts[name] for name in vars(NOWHERE) if name in facts})


def kept_facts(kept: str) -> dict[str, str]:
    """What was `kept` of an address, by the names of `Address`; nothing where nothing was."""
    facts: dict[str, str] = orjson.loads(kept) if kept else {}
    return facts


def address_at(lon: float, lat: float) -> Address:
    """The street and landmark at a point, WGS 84 degrees; nothing of it without data of OpenStreetMap.

    One query of streets and one of landmarks; a point is answered from the shared file.
    """
    return addresses_at([(lon, lat)])[0]


def addresses_at(points: Sequence[tuple[float, float]]) -> list[Address]:
    """As `address_at`, of many points: whether there are streets is asked once."""
    found = ground()
    return [NOWHERE] * len(points) if found is None else [_address(found, lon, lat) for lon, lat in points]


def _address(found: Ground, lon: float, lat: float) -> Address:
    east = DEGREE * max(math.cos(math.radians(lat)), 0.01)
    scale = np.array([east, DEGREE])
    landmark = _landmark(found, lon, lat, east)
    names, lines, levels = found.streets(lon, lat, STREET / east, STREET / DEGREE)
    if not names:
        return Address(landmark=landmark)
    flat = shapely.transform(lines, lambda pairs: (pairs - (lon, lat)) * scale)
    away = shapely.distance(flat, HERE)
    if away.min() > STREET:
        return Address(landmark=landmark)
    # Where a street runs above another, nearer than a position can tell, people stand on the ground.
    alike = np.flatnonzero(away <= away.min() + SIDE)
    at = int(min(alike, key=lambda one: (abs(levels[one]), away[one])))
    crossing = _crossing(names, flat, away, levels, at)
    side = "" if crossing else _side(flat[at], float(away[at]))
    return Address(names[at], side, crossing, _kilometre(found, names[at], lon, lat, east), landmark)


def address_text(kept: str, codes: Iterable[str]) -> str:
    """An address in the reader's language: street and landmark as they were `kept`, then the areas of `codes` (from the
    province down) from the village up; the areas alone where nothing nearer is known."""
    known = gazetteer.areas()
    areas = [known[code] for code in reversed(list(codes)) if code in known]
    nearer = street_text(kept)
    return ", ".join([nearer, *map(called, areas)] if nearer else [area.name for area in areas])


def street_text(kept: str) -> str:
    """The part of an address that is nearer than the village, in the reader's language; empty where nothing is kept."""
    facts = kept_facts(kept)
    street = facts.get("street", "")
    if street and (kilometre := facts.get("kilometre")):
        street = f"{street} KM {kilometre}"
    if street and (crossing := facts.get("crossing")):
        street = _("crossing of %(street)s and %(other)s") % {"street": street, "other": crossing}
    elif street and (side := _sides().get(facts.get("side", ""))):
        street = _("%(street)s (%(side)s side)") % {"street": street, "side": side}
    near = _("near %(landmark)s") % {"landmark": facts["landmark"]} if facts.get("landmark") else ""
    return ", ".join(part for part in (street, near) if part)


class Landmark(NamedTuple):
    """What people can do with the landmark of an address: its name, telephone numbers and hours, as they are said."""

    name: str
    phones: tuple[str, ...]
    hours: str


def landmark_of(kept: str, lon: float | None, lat: float | None) -> Landmark | None:
    """The landmark that an address was `kept` with, where its telephone or hours are known now; else None."""
    name, found = kept_facts(kept).get("landmark", ""), ground()
    if not name or found is None or lon is None or lat is None:
        return None
    east = DEGREE * max(math.cos(math.radians(lat)), 0.01)
    phone, hours = found.landmark(lon, lat, LANDMARK / east, LANDMARK / DEGREE, name)
    phones = tuple(one for part in phone.split(";") if _PHONE.fullmatch(one := part.strip()))
    return Landmark(name, phones, _hours(hours)) if phones or hours else None


def _hours(said: str) -> str:
    """OpenStreetMap's opening hours with the names of days in the reader's language; other words as they are."""
    if said == "24/7":
        return _("day and night")
    days = {
        "Mo": _("Mon"), "Tu": _("Tue"), "We": _("Wed"), "Th": _("Thu"), "Fr": _("Fri"), "Sa": _("Sat"), "Su": _("Sun"),
        "PH": _("holidays"), "off": _("closed"), "closed": _("closed"),
    }  # fmt: skip
    return _DAYS.sub(lambda day: days[day[0]], said)


def _sides() -> dict[str, str]:
    return {"timur": _("east"), "utara": _("north"), "barat": _("west"), "selatan": _("south")}


def called(area: Area) -> str:
    """An area as in an address: "Kel. Menteng", "Kec. Menteng", "Kab. Badung", "Kota Denpasar"."""
    name = area.name.removeprefix(area.type).strip() or area.name  # the code list says the kind of a regency twice
    short = _SHORT.get(area.type, area.type)
    return name if not short or name.startswith(short) else f"{short} {name}"


def _landmark(found: Ground, lon: float, lat: float, east: float) -> str:
    near = []
    for one in found.spots(lon, lat, LANDMARK / east, LANDMARK / DEGREE):
        far = _metres(one, lon, lat, east)
        if far <= LANDMARK:
            near.append((far * _WEIGHT.get(one.kind, 1), one.name))
    return min(near, default=(0, ""))[1]


def _metres(one: Spot, lon: float, lat: float, east: float) -> float:
    return math.hypot((one.lon - lon) * east, (one.lat - lat) * DEGREE)


def _kilometre(found: Ground, street: str, lon: float, lat: float, east: float) -> str:
    """What the nearest stone at this street says; a stone of a street beside it says nothing."""
    stones = found.stones(lon, lat, KILOMETRE / east, KILOMETRE / DEGREE)
    for stone in sorted(stones, key=lambda one: _metres(one, lon, lat, east)):
        names, lines, _levels = found.streets(stone.lon, stone.lat, AT_STONE / east, AT_STONE / DEGREE)
        away = shapely.distance(lines, shapely.Point(stone.lon, stone.lat)) * DEGREE
        if any(name == street and far <= AT_STONE for name, far in zip(names, away, strict=True)):
            return stone.name
    return ""


def _crossing(names: list[str], flat: Any, away: Any, levels: list[int], at: int) -> str:
    """The other street where the point lies at both."""
    others: dict[str, float] = {
        names[i]: away[i] for i in np.argsort(-away) if names[i] != names[at] and away[i] <= CROSSING
    }
    if not others or away[at] > CROSSING:
        return ""

    def parts(name: str, level: int) -> Any:
        return shapely.union_all([flat[i] for i in range(len(names)) if names[i] == name and levels[i] == level])

    # Streets may run beside or above each other without a crossing: they share a node where they meet, on one level.
    for other in sorted(others, key=lambda name: others[name]):
        for level in {*levels}:
            if shapely.distance(parts(names[at], level), parts(other, level)) < 1:
                return other
    return ""


def _side(line: Any, away: float) -> str:
    """On which side of the street the point lies, as seen from the street."""
    if away < SIDE:
        return ""
    foot = shapely.line_interpolate_point(line, shapely.line_locate_point(line, HERE))
    return _SIDES[round(math.atan2(-foot.y, -foot.x) / (math.pi / 2)) % 4]
