"""What staff are told of by mail: their choice, and the link in each mail that ends it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kentongan import casework, notify
from kentongan.console.doors import for_staff, person_of, refusal
from kentongan.foundation.problems import Problem
from kentongan.notify.models import How
from kentongan.people.proving import is_proven

KINDS = {
    notify.Kind.MINE: (
        _("What is for you"),
        _("a report that was given to you or your team, or joined with one that was, or a note that names you"),
    ),
    notify.Kind.NEW: (_("New reports"), _("sent, passed on or handed over to your body, or imported")),
    notify.Kind.CONTESTED: (_("Objections"), _("somebody does not agree with a result, or a report is open again")),
    notify.Kind.ANSWERED: (_("Answers of citizens"), _("comments, confirmations and stars")),
    notify.Kind.DUE: (_("Deadlines"), _("less than a day away, or passed")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def choices(request: HttpRequest) -> HttpResponse:
    """When and of what the person is told; a POST keeps it."""
    person = person_of(request)
    if not casework.bodies_of(person):
        raise Problem("forbidden", 403, _("These mails are for those who work for a body. You do not work for any."))
    if request.method == "POST":
        notify.choose(person, request.POST.get("how", ""), request.POST.getlist("kinds"))
        messages.success(request, _("Saved."))
        return redirect("console:mail")
    mine = notify.choice(person)
    shown = {
        "how": mine.how, "kinds": [(kind, *words, kind not in mine.without) for kind, words in KINDS.items()],
        "hour": notify.HOUR, "zone": datetime.now(notify.zone_of_desk(person)).tzname(), "proven": is_proven(person),
    }  # fmt: skip
    return render(request, "console/mail.html", shown)


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link at the end of each mail: GET asks, a POST ends these mails, without signing in."""
    try:
        person = notify.holder(token)
    except Problem as problem:
        return refusal(request, problem)
    if request.method == "POST":
        notify.choose(person, How.OFF, [kind for kind in notify.Kind if kind not in notify.choice(person).without])
    return render(request, "console/mail_stop.html", {"ended": notify.choice(person).how == How.OFF})
