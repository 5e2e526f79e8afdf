"""What a body does with what comes to it: divided between itself and its parts, by rules of its own.

The rules of the country decide first. What they give to others, such as a ministry or the power company, is never
asked about here, so no body can draw it to itself ([decision 46](docs/decisions/0046-routing-rules-in-the-console.md)).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kentongan.bodies import Level, Snapshot
from kentongan.places import Nearest
from kentongan.routing.conditions import Facts, met

BELOW = (Level.DISTRICT, Level.VILLAGE, Level.NEIGHBOURHOOD)  # part of a region's area without being part of its body


@dataclass(frozen=True)
class OwnRule:
    """What holds for reports of a category (or branch), in an area, near a layer of roads (each empty: any) goes `to`
    a body. `key` stays with it from version to version."""

    key: str
    category: str
    area: str
    layer: str
    to: str

    @property
    def asks(self) -> tuple[str, str, str]:
        """Its conditions: no two rules of a division have the same."""
        return self.category, self.area, self.layer


@dataclass(frozen=True)
class Division:
    """The rules by which `body` divides its work, as it published them for the `number`th time."""

    body: str
    number: int
    rules: tuple[OwnRule, ...]


@dataclass(frozen=True)
class Share:
    """That a rule of a division held, and the road that it met."""

    division: Division
    rule: OwnRule
    line: Nearest | None


def divide(body: str, facts: Facts, divisions: Mapping[str, Division], world: Snapshot) -> tuple[Share, ...]:
    """Who passes it on to whom, from `body` on: the last of them has it. `world` is a `bodies.Snapshot`.

    The highest body divides first, then whoever got it; each once at most, so that it ends.
    """
    shares: list[Share] = []
    passed: set[str] = set()
    while (division := _next(body, divisions, passed, world)) is not None:
        passed.add(division.body)
        share = _holding(division, body, facts, world)
        if share is not None:
            shares.append(share)
            body = share.rule.to
    return tuple(shares)


def may_get(owner: str, to: str, world: Snapshot) -> bool:
    """Whether `owner` may give work to a body: itself, its parts and theirs, and the offices of districts and villages,
    and neighbourhoods, of its area."""
    if owner in _upwards(to, world):
        return True
    above, found = world.body(owner), world.body(to)
    return bool(
        above and found and above.area_code and found.level in BELOW
        and found.area_code.startswith(f"{above.area_code}.")
    )  # fmt: skip


def _next(body: str, divisions: Mapping[str, Division], passed: set[str], world: Snapshot) -> Division | None:
    above = [code for code in _upwards(body, world) if code in divisions and code not in passed]
    return divisions[above[-1]] if above else None


def _holding(division: Division, body: str, facts: Facts, world: Snapshot) -> Share | None:
    """The most special rule that holds. One whose body is gone, or left, is passed over: nothing waits for nobody."""
    codes = [area.code for area in facts.areas]
    best: tuple[Any, OwnRule, Nearest | None] | None = None
    for rule in division.rules:
        holds = met(rule, facts, codes)
        if holds and (best is None or holds.order > best[0]) and _receives(division.body, rule.to, body, world):
            best = holds.order, rule, holds.line
    return Share(division, best[1], best[2]) if best else None


def _receives(owner: str, to: str, body: str, world: Snapshot) -> bool:
    takes_part = world.is_partner(to) or not world.is_partner(body)
    return takes_part and world.body(to) is not None and may_get(owner, to, world)


def _upwards(code: str, world: Snapshot) -> Iterator[str]:
    """The body and those that it is part of, the nearest first."""
    body = world.body(code)
    while body is not None:
        yield body.code
        body = world.body(body.parent_id) if body.parent_id else None
