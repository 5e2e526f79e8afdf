"""Who is looking at a page, and how much strangers may send."""

from __future__ import annotations

from django.http import HttpRequest

from kentongan.foundation import rates
from kentongan.people import limits
from kentongan.people.models import Person
from kentongan.people.whose import mark


def person_of(request: HttpRequest) -> Person | None:
    """The person who is signed in, or None."""
    return request.user if isinstance(request.user, Person) else None


def me(request: HttpRequest) -> Person:
    """The person who is signed in, on a page that asks for it (`login_required`)."""
    person = person_of(request)
    assert person is not None  # noqa: S101  login_required
    return person


def whose(request: HttpRequest) -> dict[str, str]:
    """For every page, `whose`: a mark of who is signed in, empty for nobody.

    A phone keeps a person's own pages under it, and drops them where it changes; it tells nothing about the person.
    """
    person = person_of(request) if hasattr(request, "user") else None
    return {"whose": mark(person)}


def admit(request: HttpRequest, what: str, per_hour: int = 0) -> None:
    """Counts what somebody sends (`people.limits`), together with what the API takes from them.

    Raises Problem `too_many` (429).
    """
    limits.admit(what, person_of(request), rates.address(request))
