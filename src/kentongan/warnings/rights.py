"""Which bodies may publish, given by the platform, and who of their staff."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework
from kentongan.casework import Role
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import gazetteer
from kentongan.warnings import standing
from kentongan.warnings.models import Right


def give(body: str, area: str | None = None, *, four_eyes: bool = False) -> Right:
    """Lets a body publish within an area (by default its own; empty: the whole country).

    Raises Problem `unknown_body`, `unknown_area`.
    """
    found = bodies.get(body)
    code = found.area_code if area is None else area.strip()
    if code and code not in gazetteer.areas():
        raise Problem("unknown_area", 422, _("There is no area %(code)s.") % {"code": code[:40]}, field="area")
    with transaction.atomic():
        made, _new = Right.objects.update_or_create(body=found, defaults={"area_code": code, "four_eyes": four_eyes})
        standing.changed()
    return made


def take(body: str) -> bool:
    """Ends the right of a body; what it published stays in force until it expires."""
    with transaction.atomic():
        gone = bool(Right.objects.filter(body=body).delete()[0])
        standing.changed()
    return gone


def rights_of(person: Person, least: Role = Role.OFFICER) -> list[Right]:
    """The bodies for which the person may draft (officers), or with `least` coordinator publish."""
    if not person.is_active:
        return []
    return [one for one in standing.all_rights() if (casework.role_for(person, one.body_id) or 0) >= least]


def right_for(person: Person, body: str, least: Role = Role.OFFICER) -> Right:
    """The right of this body, for somebody who may use it. Raises Problem `not_a_publisher` (403)."""
    rows = Right.objects.select_related("body").filter(body=body.replace("\0", "?"))  # PostgreSQL asks for no NUL
    found = rows.first()  # as it is now, not a second ago
    if found is None:
        raise _no_publisher()
    _check_role(person, body, least)
    return found


def check_taking_back(person: Person, body: str) -> None:
    """Whether the person may take back what a body said, also after its right ended: its coordinators, and the
    platform's administrators. Raises Problem `not_a_publisher`, `coordinators_publish` (403)."""
    if not person.administers:
        _check_role(person, body, Role.COORDINATOR)


def _no_publisher() -> Problem:
    return Problem("not_a_publisher", 403, _("You work at no body that may publish warnings here."))


def _check_role(person: Person, body: str, least: Role) -> None:
    held = casework.role_for(person, body) if person.is_active else None
    if held is None or held < Role.OFFICER:
        raise _no_publisher()
    if held < least:
        raise Problem("coordinators_publish", 403, _("Coordinators publish and cancel: ask one to look at the draft."))
