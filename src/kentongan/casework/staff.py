"""Who works for a body: appointed and dismissed by its administrators, or by the platform's."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, live
from kentongan.bodies.models import Invitation, Membership
from kentongan.casework.inviting import invite, take_role
from kentongan.casework.roles import Role, open_today, role_for
from kentongan.foundation.outbox import enqueue
from kentongan.foundation.problems import Problem
from kentongan.people import second_factor
from kentongan.people.models import Person
from kentongan.people.proving import is_proven

LONGEST_ADDRESS = 254  # RFC 5321


def may_manage_staff(person: Person, body: str) -> bool:
    """Whether `person` may appoint and dismiss at `body`."""
    return person.administers or role_for(person, body) == Role.ADMINISTRATOR


def only_managers(person: Person | None, body: str, refusal: Promise) -> None:
    """Raises Problem `forbidden` (403), in the words of `refusal`, for those who do not manage the staff of `body`;
    `unknown_body`. `person` None: the operator of the installation."""
    bodies.get(body)
    if person is not None and not may_manage_staff(person, body):
        raise Problem("forbidden", 403, refusal, extra={"body": body})


def staff_of(person: Person, body: str) -> list[Membership]:
    """The people who work for `body` today. Raises Problem `forbidden` for those who may not manage them."""
    _check(person, body)
    held = Membership.objects.filter(open_today(), body=body).select_related("person")
    return sorted(held, key=lambda one: (-Role[one.role.upper()], one.person.email))


def desks(codes: set[str]) -> dict[str, set[int]]:
    """For each of the bodies the keys of the people whose queue holds its reports today; nobody: it is left out."""
    lines = {code: bodies.line(code) for code in codes}
    above = {one for line in lines.values() for one in line}
    held: dict[str, set[int]] = {}
    for body, person in Membership.objects.filter(open_today(), body__in=above).values_list("body", "person"):
        held.setdefault(body, set()).add(person)
    found = {code: {person for one in line for person in held.get(one, ())} for code, line in lines.items()}
    return {code: people for code, people in found.items() if people}


def appoint(person: Person | None, body: str, email: str, role: str) -> Membership | Invitation:
    """Gives somebody a role at `body`; a role they have there already ends with it.

    Only an account whose address is proven is appointed at once. Anybody else is invited by mail: an address that
    nobody has shown to be theirs may be a stranger's. `person` None: the operator of the installation.
    Raises Problem `bad_address` or `bad_role` (422), `own_role` (409), `forbidden` (403).
    """
    _check(person, body)
    if role.upper() not in Role.__members__:
        raise Problem("bad_role", 422, _("Choose one of the four roles."), field="role")
    written = email.replace("\0", "").strip().lower()  # PostgreSQL takes no NUL
    try:
        EmailValidator()(written)
        MaxLengthValidator(LONGEST_ADDRESS)(written)
    except ValidationError:
        raise Problem("bad_address", 422, _("Write a whole e-mail address."), field="email") from None
    named = Person.objects.filter(email=written, is_active=True).first()
    if named is not None and person is not None and named.pk == person.pk and not person.administers:
        raise Problem("own_role", 409, _("You cannot change your own role: ask another administrator."), field="email")
    if named is None or not is_proven(named):
        return invite(person, body, written, role)
    with transaction.atomic():
        return take_role(named, body, role)


def without_second_factor(person: Person, body: str) -> list[Membership]:
    """Those of `staff_of` who have no second factor yet. Raises Problem `forbidden`."""
    held = staff_of(person, body)
    have = second_factor.those_with(one.person_id for one in held)
    return [one for one in held if one.person_id not in have]


def ask_second_factor(person: Person, body: str, *, asked: bool) -> None:
    """Says whether roles at `body` and its parts count only with a second factor. Raises Problem `forbidden`.

    Who has none is led to set one up at their next page; what is open is asked again whether it may go on.
    """
    _check(person, body)
    with transaction.atomic():
        bodies.ask_second_factor(body, asked=asked)
        held = Membership.objects.filter(open_today(), body__in=bodies.subtree(body))
        for one in held.values_list("person", flat=True).distinct():
            live.tell_person(one)


def withdraw(person: Person, body: str, invitation: int) -> None:
    """Takes an invitation back. Raises Problem `not_found` where it has ended, `forbidden`."""
    _check(person, body)
    waiting = Invitation.objects.filter(pk=invitation, body=body, ended_at=None)
    if not waiting.update(ended_at=timezone.now()):
        raise Problem("not_found", 404, _("This invitation has ended already."))


def dismiss(person: Person, body: str, membership: int) -> None:
    """Ends a role at `body` today. Raises Problem `not_found` where it has ended, `own_role`."""
    _check(person, body)
    with transaction.atomic():
        held = Membership.objects.select_for_update().filter(pk=membership, body=body, until=None).first()
        if held is None:
            raise Problem("not_found", 404, _("This person does not have this role any more."))
        if held.person_id == person.pk and not person.administers:
            raise Problem("own_role", 409, _("You cannot take your own role away: ask another administrator."))
        held.until = timezone.now()
        held.save(update_fields=["until"])
        enqueue("staff.left", {"person": held.person_id})
        live.tell_person(held.person_id)


def _check(person: Person | None, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can see and change its staff."))
