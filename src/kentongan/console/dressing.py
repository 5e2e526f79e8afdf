"""The page of how a body looks: its logo, and its colour with what becomes of it by day and by night."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem

OF_THE_SITE = "#0b6e6e"  # what the choice of a colour begins with


@for_staff
def dress(request: HttpRequest, code: str) -> HttpResponse:
    """How it looks. POST: `do` is `colour`, `no_colour`, `logo` or `no_logo`; `was`: what the page had shown of it."""
    person = person_of(request)
    casework.may_dress(person, code)  # who may not, hears so first
    if request.method != "POST":
        return _page(request, code)
    try:
        _change(request, code, request.POST.get("do", ""))
    except Problem as problem:
        if not problem.field:
            raise
        return _page(request, code, problem)
    messages.success(request, _("Saved."))
    return redirect("console:dress", code)


def _change(request: HttpRequest, code: str, do: str) -> None:
    person, was = person_of(request), request.POST.get("was", "")
    if do == "colour":
        casework.set_colour(person, code, request.POST.get("accent", ""), was)
    elif do == "no_colour":
        casework.set_colour(person, code, "", was)
    elif do == "no_logo":
        casework.end_logo(person, code, was)
    elif do == "logo":
        sent = request.FILES.get("logo")
        if not isinstance(sent, UploadedFile) or not sent.size:
            raise Problem("no_logo", 422, _("Choose a picture first."), field="logo")
        casework.set_logo(person, code, sent, was)
    else:
        raise Problem("bad_request", 422, _("This page does not know what to do with that."))


def _page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    body, look = bodies.get(code), bodies.look(code)
    shown = {
        "body": body, "page": "dress", "look": look,
        "above": bodies.get(look.of) if look.of not in ("", code) else None,
        "typed": request.POST.get("accent", "") if wrong else body.accent or look.accent or OF_THE_SITE,
        "swatches": _swatches(look.accent), "errors": {wrong.field: wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/dress.html", shown, status=wrong.status if wrong else 200)


def _swatches(accent: str) -> list[dict[str, Any]]:
    """By day and by night: the ground, the colour on it, and whether it had to become another one to be read."""
    if not accent:
        return []
    found = []
    for word, grounds in ((_("By day"), bodies.DAY), (_("By night"), bodies.NIGHT)):
        shades = bodies.shades(accent, grounds)
        found.append({"word": word, "grounds": grounds, "shades": shades, "changed": shades.sea != accent})
    return found
