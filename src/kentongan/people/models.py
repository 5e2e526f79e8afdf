"""A person: one account, valid everywhere; the home area never limits where they report."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from kentongan.foundation import prepared


class PersonManager(BaseUserManager["Person"]):
    """Makes accounts; the e-mail address is the name they sign in with, without regard to case.

    Who makes one here vouches for the address (`proven`). People who sign up by themselves come by allauth and show
    first that they read its mail.
    """

    def create_user(self, email: str, password: str | None = None, *, proven: bool = True, **fields: Any) -> Person:
        """A new account. Without a password the person signs in by a code sent to the address."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        from allauth.account.models import EmailAddress  # its tables name this one

        EmailAddress.objects.create(user=person, email=person.email, verified=proven, primary=True)
        return person

    def get(self, *given: Any, **named: Any) -> Person:
        """As Django's. A person by their key, for which every page asks of who is signed in, by a ready statement."""
        if type(self) is not PersonManager or given or named.keys() != {"pk"}:
            return super().get(*given, **named)
        for found in prepared.objects(self.model, "WHERE id = %s", (self.model._meta.pk.to_python(named["pk"]),)):
            return found
        raise self.model.DoesNotExist

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """An administrator of the whole platform."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account: citizen, officer or administrator."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=2, default="id")
    home_area_code = models.CharField(max_length=13, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    # The roles held today, `(code of the body, role)`, where they were read for a request that changes none:
    # `bodies.hold`.
    held: tuple[tuple[str, str], ...] | None = None
    second: bool | None = None  # whether they have a second factor, where that was read for such a request

    objects = PersonManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return f"person {self.pk}"

    @property
    def administers(self) -> bool:
        """Whether this is an administrator of the whole platform, signed in as the operator asks of staff."""
        from kentongan.people.second_factor import is_missing  # its tables name this one

        return self.is_active and self.is_superuser and not is_missing(self)

    def save(self, *given: Any, **named: Any) -> None:
        """Stores the row. A new password ends the tokens that were issued under the old one, as it ends sessions."""
        changed = self.pk is not None and getattr(self, "_password", None) is not None
        super().save(*given, **named)
        if changed:
            self.api_tokens.all().delete()


class SignedIn(models.Model):
    """A session of a person, as its owner sees it: which program on which system, since when, and the day it was last
    used. `key` is the session's. No address and no place: a list of devices that tells where somebody was is a trail.
    """

    key = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="signed_in")
    browser = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=20, blank=True)
    since = models.DateTimeField(default=timezone.now)
    seen_on = models.DateField()

    def __str__(self) -> str:
        return f"session {self.pk} of person {self.person_id}"


class ApiToken(models.Model):
    """A token of one person. `digest` is the SHA-256 of what they hold; `used_at` is kept to five minutes."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token {self.pk} of person {self.person_id}"
