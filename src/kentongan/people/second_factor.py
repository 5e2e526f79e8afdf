"""The second factor of staff, where the operator asks for it (`KENTONGAN_STAFF_SECOND_FACTOR`)."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled

from kentongan.foundation.config import config
from kentongan.people.models import Person


def is_missing(person: Person) -> bool:
    """Whether a role of `person` does not count yet, because they sign in without a second factor."""
    return config().staff_second_factor and not is_mfa_enabled(person)
