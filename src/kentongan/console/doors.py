"""The door of every page for staff: signed in, or sent to sign in; a refusal is a page in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from kentongan import bodies, casework, reports
from kentongan.console import ways
from kentongan.foundation.problems import Problem
from kentongan.people import second_factor
from kentongan.people.models import Person
from kentongan.reports.models import Report

UNSENT = "console-unsent"  # in the session
KEPT = ("text", "no_photo_reason", "reason")  # words that are shown where their form is gone
_PAGE = re.compile(r"https?://([^/?#]+)(/console/[^#]*)")
MOST_SAID, MOST_FIELDS = 4_000, 6  # characters of each
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def for_staff(view: View) -> View:
    """Lets people with an account in. What they may do there is decided by `casework`, never here."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request, named.get("code", ""))
        person = person_of(request)
        if request.method in {"GET", "HEAD"}:
            bodies.hold(person)
        if second_factor.is_missing(person) and casework.works_somewhere(person):
            messages.info(request, _("Set up a second factor first: the work on reports asks for one here."))
            return redirect("mfa_index")
        if (asks := bodies.asking(person)) is not None:
            said = _("Set up a second factor first: %(body)s asks for one. Then come back to your queue.")
            messages.info(request, said % {"body": asks.name})
            return redirect("mfa_index")
        try:
            return view(request, *args, **named)
        except Problem as problem:
            return refusal(request, problem)

    return cast(View, guarded)


def _sign_in(request: HttpRequest, code: str) -> HttpResponse:
    """To sign in, and on to what was asked for. A form that was sent too late leads to the page that it stood on, which
    then has what was typed: nobody is let in for that, and nothing was done.
    """
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    if request.path.startswith(f"{reverse('console:queue')}reports/"):
        if words := typed(request):
            request.session[UNSENT] = {"code": code, "words": words}
        return redirect_to_login(reverse("console:report", args=[code]) + ways.came(request))
    stood = _PAGE.match(request.headers.get("Referer", ""))
    own = stood is not None and stood[1] == request.get_host()
    return redirect_to_login(stood[2] if stood and own else reverse("console:queue"))


def typed(request: HttpRequest) -> list[str]:
    """The words of the form of a step that was sent, as many as a step takes."""
    said = [str(words) for key, words in request.POST.items() if key in KEPT or key.startswith("field-")]
    return [words[:MOST_SAID] for words in said if words.strip()][:MOST_FIELDS]


def unsent(request: HttpRequest, report: Report) -> list[str]:
    """What was typed about this report and not taken, because nobody was signed in any more; once."""
    said = request.session.get(UNSENT) or {}
    if said.get("code") != report.code:
        return []
    del request.session[UNSENT]
    return list(said["words"])


def for_platform(view: View) -> View:
    """Lets only the platform's administrators in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if not person_of(request).administers:
            raise Problem("forbidden", 403, _("Only the platform's administrators can open this page."))
        return view(request, *args, **named)

    return for_staff(cast(View, guarded))


def person_of(request: HttpRequest) -> Person:
    """The person who is signed in; only behind `for_staff`."""
    return cast(Person, request.user)


def refusal(request: HttpRequest, problem: Problem, without: str = "") -> HttpResponse:
    """The page that says what is refused, why, and where to go from here; `without`: the address without what is
    refused."""
    shown = {"problem": problem, "without": without}
    return render(request, "console/refused.html", shown, status=problem.status)


def seen(person: Person, code: str) -> Report:
    """The report, for those whose body has it. Raises Problem `not_found` or `forbidden`."""
    found = reports.find(code, person)
    if not casework.may_see(person, found):
        raise Problem(
            "forbidden", 403, _("This report is with another body. Only the staff of that body can work on it.")
        )
    return found
