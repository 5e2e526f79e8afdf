"""Who works on a report and how pressing it is, within the body that has it: told to its staff and to nobody else."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kentongan.bodies.models import Team
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports import deadlines
from kentongan.reports.locking import changing
from kentongan.reports.models import Priority, Report, Visibility
from kentongan.reports.states import IN_HAND, PUBLIC, State, Status
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append


def is_work(report: Report) -> bool:
    """Whether its body still has something to do: it is in hand, or somebody objects to its result."""
    contested = report.contest_count > 0 and PUBLIC[State(report.state)] in {Status.DONE, Status.CLOSED}
    return not report.away and (State(report.state) in IN_HAND or contested)


def all_work() -> Q:
    """The part of a filter that leaves out what `is_work` is not: no row is read of all that is done."""
    return Q(away=False) & (Q(state__in=IN_HAND) | Q(contest_count__gt=0))


def assign(code: str, who: Who, to: Person | Team | None, *, expected_seq: int | None = None, why: str = "") -> Report:
    """Gives the work to a person, to a team, or to nobody. A person keeps the team that they are a member of.

    Who may, `casework.assign` decides; `why` is a code (`left`: who had it works there no longer). Nothing happens
    where it is so already. Raises Problem `wrong_state` (409) where nothing is to be done, and as `changing` does.
    """
    with changing(code, expected_seq) as report:
        person = to if isinstance(to, Person) else None
        team = to if isinstance(to, Team) else _kept(report, person)
        if (report.assignee, report.team) == (person, team):
            return report
        _check(report)
        before = {"from_assignee": report.assignee_id} if report.assignee_id else {}
        report.assignee, report.team = person, team
        data = {"assignee": report.assignee_id, "team": report.team_id} | before | ({"why": why} if why else {})
        append(report, Happening("assigned", who, visibility=Visibility.INTERNAL, data=data))
    return report


def prioritise(code: str, who: Who, priority: str, *, expected_seq: int | None = None) -> Report:
    """Says how pressing the report is: `low`, `normal`, `high` or `urgent`.

    Raises Problem `bad_priority` (422), `wrong_state` (409), and as `changing` does.
    """
    if priority.upper() not in Priority.__members__:
        raise Problem("bad_priority", 422, _("Choose one of the four priorities."), field="priority")
    with changing(code, expected_seq) as report:
        chosen = Priority[priority.upper()]
        if report.priority == chosen:
            return report
        _check(report)
        before, report.priority = report.priority, chosen
        deadlines.promise_by_priority(report, before)
        append(report, Happening("prioritised", who, visibility=Visibility.INTERNAL, data={"priority": chosen.word}))
    return report


def _kept(report: Report, person: Person | None) -> Team | None:
    held = report.team
    return held if held and held.ended_at is None and person and held.members.filter(pk=person.pk).exists() else None


def _check(report: Report) -> None:
    if not is_work(report):
        raise Problem("wrong_state", 409, _("There is nothing to do for this report now. Reload the page to see it."))
