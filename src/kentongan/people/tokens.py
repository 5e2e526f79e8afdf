"""Bearer tokens: how a program acts for a person. Only a hash is kept, and each one ends."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import sweeping
from kentongan.foundation.problems import Problem
from kentongan.people.models import ApiToken, Person

LIFETIME = timedelta(days=30)
LONGEST_LABEL = 80  # characters, as the column has it
USED_EVERY = timedelta(minutes=5)  # how exactly the last use is kept: not one write for each call
PREFIX = "ktn_"  # so that a leaked token is recognised by scanners


def issue(person: Person, label: str = "", lifetime: timedelta = LIFETIME) -> tuple[str, ApiToken]:
    """A new token for `person`: the text that is shown once, and the row that is kept."""
    written = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        person=person, digest=_digest(written), label=label, expires_at=timezone.now() + lifetime
    )
    return written, row


def holder(written: str) -> Person:
    """Who the token stands for; that it was used is kept. Raises Problem `bad_token` or `token_expired` (401)."""
    now, row = timezone.now(), ApiToken.objects.select_related("person").filter(digest=_digest(written)).first()
    if row is None or not row.person.is_active:
        raise Problem("bad_token", 401, _("This token is not known. Sign in again."))
    if row.expires_at <= now:
        raise Problem("token_expired", 401, _("This token has expired. Sign in again."))
    if row.used_at is None or now - row.used_at > USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(used_at=now)
    return row.person


def held_by(person: Person) -> list[ApiToken]:
    """The tokens of `person` that have not ended, the newest first."""
    return list(ApiToken.objects.filter(person=person, expires_at__gt=timezone.now()).order_by("-created_at", "-pk"))


def revoke(written: str) -> None:
    """Ends a token at once; an unknown one is ended already."""
    ApiToken.objects.filter(digest=_digest(written)).delete()


def end(person: Person, token: int) -> None:
    """Ends one of the person's own tokens, by its key. Raises Problem `not_found` (404)."""
    if not ApiToken.objects.filter(person=person, pk=token).delete()[0]:
        raise Problem("not_found", 404, _("There is no such token (any more)."))


def sweep() -> int:
    """Removes the tokens that ended a month ago or longer; until then "it has expired" can be told. How many."""
    return sweeping.sweep(ApiToken.objects.filter(expires_at__lt=timezone.now() - LIFETIME))


def _digest(written: str) -> str:
    return hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()
