"""Whether somebody has shown lately that they are who is signed in: asked before what a stolen session must not do."""

from __future__ import annotations

import time
from typing import cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest

from kentongan.people.models import Person

FRESH = 300  # seconds for which signing in, or proving it again, counts


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session signed in, or gave its password or second factor again, a short while ago."""
    return any(
        time.time() - one["at"] < FRESH for one in get_authentication_records(request, cast("Person", request.user))
    )


def proving_page(request: HttpRequest, back: str) -> str:
    """The address where the person proves it again and comes `back`; empty for one who has to sign in anew for it."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    return f"{ways[0]['url']}?{urlencode({'next': back})}" if ways else ""
