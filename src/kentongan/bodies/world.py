"""Who exists, as the rest of the house asks it: a copy a process, refreshed when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.bodies import periods
from kentongan.bodies.models import Body, Level, Role
from kentongan.foundation import prepared
from kentongan.foundation.config import config
from kentongan.foundation.outbox import enqueue
from kentongan.foundation.problems import Problem
from kentongan.foundation.revision import Cached
from kentongan.people import second_factor
from kentongan.people.models import Person
from kentongan.places.gazetteer import Area

RANK = [Role.VIEWER, Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR]
GENERAL = "general"
_OPEN_ROLES = (
    "SELECT body_id, role FROM bodies_membership WHERE person_id = %s AND since <= %s AND (until IS NULL OR until > %s)"
)
OF_LEVEL = {"province": 1, "region": 2, "district": 3, "village": 4}  # parts of the code


@dataclass(frozen=True)
class Snapshot:
    """All bodies by code, and the parts of each."""

    bodies: dict[str, Body]
    parts: dict[str, tuple[str, ...]]

    def body(self, code: str) -> Body | None:
        """The body with this code, or None."""
        return self.bodies.get(code)

    def is_partner(self, code: str) -> bool:
        """Whether the body or one that it is part of takes part today."""
        return periods.takes_part(code)

    def governments(self, areas: tuple[Area, ...]) -> list[str]:
        """The governments of a place (chain from the province down), the lowest first."""
        return [area.code for area in reversed(areas) if area.code in self.bodies]

    def find(self, level: str, duty: str, areas: tuple[Area, ...]) -> str | None:
        """The body of a class at a place; the region's government where it has no part with that duty.

        `level` is region, province, district, village or central. None where there is nobody.
        """
        if level == "central":
            return self._central(duty)
        deepest = OF_LEVEL[level]
        for code in self.governments(areas):
            parts = code.count(".") + 1
            if parts > deepest or (deepest < 3 and parts > 2):
                continue
            return self._with_duty(code, duty, {area.code for area in areas})
        return None

    def _with_duty(self, government: str, duty: str, covering: set[str]) -> str:
        """The part that has the duty at the place; of several the one for the smallest area, then by code."""
        having = [self.bodies[code] for code in self.parts.get(government, ()) if duty in self.bodies[code].duties]
        here = [one for one in having if not one.area_code or one.area_code in covering]
        return min(here, key=lambda one: (-len(one.area_code), one.code)).code if here else government

    def _central(self, duty: str) -> str | None:
        national = (Level.MINISTRY, Level.AGENCY, Level.UTILITY)
        having = [code for code, one in self.bodies.items() if one.level in national and not one.area_code]
        return next((code for code in sorted(having) if duty in self.bodies[code].duties), None)


def _load() -> Snapshot:
    found = {one.code: one for one in Body.objects.all()}
    parts: dict[str, list[str]] = {}
    for code in sorted(found):
        if parent := found[code].parent_id:
            parts.setdefault(parent, []).append(code)
    return Snapshot(found, {code: tuple(below) for code, below in parts.items()})


_cached: Cached[Snapshot] = Cached("bodies", _load)


def snapshot() -> Snapshot:
    """All bodies as they were at most a second ago."""
    return _cached.get()


def revision() -> int:
    """A number that grows with every change of the bodies."""
    return _cached.revision()


def get(code: str) -> Body:
    """The body with this code. Raises Problem `unknown_body` (422, field `body`)."""
    found = snapshot().body(code)
    if found is None:
        raise Problem("unknown_body", 422, _("There is no body with this code."), field="body")
    return found


def giver(told: Mapping[str, Any]) -> Body | None:
    """The body that passed a report on, as the data of the entry that tells of it names it (`from_body`)."""
    return snapshot().body(str(told.get("from_body") or ""))


def subtree(code: str) -> list[str]:
    """The code and those of all its parts, and theirs; just the code where it is unknown."""
    found, parts = [code], snapshot().parts
    for one in found:
        found.extend(parts.get(one, ()))
    return found


def line(code: str) -> list[str]:
    """The code and those of the bodies that it is part of, the nearest first; just the code where it is unknown."""
    found, known = [code], snapshot().bodies
    while (body := known.get(found[-1])) and body.parent_id:
        found.append(body.parent_id)
    return found


def role(person: Person | None, body_code: str) -> str | None:
    """The highest role a person holds today at a body or one that it is part of; None: none, or none that counts
    without the second factor that the operator or the body asks for.
    """
    held = _held(person, body_code)
    if person is None or held is None:
        return None
    return None if asks_second_factor(body_code) and not _has_second_factor(person) else held


def lacks_second_factor(person: Person | None, body_code: str) -> bool:
    """Whether the only thing that `person` lacks to work at the body is the second factor that is asked for there."""
    return _held(person, body_code) is not None and role(person, body_code) is None


def asks_second_factor(body_code: str) -> bool:
    """Whether a role at the body counts only with a second factor: the operator, it, or a body that it is part of asks
    for one."""
    known = snapshot().bodies
    asked = any(known[code].asks_second_factor for code in line(body_code) if code in known)
    return asked or config().staff_second_factor


def asking(person: Person) -> Body | None:
    """A body where the person works, that asks for a second factor which they do not have; None: they may go on."""
    known = snapshot().bodies
    for code, _role in open_roles(person):
        if code in known and asks_second_factor(code):
            return None if _has_second_factor(person) else known[code]
    return None


def ask_second_factor(code: str, *, asked: bool) -> None:
    """Sets whether roles at the body count only with a second factor. Whose right it is, the caller has checked."""
    with transaction.atomic():
        Body.objects.filter(pk=code).update(asks_second_factor=asked)
        invalidate()


def _has_second_factor(person: Person) -> bool:
    if person.held is None:
        return second_factor.has_one(person)
    if person.second is None:
        person.second = second_factor.has_one(person)
    return person.second


def _held(person: Person | None, body_code: str) -> str | None:
    if person is None or not person.is_active or not body_code:
        return None
    path = line(body_code)
    held = (one for code, one in open_roles(person) if code in path)
    return max(held, key=lambda one: RANK.index(Role(one)), default=None)


def open_roles(person: Person) -> tuple[tuple[str, str], ...]:
    """The bodies where a person works today, by code, and as what; whether a role counts, `role` says."""
    if person.held is not None:
        return person.held
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return tuple((code, held) for code, held in prepared.rows(_OPEN_ROLES, (person.pk, now, now)))


def hold(person: Person) -> None:
    """Reads the roles once for a request that changes none; `person` is the request's own and ends with it."""
    person.held = open_roles(person)


def make_partner(code: str, since: date | None = None) -> Body:
    """The body takes part from a day on (today); the event `body.partner` begins the hand-over.

    Raises Problem `unknown_body`, or `partner_in_future` for a day to come: nothing would begin the hand-over then.
    """
    if since is not None and since > timezone.localdate():
        raise Problem(
            "partner_in_future", 422,
            _("A partnership begins today or earlier: the waiting reports are handed over at once."),
            field="since",
        )  # fmt: skip
    with transaction.atomic():
        body = _locked(code)
        body.partner_from, body.partner_until = since or timezone.localdate(), None
        body.save()
        invalidate()
        enqueue("body.partner", {"body": code})
    return body


def end_partnership(code: str, until: date | None = None) -> Body:
    """The body takes part no longer from a day on (today); the event `body.left` lets what it has in hand wait openly.

    Raises Problem `no_partner` (409) where it is none.
    """
    with transaction.atomic():
        body = _locked(code)
        if body.partner_from is None:
            raise Problem("no_partner", 409, _("This body is no partner."))
        body.partner_until = until or timezone.localdate()
        body.save()
        invalidate()
        enqueue("body.left", {"body": code})
    return body


def invalidate() -> None:
    """Tells every process that the bodies have changed."""
    _cached.invalidate()
    periods.forget()


def _locked(code: str) -> Body:
    body = Body.objects.select_for_update(of=("self",)).filter(pk=code).first()
    if body is None:
        raise Problem("unknown_body", 422, _("There is no body with this code."), field="body")
    return body
