"""What a queue is asked for, read from an address and written into one: whoever is sent the address sees the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from math import isfinite
from typing import Any

import shapely
from django.utils.translation import gettext_lazy as _

from kentongan import catalogue
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Priority
from kentongan.reports.states import Status

ARCHIVE = "archive"  # all that is finished: a list of its own
QUEUE_STATES = ("open", *(str(status) for status in Status), ARCHIVE)
AGES = {"today": 1, "week": 7, "month": 30, "older": 0}  # not older than so many days; older than the longest
DEADLINES = ("overdue", "today", "week", "none")
PRIORITIES = tuple(one.word for one in Priority)
SORTS = ("age", "deadline", "priority", "changed", "support", "category", "place")
DEFAULT_SORT = "age"
MOST_VALUES = 60  # of one name: the catalogue has fewer kinds
MOST_CORNERS, FARTHEST = 100, 50_000  # of a drawn shape; metres around a point
LEAST_AREA = 1e-12  # square degrees: a hand of ground
LONGEST = 200  # characters of words
Point = tuple[float, float]
_AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?", re.ASCII)
_CHANNEL = re.compile(r"[a-z0-9_-]{1,16}", re.ASCII)
_NUMBER = r"-?\d{1,3}(?:\.\d{1,9})?"
_POINT = re.compile(rf"({_NUMBER}),({_NUMBER})", re.ASCII)
_CIRCLE = re.compile(rf"({_NUMBER}),({_NUMBER}),(\d{{1,5}})", re.ASCII)


@dataclass(frozen=True)
class Filter:
    """Which reports, and in which order; each part narrows down what the others leave, an empty one nothing.

    `categories` with all that lies below them; `area` a code of any level; `street` a part of its name; `near` lon, lat
    (degrees), metres; `shape` the corners (lon, lat) of a drawn one; `stars` at most so many of the reporter's;
    `assignee` me, none or the key of a person; `team` none or a key; `words` as somebody types them; `sort` one of
    SORTS, with a minus the other way round.
    """

    state: str = "open"
    words: str = ""
    categories: tuple[str, ...] = ()
    area: str = ""
    street: str = ""
    age: str = ""
    deadline: str = ""
    priorities: tuple[str, ...] = ()
    assignee: str = ""
    team: str = ""
    channels: tuple[str, ...] = ()
    contested: bool = False
    stars: int = 0
    near: tuple[float, float, float] | None = None
    shape: tuple[Point, ...] = ()
    sort: str = DEFAULT_SORT

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than a state."""
        return replace(self, state="open", sort=DEFAULT_SORT) != Filter()

    def pairs(self) -> list[tuple[str, str]]:
        """Its parts as names and values of an address, in one order; `read_filter` makes the same of them."""
        return list(_pairs(self))

    def without(self, *names: str) -> Filter:
        """The same with some parts as if they had not been asked for."""
        plain: dict[str, Any] = {one.name: one.default for one in fields(self) if one.name in names}
        return replace(self, **plain)


def read_filter(asked: Mapping[str, Sequence[str]]) -> Filter:
    """The filter of an address, all values by their names; names that are none of ours say nothing.

    Raises Problem `bad_state` or `bad_filter` (422, `field` names the part): a part that is not understood would
    otherwise be left out, and the list hold more than was asked for.
    """
    found = {field: understood for field, (name, take) in _PARTS.items() if (understood := _taken(asked, name, take))}
    if "newest" in asked.get("order", ()) and "sort" not in found:  # addresses of before there were other orders
        found["sort"] = "-age"
    return Filter(**found)


def _taken(asked: Mapping[str, Sequence[str]], name: str, take: Callable[[list[str]], Any]) -> Any:
    said = [one.strip() for one in asked.get(name, ()) if one.strip()]
    if not said:
        return None
    if len(said) > MOST_VALUES or any("\0" in one for one in said):
        raise _bad(name, _("This filter cannot be read. Choose it again."))
    return take(said)


def _bad(name: str, words: Any, code: str = "bad_filter") -> Problem:
    return Problem(code, 422, words, field=name)


def _state(said: list[str]) -> str:
    if said[-1] not in QUEUE_STATES:
        raise _bad("state", _("There is no such list. Choose one of those shown."), "bad_state")
    return said[-1]


def _categories(said: list[str]) -> tuple[str, ...]:
    for one in said:
        try:
            catalogue.known(one)
        except KeyError:
            words = _("There is no category “%(code)s” any more. Choose another, or ask without it.")
            raise _bad("category", words % {"code": one[:60]}) from None
    return tuple(dict.fromkeys(said))


def _one_of(choices: Sequence[str], name: str, said: list[str]) -> str:
    if said[-1] not in choices:
        raise _bad(name, _("“%(value)s” is none of the choices. Choose again.") % {"value": said[-1][:60]})
    return said[-1]


def _area(said: list[str]) -> str:
    if not _AREA.fullmatch(said[-1]):
        raise _bad("area", _("This is not the code of an area."))
    return said[-1]


def _priorities(said: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one_of(PRIORITIES, "priority", [one]) for one in said))


def _key_or(choices: Sequence[str], name: str, said: list[str]) -> str:
    """One of a few words, or the key of a row; of which, only the database knows."""
    key = said[-1]
    return key if key.isascii() and key.isdecimal() and len(key) < 19 else _one_of(choices, name, said)


def _words(said: list[str]) -> str:
    return " ".join(said[-1].split())[:LONGEST]


def _channels(said: list[str]) -> tuple[str, ...]:
    for one in said:
        if not _CHANNEL.fullmatch(one):
            raise _bad("channel", _("“%(value)s” is none of the choices. Choose again.") % {"value": one[:60]})
    return tuple(dict.fromkeys(said))


def _sort(said: list[str]) -> str:
    if said[-1].removeprefix("-") not in SORTS:
        raise _bad("sort", _("The list cannot be sorted by this. Choose one of its columns."))
    return said[-1]


def _circle(said: list[str]) -> tuple[float, float, float]:
    found = _CIRCLE.fullmatch(said[-1])
    if not found or not 0 < int(found[3]) <= FARTHEST:
        raise _bad("near", _("A point is a longitude, a latitude and a distance in metres, at most 50,000."))
    return (*_on_earth("near", found[1], found[2]), float(found[3]))


def _shape(said: list[str]) -> tuple[Point, ...]:
    corners = said[-1].split(";")
    found = [_POINT.fullmatch(one) for one in corners]
    if not 3 <= len(found) <= MOST_CORNERS or not all(found):
        raise _bad("shape", _("A drawn shape has 3 to 100 corners. Draw it again."))
    shape = tuple(_on_earth("shape", one[1], one[2]) for one in found if one)
    drawn = shapely.Polygon(shape)
    if drawn.area < LEAST_AREA or not drawn.is_valid:  # what is inside of sides that cross, nobody means alike
        raise _bad("shape", _("The sides of a drawn shape may not cross, and it has an inside. Draw it again."))
    return shape


def _on_earth(name: str, lon: str, lat: str) -> Point:
    point = float(lon), float(lat)
    if not (isfinite(point[0]) and abs(point[0]) <= 180 and abs(point[1]) <= 90):
        raise _bad(name, _("This place is not on earth: the longitude comes first, then the latitude."))
    return point


# By the field of the filter: its name in an address, and what reads it.
_PARTS: dict[str, tuple[str, Callable[[list[str]], Any]]] = {
    "state": ("state", _state),
    "categories": ("category", _categories),
    "words": ("q", _words),
    "area": ("area", _area),
    "street": ("street", _words),
    "age": ("age", partial(_one_of, tuple(AGES), "age")),
    "deadline": ("deadline", partial(_one_of, DEADLINES, "deadline")),
    "priorities": ("priority", _priorities),
    "assignee": ("assignee", partial(_key_or, ("me", "none"), "assignee")),
    "team": ("team", partial(_key_or, ("none",), "team")),
    "channels": ("channel", _channels),
    "contested": ("contested", lambda said: _one_of(("1",), "contested", said) == "1"),
    "stars": ("stars", lambda said: int(_one_of("12345", "stars", said))),
    "near": ("near", _circle),
    "shape": ("shape", _shape),
    "sort": ("sort", _sort),
}


def _pairs(asked: Filter) -> Iterator[tuple[str, str]]:
    plain = Filter()
    for field, (name, _take) in _PARTS.items():
        value = getattr(asked, field)
        if value == getattr(plain, field):
            continue
        if field == "near":
            yield name, f"{_degrees(value[0])},{_degrees(value[1])},{value[2]:.0f}"
        elif field == "shape":
            yield name, ";".join(f"{_degrees(lon)},{_degrees(lat)}" for lon, lat in value)
        elif isinstance(value, tuple):
            yield from ((name, one) for one in value)
        else:
            yield name, "1" if value is True else str(value)


def _degrees(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
