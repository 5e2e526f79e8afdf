"""Which rules hold for the facts of a report, and which of them is the most special."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from kentongan.places import Area, Nearest
from kentongan.routing.rules import Rule, Rulebook


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


@dataclass(frozen=True)
class Match:
    """A rule whose conditions hold, the line it met, and how special it is (greater wins)."""

    rule: Rule
    line: Nearest | None
    order: tuple[Any, ...]
    body: str


def matches(facts: Facts, book: Rulebook, world: Any) -> list[Match]:
    """The rules that hold, the one that wins first. `world` is a `bodies.Snapshot`."""
    found = _matches(facts, book, world, within=True)
    return sorted(found, key=lambda match: match.order, reverse=True)


def at_the_edge(facts: Facts, book: Rulebook, world: Any) -> list[Match]:
    """The rules that would hold if a layer reached a little farther."""
    return [match for match in _matches(facts, book, world, within=False) if match.line]


def _matches(facts: Facts, book: Rulebook, world: Any, *, within: bool) -> Iterator[Match]:
    codes = [area.code for area in facts.areas]
    for rule in book.rules:
        if rule.category and rule.category not in facts.branch:
            continue
        if rule.area and rule.area not in codes:
            continue
        if not rule.valid_from <= facts.on < rule.valid_until:
            continue
        lines = facts.near.get(rule.layer, ()) if rule.layer else ()
        if rule.layer and not (lines and lines[0].within is within):
            continue
        body = rule.body or (world.find(rule.to.level, rule.to.duty, facts.areas) if rule.to else None)
        if body:
            line = lines[0] if lines else None
            yield Match(rule, line, _order(rule, line, facts), body)


def _order(rule: Rule, line: Nearest | None, facts: Facts) -> tuple[Any, ...]:
    depth = len(facts.branch) - facts.branch.index(rule.category) if rule.category else 0
    area = len(rule.area.split(".")) if rule.area else 0
    return (line is not None, -round(line.distance, 1) if line else 0.0, area, depth)
