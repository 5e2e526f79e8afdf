"""The life of an alert as one table: from, to, who may, what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an alert stands, as its person is told it."""

    RECEIVED = "received"  # committed; nobody has it yet
    ACKNOWLEDGED = "acknowledged"  # one operator has it
    ON_THE_WAY = "on_the_way"
    THERE = "there"
    CLOSED = "closed"
    CANCELLED = "cancelled"  # by its person


class Actor(StrEnum):
    """Who makes a step."""

    SYSTEM = "system"
    CALLER = "caller"
    OPERATOR = "operator"
    UNIT = "unit"


class Asks(StrEnum):
    """What a step cannot do without."""

    RESULT = "result"
    REASON = "reason"


class Result(StrEnum):
    """How an alert ended, in the words of its operator. `unanswered`: nobody had it, three days after it came."""

    HELPED = "helped"
    REFERRED = "referred"  # the police, fire or medical service has it now
    NOBODY_FOUND = "nobody_found"
    NO_DANGER = "no_danger"  # a mistake, a pocket, a test: never a verdict on the person
    EXERCISE = "exercise"
    UNANSWERED = "unanswered"
    HANDED_ON = "handed_on"  # its phone went where another instance watches, and they have it


@dataclass(frozen=True)
class Step:
    """One permitted change; `target` None where the state stays as it is."""

    name: str
    sources: frozenset[State]
    target: State | None
    actors: frozenset[Actor]
    asks: frozenset[Asks] = frozenset()


def _step(name: str, sources: set[State], target: State | None, actors: set[Actor], *asks: Asks) -> Step:
    return Step(name, frozenset(sources), target, frozenset(actors), frozenset(asks))


S, A = State, Actor
OWNED = {S.ACKNOWLEDGED, S.ON_THE_WAY, S.THERE}
OPEN = {S.RECEIVED, *OWNED}
ENDED = {S.CLOSED, S.CANCELLED}

#     name, from, to, who, what it asks
STEPS = (
    _step("acknowledge", {S.RECEIVED}, S.ACKNOWLEDGED, {A.OPERATOR}),
    _step("take_over", OWNED, None, {A.OPERATOR}, Asks.REASON),  # from another operator, who is told
    _step("release", {S.ACKNOWLEDGED}, S.RECEIVED, {A.OPERATOR, A.SYSTEM}),  # nobody has it: it is called again
    _step("orphan", {S.ON_THE_WAY, S.THERE}, None, {A.SYSTEM}),  # help is on the way, and its operator is gone
    _step("set_out", {S.ACKNOWLEDGED, S.ON_THE_WAY}, S.ON_THE_WAY, {A.OPERATOR}),
    _step("arrive", {S.ACKNOWLEDGED, S.ON_THE_WAY}, S.THERE, {A.OPERATOR}),
    # A unit answers for itself, also while the operator who sent it was lost.
    _step("unit_takes", {S.RECEIVED, S.ACKNOWLEDGED, S.ON_THE_WAY}, S.ON_THE_WAY, {A.UNIT, A.OPERATOR}),
    _step("unit_there", OPEN, S.THERE, {A.UNIT, A.OPERATOR}),
    _step("nobody_comes", {S.ON_THE_WAY}, S.ACKNOWLEDGED, {A.UNIT, A.OPERATOR}),  # the last one on its way turned back
    _step("close", {*OWNED, S.CANCELLED}, S.CLOSED, {A.OPERATOR}, Asks.RESULT),
    _step("cancel", OPEN, S.CANCELLED, {A.CALLER}),
    _step("doubt", {S.CANCELLED}, S.ACKNOWLEDGED, {A.OPERATOR}, Asks.REASON),  # somebody may have been forced to cancel
    _step("lapse", {S.RECEIVED, S.ON_THE_WAY, S.THERE, S.CANCELLED}, S.CLOSED, {A.SYSTEM}, Asks.RESULT),
)
BY_NAME = {step.name: step for step in STEPS}


class StepRefused(Exception):
    """A step that the table does not permit. `reason` is `wrong_state`, `wrong_actor` or `missing_…`."""

    def __init__(self, step: str, state: State, reason: str) -> None:
        self.step, self.state, self.reason = step, state, reason
        super().__init__(f"{step} from {state}: {reason}")


def take(name: str, state: State, actor: Actor, given: frozenset[Asks] = frozenset()) -> State:
    """The state after `actor` makes step `name` from `state`. Raises StepRefused; KeyError for an unknown step."""
    step = BY_NAME[name]
    if state not in step.sources:
        raise StepRefused(name, state, "wrong_state")
    if actor not in step.actors:
        raise StepRefused(name, state, "wrong_actor")
    for asked in sorted(step.asks - given):
        raise StepRefused(name, state, f"missing_{asked}")
    return step.target or state
