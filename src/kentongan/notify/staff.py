"""What staff are told of by mail: what each of them chose, and what waits to be told to them.

A mail is not written for each thing that happens. What happened is noted with the person (`gather`), counted beyond the
first twenty, so that neither a flood of reports nor the joining of a region floods anybody; `digest` writes it.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, reports
from kentongan.bodies.models import Team
from kentongan.foundation.problems import Problem
from kentongan.notify.keeping import stays_here
from kentongan.notify.models import How, Message, StaffMail
from kentongan.people.models import Person
from kentongan.people.proving import is_proven, proven
from kentongan.places import zone_of
from kentongan.reports.models import Entry, Report, Visibility
from kentongan.reports.states import NEW, Actor

HOUR = 7  # of the day, in the zone of the person's body
PAUSE = timedelta(minutes=5)  # at least between two mails to one person who wants them at once
LOOK = timedelta(hours=1)  # how often deadlines are looked at for them
LISTED = 20  # reports of a kind that a mail names; the others are counted


class Kind(StrEnum):
    """What staff may be told of, and choose not to be."""

    NEW = "new"
    CONTESTED = "contested"
    ANSWERED = "answered"
    DUE = "due"
    MINE = "mine"


HANDED = "handed"  # new by the joining of a region: one line, however many
IMPORTED = "imported"  # past reports from a file: one line too
ARRIVING = {"routed", "transferred", "returned", "unmerged", "declined", "withdrawn", "moved_in"}
KINDS = {
    **dict.fromkeys(ARRIVING, str(Kind.NEW)),
    "handed_over": HANDED,
    **dict.fromkeys(("contested", "reopened"), str(Kind.CONTESTED)),
    **dict.fromkeys(("assigned", "noted"), str(Kind.MINE)),
    **dict.fromkeys(("commented", "answered", "rated", "confirmed"), str(Kind.ANSWERED)),
}
_BY_US = {Actor.OFFICER}
_BY_CITIZENS = {Actor.REPORTER, Actor.CITIZEN, Actor.PEER}


def gather(events: list[dict[str, Any]]) -> Callable[[], None]:
    """Prepared subscriber of `report.entry`: notes with each member of staff concerned what happened."""
    heard = reports.entries_of(events)
    told = [(kind, entry) for entry in heard if (kind := _kind(entry)) is not None and _concerns_staff(kind, entry)]
    joined = _joined(heard)
    concerned = [*(entry.report for _kind, entry in told), *(report for _entry, report in joined)]
    desks = casework.desks({report.body_id for report in concerned if report.body_id})
    news: dict[int, list[tuple[str, Report]]] = {}
    # A report that is new is told as new, whatever else happened to it meanwhile.
    for kind, entry in sorted(told, key=lambda one: one[0] not in (Kind.NEW, HANDED)):
        for person in _whom(kind, entry, desks) - {entry.person_id}:
            news.setdefault(person, []).append((kind, entry.report))
    for entry, report in joined:
        for person in (_hands(report) & desks.get(report.body_id or "", set())) - {entry.person_id}:
            news.setdefault(person, []).append((str(Kind.MINE), report))
    return partial(_note, news)


def gather_imports(events: list[dict[str, Any]]) -> None:
    """Batch subscriber of `reports.imported`: counts with each member of staff what came into their queue."""
    came = Counter[str]()
    for event in events:
        came.update(event["bodies"])
    news: dict[int, list[str]] = {}
    for body, people in sorted(casework.desks(set(came)).items()):
        for person in people:
            news.setdefault(person, []).append(body)
    begin({person: at[0] for person, at in news.items()}, timezone.now())
    rows = [row for row in _held(news) if Kind.NEW not in row.without]
    for row in rows:
        for body in news[row.pk]:
            _counted(row, body, IMPORTED)["count"] += came[body]
    StaffMail.objects.bulk_update(rows, ["waiting"])


def _whom(kind: str, entry: Entry, desks: dict[str, set[int]]) -> set[int]:
    """The desk of the body; of what was given to somebody or calls them only those, as far as they work there."""
    desk = desks.get(entry.report.body_id or "", set())
    if kind != Kind.MINE:
        return desk
    named = {*entry.data.get("mentions", ()), entry.data.get("assignee")}
    if entry.kind == "assigned" and not entry.data.get("assignee"):
        team = _team(entry.data.get("team"))
        if team is not None:
            named |= team
        elif entry.data.get("why"):  # who had it has left: those who give work are told that it lies open
            named |= casework.givers(entry.report.body_id or "")
    return desk & named


def _team(key: int | None) -> set[int] | None:
    """The keys of the members of a team; None: there is no such team any more."""
    team = Team.objects.filter(pk=key, ended_at=None).first() if key is not None else None
    return None if team is None else set(team.members.values_list("pk", flat=True))


def _joined(heard: Iterable[Entry]) -> list[tuple[Entry, Report]]:
    """Each join that still holds, with the report that ended by it and again with the one that goes on."""
    joins = [one for one in heard if one.kind == "merged" and one.report.original_id and not one.report.away]
    goes_on = Report.objects.in_bulk({one.report.original_id for one in joins}) if joins else {}
    return [(one, report) for one in joins for report in (one.report, goes_on[one.report.original_id])]


def _hands(report: Report) -> set[int]:
    """The keys of those who have the report in hand: one person, or the team where none of it took it."""
    return {report.assignee_id} if report.assignee_id else _team(report.team_id) or set()


def _kind(entry: Entry) -> str | None:
    """As what it is told; None: it is not. The end of a whole with its parts is news from those who had them."""
    return str(Kind.ANSWERED) if _ends_with_parts(entry) else KINDS.get(entry.kind)


def _ends_with_parts(entry: Entry) -> bool:
    return "of_parts" in entry.data


def _concerns_staff(kind: str, entry: Entry) -> bool:
    """Whether it came from outside to those who have the report now, and is work for them."""
    if kind == Kind.MINE:
        return entry.visibility == Visibility.INTERNAL and not entry.report.away
    if entry.visibility == Visibility.INTERNAL or entry.report.away:
        return False
    if kind == Kind.ANSWERED:
        return entry.actor in _BY_CITIZENS or _ends_with_parts(entry)
    if kind == Kind.CONTESTED:
        return entry.actor not in _BY_US
    return entry.state_to in NEW or entry.kind == "moved_in"


def _note(news: Mapping[int, list[tuple[str, Report]]]) -> None:
    if not news:
        return
    now, first = timezone.now(), {person: told[0][1].body_id or "" for person, told in news.items()}
    begin(first, now)
    rows = _held(news)
    for row in rows:
        pressing = [_add(row, kind, report) for kind, report in news[row.pk]]
        if row.how == How.AT_ONCE and any(pressing):
            row.due_at = min(row.due_at, max(now, row.mailed_at + PAUSE) if row.mailed_at else now)
    StaffMail.objects.bulk_update(rows, ["waiting", "due_at"])


def _held(people: Iterable[int]) -> list[StaffMail]:
    """The locked rows of those of the people (keys) who want mail."""
    return list(StaffMail.objects.select_for_update().exclude(how=How.OFF).filter(person__in=people).order_by("person"))


def _counted(row: StaffMail, body: str, kind: str) -> dict[str, Any]:
    """What waits of a kind at a body, to be changed."""
    found: dict[str, Any] = row.waiting.setdefault(body, {}).setdefault(kind, {"count": 0, "reports": []})
    return found


def _add(row: StaffMail, kind: str, report: Report) -> bool:
    """Notes one thing; whether it may hurry: the joining of a region does not."""
    if kind in row.without or (kind == HANDED and Kind.NEW in row.without):
        return False
    body = report.body_id or ""
    at_body = row.waiting.get(body, {})
    told = at_body.get(Kind.NEW, {}).get("reports", ()) if kind != Kind.MINE else ()
    known = [*told, *at_body.get(kind, {}).get("reports", ())]
    if report.pk in known:
        return False
    noted = _counted(row, body, kind)
    noted["count"] += 1
    if kind != HANDED and len(noted["reports"]) < LISTED:
        noted["reports"].append(report.pk)
    return kind != HANDED


def begin(people: Mapping[int, str], now: datetime) -> None:
    """Sees to it that each of `people` (key: one of their bodies) has a row; who has none gets a digest a day."""
    known = set(StaffMail.objects.filter(person__in=people).values_list("person", flat=True))
    made = [StaffMail(person_id=one, due_at=_morning(now, zone_at(people[one]))) for one in people if one not in known]
    StaffMail.objects.bulk_create(made, ignore_conflicts=True)


def next_time(row: StaffMail, person: Person, now: datetime) -> datetime:
    """When the person is written to next, if there is anything to tell."""
    return now + LOOK if row.how == How.AT_ONCE else _morning(now, zone_of_desk(person))


def zone_of_desk(person: Person) -> ZoneInfo:
    """The zone of the region of the person's body, the first by name of several; WIB for bodies of the country."""
    mine = casework.bodies_of(person)
    return zone_of(mine[0].area_code if mine else "")


def zone_at(body: str) -> ZoneInfo:
    """The zone of the region of a body."""
    return bodies.zone(body)


def _morning(now: datetime, zone: ZoneInfo) -> datetime:
    at = now.astimezone(zone).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)


def choice(person: Person) -> StaffMail:
    """What the person chose; until they have, what holds for everybody."""
    return StaffMail.objects.filter(person=person).first() or StaffMail(person=person)


def choose(person: Person, how: str, kinds: Iterable[str]) -> None:
    """Keeps when the person is written to and of which kinds they are told; with `off` nothing waits for them any more.

    Raises Problem `bad_choice` (422, field `how`).
    """
    if how not in How.values:
        raise Problem("bad_choice", 422, _("Choose when you want to get mail."), field="how")
    now = timezone.now()
    with transaction.atomic():
        StaffMail.objects.get_or_create(person=person, defaults={"due_at": now})
        row = StaffMail.objects.select_for_update().get(person=person)
        began = row.how == How.OFF != how
        row.how, row.without = how, sorted(set(Kind) - set(kinds))
        if how == How.OFF or began:
            row.waiting, row.looked_at = {}, now
        row.due_at = now if how == How.AT_ONCE and row.waiting else next_time(row, person, now)
        row.save()


def stop_token(person: int) -> str:
    """What the link carries by which a person (key) ends these mails without signing in; all it can do is end them."""
    seal = salted_hmac("kentongan.staff_mail", str(person), algorithm="sha256").digest()[:16]
    return f"{person}-{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"  # short: it stands in a header of a mail


def holder(token: str) -> Person:
    """Whose link this is. Raises Problem `bad_link` (404)."""
    number, _dash, _seal = token.partition("-")
    if (
        number.isascii()
        and number.isdigit()
        and len(number) < 19
        and constant_time_compare(token, stop_token(int(number)))
    ):
        found = Person.objects.filter(pk=int(number)).first()
        if found is not None:
            return found
    raise Problem("bad_link", 404, _("This link is not complete. Open it from the mail again."))


def hears(body: str | None, kind: Kind, without: Person | None = None) -> bool:
    """Whether anybody on the staff of `body` gets a mail about `kind`; `without` is who caused it."""
    if not body or not (stays_here() or settings.EMAIL_HOST):
        return False
    staff = casework.desks({body}).get(body, set()) - ({without.pk} if without else set())
    staff &= set(Person.objects.filter(pk__in=staff, is_active=True).values_list("pk", flat=True))
    rows = StaffMail.objects.filter(person__in=staff).values_list("person", "how", "without")
    unwilling = {person for person, how, refused in rows if how == How.OFF or kind in refused}
    return bool(proven(staff - unwilling))


def may_have(message: Message) -> bool:
    """Whether a mail that was written to somebody as staff may still be sent: they work there, and want it."""
    person = message.to_person
    if person is None or not person.is_active or choice(person).how == How.OFF or not is_proven(person):
        return False
    return message.address == person.email and all(bodies.role(person, code) for code in message.staff_of)
