"""Who calls: a bearer token, or the session of the pages, or nobody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import address
from kentongan.people import tokens
from kentongan.people.models import Person

__all__ = ["NOBODY", "Bearer", "address", "person"]

NOBODY = object()  # django-ninja takes a false answer for a refusal


class Bearer(HttpBearer):
    """Sets `request.auth` to the Person, or to NOBODY where `optional` and none is named."""

    def __init__(self, *, optional: bool = False) -> None:
        super().__init__()
        self.optional = optional

    def __call__(self, request: HttpRequest) -> Any:
        """Raises Problem `sign_in`, `bad_token`, `token_expired` (401) or `bad_csrf` (403)."""
        if written := request.META.get("HTTP_AUTHORIZATION"):
            return tokens.holder(_token(written))
        if request.COOKIES and request.user.is_authenticated:
            if request.method not in {"GET", "HEAD"} and check_csrf(request):
                raise Problem("bad_csrf", 403, _("Reload the page and try again: its key is too old."))
            return request.user
        if not self.optional:
            raise Problem("sign_in", 401, _("Sign in, or send a bearer token."))
        return NOBODY

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Asked for by django-ninja and never called: `__call__` does all."""
        raise NotImplementedError


def person(request: HttpRequest) -> Person | None:
    """The caller as authenticated by `Bearer`; None for nobody."""
    found = getattr(request, "auth", None)
    return found if isinstance(found, Person) else None


def _token(header: str) -> str:
    scheme, _space, written = header.partition(" ")
    if scheme.lower() != "bearer" or not written.strip():
        raise Problem("bad_token", 401, _("This token is not known. Sign in again."))
    return written.strip()
