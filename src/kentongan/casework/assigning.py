"""Who works on a report: given by a coordinator, or taken by an officer; and what becomes of it when they leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.bodies.models import Membership, Team
from kentongan.casework.roles import Role, open_today, role_for, who
from kentongan.foundation import prepared
from kentongan.foundation.inserting import moment
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.who import SYSTEM

WORKING = [str(role) for role in bodies.RANK if role != bodies.Role.VIEWER]
_HELD = (  # as `_working` says
    "WHERE is_active = %s AND id IN (SELECT person_id FROM bodies_membership"
    " WHERE since <= %s AND (until IS NULL OR until > %s) AND role IN ({}) AND body_id IN ({}))"
)


@dataclass(frozen=True)
class Hands:
    """Into whose hands `person` may give a report. `anyone`: others than themselves too."""

    anyone: bool
    people: list[Person]
    teams: list[Team]


def hands(person: Person, report: Report) -> Hands:
    """Who can be given `report` by `person`: who works at its body or one above it, and their teams."""
    anyone = _gives(person, report)
    return Hands(anyone, *((workers_of(report.body_id or ""), teams_of(report.body_id or "")) if anyone else ([], [])))


def workers_of(body: str, *, below: bool = False) -> list[Person]:
    """Those whose work reports of `body` may be today, by name; `below`: those of its parts too."""
    around = sorted(_around(body, below))
    asked = _HELD.format(", ".join(["%s"] * len(WORKING)), ", ".join(["%s"] * len(around)))
    now = moment(timezone.now())
    found = prepared.objects(Person, asked, (True, now, now, *WORKING, *around))
    return sorted(found, key=lambda one: (one.name or one.email).casefold())


def teams_of(body: str, *, below: bool = False) -> list[Team]:
    """The teams that may work on reports of `body`: its own, and those of the bodies above it; by name. `below`: those
    of its parts too."""
    around = sorted(_around(body, below))
    asked = f"WHERE ended_at IS NULL AND body_id IN ({', '.join(['%s'] * len(around))}) ORDER BY name, id"
    return prepared.objects(Team, asked, around)


def givers(body: str) -> set[int]:
    """The keys of those who may give reports of `body` to others."""
    givers = [bodies.Role.COORDINATOR, bodies.Role.ADMINISTRATOR]
    return set(_working(body).filter(role__in=givers).values_list("person", flat=True))


def assign(person: Person, report: Report, to: str, *, expected_seq: int | None = None) -> Report:
    """Gives `report` to whom `to` names: `me`, `person:KEY`, `team:KEY`, or nobody (empty).

    An officer takes work and gives their own back; to others a coordinator gives it. Raises Problem `forbidden` (403),
    `bad_assignee` (422, field `to`) for who does not work there, and as `reports.assign` does.
    """
    maker = who(person, report, "assign")
    given = person if to == "me" else _named(report, to)
    if not _gives(person, report):
        back = given is None and report.assignee_id == person.pk
        if given != person and not back:
            raise Problem(
                "forbidden", 403,
                _("You can take work and give your own back. To give it to others, ask a coordinator of your body."),
                extra={"body": report.body_id},
            )  # fmt: skip
        given = report.team if back else given  # out of their hands, still their team's
    return reports.assign(report.code, maker, given, expected_seq=expected_seq)


def return_work_of(event: dict[str, Any]) -> None:
    """Subscriber of `staff.left`: somebody's role has ended or changed."""
    return_work(event["person"])


def return_work(of: int | None = None) -> int:
    """Takes the work in hand from people who may not do it any more, and leaves it with their team or in the queue.

    `of`: the key of one person; None: of everybody. Returns how many reports were let go.
    """
    held = Report.objects.filter(reports.all_work(), assignee__isnull=False)
    if of is not None:
        held = held.filter(assignee=of)
    done = 0
    for person, body in sorted(held.values_list("assignee", "body").distinct()):
        if not _working(body).filter(person=person).exists():
            done += sum(_let_go(one) for one in held.filter(assignee=person, body=body).iterator(500))
    return done


def _let_go(report: Report) -> bool:
    if not reports.is_work(report):
        return False
    try:
        reports.assign(report.code, SYSTEM, report.team, expected_seq=report.seq, why="left")
    except Problem:  # somebody took it meanwhile: looked at again the next time
        return False
    return True


def _gives(person: Person, report: Report) -> bool:
    return (role_for(person, report.body_id) or Role.VIEWER) >= Role.COORDINATOR


def _working(body: str) -> Any:
    """The roles by which somebody may work on reports of `body` today."""
    return Membership.objects.filter(
        open_today(), Q(person__is_active=True), body__in=bodies.line(body), role__in=WORKING
    )


def _around(body: str, below: bool) -> set[str]:
    """A body and those above it; with those below it, whose reports are in its queue too."""
    return {*bodies.line(body), *(bodies.subtree(body) if below else ())}


def _named(report: Report, to: str) -> Person | Team | None:
    kind, _colon, key = to.partition(":")
    if not to:
        return None
    known: Iterable[Person | Team] = ()
    if kind == "person":
        known = workers_of(report.body_id or "")
    if kind == "team":
        known = teams_of(report.body_id or "")
    found = next((one for one in known if str(one.pk) == key), None)
    if found is None:
        raise Problem(
            "bad_assignee", 422, _("Choose somebody who works at this body, or one of its teams."), field="to"
        )
    return found
