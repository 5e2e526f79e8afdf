"""Accounts that the operator makes and vouches for: administrators, and anybody where no mail is sent.

They come by a link, by which they choose a password that nobody else knows.
"""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction
from django.urls import reverse

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text, cut_text
from kentongan.people.models import Person
from kentongan.people.proving import end_what_was_before, is_proven

LONGEST_ADDRESS, LONGEST_NAME = 254, 120  # characters, as the table has room for


def invite_administrator(email: str, name: str = "") -> str:
    """Makes the account with this address an administrator; returns the link by which a password is chosen, once.

    Who has a password already gets no link, but an empty text. The operator vouches for the address. Raises Problem
    `bad_email` or `bad_name` (422). The link ends after `PASSWORD_RESET_TIMEOUT` (three days).
    """
    with transaction.atomic():
        person = _vouched(email, name)
        if not person.is_superuser:
            person.is_superuser = person.is_staff = True
            person.save(update_fields=["is_superuser", "is_staff"])
    return "" if person.has_usable_password() else _link(person)


def add_person(email: str, name: str = "", *, new_password: bool = False) -> str:
    """Makes an account with this address, as `invite_administrator` but without a role; the link likewise.

    With `new_password` who has a password gets a link too, and the old one holds until it is used.
    """
    with transaction.atomic():
        person = _vouched(email, name)
    return "" if person.has_usable_password() and not new_password else _link(person)


def check_address(email: str) -> str:
    """The e-mail address as it is kept. Raises Problem `bad_email` (422) where it can be none."""
    email = email.strip().lower()
    try:
        validate_email(email)
        MaxLengthValidator(LONGEST_ADDRESS)(email)
    except ValidationError:
        raise Problem(
            "bad_email", 422, f"{cut_text(email, LONGEST_ADDRESS)} is no e-mail address", field="email"
        ) from None
    return email


def _vouched(email: str, name: str) -> Person:
    """The account of an address that the operator vouches for. What a stranger made of it before, ends."""
    email = check_address(email)
    try:
        called = clean_text(name, LONGEST_NAME)
    except TextTooLong as fault:
        raise Problem(
            "bad_name", 422, f"a name has at most {LONGEST_NAME} letters, not {fault.length}", field="name"
        ) from None
    person = Person.objects.filter(email=email).first() or Person.objects.create_user(email, name=called)
    if not is_proven(person):
        proven, _made = EmailAddress.objects.update_or_create(
            user=person, email=email, defaults={"verified": True, "primary": True}
        )
        end_what_was_before(None, proven)
        person.refresh_from_db()
    return person


def _link(person: Person) -> str:
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uid, _, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    return config().base_url.rstrip("/") + path
