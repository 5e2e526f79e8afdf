"""The guided start of a body that joins: its steps, what of them is done, and its departments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.bodies.models import Body
from kentongan.casework.staff import appoint, only_managers
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

STEPS = ("area", "departments", "staff", "rules", "test", "backlog")
OF_GOVERNMENTS = frozenset({"departments", "rules", "test"})
MOST = 50  # people invited at once


@dataclass(frozen=True)
class Step:
    """A step of the start by its name, and whether somebody said that it is done."""

    name: str
    done: bool


def start_of(person: Person, body: str) -> list[Step]:
    """The steps of `body` in their order. Raises Problem `forbidden` (403), `unknown_body`."""
    _check(person, body)
    found = bodies.get(body)
    steps = STEPS if bodies.is_government(found) else [one for one in STEPS if one not in OF_GOVERNMENTS]
    return [Step(one, one in found.begun) for one in steps]


def has_begun(body: Body) -> bool:
    """Whether every step of the start is done."""
    left = set(STEPS) - set(body.begun)
    return left <= (frozenset() if bodies.is_government(body) else OF_GOVERNMENTS)


def mark_step(person: Person, body: str, step: str, *, done: bool = True) -> None:
    """Says that a step is done, or is not. Raises Problem `forbidden`, `not_found` (404)."""
    _check(person, body)
    if step not in STEPS:
        raise Problem("not_found", 404, _("The start has no such step."))
    bodies.mark_begun(body, step, done=done)


def set_contact(person: Person, body: str, given: Mapping[str, Any]) -> None:
    """How people reach the body. Raises Problem as `bodies.set_contact`, `forbidden`."""
    _check(person, body)
    bodies.set_contact(body, given)


def departments(person: Person, body: str) -> list[Body]:
    """The parts of a body, by name. Raises Problem `forbidden`."""
    _check(person, body)
    world = bodies.snapshot()
    found = (world.body(code) for code in world.parts.get(body, ()))
    return sorted((one for one in found if one), key=lambda one: one.name)


def save_department(
    person: Person, body: str, code: str, given: Mapping[str, Any], duties: Collection[str], known: Collection[str]
) -> Body:
    """Makes a department, or changes the one with `code`; what arrives from now on goes by it. `known`: the duties that
    the rules give to departments (`routing.duties`).

    Raises Problem as `bodies.make_part` and `bodies.change_part`, `bad_duty` (422), `forbidden` (403).
    """
    _check(person, body)
    if set(duties) - set(known):
        raise Problem("bad_duty", 422, _("Choose from the kinds of reports that are listed."), field="duties")
    return bodies.change_part(body, code, given, duties) if code else bodies.make_part(body, given, duties)


def invite_all(person: Person, body: str, at: str, role: str, written: str) -> dict[str, Problem | None]:
    """Gives a role at the body, or its part `at`, to each of the addresses in `written` (a line each).

    What became of each: None where it is done, else why not. Raises Problem `forbidden`, `not_found` for what is no
    part, `too_many` (422) for more than fifty.
    """
    _check(person, body)
    if at not in bodies.subtree(body):
        raise Problem("not_found", 404, _("This department is no part of the body."))
    named = list(dict.fromkeys(one.strip() for one in written.splitlines() if one.strip()))
    if len(named) > MOST:
        raise Problem("too_many", 422, _("Invite at most fifty people at once."), field="emails")
    told: dict[str, Problem | None] = {}
    for one in named:
        try:
            appoint(person, at, one, role)
        except Problem as problem:
            if not problem.field:
                raise
            told[one] = problem
        else:
            told[one] = None
    return told


def _check(person: Person, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can set it up."))
