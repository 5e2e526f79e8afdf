"""Administrators of the whole platform, who are named on the command line and come by a link."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person


def invite_administrator(email: str, name: str = "") -> str:
    """Makes the account with this address an administrator; returns the link by which a password is chosen, once.

    Who has a password already gets no link, but an empty text. The operator vouches for the address. Raises Problem
    `bad_email` (422). The link ends after `PASSWORD_RESET_TIMEOUT` (three days).
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Problem("bad_email", 422, f"{email} is no e-mail address", field="email") from None
    with transaction.atomic():
        person = Person.objects.filter(email=email).first()
        if person is None:
            person = Person.objects.create_superuser(email, name=name)
        elif not person.is_superuser:
            person.is_superuser = person.is_staff = True
            person.save(update_fields=["is_superuser", "is_staff"])
        EmailAddress.objects.update_or_create(user=person, email=email, defaults={"verified": True, "primary": True})
    if person.has_usable_password():
        return ""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uid, _, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    return config().base_url.rstrip("/") + path
