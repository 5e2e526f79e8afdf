"""The second factor of staff: where the operator asks for it (`KENTONGAN_STAFF_SECOND_FACTOR`), or the body does."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.base_user import AbstractBaseUser

from kentongan.foundation.config import config

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_missing(person: AbstractBaseUser) -> bool:
    """Whether no role of `person` counts yet, because the operator asks for a second factor."""
    return config().staff_second_factor and not has_one(person)


def has_one(person: AbstractBaseUser) -> bool:
    """Whether `person` signs in with more than one thing. Recovery codes alone are none."""
    return bool(is_mfa_enabled(person, list(KINDS)))


def those_with(people: Iterable[int]) -> set[int]:
    """Those of `people` (keys) who have one."""
    return set(Authenticator.objects.filter(user_id__in=set(people), type__in=KINDS).values_list("user_id", flat=True))


def others(person: AbstractBaseUser, than: Authenticator) -> bool:
    """Whether the person has another one than this."""
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=KINDS).exclude(pk=than.pk).exists())
