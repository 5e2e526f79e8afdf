"""Which rules hold for the facts of a report, and which of them is the most special."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kentongan.bodies import Snapshot
from kentongan.places import Nearest
from kentongan.routing.conditions import Facts, met
from kentongan.routing.dividing import Share, divide
from kentongan.routing.rules import Rule, Rulebook


@dataclass(frozen=True)
class Match:
    """A rule whose conditions hold, the line it met, how special it is (greater wins), and the body that gets it.

    `shares`: how the body that the rule names divided it further, by rules of its own.
    """

    rule: Rule
    line: Nearest | None
    order: tuple[Any, ...]
    body: str
    shares: tuple[Share, ...] = ()


def matches(facts: Facts, book: Rulebook, world: Snapshot) -> list[Match]:
    """The rules that hold, the one that wins first. `world` is a `bodies.Snapshot`."""
    found = _matches(facts, book, world, within=True)
    return sorted(found, key=lambda match: match.order, reverse=True)


def at_the_edge(facts: Facts, book: Rulebook, world: Snapshot) -> list[Match]:
    """The rules that would hold if a layer reached a little farther."""
    return [match for match in _matches(facts, book, world, within=False) if match.line]


def _matches(facts: Facts, book: Rulebook, world: Snapshot, *, within: bool) -> Iterator[Match]:
    codes = [area.code for area in facts.areas]
    for rule in book.rules:
        if rule.category and rule.category not in facts.branch:
            continue  # most of them: asked here, a call less for each
        if not rule.valid_from <= facts.on < rule.valid_until:
            continue
        holds = met(rule, facts, codes, within=within)
        if holds is None:
            continue
        body = rule.body or (world.find(rule.to.level, rule.to.duty, facts.areas) if rule.to else None)
        if body:
            shares = divide(body, facts, book.divisions, world) if book.divisions else ()
            yield Match(rule, holds.line, holds.order, shares[-1].rule.to if shares else body, shares)
