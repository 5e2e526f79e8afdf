"""The work of an officer in the street: what is to be done and in which order, and what their phone sends later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, places, reports
from kentongan.bodies.models import Team
from kentongan.casework.mentioning import mentioned
from kentongan.casework.roles import Role, role_for, who
from kentongan.casework.rounds import MOST, Place, order
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Priority, Report
from kentongan.reports.states import BY_NAME, Actor, State, Status

LISTED = 60  # tasks on one page: what nobody does in a day is read at the desk
SOON = timedelta(hours=8)  # due within a day of work
WEIGHT = {Priority.LOW: 0.5, Priority.NORMAL: 1.0, Priority.HIGH: 2.0, Priority.URGENT: 4.0}
DOING = {State.ACCEPTED, State.IN_PROGRESS}  # a colleague who begins takes nothing from what was done in the street
TRIES = 3


@dataclass(frozen=True)
class Stop:
    """A task. `number` in the round, 0 where it is in none (no place, or too many). `metres` from the one before, None
    for the first. `why` it stands there: `late`, `soon`, `pressing` or `near`. `team`: it is nobody's yet, but the
    team's."""

    report: Report
    number: int
    metres: int | None
    why: str
    team: bool


@dataclass(frozen=True)
class Done:
    """What an officer's phone sends. `what`: `resolve` or `note`; `seq` the last entry that they had read."""

    what: str
    seq: int
    text: str = ""
    no_photo_reason: str = ""
    photos: Sequence[UUID] = ()
    before: Sequence[UUID] = ()


def tasks(person: Person, start: tuple[float, float] | None = None) -> list[Stop]:
    """What `person` has to do, or a team of theirs, in the order of a round that begins at `start` (longitude,
    latitude); then what has no place in the round, the most pressing first."""
    found = _given(person)
    placed = [one for one in found if one.lon is not None][:MOST]
    now = timezone.now()
    ordered = [placed[at] for at in order([_place(one, now) for one in placed], start)]
    stops, before = [], start
    for number, one in enumerate(ordered, start=1):
        point = (one.lon or 0.0, one.lat or 0.0)
        metres = round(places.distance(*before, *point)) if before else None
        stops.append(Stop(one, number, metres, _why(one, now), one.assignee_id is None))
        before = point
    chosen = {one.pk for one in placed}
    return stops + [
        Stop(one, 0, None, _why(one, now), one.assignee_id is None) for one in found if one.pk not in chosen
    ]


def finish(person: Person, code: str, done: Done, sent: reports.Sent) -> tuple[Report, bool]:
    """Takes what was done in the street; False where it was taken before, and its answer was lost.

    Raises Problem: what the step lacks (422); `not_found`; and (409) what happened meanwhile: `moved_on`, `merged`,
    `ended`, `changed_meanwhile`, `not_yours`.
    """
    for left in reversed(range(TRIES)):
        report = reports.find(code, person)
        if report.entries.filter(data__sent=str(sent.id), person=person).exists():
            return report, False
        try:
            return _taken(person, report, done, sent), True
        except Problem as problem:
            if problem.code != "changed_meanwhile" or not left or "seq" in problem.extra:
                raise
    raise AssertionError  # the last try returns or raises


def _given(person: Person) -> list[Report]:
    """The tasks, the most pressing first."""
    open_states = [str(one) for one in BY_NAME["resolve"].sources]
    work = Report.objects.filter(reports.all_work(), state__in=open_states).select_related("body")
    by_time = F("deadline_at").asc(nulls_last=True), "-priority", "pk"
    teams = list(person.teams.filter(ended_at=None).values_list("pk", flat=True))
    mine = list(work.filter(assignee=person).order_by(*by_time)[:LISTED])
    ours = list(work.filter(assignee=None, team__in=teams).order_by(*by_time)[:LISTED]) if teams else []
    found = [one for one in mine + ours if (role_for(person, one.body_id) or Role.VIEWER) >= Role.OFFICER]
    return sorted(found, key=_pressing)[:LISTED]


def _pressing(report: Report) -> tuple[Any, ...]:
    due = report.deadline_at
    return -report.priority if report.priority == Priority.URGENT else 0, due is None, due, -report.priority, report.pk


def _place(report: Report, now: datetime) -> Place:
    due = report.deadline_at
    seconds = (due - now).total_seconds() if due and not report.asked_at else None
    if report.priority == Priority.URGENT:
        seconds = min(seconds or 0.0, 0.0)
    return Place(report.lon or 0.0, report.lat or 0.0, seconds, WEIGHT[Priority(report.priority)])


def _why(report: Report, now: datetime) -> str:
    due = report.deadline_at if not report.asked_at else None
    if report.priority == Priority.URGENT:
        return "pressing"
    if due and due < now:
        return "late"
    return "soon" if due and due < now + SOON else "near"


def _taken(person: Person, report: Report, done: Done, sent: reports.Sent) -> Report:
    try:
        maker = who(person, report, done.what)
    except Problem as problem:
        raise _moved_on(report) from problem
    if done.what == "note":
        named = mentioned(report.body_id or "", done.text)
        return reports.note(
            report.code, maker, done.text, internal=True, mentions=[one.pk for one in named], sent=sent,
            expected_seq=report.seq,
        )  # fmt: skip
    if conflict := _conflict(person, report, done.seq):
        raise conflict
    return reports.resolve(
        report.code, maker, done.text, photos=done.photos, before=done.before, no_photo_reason=done.no_photo_reason,
        sent=sent, expected_seq=report.seq,
    )  # fmt: skip


def _moved_on(report: Report) -> Problem:
    body = bodies.snapshot().body(report.body_id or "")
    words = _("This report is with %(body)s now, and no longer with you.") % {"body": body.name if body else "?"}
    return Problem("moved_on", 409, words)


def _conflict(person: Person, report: Report, seq: int) -> Problem | None:
    """What happened since the officer read the report that a result must not pass over; None for nothing."""
    if report.state == State.DUPLICATE:
        words = _("It was joined meanwhile with %(code)s, which goes on in its place.")
        known = report.original is not None and reports.may_open(report.original, person)
        return Problem("merged", 409, words % {"code": report.original.code if report.original and known else "?"})
    if report.status in {Status.DONE, Status.CLOSED}:
        return Problem("ended", 409, _("%(name)s has ended this report meanwhile.") % {"name": _ended_by(report)})
    since = report.entries.filter(seq__gt=seq).exclude(state_to="").exclude(state_to__in=[str(one) for one in DOING])
    if since.exists():
        words = _("This report was ended, opened again or passed on since you read it. Read what is new first.")
        return Problem("changed_meanwhile", 409, words, extra={"seq": report.seq})
    if report.assignee_id != person.pk and not (report.assignee_id is None and _is_ours(person, report)):
        holder = report.assignee or report.team
        given = _("It was given to %(name)s meanwhile.") % {"name": _called(holder)}
        return Problem("not_yours", 409, given if holder else _GIVEN_BACK)
    return None


def _ended_by(report: Report) -> str:
    """The colleague who ended it, else the body. Whoever agreed since is its reporter, and named to nobody."""
    by_staff = report.entries.filter(actor=Actor.OFFICER, person__isnull=False)
    ended = by_staff.exclude(state_to="").order_by("-seq").first()
    if ended is not None and ended.person is not None:
        return _called(ended.person)
    return report.body.name if report.body else "?"


_GIVEN_BACK = _("It was taken out of your hands meanwhile, and is with nobody now.")


def _is_ours(person: Person, report: Report) -> bool:
    return report.team_id is not None and person.teams.filter(pk=report.team_id).exists()


def _called(holder: Person | Team | None) -> str:
    return (holder.name or getattr(holder, "email", "")) if holder else ""
