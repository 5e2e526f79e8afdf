"""What a decision looks at, and whether the conditions of a rule hold for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from kentongan.places import Area, Nearest


@dataclass(frozen=True)
class Facts:
    """All that a decision looks at. `branch` is the category and its parents; `near` the layers in reach, and just
    beyond it (`Nearest.within` is False then); `streets` the named streets near that belong to no layer.

    `approximate`: only the nearest village's point is known; `away`: metres to the area at a place outside of every
    boundary, or to that point; 0 where nothing needs to be said of it.
    """

    branch: tuple[str, ...]
    areas: tuple[Area, ...]
    neighbours: tuple[Area, ...]
    near: dict[str, tuple[Nearest, ...]]
    on: date
    approximate: bool = False
    away: float = 0.0
    streets: tuple[Nearest, ...] = ()


class Conditions(Protocol):
    """What a rule asks for: each empty where anything will do."""

    @property
    def category(self) -> str:
        """A category or a whole branch."""

    @property
    def area(self) -> str:
        """A Kemendagri code."""

    @property
    def layer(self) -> str:
        """A layer of lines or points within whose search distance the trouble lies."""


class Met(NamedTuple):
    """That conditions hold: the line that was met, and how special they are (greater wins)."""

    line: Nearest | None
    order: tuple[Any, ...]


def met(asked: Conditions, facts: Facts, codes: Collection[str], *, within: bool = True) -> Met | None:
    """Whether `asked` holds for `facts`, whose areas have these `codes`; `within` False: if only its layer reached a
    little farther."""
    if asked.category and asked.category not in facts.branch:
        return None
    if asked.area and asked.area not in codes:
        return None
    lines = facts.near.get(asked.layer, ()) if asked.layer else ()
    if asked.layer and not (lines and lines[0].within is within):
        return None
    line = lines[0] if lines else None
    return Met(line, _order(asked, line, facts))


def _order(asked: Conditions, line: Nearest | None, facts: Facts) -> tuple[Any, ...]:
    depth = len(facts.branch) - facts.branch.index(asked.category) if asked.category else 0
    area = len(asked.area.split(".")) if asked.area else 0
    return (line is not None, -round(line.distance, 1) if line else 0.0, area, depth)
