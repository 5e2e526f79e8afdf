"""Who acts on a report and in which role. The ways in decide it; the commands trust it."""

from __future__ import annotations

from dataclasses import dataclass

from kentongan.people.models import Person
from kentongan.reports.states import Actor


@dataclass(frozen=True)
class Who:
    """The maker of a step: a person (None: the system, or a reporter without an account), and their role.

    `rule` is the name of the rule of a body that makes it, for which nobody pressed a button. `regrets`: it was pressed
    at a desk, where it can be taken back for a minute. `takes_back`: it takes back all since that entry, so.
    """

    person: Person | None
    actor: Actor
    body: str | None = None
    rule: str = ""
    regrets: bool = False
    takes_back: int | None = None


SYSTEM = Who(None, Actor.SYSTEM)
