"""Whom a deadline concerns, and when: warned before it, told when it has passed, and escalated to others after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kentongan import bodies
from kentongan.bodies.models import Calendar
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import IN_HAND

NOTHING = Q(pk__in=())
LEAST = {
    Calendar.Escalate.COORDINATORS: bodies.Role.COORDINATOR,
    Calendar.Escalate.ADMINISTRATORS: bodies.Role.ADMINISTRATOR,
}


def in_hand(mine: list[str]) -> QuerySet[Report]:
    """What the bodies and those below them have to do, and whose clock runs."""
    return Report.objects.filter(body__in=_below(mine), state__in=IN_HAND, away=False, asked_at=None)


def coming(looked: datetime, now: datetime, ahead: timedelta) -> tuple[datetime, datetime]:
    """After and until when deadlines lie that have come near since `looked`: each is told at one look, if at any."""
    return max(now, looked + ahead), now + ahead


def gone(looked: datetime, now: datetime, after: timedelta = timedelta()) -> tuple[datetime, datetime]:
    """After and until when those lie that have been over for so long since `looked`."""
    return looked - after, now - after


def warnings(person: Person, mine: list[str], looked: datetime, now: datetime) -> Q:
    """Deadlines that came near since `looked`, as far ahead as each body wants, for those whom it wants warned."""
    wanted: dict[tuple[int, str], list[str]] = defaultdict(list)
    for code in _below(mine):
        held = bodies.calendar(code)
        wanted[held.warn_hours, held.tell].append(code)
    found = NOTHING
    for (hours, tell), codes in wanted.items():
        ahead = timedelta(hours=hours)
        near = _within(*coming(looked, now, ahead)) & Q(body__in=codes)
        found |= near if tell == Calendar.Tell.ALL else near & _in_hands_of(person)
    return found


def passed(mine: list[str], looked: datetime, now: datetime) -> Q:
    """Deadlines that have passed since `looked`."""
    return _within(*gone(looked, now)) & Q(body__in=_below(mine))


def escalations(person: Person, mine: list[str], looked: datetime, now: datetime) -> Q:
    """What is still not done so long after its deadline that its body wants the person to hear of it."""
    roles = dict(bodies.open_roles(person))
    wanted: dict[int, list[str]] = defaultdict(list)
    for code in _below(mine):
        held = bodies.calendar(code)
        if _escalates(held, bodies.line(code), roles):
            wanted[held.escalate_hours].append(code)
    found = NOTHING
    for hours, codes in wanted.items():
        after = timedelta(hours=hours)
        found |= _within(*gone(looked, now, after)) & Q(body__in=codes)
    return found


def _escalates(held: Calendar, line: list[str], roles: dict[str, str]) -> bool:
    if held.escalate_to == Calendar.Escalate.ABOVE:
        return any(code in roles for code in line[1:])
    least = LEAST.get(Calendar.Escalate(held.escalate_to))
    if least is None:
        return False
    rank = bodies.RANK.index(least)
    return any(code in roles and bodies.RANK.index(bodies.Role(roles[code])) >= rank for code in line)


def _within(after: datetime, until: datetime) -> Q:
    """Whose solution or answer is due after the one and not after the other moment."""
    solved, answered = Q(deadline_at__gt=after, deadline_at__lte=until), Q(answer_by__gt=after, answer_by__lte=until)
    return solved | answered


def _in_hands_of(person: Person) -> Q:
    """Theirs, their team's, or nobody's."""
    teams = list(person.teams.values_list("pk", flat=True))
    return Q(assignee=person) | Q(assignee=None, team__in=teams) | Q(assignee=None, team=None)


def _below(mine: Iterable[str]) -> list[str]:
    return sorted({below for code in mine for below in bodies.subtree(code)})
