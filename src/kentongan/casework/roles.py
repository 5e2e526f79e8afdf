"""Who may do what with a report: decided by the role a person holds at the body that has it now."""

from __future__ import annotations

from enum import IntEnum

from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.bodies.models import Body
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import BY_NAME, Actor, State
from kentongan.reports.who import Who


class Role(IntEnum):
    """What a person is at a body; each may all that those below it may."""

    VIEWER = 1
    OFFICER = 2
    COORDINATOR = 3
    ADMINISTRATOR = 4


# The least role for each step; what is not named here asks for an officer.
LEAST = {
    "look": Role.VIEWER,
    "merge": Role.COORDINATOR,
    "unmerge": Role.COORDINATOR,
    "split": Role.COORDINATOR,
    "unsplit": Role.COORDINATOR,
    "staff": Role.ADMINISTRATOR,
    "appeal": Role.ADMINISTRATOR,
}
# Steps that change no state, and so stand in no table of states.
ALWAYS = ("note", "identity")


def role_for(person: Person | None, body_code: str | None) -> Role | None:
    """The role of `person` at a body or at one above it; None where they hold none."""
    if person is None or not body_code:
        return None
    held = bodies.role(person, body_code)
    return Role[held.upper()] if held else None


def may_see(person: Person | None, report: Report) -> bool:
    """Whether the staff view of `report` is open to `person`: staff of its body, those who passed it on, or the
    platform's administrator.
    """
    held = role_for(person, report.body_id) is not None
    return held or bool(person and person.administers) or passed_it_on(person, report)


def passed_it_on(person: Person | None, report: Report) -> bool:
    """Whether the report was with a body of the person's before: they may follow what becomes of it, and do nothing.

    Nobody follows a secret report: it may have been passed on because of those who had it.
    """
    if person is None or report.is_restricted:
        return False
    given = report.entries.filter(data__has_key="from_body").values_list(KT("data__from_body"), flat=True)
    return any(role_for(person, code) is not None for code in set(given) if code)


def who(person: Person, report: Report, step: str = "note") -> Who:
    """The maker of `step` for the commands of `reports`.

    Raises Problem `forbidden` (403) where the person is no staff of the body that has the report now, or
    their role there is not enough for the step; `second_factor` (403) where it counts only with one.
    """
    held = role_for(person, report.body_id)
    if bodies.lacks_second_factor(person, report.body_id or ""):
        raise Problem(
            "second_factor", 403, _("Set up a second factor first: the work on these reports asks for one."),
            extra={"body": report.body_id},
        )  # fmt: skip
    if held is None:
        raise Problem(
            "forbidden",
            403,
            _("This report is with another body. Only the staff of that body can work on it."),
            extra={"body": report.body_id},
        )
    if held < LEAST.get(step, Role.OFFICER):
        raise Problem("forbidden", 403, _too_little(held), extra={"body": report.body_id})
    return Who(person, Actor.OFFICER, report.body_id)


def possible_steps(person: Person, report: Report) -> frozenset[str]:
    """The names of the steps that `person` can take with `report` as it stands now."""
    held = role_for(person, report.body_id)
    if held is None:
        return frozenset()
    named = {
        name for name, step in BY_NAME.items() if Actor.OFFICER in step.actors and State(report.state) in step.sources
    }
    if "return" in named and not report.entries.filter(kind="transferred", data__to_body=report.body_id).exists():
        named.remove("return")  # nobody to return it to
    named -= {"step_back", "take_back"}  # belong to the work on many reports that they take back
    if reports.has_open_parts(report):
        named = {"unsplit"} if reports.may_unsplit(report) else set()
    else:
        named.discard("unsplit")
    if report.whole_id is not None:
        named -= {"split", "merge", "unmerge"}  # the whole's
    if "undo" in named and not reports.may_undo(report):
        named.remove("undo")
    if report.contest_count:
        named.add("uphold")
    if reports.is_work(report):
        named |= {"assign", "prioritise"}
    if reports.may_link(report):
        named.add("asset")
    if reports.may_ask(report):
        named.add("ask")
    always = ALWAYS if report.whole_id is None else ("note",)
    return frozenset(name for name in named.union(always) if held >= LEAST.get(name, Role.OFFICER))


def bodies_of(person: Person) -> list[Body]:
    """The bodies where the person is staff today, by name."""
    held = {bodies.snapshot().body(code) for code, _role in bodies.open_roles(person)}
    return sorted((body for body in held if body is not None), key=lambda body: body.name)


def works_somewhere(person: Person) -> bool:
    """Whether the person has a desk: staff of any body, or the platform's administrator."""
    return person.is_superuser or bool(bodies.open_roles(person))


def open_today() -> Q:
    """The part of a filter on memberships that leaves out those that have ended or not begun."""
    now = timezone.now()
    return Q(since__lte=now) & (Q(until=None) | Q(until__gt=now))


def _too_little(held: Role) -> Promise:
    if held == Role.VIEWER:
        return _("You may read here, but not change anything. Ask your administrator for the role of an officer.")
    return _("This step is for a coordinator of your body. Ask one, or pass the report on with a note.")
