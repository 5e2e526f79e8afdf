"""Signing in for programs: an e-mail address and a password become a token that ends."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from kentongan.api import answers
from kentongan.api.acting import signed_in
from kentongan.api.callers import Bearer, address
from kentongan.api.shapes import Credentials, ProblemShape, TokenList, TokenShape
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.people.proving import is_proven

TRIES, TRIES_WINDOW = 10, 600  # wrong or right, for one account from one address

router = Router(tags=["tokens"])


@router.post("/tokens", response={201: TokenShape, 401: ProblemShape, 422: ProblemShape, 429: ProblemShape})
def create_token(request: HttpRequest, sent: Credentials) -> HttpResponse:
    """A bearer token for the account. Refused where it has a second factor: use the pages for those."""
    email = sent.email.strip().lower()
    # For the account and the address together: a stranger's wrong tries lock out nobody but the stranger.
    rates.spend(f"token/{email}/{address(request)}", TRIES, TRIES_WINDOW)
    rates.spend(f"token-from/{address(request)}", TRIES * 5, TRIES_WINDOW)
    person = authenticate(request, username=email, password=sent.password)
    if not isinstance(person, Person):
        raise Problem("wrong_credentials", 401, _("E-mail address and password do not belong together."))
    if not is_proven(person):
        raise Problem("unproven_address", 403, _("Sign in on the pages first: this address is not confirmed yet."))
    if is_mfa_enabled(person):
        raise Problem("second_factor", 403, _("This account has a second factor. Sign in on the pages."))
    written, row = tokens.issue(person, sent.label)
    return answers.written({"token": written, "expires_at": row.expires_at}, 201)


@router.get("/tokens", auth=Bearer(), response={200: TokenList, 401: ProblemShape})
def list_tokens(request: HttpRequest) -> HttpResponse:
    """The caller's tokens that have not ended, by their names; what was shown once is never shown again."""
    items = [
        {
            "id": one.pk, "label": one.label, "created_at": one.created_at, "expires_at": one.expires_at,
            "used_at": one.used_at,
        }
        for one in tokens.held_by(signed_in(request))
    ]  # fmt: skip
    return answers.personal(request, {"items": items})


@router.delete("/tokens/current", auth=Bearer(), response={204: None, 401: ProblemShape})
def revoke_token(request: HttpRequest) -> HttpResponse:
    """Ends the token that this request carries."""
    tokens.revoke(request.headers.get("Authorization", "").partition(" ")[2].strip())
    return HttpResponse(status=204)


@router.delete("/tokens/{int:token}", auth=Bearer(), response={204: None, 401: ProblemShape, 404: ProblemShape})
def end_token(request: HttpRequest, token: int) -> HttpResponse:
    """Ends one of the caller's tokens, by its id in the list."""
    tokens.end(signed_in(request), token)
    return HttpResponse(status=204)
