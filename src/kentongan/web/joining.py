"""Reports made in a browser before its person signed in become theirs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kentongan import reports
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.web import draft as drafts


def join(request: HttpRequest, person: Person) -> None:
    """Joins what this browser reported without an account to the account that has just signed in."""
    claims = request.session.get(drafts.CLAIMS, {})
    if not claims:
        return
    joined = 0
    for token in claims.values():
        try:
            reports.claim(person, token)
            joined += 1
        except Problem:
            continue
    request.session[drafts.CLAIMS] = {}
    if joined and hasattr(request, "_messages"):
        messages.success(request, _("The reports you made before signing in are yours now."))
