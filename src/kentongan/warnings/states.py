"""The life of a warning as one table: from, to, who may, what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where one message stands. Each alert, update and cancel is a message of its own, as in CAP."""

    DRAFT = "draft"  # nobody but its body sees it
    ACTIVE = "active"  # in force until it expires
    UPDATED = "updated"  # a newer message has taken its place
    CANCELLED = "cancelled"  # taken back, or itself the message that takes back
    EXPIRED = "expired"


class Actor(StrEnum):
    """Who makes a step."""

    DRAFTER = "drafter"  # officer or more of a body that may publish
    PUBLISHER = "publisher"  # coordinator or more there
    SYSTEM = "system"
    SOURCE = "source"  # a feed that we read


class Asks(StrEnum):
    """What a step cannot do without."""

    CONFIRMED = "confirmed"  # the page that says which area and how many people, for the draft as it stands
    REASON = "reason"
    SECOND = "second"  # where the body chose it, another person than the one who drafted


@dataclass(frozen=True)
class Step:
    """One permitted change; `target` None where the draft is thrown away."""

    name: str
    sources: frozenset[State]
    target: State | None
    actors: frozenset[Actor]
    asks: frozenset[Asks] = frozenset()


def _step(name: str, sources: set[State], target: State | None, actors: set[Actor], *asks: Asks) -> Step:
    return Step(name, frozenset(sources), target, frozenset(actors), frozenset(asks))


S, A = State, Actor

#     name, from, to, who, what it asks
STEPS = {
    one.name: one
    for one in (
        _step("save", {S.DRAFT}, S.DRAFT, {A.DRAFTER, A.PUBLISHER}),
        _step("discard", {S.DRAFT}, None, {A.DRAFTER, A.PUBLISHER}),
        _step("publish", {S.DRAFT}, S.ACTIVE, {A.PUBLISHER}, Asks.CONFIRMED, Asks.SECOND),
        _step("update", {S.ACTIVE}, S.UPDATED, {A.PUBLISHER, A.SOURCE}),
        _step("cancel", {S.ACTIVE}, S.CANCELLED, {A.PUBLISHER, A.SOURCE}, Asks.REASON),
        _step("expire", {S.ACTIVE}, S.EXPIRED, {A.SYSTEM}),
    )
}
