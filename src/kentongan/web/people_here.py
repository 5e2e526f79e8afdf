"""Who is looking at a page, and how much strangers may send."""

from __future__ import annotations

from django.http import HttpRequest

from kentongan.foundation import rates
from kentongan.people import limits
from kentongan.people.models import Person


def person_of(request: HttpRequest) -> Person | None:
    """The person who is signed in, or None."""
    return request.user if isinstance(request.user, Person) else None


def admit(request: HttpRequest, what: str, per_hour: int = 0) -> None:
    """Counts what somebody sends (`people.limits`), together with what the API takes from them.

    Raises Problem `too_many` (429).
    """
    limits.admit(what, person_of(request), rates.address(request))
