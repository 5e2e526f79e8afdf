"""The emergency page: one button, and what is true. With JavaScript it is the phone's own page; without it, a form."""

from __future__ import annotations

import json
from contextlib import suppress
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kentongan import emergency, numbers
from kentongan.emergency.models import Alert
from kentongan.emergency.states import Actor
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import address
from kentongan.web.people_here import person_of

CLAIMS = "alert_claims"  # in the session: the tokens of alerts that were sent without JavaScript
ENDED = ("closed", "cancelled")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The button. Posted, an alert by the form of those whose browser runs no script."""
    if request.method == "POST":
        return _press(request)
    shown = {
        "numbers": numbers.whom_to_call(), "alert_id": uuid4(), "is_demo": config().mode == "demo",
        "asks_code": emergency.are_chosen(person_of(request)),
        "kinds": [(one, emergency.KIND_WORDS[one]) for one in emergency.KINDS],
    }  # fmt: skip
    return render(request, "web/alert.html", shown)


@require_safe
@never_cache
def followed(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """What became of an alert, for its own browser or account; it renews itself while the alert goes on."""
    return _followed(request, alert_id)


@require_POST
@never_cache
def act(request: HttpRequest, alert_id: UUID, step: str) -> HttpResponse:
    """Writes to the operator, or cancels, without JavaScript."""
    try:
        found = _mine(request, alert_id)
        if step == "cancel":
            emergency.cancel_with(found, person_of(request), request.POST.get("code", "").strip())
        elif step == "say":
            words = request.POST.get("text", "")
            emergency.say(found, emergency.Who(Actor.CALLER, person_of(request)), _key(request), words)
        else:
            raise Problem("not_found", 404, _("There is no such step."))
    except Problem as problem:
        return _followed(request, alert_id, problem)
    return redirect("alert", alert_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def safety(request: HttpRequest) -> HttpResponse:
    """My codes for cancelling, and the alerts of my account with who looked at them."""
    person = person_of(request)
    assert person is not None  # noqa: S101  login_required
    wrong: Problem | None = None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "remove":
                emergency.remove(person)
            else:
                emergency.choose(person, request.POST.get("code", ""), request.POST.get("duress", ""))
            return redirect("safety")
        except Problem as problem:
            wrong = problem
    alerts = [(one, emergency.zone_of_alert(one)) for one in emergency.held_by(person)]
    shown = {"chosen": emergency.are_chosen(person), "alerts": alerts, "wrong": wrong}
    return render(request, "web/safety.html", shown, status=wrong.status if wrong else 200)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to keep this site as an app, with the emergency button as a shortcut of its icon."""
    icon = {"src": static("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    told = {
        "id": "/", "name": config().instance_name, "short_name": "Kentongan", "start_url": "/", "scope": "/",
        "display": "standalone", "background_color": "#fbfaf7", "theme_color": "#7a4a21", "icons": [icon],
        "shortcuts": [
            {"name": _("Emergency"), "url": "/darurat", "icons": [icon]},
            {"name": _("New report"), "url": "/report/new", "icons": [icon]},
            {"name": _("Important numbers"), "url": "/nomor", "icons": [icon]},
        ],
    }  # fmt: skip
    answer = HttpResponse(json.dumps(told), content_type="application/manifest+json")
    answer["Cache-Control"] = "max-age=3600"
    return answer


def _press(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    said = {name: request.POST.get(name) for name in ("alert_id", "silent", "kind")}
    try:
        done = emergency.receive(emergency.read_press(said, person), person, address(request))
    except Problem:
        # A form that was sent before, by somebody else or without its id: an alert is never refused for that.
        done = emergency.receive(
            emergency.read_press({**said, "alert_id": str(uuid4())}, person), person, address(request)
        )
    if done.token:
        claims = request.session.get(CLAIMS, {})
        request.session[CLAIMS] = {**dict(list(claims.items())[-4:]), str(done.alert.pk): done.token}
    if words := request.POST.get("text", "").strip():
        # Its page says how it stands; the alert is stored, whatever its words are and whoever is gone meanwhile.
        with suppress(Problem, IntegrityError):
            emergency.say(done.alert, emergency.Who(Actor.CALLER, done.alert.person), done.alert.pk, words[:2000])
    return redirect("alert", done.alert.pk)


def _mine(request: HttpRequest, alert_id: UUID) -> Alert:
    claim = request.session.get(CLAIMS, {}).get(str(alert_id), "") if request.COOKIES else ""
    found: Alert = emergency.open_for(alert_id, person_of(request), claim)
    return found


def _followed(request: HttpRequest, alert_id: UUID, wrong: Problem | None = None) -> HttpResponse:
    try:
        found = _mine(request, alert_id)
        told = emergency.told(found)
    except Problem as problem:
        return render(request, "web/alert_gone.html", {"problem": problem}, status=problem.status)
    over = told["state"] in ENDED
    shown = {"told": told, "over": over, "wrong": wrong, "key": uuid4(), "numbers": told["numbers"]}
    with timezone.override(emergency.zone_of_alert(found)):  # every time on the page is one of the place
        answer = render(request, "web/alert_followed.html", shown, status=wrong.status if wrong else 200)
    if not over and wrong is None:
        answer["Refresh"] = "10"
    return answer


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()
