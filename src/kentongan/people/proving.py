"""An e-mail address counts once whoever reads its mail has shown so: then, and not before, it is the account's.

Whoever signs up with the address of another could otherwise wait until that one comes, and keep a way in (USENIX
Security 2022, Sudhodanan and Paverd, "Pre-hijacked accounts"; https://arxiv.org/abs/2205.10174).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage, LoginStageController
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from kentongan.people.models import ApiToken, Person


def is_proven(person: Person) -> bool:
    """Whether the person reads the mail of their address."""
    return person.pk in proven([person.pk])


def proven(people: Iterable[int]) -> set[int]:
    """Those of `people` (keys) who read the mail of their address."""
    shown = EmailAddress.objects.filter(user_id__in=set(people), verified=True, email=F("user__email"))
    return set(shown.values_list("user_id", flat=True))


def end_what_was_before(request: HttpRequest | None, email_address: EmailAddress, **_signal: Any) -> None:
    """A mailbox is proven for the first time: what somebody else may have made of the account before ends.

    Tokens end always. Password, sessions, second factors, providers and further addresses end too, unless the proof
    was given by who knows the password: in the session that signs up, signs in or is signed in with it.
    """
    person = email_address.user
    if not isinstance(person, Person) or email_address.email.lower() != person.email.lower():
        return  # a further address: the one that the account stands for was proven before, or is not yet
    with transaction.atomic():
        ApiToken.objects.filter(person=person).delete()
        if request is not None and _knows_the_password(request, person):
            return
        # Sessions carry a hash of the password: all of them end with it.
        person.set_unusable_password()
        person.save(update_fields=["password"])
        Authenticator.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
        EmailAddress.objects.filter(user=person).exclude(pk=email_address.pk).delete()


def _knows_the_password(request: HttpRequest, person: Person) -> bool:
    if request.user.is_authenticated:
        return request.user.pk == person.pk
    stage = LoginStageController.enter(request, EmailVerificationStage.key)
    return stage is not None and stage.login.user is not None and stage.login.user.pk == person.pk
