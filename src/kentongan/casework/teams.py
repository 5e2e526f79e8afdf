"""The teams of a body: named by its administrators, of people who work there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, reports
from kentongan.bodies.models import Team
from kentongan.casework.assigning import workers_of
from kentongan.casework.staff import only_managers
from kentongan.foundation.outbox import enqueue
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import over
from kentongan.foundation.text import TextTooLong, clean_text, row_key
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.who import SYSTEM

LONGEST = 60  # characters of a name


@dataclass(frozen=True)
class Manned:
    """A team, and the keys of its members."""

    team: Team
    members: frozenset[int]

    @property
    def mark(self) -> str:
        """What the form shows of it."""
        return bodies.mark_of(self.team, sorted(self.members))


def teams(person: Person, body: str) -> list[Manned]:
    """The teams of `body` itself, by name. Raises Problem `forbidden` (403) for who does not manage its staff."""
    _check(person, body)
    found = Team.objects.filter(body=body, ended_at=None).order_by("name").prefetch_related("members")
    return [_manned(one) for one in found]


def make_team(person: Person, body: str, name: str, members: Iterable[str] = ()) -> Team:
    """A new team of those who work at `body` (keys). Raises Problem `name_required`, `name_too_long`, `name_taken` or
    `bad_member` (422, with the field), `forbidden`.
    """
    _check(person, body)
    team = Team(body=bodies.get(body))
    return _keep(team, name, members)


def change_team(person: Person, body: str, key: str, name: str, members: Iterable[str], was: str = "") -> Team:
    """Renames a team and sets its members; what it has in hand stays. `was`: the `Manned.mark` that was shown. Raises
    as `make_team`, or Problem `not_found` (404), `changed_meanwhile` (409).
    """
    _check(person, body)
    with transaction.atomic():
        team = _open(body, key, alone=True)
        with over(was, "name", lambda: _manned(team).mark):
            return _keep(team, name, members)


def end_team(person: Person, body: str, key: str) -> None:
    """Ends a team: what it has in hand goes back to the queue, or stays with the one of it who works on it."""
    _check(person, body)
    with transaction.atomic():
        team = _open(body, key)
        team.ended_at = timezone.now()
        team.save(update_fields=["ended_at"])
        enqueue("team.ended", {"team": team.pk})


def let_go_of(event: dict[str, Any]) -> None:
    """Subscriber of `team.ended`: nothing is a team's any more that has ended."""
    held = Report.objects.filter(reports.all_work(), team=event["team"])
    for report in held.select_related("assignee").iterator(500):
        if reports.is_work(report):
            # Where somebody changes it meanwhile the event comes again: nobody's new work is taken away.
            reports.assign(report.code, SYSTEM, report.assignee, expected_seq=report.seq, why="team_ended")


def _manned(team: Team) -> Manned:
    return Manned(team, frozenset(member.pk for member in team.members.all()))


def _keep(team: Team, name: str, members: Iterable[str]) -> Team:
    try:
        team.name = clean_text(name, LONGEST)
    except TextTooLong as fault:
        raise Problem(
            "name_too_long", 422, _("At most %(most)d characters fit.") % {"most": fault.limit}, field="name"
        ) from None
    if not team.name:
        raise Problem("name_required", 422, _("Give the team a name."), field="name")
    known = {str(one.pk): one for one in workers_of(team.body_id)}
    chosen = [known.get(key) for key in dict.fromkeys(members)]
    if None in chosen:
        raise Problem("bad_member", 422, _("Choose people who work at this body."), field="members")
    try:
        with transaction.atomic():
            # Of one that is there the name alone: somebody else may be ending it.
            team.save(update_fields=["name"] if team.pk else None)
            team.members.set([one for one in chosen if one])
    except IntegrityError:
        raise Problem("name_taken", 422, _("There is a team with this name already."), field="name") from None
    return team


def _open(body: str, key: str, *, alone: bool = False) -> Team:
    """A team that has not ended; `alone`: changed by nobody else until the end of the transaction."""
    known = Team.objects.select_for_update() if alone else Team.objects.all()
    found = known.filter(body=body, pk=row_key(key), ended_at=None).first()
    if found is None:
        raise Problem("not_found", 404, _("This team has ended already."), field="name")
    return found


def _check(person: Person, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can see and change its teams."))
