"""My account: the name that it goes by, the language of its pages and mails, and its end."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people import erasing, sessions, speaking
from kentongan.people.models import Person
from kentongan.web import proof

NAME_LIMIT = 120  # characters, as the column has it
TRIES = 10  # wrong passwords in an hour


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The name of the person who is signed in, which they may change or take away, and the language they read."""
    person = cast("Person", request.user)
    if request.method != "POST":
        return render(request, "web/account.html", _shown(person, person.name))
    written = request.POST.get("name", "")
    try:
        name = " ".join(clean_text(written, NAME_LIMIT).split())
    except TextTooLong as fault:
        wrong = _("The name has %(length)d characters; at most %(limit)d are taken.") % {
            "length": fault.length,
            "limit": fault.limit,
        }
        return render(request, "web/account.html", _shown(person, written) | {"wrong": wrong}, status=422)
    person.name, person.language = name, _language(request, person)
    person.save(update_fields=["name", "language"])
    with translation.override(person.language):
        messages.success(request, _("Your account is saved."))
    return speaking.keep(redirect("account"), person.language)


def _shown(person: Person, name: str) -> dict[str, object]:
    return {"name": name, "limit": NAME_LIMIT, "chosen": person.language}


def _language(request: HttpRequest, person: Person) -> str:
    """The language asked for; as it was where the form names none that there is."""
    asked = request.POST.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else person.language


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in. POST ends `session`, or all but this one (`others`)."""
    person, own = cast("Person", request.user), request.session.session_key or ""
    if request.method != "POST":
        shown = {"sessions": sessions.open_sessions(person), "this_one": own}
        return render(request, "web/sessions.html", shown)
    asked = request.POST.get("session", "")
    if request.POST.get("others"):
        sessions.end_other_sessions(person, own)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("sessions")
    try:
        sessions.end_session(person, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0)
    except Problem as problem:
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, _("You are signed out there."))
    return redirect("sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    """Says what goes and what stays; erases the account of whoever shows once more that it is theirs."""
    person = cast("Person", request.user)
    shown: dict[str, object] = {"by_password": person.has_usable_password(), "fresh": proof.is_fresh(request)}
    if request.method != "POST":
        return render(request, "web/account_erase.html", shown)
    try:
        _prove(request, person)
        erasing.erase(person.email)
    except Problem as problem:
        shown["wrong"] = _wording(problem)
        return render(request, "web/account_erase.html", shown, status=problem.status)
    logout(request)
    messages.success(request, _("Your account is erased."))
    return redirect("home")


def _prove(request: HttpRequest, person: Person) -> None:
    """Raises Problem `wrong_password` or `sign_in_again` (403), `too_many` (429)."""
    if not person.has_usable_password():
        if not proof.is_fresh(request):
            raise Problem("sign_in_again", 403, _("Sign out and in again by code first, then erase within 5 minutes."))
        return
    rates.spend(f"erase/{person.pk}", TRIES, 3600)
    if not person.check_password(request.POST.get("password", "")):
        raise Problem("wrong_password", 403, _("This is not your password."))


def _wording(problem: Problem) -> str:
    if problem.code == "last_administrator":
        return _("You are the only administrator: add another one first.")
    return str(problem.detail)
