"""Who is looking at a page, and how much strangers may send."""

from __future__ import annotations

from django.http import HttpRequest

from kentongan.foundation import rates
from kentongan.people.models import Person

HOUR = 3600  # seconds


def person_of(request: HttpRequest) -> Person | None:
    """The person who is signed in, or None."""
    return request.user if isinstance(request.user, Person) else None


def admit(request: HttpRequest, what: str, per_hour: int) -> None:
    """Counts what somebody without an account sends, together with what the API takes from the same address.

    Raises Problem `too_many` (429) beyond `per_hour`.
    """
    if person_of(request) is None:
        rates.spend(f"{what}/{rates.address(request)}", per_hour, HOUR)
