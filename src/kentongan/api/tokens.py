"""Signing in for programs: an e-mail address and a password become a token that ends."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from kentongan.api import answers
from kentongan.api.callers import Bearer, address
from kentongan.api.shapes import Credentials, ProblemShape, TokenShape
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.people import tokens
from kentongan.people.models import Person

TRIES, TRIES_WINDOW = 10, 600  # wrong or right, for one account and for one address

router = Router(tags=["tokens"])


@router.post("/tokens", response={201: TokenShape, 401: ProblemShape, 422: ProblemShape, 429: ProblemShape})
def create_token(request: HttpRequest, sent: Credentials) -> HttpResponse:
    """A bearer token for the account. Refused where it has a second factor: use the pages for those."""
    email = sent.email.strip().lower()
    rates.spend(f"token/{email}", TRIES, TRIES_WINDOW)
    rates.spend(f"token-from/{address(request)}", TRIES * 5, TRIES_WINDOW)
    person = authenticate(request, username=email, password=sent.password)
    if not isinstance(person, Person):
        raise Problem("wrong_credentials", 401, _("E-mail address and password do not belong together."))
    if is_mfa_enabled(person):
        raise Problem("second_factor", 403, _("This account has a second factor. Sign in on the pages."))
    written, row = tokens.issue(person, sent.label)
    return answers.written({"token": written, "expires_at": row.expires_at}, 201)


@router.delete("/tokens/current", auth=Bearer(), response={204: None, 401: ProblemShape})
def revoke_token(request: HttpRequest) -> HttpResponse:
    """Ends the token that this request carries."""
    tokens.revoke(request.headers.get("Authorization", "").partition(" ")[2].strip())
    return HttpResponse(status=204)
