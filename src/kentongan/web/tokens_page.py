"""My tokens: what programs act for me by, each with its name, and an end to each."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kentongan.foundation.problems import Problem
from kentongan.people import tokens
from kentongan.web.people_here import person_of


@require_safe
@never_cache
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The tokens that have not ended, the newest first."""
    person = person_of(request)
    return render(request, "web/tokens.html", {"tokens": tokens.held_by(person) if person else []})


@require_POST
@login_required
def end(request: HttpRequest, token: int) -> HttpResponse:
    """Ends one of them at once."""
    person = person_of(request)
    try:
        if person is not None:
            tokens.end(person, token)
    except Problem as problem:
        raise Http404(str(problem.detail)) from None
    messages.success(request, _("The token has ended."))
    return redirect("tokens")
