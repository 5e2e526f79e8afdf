"""Who works for a body: appointed and dismissed by its administrators, or by the platform's."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.bodies.models import Membership
from kentongan.casework.roles import Role, open_today, role_for
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person


def may_manage_staff(person: Person, body: str) -> bool:
    """Whether `person` may appoint and dismiss at `body`."""
    return person.administers or role_for(person, body) == Role.ADMINISTRATOR


def staff_of(person: Person, body: str) -> list[Membership]:
    """The people who work for `body` today. Raises Problem `forbidden` for those who may not manage them."""
    _check(person, body)
    held = Membership.objects.filter(open_today(), body=body).select_related("person")
    return sorted(held, key=lambda one: (-Role[one.role.upper()], one.person.email))


def appoint(person: Person, body: str, email: str, role: str) -> Membership:
    """Gives somebody with an account a role at `body`; a role they have there already ends with it.

    Raises Problem `unknown_person` or `bad_role` (422), `own_role` (409), `forbidden` (403).
    """
    _check(person, body)
    if role.upper() not in Role.__members__:
        raise Problem("bad_role", 422, _("Choose one of the four roles."), field="role")
    written = email.replace("\0", "").strip().lower()  # PostgreSQL takes no NUL
    named = Person.objects.filter(email=written, is_active=True).first()
    if named is None:
        raise Problem(
            "unknown_person",
            422,
            _("Nobody has an account with this address. Ask the person to sign in once, then add them."),
            field="email",
        )
    if named.pk == person.pk and not person.administers:
        raise Problem("own_role", 409, _("You cannot change your own role: ask another administrator."), field="email")
    with transaction.atomic():
        Membership.objects.filter(person=named, body=body, until=None).update(until=timezone.now())
        return Membership.objects.create(person=named, body=bodies.get(body), role=role.lower())


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


def _check(person: Person, body: str) -> None:
    bodies.get(body)
    if not may_manage_staff(person, body):
        raise Problem(
            "forbidden",
            403,
            _("Only an administrator of this body can see and change its staff."),
            extra={"body": body},
        )
