"""What one officer or team has finished in a month: counts with what they are counts of, never a place in a row.

What each number means, who sees it and when: `docs/decisions/0043-performance-of-officials.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.bodies.models import Team
from kentongan.casework.assigning import teams_of, workers_of
from kentongan.casework.roles import Role, bodies_of, role_for
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import PUBLIC, State, Status

MOST = 3_000  # reports of one month that are read, the newest
SHOWN_BACK = 12  # months
FEWEST = 3  # members of a team whose numbers are those of a team
THEIRS_FIRST = timedelta(days=7)  # after the end of a month its numbers are only for whom they are about
RESULTS = ("resolved", "rejected")
PIECE = 500  # reports whose entries are read together
# What the numbers are found from: into whose hands it came, when its clock stood still, what became of the result.
READ = ("assigned", "asked", "answered", "unanswered", *RESULTS, "reopened", "undone", "commented", "moved_out")
# A whole that had ended with its parts waits for one of them again: it has one result, the last.
GOES_ON = Q(kind="referred", state_from__in=[state for state in State if PUBLIC[state] in {Status.DONE, Status.CLOSED}])


@dataclass(frozen=True)
class Figures:
    """One month of a person or a team. Each number stands beside that which it is a part of.

    `finished` = `solved` + `closed`; `reopened` of these were opened again; `in_time` of `due` that had a deadline and
    were not late already when they came (`came_late`); `hours`: of the body's working time, half took less, of `timed`.
    """

    finished: int = 0
    solved: int = 0
    closed: int = 0
    reopened: int = 0
    due: int = 0
    in_time: int = 0
    came_late: int = 0
    timed: int = 0
    hours: float | None = None
    is_cut: bool = False


@dataclass
class _Result:
    """A result and whose it was: who had it in hand, or else who gave it. `got`: when it came into their hands."""

    report: Report
    kind: str
    at: datetime
    whose: int | None
    team: int | None
    got: datetime | None
    body: str
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    reopened: bool = False
    is_last: bool = True


@dataclass(frozen=True)
class Subject:
    """Whose numbers are asked for: a person, or a team; `within` these bodies, None: wherever."""

    person: Person | None = None
    team: Team | None = None
    within: frozenset[str] | None = None

    def had(self, one: _Result) -> bool:
        """Whether the report was theirs when it was finished."""
        if self.within is not None and one.body not in self.within:
            return False
        return one.team == self.team.pk if self.team else self.person is not None and one.whose == self.person.pk


def months(zone: ZoneInfo, now: datetime | None = None) -> list[date]:
    """The first days of this month and those before that can be asked for, the newest first."""
    first = (now or timezone.now()).astimezone(zone).date().replace(day=1)
    found = []
    for _number in range(SHOWN_BACK):
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def opened_on(month: date) -> date:
    """The day from which others than the person see the numbers of a month."""
    return _next(month) + THEIRS_FIRST


def own_performance(person: Person, month: date) -> Figures:
    """The numbers of `person`, at all bodies, for themselves. Raises Problem `bad_month` (422)."""
    return _figures(Subject(person=person), month, own_zone(person))


def own_zone(person: Person) -> ZoneInfo:
    """The zone of the region of the person's body, the first by name of several."""
    mine = bodies_of(person)
    return bodies.zone(mine[0].code if mine else "")


def performance(viewer: Person, body: str, of: str, month: date) -> tuple[Person | Team, Figures]:
    """The numbers of `person:KEY` or `team:KEY` at `body` and its parts, for its coordinators.

    Raises Problem `forbidden` (403) for whoever is no coordinator there, `not_found` (404) for who does not work there,
    `too_early` (403) where the month has not ended a week ago, `bad_month` (422). A team is nobody's own, and waits for
    nobody, unless it is so small that its numbers are a person's.
    """
    _check(viewer, body)
    kind, _colon, key = of.partition(":")
    known: Sequence[Person | Team] = workers_of(body, below=True) if kind == "person" else teams_of(body, below=True)
    found = next((one for one in known if str(one.pk) == key and kind in {"person", "team"}), None)
    if found is None:
        raise Problem("not_found", 404, _("Nobody of this name works at this body."))
    zone, within = bodies.zone(body), frozenset(bodies.subtree(body))
    is_open = timezone.now().astimezone(zone).date() >= opened_on(month)
    if not is_open and (found.members.count() < FEWEST if isinstance(found, Team) else found.pk != viewer.pk):
        raise Problem("too_early", 403, _("The numbers of a month are for whom they are about until a week after it."))
    subject = Subject(team=found) if isinstance(found, Team) else Subject(person=found)
    return found, _figures(replace(subject, within=within), month, zone)


def may_see_performance(viewer: Person, body: str) -> bool:
    """Whether `viewer` sees the numbers of others at `body`: its coordinators and administrators."""
    return (role_for(viewer, body) or Role.VIEWER) >= Role.COORDINATOR


def _check(viewer: Person, body: str) -> None:
    bodies.get(body)
    if not may_see_performance(viewer, body):
        raise Problem(
            "forbidden", 403, _("Only the coordinators of this body see these numbers."), extra={"body": body}
        )


def _figures(subject: Subject, month: date, zone: ZoneInfo) -> Figures:
    if month not in months(zone):
        raise Problem("bad_month", 422, _("Choose one of the last twelve months."), field="month")
    since, until = (datetime.combine(day, datetime.min.time(), zone) for day in (month, _next(month)))
    keys = _candidates(subject, since, until)
    results = [one for one in _results(keys[:MOST]) if since <= one.at < until and subject.had(one)]
    return _counted(results, is_cut=len(keys) > MOST)


def _candidates(subject: Subject, since: datetime, until: datetime) -> list[int]:
    """Reports that may have been finished in their hands: those that still are, and what they finished themselves.

    Left out is what a colleague finished for them and is in other hands since: nothing finds it without reading all.
    """
    ended = [state for state in State if PUBLIC[state] in {Status.DONE, Status.CLOSED}]
    held = Q(assignee=subject.person) if subject.person else Q(team=subject.team)
    found = set(
        Report.objects.filter(held, state__in=ended, ended_at__gte=since)
        .order_by("-pk")
        .values_list("pk", flat=True)[: MOST + 1]
    )
    if subject.person:
        made = Entry.objects.filter(person=subject.person, kind__in=RESULTS, at__gte=since, at__lt=until)
        found |= set(made.order_by("-report_id").values_list("report_id", flat=True)[: MOST + 1])
    return sorted(found, reverse=True)


def _results(keys: Sequence[int]) -> Iterator[_Result]:
    """Every result of these reports, each with whose it was."""
    for at in range(0, len(keys), PIECE):
        piece = keys[at : at + PIECE]
        known = Report.objects.only("id", "deadline_at", "body").in_bulk(piece)
        wanted = Q(kind__in=READ) | Q(data__has_key="to_body") | GOES_ON
        rows = Entry.objects.filter(wanted, report_id__in=piece).order_by("report_id", "seq").only(
            "report_id", "seq", "kind", "at", "body_id", "actor", "data", "person_id"
        )  # fmt: skip
        for key, found in groupby(rows, key=lambda one: one.report_id):
            yield from _walked(known[key], found)


def _walked(report: Report, entries: Iterable[Entry]) -> list[_Result]:
    """The results of one report, from its timeline."""
    found: list[_Result] = []
    assignee = team = None
    got = asked = None
    body = report.body_id or ""
    pauses: list[tuple[datetime, datetime]] = []
    for one in entries:
        # Not where a peer would not have it: it stays in the same hands.
        if one.kind == "moved_out" or reports.arrives(one.data):
            assignee = team = got = asked = None
            body, pauses = one.data.get("to_body", body), []
        if one.kind == "assigned":
            same = one.data.get("assignee") == assignee and assignee is not None
            assignee, team = one.data.get("assignee"), one.data.get("team")
            got = got if same else one.at
        elif one.kind == "asked":
            asked = one.at
        elif one.kind in {"answered", "unanswered"} and asked is not None:
            pauses.append((asked, one.at))
            asked = None
        elif one.kind in RESULTS:
            if found:
                found[-1].is_last = False
            found.append(_Result(report, one.kind, one.at, assignee or one.person_id, team, got, body, list(pauses)))
        elif one.kind in {"undone", "referred"} and found:
            found.pop()
        elif one.kind == "reopened" and found:
            found[-1].reopened = True
            got, pauses = one.at, []
    return found


def _counted(results: Sequence[_Result], *, is_cut: bool) -> Figures:
    # The deadline that is kept is that of the last result; one that had passed before it came to them is not theirs.
    dated = [one for one in results if one.is_last and one.report.deadline_at]
    late = [one for one in dated if one.got and one.report.deadline_at and one.report.deadline_at <= one.got]
    due = [one for one in dated if one not in late]
    took = [hours for one in results if (hours := _hours(one)) is not None]
    return Figures(
        finished=len(results), solved=sum(one.kind == "resolved" for one in results),
        closed=sum(one.kind == "rejected" for one in results), reopened=sum(one.reopened for one in results),
        due=len(due), in_time=sum(one.at <= one.report.deadline_at for one in due if one.report.deadline_at),
        came_late=len(late), timed=len(took), hours=median(took) if took else None, is_cut=is_cut,
    )  # fmt: skip


def _hours(one: _Result) -> float | None:
    """Hours of the body's working time in which it was theirs, without those in which the reporter was asked."""
    if one.got is None:
        return None
    clock = bodies.clock(one.body)
    waited = sum((clock.between(max(begin, one.got), end) for begin, end in one.pauses if end > one.got), timedelta())
    return max(clock.between(one.got, one.at) - waited, timedelta()).total_seconds() / 3600


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
