"""What I am told of, and on which phones: chosen by the person, for each kind, in plain words."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kentongan import emergency, notify, places, warnings
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.notify import PushKind
from kentongan.notify.phones import digest
from kentongan.people.models import Person
from kentongan.web.people_here import me

KINDS = {
    PushKind.REPORTS: gettext_lazy("News of my reports, and of those I support"),
    PushKind.WARNINGS: gettext_lazy("Warnings of danger for the places I follow"),
    PushKind.NEIGHBOURS: gettext_lazy("A neighbour of my group presses the emergency button"),
    PushKind.DUTY: gettext_lazy(
        "On duty: an alert at my post that nobody has, and my unit is sent, also while my console is closed"
    ),
}
LONGEST, JOINS = 8_192, 30  # bytes of what a browser says of itself; times an hour that an account may say it


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """Of which kinds I am told on my phones, and which these are; each may be let go here."""
    person = me(request)
    wrong, choices = None, list[tuple[str, str]]()
    if request.method == "POST":
        try:
            choices = _follow(request) if request.POST.get("do") == "follow" else _do(request)
        except Problem as problem:
            wrong = problem
        if not choices and wrong is None:
            return redirect("notices")
    wanted, offered = notify.wanted(person), _offered(person)
    shown = {
        "kinds": [(kind, words, kind in wanted) for kind, words in KINDS.items() if kind in offered],
        "phones": notify.phones_of(person), "how": warnings.choice(person),
        "places": [(code, called(code), code == person.home_area_code) for code in warnings.places_of(person)],
        "wrong": wrong, "typed": request.POST.get("place", ""), "choices": choices,
    }  # fmt: skip
    return render(request, "web/notices.html", shown, status=wrong.status if wrong else 200)


def _offered(person: Person) -> set[PushKind]:
    """Who works at no post is not asked about duty."""
    works = bool(emergency.posts_of(person) or emergency.my_units(person))
    return set(PushKind) if works else set(PushKind) - {PushKind.DUTY}


def called(code: str) -> str:
    """An area with what it lies in, so that two of one name can be told apart."""
    return ", ".join(one.name for one in reversed(places.known_chain(code)))


def _follow(request: HttpRequest) -> list[tuple[str, str]]:
    """Follows the place that was typed or chosen; where several are meant, these, to choose from.

    Raises Problem `unknown_area`, `too_many_places` (422).
    """
    person, code, typed = me(request), request.POST.get("code", ""), request.POST.get("place", "").strip()[:200]
    if not code:
        found = [one.code for one in places.search(typed, 6)] if typed else []
        if len(found) > 1:
            return [(one, called(one)) for one in found]
        code = found[0] if found else ""
    warnings.follow(person, code)
    messages.success(request, _("You follow %(place)s.") % {"place": called(code)})
    return []


def _do(request: HttpRequest) -> list[tuple[str, str]]:
    person, do = me(request), request.POST.get("do", "")
    if do == "leave":
        written = request.POST.get("phone", "")
        number = int(written) if written.isascii() and written.isdigit() and len(written) < 18 else 0
        if notify.leave(person, number):
            messages.success(request, _("This phone is told nothing any more."))
    elif do == "leave all":
        notify.leave(person)
        messages.success(request, _("No phone is told anything any more."))
    elif do == "unfollow":
        warnings.unfollow(person, request.POST.get("code", ""))
        messages.success(request, _("You follow this place no longer."))
    elif do == "how":
        grave = request.POST.get("only") == "grave"
        warnings.choose(person, by_mail=bool(request.POST.get("by_mail")), only_grave=grave)
        messages.success(request, _("Saved."))
    else:
        notify.want(person, request.POST.getlist("kind"))
        messages.success(request, _("Saved."))
    return []


@require_POST
@never_cache
def phone(request: HttpRequest) -> JsonResponse:
    """A browser asks for our key (`asks`), says where its messages go (201), or with `left` that they go there no more.

    A refusal is `{"words", "code"}`.
    """
    try:
        if not request.user.is_authenticated:
            raise Problem("sign_in", 401, _("Sign in first."))
        said = _said(request)
        if said.get("asks") == "key":
            return JsonResponse(
                {"key": notify.public_key()}
            )  # made with the first who asks: no page that is read does so
        if said.get("left"):
            notify.leave_address(me(request), str(said.get("endpoint", ""))[:4000])
            return JsonResponse({}, status=200)
        rates.spend(f"phones/{me(request).pk}", JOINS, 3600)
        found = notify.join(me(request), said, _name(request))
    except Problem as problem:
        return JsonResponse({"words": str(problem.detail), "code": problem.code}, status=problem.status)
    request.session[notify.SIGNED_IN] = digest(found.endpoint)
    return JsonResponse({}, status=201)


def _said(request: HttpRequest) -> dict[str, Any]:
    """What was sent. Raises Problem `bad_json` (400)."""
    try:
        if len(request.body) > LONGEST:
            raise ValueError
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Problem("bad_json", 400, _("The browser has not said where its messages go. Try again."))
    return said


def _name(request: HttpRequest) -> str:
    """How the person knows it again, from what the browser says of itself."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    machine = next((name for mark, name in MACHINES if mark in agent), "")
    return " · ".join(one for one in (browser, machine) if one)


# The first that is found counts: each browser names those before it.
BROWSERS = (
    ("SamsungBrowser", "Samsung"), ("OPR/", "Opera"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
MACHINES = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip
