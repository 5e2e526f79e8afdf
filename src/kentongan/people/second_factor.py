"""The second factor of staff, where the operator asks for it (`KENTONGAN_STAFF_SECOND_FACTOR`)."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.base_user import AbstractBaseUser

from kentongan.foundation.config import config


def is_missing(person: AbstractBaseUser) -> bool:
    """Whether a role of `person` does not count yet, because they sign in without a second factor."""
    return config().staff_second_factor and not is_mfa_enabled(person)
