"""The life of a report as one table: from, to, who may, what it asks for, what the public sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a report stands. The words are the project's standard terms (docs/architecture.md)."""

    RECEIVED = "received"
    AWAITING_PARTNER = "awaiting_partner"
    ROUTED = "routed"
    FORWARDED = "forwarded"  # as routed, and by another body, which had it before
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    REFERRED = "referred"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Status(StrEnum):
    """What the public sees of a state: always a colour, an icon and a word together."""

    WAITING = "waiting"
    IN_PROCESS = "in_process"
    DONE = "done"
    NO_PARTNER = "no_partner"
    CLOSED = "closed"


class Ending(StrEnum):
    """How a report ended. Different things with different words and counts: closed must mean solved."""

    SOLVED = "solved"
    PASSED_ON = "passed_on"
    MERGED = "merged"  # goes on with another report of the same trouble
    CLOSED_WITHOUT_FIX = "closed_without_fix"


class Actor(StrEnum):
    """Who makes a step."""

    SYSTEM = "system"
    REPORTER = "reporter"
    CITIZEN = "citizen"
    OFFICER = "officer"
    PEER = "peer"  # another application or instance that works on the report


class Asks(StrEnum):
    """What a step cannot do without."""

    BODY = "body"
    REASON = "reason"
    EVIDENCE = "evidence"  # an after-photo, or a reason why there is none
    ORIGINAL = "original"  # the report that this one repeats
    PARTS = "parts"  # what each of several bodies is asked to do


@dataclass(frozen=True)
class Step:
    """One permitted change of state; to one of several `targets` only where it goes back to the state before."""

    name: str
    sources: frozenset[State]
    targets: frozenset[State]
    actors: frozenset[Actor]
    asks: frozenset[Asks] = frozenset()


def _step(name: str, sources: set[State], target: State | set[State], actors: set[Actor], *asks: Asks) -> Step:
    targets = target if isinstance(target, set) else {target}
    return Step(name, frozenset(sources), frozenset(targets), frozenset(actors), frozenset(asks))


S, A = State, Actor
_IN_QUEUE = {S.ROUTED, S.FORWARDED, S.ACCEPTED, S.IN_PROGRESS, S.REFERRED}
_ENDED = {S.RESOLVED, S.CONFIRMED, S.CLOSED, S.REJECTED}

#     name, from, to, who, what it asks
STEPS = (
    _step("route", {S.RECEIVED}, S.ROUTED, {A.SYSTEM}, Asks.BODY),
    _step("await_partner", {S.RECEIVED, *_IN_QUEUE}, S.AWAITING_PARTNER, {A.SYSTEM}, Asks.BODY),
    _step("hand_over", {S.AWAITING_PARTNER}, {S.ROUTED, S.FORWARDED}, {A.SYSTEM}, Asks.BODY),  # as it came there
    _step("accept", {S.ROUTED, S.FORWARDED, S.REFERRED}, S.ACCEPTED, {A.OFFICER}),
    _step("start", {S.ROUTED, S.FORWARDED, S.ACCEPTED, S.REFERRED}, S.IN_PROGRESS, {A.OFFICER}),
    _step("refer", _IN_QUEUE, S.REFERRED, {A.OFFICER}, Asks.REASON),
    _step("transfer", {S.AWAITING_PARTNER, *_IN_QUEUE}, S.FORWARDED, {A.OFFICER}, Asks.BODY, Asks.REASON),
    _step("return", _IN_QUEUE, S.FORWARDED, {A.OFFICER}, Asks.BODY, Asks.REASON),
    # A transfer: as new, or forwarded where it had been passed on before it.
    _step("take_back", {S.AWAITING_PARTNER, S.FORWARDED}, {S.ROUTED, S.FORWARDED}, {A.OFFICER}, Asks.BODY, Asks.REASON),
    _step("resolve", _IN_QUEUE, S.RESOLVED, {A.OFFICER}, Asks.EVIDENCE),
    _step("reject", _IN_QUEUE, S.REJECTED, {A.OFFICER}, Asks.REASON),
    _step("decline", _IN_QUEUE, S.REJECTED, {A.OFFICER, A.SYSTEM}, Asks.REASON),
    _step("merge", {S.RECEIVED, S.AWAITING_PARTNER, *_IN_QUEUE}, S.DUPLICATE, {A.OFFICER}, Asks.ORIGINAL),
    _step("undo", {S.RESOLVED, S.REJECTED}, _IN_QUEUE, {A.OFFICER}),  # back to the state before
    _step("step_back", {S.ACCEPTED, S.IN_PROGRESS, S.REFERRED}, _IN_QUEUE, {A.OFFICER}),  # so too, of many at once
    _step("split", _IN_QUEUE, S.REFERRED, {A.OFFICER}, Asks.PARTS),
    _step("unsplit", {S.REFERRED}, _IN_QUEUE, {A.OFFICER}),  # back to the state before
    _step("end_together", {S.REFERRED}, {S.RESOLVED, S.ACCEPTED}, {A.SYSTEM}),  # all parts solved, or not
    _step("go_on_together", {*_IN_QUEUE, *_ENDED}, S.REFERRED, {A.SYSTEM}),  # a part is open again
    _step("unmerge", {S.DUPLICATE}, S.ROUTED, {A.OFFICER}),
    _step("confirm", {S.RESOLVED}, S.CONFIRMED, {A.REPORTER}),
    _step("expire", {S.RESOLVED}, S.CLOSED, {A.SYSTEM}),
    _step("reopen", _ENDED, S.ROUTED, {A.REPORTER, A.OFFICER, A.SYSTEM}, Asks.REASON),
)
BY_NAME = {step.name: step for step in STEPS}
# Where a peer works on a report, it decides its state: what it says is mirrored (reports/mirroring.py), and any state
# may follow any. The table above binds everybody who acts here.
MIRRORS = A.PEER

PUBLIC = {
    S.RECEIVED: Status.WAITING,
    S.AWAITING_PARTNER: Status.NO_PARTNER,
    S.ROUTED: Status.WAITING,
    S.FORWARDED: Status.IN_PROCESS,
    S.ACCEPTED: Status.IN_PROCESS,
    S.IN_PROGRESS: Status.IN_PROCESS,
    S.REFERRED: Status.IN_PROCESS,
    S.RESOLVED: Status.DONE,
    S.CONFIRMED: Status.DONE,
    S.CLOSED: Status.DONE,
    S.REJECTED: Status.CLOSED,
    S.DUPLICATE: Status.CLOSED,
}
NEW = frozenset({S.ROUTED, S.FORWARDED})  # in the queue of a body that has not answered yet
IN_HAND = frozenset(_IN_QUEUE)  # work of the body that has it
# Under which list its own staff find it. What another body passed on is in process for the public, and new to them.
DESK = PUBLIC | dict.fromkeys(NEW, Status.WAITING)


def new_again(before: str) -> State:
    """How a report that was in state `before` stands where it is new once more: what was passed on stays so."""
    return State.FORWARDED if before == State.FORWARDED else State.ROUTED


class StepRefused(Exception):
    """A step that the table does not permit. `reason` is a code that a way in puts into words."""

    def __init__(self, step: str, state: State, reason: str) -> None:
        self.step, self.state, self.reason = step, state, reason
        super().__init__(f"{step} from {state}: {reason}")


def take(
    name: str, state: State, actor: Actor, given: frozenset[Asks] = frozenset(), before: State | None = None
) -> State:
    """The state after `actor` makes step `name` from `state`, having `given` what it asks for.

    `before` is the state that a step goes back to which undoes another.

    Raises StepRefused with reason `wrong_state`, `wrong_actor` or `missing_…`; KeyError for an unknown step.
    """
    step = BY_NAME[name]
    if state not in step.sources:
        raise StepRefused(name, state, "wrong_state")
    if actor not in step.actors:
        raise StepRefused(name, state, "wrong_actor")
    for asked in sorted(step.asks - given):
        raise StepRefused(name, state, f"missing_{asked}")
    targets = step.targets if len(step.targets) == 1 else step.targets & {before}
    if not targets:
        raise StepRefused(name, state, "wrong_state")
    return next(iter(targets))
