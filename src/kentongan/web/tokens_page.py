"""My tokens: what programs act for me by, each with its name and last use; a new one, and an end to each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.web import proof

DAYS = (30, 90, 365)  # what may be chosen; the first where nothing is
MOST = 50  # that one account makes here


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The tokens that have not ended, the newest first; POST makes one and shows it this once.

    What a session must not do alone: whoever makes one has just signed in, or proves again who they are.
    """
    person = cast("Person", request.user)
    if request.method != "POST":
        return _page(request, person, typed=request.GET)
    label, days = request.POST.get("label", ""), request.POST.get("days", "")
    if not proof.is_fresh(request):
        back = f"{reverse('tokens')}?{urlencode({'label': label[:200], 'days': days[:4]})}"
        if page := proof.proving_page(request, back):
            messages.info(request, _("Show once more that it is you, then make the token."))
            return redirect(page)
        wrong = Problem(
            "sign_in_again", 403, _("Sign out and in again by code first, then make the token within 5 minutes.")
        )
        return _page(request, person, typed=request.POST, wrong=wrong)
    try:
        written, _row = tokens.issue(person, _named(person, label), timedelta(days=_chosen(days)))
    except Problem as problem:
        return _page(request, person, typed=request.POST, wrong=problem)
    return _page(request, person, written=written)


@require_POST
@login_required
def end(request: HttpRequest, token: int) -> HttpResponse:
    """Ends one of them at once."""
    try:
        tokens.end(cast("Person", request.user), token)
    except Problem as problem:
        raise Http404(str(problem.detail)) from None
    messages.success(request, _("The token has ended."))
    return redirect("tokens")


def _page(
    request: HttpRequest, person: Person, *, typed: Any = None, wrong: Problem | None = None, written: str = ""
) -> HttpResponse:
    typed = typed or {}
    shown = {
        "tokens": tokens.held_by(person), "written": written, "wrong": str(wrong.detail) if wrong else "",
        "label": typed.get("label", "")[:200], "days": _chosen(typed.get("days", "")), "choices": DAYS,
        "limit": tokens.LONGEST_LABEL,
    }  # fmt: skip
    return render(request, "web/tokens.html", shown, status=wrong.status if wrong else 200)


def _named(person: Person, label: str) -> str:
    """The name of a token. Raises Problem `text_required`, `text_too_long` (422), `too_many_tokens` (409)."""
    try:
        name = " ".join(clean_text(label, tokens.LONGEST_LABEL).split())
    except TextTooLong as fault:
        told = {"length": fault.length, "limit": fault.limit}
        raise Problem(
            "text_too_long", 422,
            _("The name has %(length)d characters; at most %(limit)d are taken.") % told, field="label",
        ) from None  # fmt: skip
    if not name:
        raise Problem("text_required", 422, _("Give the token a name by which you know it again."), field="label")
    if len(tokens.held_by(person)) >= MOST:
        raise Problem("too_many_tokens", 409, _("You have %(many)d tokens. End one first.") % {"many": MOST})
    return name


def _chosen(days: str) -> int:
    return int(days) if days in {str(one) for one in DAYS} else DAYS[0]
