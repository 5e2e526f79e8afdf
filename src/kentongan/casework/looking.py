"""Who of a body looked at the hidden name of a reporter: its administrators read every look, with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.casework.staff import only_managers
from kentongan.people.models import Person
from kentongan.reports.models import Entry

MOST = 100  # of one page


@dataclass(frozen=True)
class Look:
    """A look, and the code of its report; empty where the reader may not open it."""

    entry: Entry
    code: str


def looks(person: Person, body: str, before: int | None = None) -> list[Look]:
    """The looks of those who work at `body` and its parts, and of the platform's administrators at what is with them;
    the newest first, those before the entry with key `before`. Raises Problem `forbidden` (403), `unknown_body`.
    """
    only_managers(person, body, _("Only an administrator of this body can read who looked at names."))
    return list(_shown(person, reports.looks_at_names(bodies.subtree(body), before, MOST)))


def _shown(person: Person, found: list[Entry]) -> Iterator[Look]:
    for one in found:
        yield Look(one, one.report.code if reports.may_open(one.report, person) else "")
