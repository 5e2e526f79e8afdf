"""Roles offered by mail: whoever is named first shows that they read the mail of the address."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, live
from kentongan.bodies.models import Invitation, Membership
from kentongan.casework.roles import Role
from kentongan.foundation import rates
from kentongan.foundation.outbox import enqueue
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.people.proving import is_proven

LIFETIME = timedelta(days=7)
MOST_A_DAY = 10  # mails to one address, whoever invites
TOPIC = "body.invitation"


def invite(by: Person | None, body: str, email: str, role: str) -> Invitation:
    """Offers a role at `body`; an older offer to the same address ends. The mail with the link is written by the
    worker. `by` is who invites, whose right has been checked; None: the operator.

    Raises Problem `too_many` (429): the address may be a stranger's, who has not asked for our mail.
    """
    now, address = timezone.now(), email.strip().lower()
    if by is not None:
        _spend(address)
    with transaction.atomic():
        Invitation.objects.filter(body=body, email=address, ended_at=None).update(ended_at=now)
        made = Invitation.objects.create(
            body=bodies.get(body), email=address, role=role.lower(), invited_by=by, expires_at=now + LIFETIME
        )
        enqueue(TOPIC, {"invitation": made.pk})
    return made


def _spend(address: str) -> None:
    try:
        rates.spend(f"invited/{address}", MOST_A_DAY, 86_400)
    except Problem as problem:
        said = _("This address was invited often today. Try again tomorrow.")
        raise Problem(problem.code, problem.status, said, field="email", extra=problem.extra) from None


def invitation_token(invitation: Invitation) -> str:
    """What the link of an invitation carries: made with our key, so that nothing of it is kept."""
    said = f"{invitation.pk}/{invitation.body_id}/{invitation.email}/{invitation.role}"
    return f"{invitation.pk}-{salted_hmac('kentongan.invitation', said, algorithm='sha256').hexdigest()}"


def read_invitation(token: str) -> Invitation:
    """The open invitation of a link. Raises Problem `bad_invitation` (404)."""
    number, _dash, _seal = token.partition("-")
    found = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        found = Invitation.objects.select_related("body").filter(pk=int(number)).first()
    open_now = found is not None and found.ended_at is None and found.expires_at > timezone.now()
    if found is None or not open_now or not constant_time_compare(token, invitation_token(found)):
        raise Problem(
            "bad_invitation", 404,
            _("This invitation has ended, or its link is not complete. Ask those who invited you for a new one."),
        )  # fmt: skip
    return found


def accept_invitation(person: Person, token: str) -> Membership:
    """Takes the offered role on; one held there already ends with it.

    Raises Problem `bad_invitation` (404), or `other_address` (403) for an account whose proven address is another.
    """
    with transaction.atomic():
        offered = Invitation.objects.select_for_update().get(pk=read_invitation(token).pk)
        if offered.ended_at is not None:
            raise Problem("bad_invitation", 404, _("This invitation has been used already."))
        if person.email.lower() != offered.email or not is_proven(person):
            raise Problem(
                "other_address", 403,
                _("This invitation is for %(email)s. Sign in with that address to accept it.")
                % {"email": offered.email},
            )  # fmt: skip
        offered.ended_at, offered.accepted_by = timezone.now(), person
        offered.save(update_fields=["ended_at", "accepted_by"])
        return take_role(person, offered.body_id, offered.role)


def take_role(person: Person, body: str, role: str) -> Membership:
    """Makes somebody staff of `body`, in the caller's transaction; a role they have there already ends with it."""
    if Membership.objects.filter(person=person, body=body, until=None).update(until=timezone.now()):
        enqueue("staff.left", {"person": person.pk})  # to a lower role, perhaps
    live.tell_person(person.pk)
    return Membership.objects.create(person=person, body=bodies.get(body), role=role.lower())


def open_invitations(body: str) -> list[Invitation]:
    """What is offered at `body` and not answered yet; whoever may manage its staff may see it."""
    waiting = Invitation.objects.filter(body=body, ended_at=None, expires_at__gt=timezone.now())
    return sorted(waiting, key=lambda one: (-Role[one.role.upper()], one.email))
