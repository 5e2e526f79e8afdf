"""Who is looking at a page."""

from __future__ import annotations

from django.http import HttpRequest

from kentongan.people.models import Person


def person_of(request: HttpRequest) -> Person | None:
    """The person who is signed in, or None."""
    return request.user if isinstance(request.user, Person) else None
