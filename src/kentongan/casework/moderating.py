"""Who may take something from the public, and what waits for them: flags of people, and objections of authors."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.casework.queues import bodies_seen
from kentongan.casework.roles import Role, role_for, who
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Hiding, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who


def hider(person: Person, report: Report) -> Who:
    """The maker of a hiding: an officer of the body that has the report, or the platform's administrator.

    Raises Problem `forbidden` (403).
    """
    if person.administers and role_for(person, report.body_id) is None:
        return Who(person, Actor.OFFICER)
    return who(person, report, "hide")


def judge(person: Person, hiding: Hiding) -> Who:
    """Who decides on an objection: an administrator of the body, or the platform's. Raises Problem `forbidden` (403).

    What nobody objects to, whoever may hide may show again.
    """
    if not hiding.appealed_at:
        return hider(person, hiding.report)
    if person.administers:
        body = hiding.report.body_id if role_for(person, hiding.report.body_id) is not None else None
        return Who(person, Actor.OFFICER, body)
    return who(person, hiding.report, "appeal")


def may_hide(person: Person, report: Report) -> bool:
    """Whether the page of a report offers to hide something."""
    return person.administers or (role_for(person, report.body_id) or Role.VIEWER) >= Role.OFFICER


def may_judge(person: Person, hiding: Hiding) -> bool:
    """Whether `person` may read what was hidden and decide on the objection to it."""
    held = role_for(person, hiding.report.body_id) or Role.VIEWER
    return hiding.person_id != person.pk and (person.administers or held >= Role.ADMINISTRATOR)


def find_hiding(person: Person, key: int) -> Hiding:
    """Raises Problem `not_found` (404) where there is none that `person` may see."""
    found = Hiding.objects.select_related("report__category", "body", "person").filter(pk=key).first()
    if found is None or not may_hide(person, found.report):
        raise Problem("not_found", 404, _("There is nothing at this address."))
    return found


def waiting(person: Person, body: str) -> tuple[list[reports.Flagged], list[Hiding]]:
    """What people have flagged at `body` and below it, and the objections to what was hidden. Raises as `queue`."""
    codes = bodies_seen(person, body)
    return reports.flagged(codes), reports.appealed(codes)


def count_waiting(codes: Sequence[str]) -> int:
    """How many reports of these bodies have flags or objections that nobody has looked at."""
    return reports.count_flagged(codes) + reports.count_appealed(codes)


def hidden_in_public(body: str) -> dict[str, int]:
    """What a body and those below it have hidden, for everybody to read."""
    return reports.count_hidden(bodies.subtree(body))
