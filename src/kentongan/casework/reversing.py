"""The way back of one step, or of what was done with many reports: what is still as it was left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kentongan import bodies, reports
from kentongan.bodies.models import Team
from kentongan.casework.answering import language_for
from kentongan.casework.assigning import workers_of
from kentongan.casework.deeds import Refuse
from kentongan.casework.roles import Role, role_for, who
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Priority, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who

BACK = {State.RESOLVED: "undo", State.REJECTED: "undo", State.DUPLICATE: "unmerge"}


def as_it_stands(report: Report) -> dict[str, Any]:
    """What `reverse` brings back: plain data, to be kept until then."""
    return {
        "state": report.state, "body": report.body_id, "assignee": report.assignee_id, "team": report.team_id,
        "priority": report.priority, "seq": report.seq,
    }  # fmt: skip


def reverse(
    person: Person, report_id: int, before: dict[str, Any], after_seq: int | None, refuse: Refuse, *, at_once: bool
) -> None:
    """Takes back what was done with a report since `before`, within the caller's transaction; `after_seq` is the entry
    it was left at. `at_once`: within the minute for which nobody was written to.

    What was said cannot be unsaid: notes and answers stay. What was joined or passed on comes back as new.
    Raises Problem `changed_meanwhile` (409) where it is no longer as it was left, and as each step does.
    """
    report = reports.held(report_id)
    if report.seq != after_seq:
        raise Problem("changed_meanwhile", 409, _("Somebody has gone on with this report since: it stays as it is."))
    back = before["seq"] if at_once else None
    if report.body_id != before["body"]:
        # It is with the other body, which has not touched it: those who sent it take it back.
        if (role_for(person, before["body"]) or Role.VIEWER) < Role.OFFICER:
            raise Problem("forbidden", 403, _("Those who work at the body that had it take it back."))
        refuse(report, "transfer")
        by = Who(person, Actor.OFFICER, before["body"], takes_back=back)
        with translation.override(language_for(report)):  # everybody reads it, not only whoever pressed
            why = _("It was passed on by mistake, and comes back.")
        code = bodies.get(before["body"]).code
        seq = report.seq
        report = reports.take_back(report.code, by, code, why, before=before["state"], expected_seq=seq)
    elif report.state != before["state"] or _stepped(report, before):
        report = _back(person, report, refuse, back)
    _hands(person, report, before, refuse)


def _stepped(report: Report, before: dict[str, Any]) -> bool:
    """Whether a step since then led to the state that it had: asked once more to be helped by others, or split then."""
    return report.entries.filter(seq__gt=before.get("seq", report.seq)).exclude(state_to="").exists()


def _back(person: Person, report: Report, refuse: Refuse, back: int | None) -> Report:
    step = BACK.get(State(report.state), "step_back")
    if reports.has_open_parts(report):
        step = "unsplit"
    refuse(report, step)
    command: Callable[..., Report] = getattr(reports, step)
    by = replace(who(person, report, step), takes_back=back)
    return command(report.code, by, expected_seq=report.seq)


def _hands(person: Person, report: Report, before: dict[str, Any], refuse: Refuse) -> None:
    """The hands and the priority it had; of somebody who works there no longer only the team."""
    if not reports.is_work(report):
        return
    team = Team.objects.filter(pk=before["team"], ended_at=None).first() if before["team"] else None
    if (report.assignee_id, report.team_id) != (before["assignee"], before["team"]):
        had = before["assignee"]
        worked = next((one for one in workers_of(report.body_id or "") if one.pk == had), None) if had else None
        refuse(report, "assign")
        by = who(person, report, "assign")
        if team is not None:  # a person keeps the team that they are a member of
            report = reports.assign(report.code, by, team, expected_seq=report.seq)
        report = reports.assign(report.code, by, worked or team, expected_seq=report.seq)
    if report.priority != before["priority"]:
        refuse(report, "prioritise")
        word = Priority(int(str(before["priority"]))).word
        reports.prioritise(report.code, who(person, report, "prioritise"), word, expected_seq=report.seq)
