"""An account goes for good; what it said in public stays, as somebody's."""

from __future__ import annotations

from django.db import transaction

from kentongan import live
from kentongan.foundation import again
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person


def erase(email: str) -> int:
    """Deletes the account with this address; returns how many rows went with it.

    Gone: name and address, password, sign-ins, tokens, roles, supports, mails to it, and what it shared with family and
    neighbours. Staying, with nobody's name:
    reports, photos that were sent, comments, and what was done to reports, so that they can be worked on and counted.
    Raises Problem `unknown_person` (404); `last_administrator` (409) for the only one of the platform; `goes_on` (409)
    while an alert or a timer goes on that takes a code to end (`emergency.staying`); `changed_meanwhile` (503) where
    something of theirs was written each time between look and deletion.
    """
    return again.tried(lambda: _erase(email))


def _erase(email: str) -> int:
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(email=email.strip().lower()).first()
        if person is None:
            raise Problem("unknown_person", 404, f"nobody has an account with the address {email}", field="email")
        others = Person.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
        if person.is_superuser and not others.exists():
            raise Problem("last_administrator", 409, "this is the only administrator: add another one first")
        live.tell_person(person.pk)  # what their open pages listen to ends with the account
        return person.delete()[0]
