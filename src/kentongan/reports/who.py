"""Who acts on a report and in which role. The ways in decide it; the commands trust it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

    @property
    def marks(self) -> dict[str, Any]:
        """What an entry says of how its maker came to make it."""
        if not (self.rule or self.regrets or self.takes_back):
            return {}
        told = {"rule": self.rule, "regrets": self.regrets, "takes_back": self.takes_back}
        return {name: value for name, value in told.items() if value}  # no entry has the number 0


SYSTEM = Who(None, Actor.SYSTEM)
