"""Whose a page is that a phone keeps, without saying who they are."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from kentongan.people.models import Person


def mark(person: Person | None) -> str:
    """A mark of who is signed in, the same on every day; empty for nobody. It tells nothing about the person."""
    return salted_hmac("kentongan.whose", str(person.pk)).hexdigest()[:16] if person else ""
