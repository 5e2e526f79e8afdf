"""The page of a body's teams: made, manned, renamed and ended by its administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem


@for_staff
def teams(request: HttpRequest, code: str) -> HttpResponse:
    """All teams of a body. POST makes one, changes `team`, or ends it (`do=end`)."""
    if request.method != "POST":
        return _page(request, code)
    person, team = person_of(request), request.POST.get("team", "")
    name, members = request.POST.get("name", ""), request.POST.getlist("members")
    try:
        if request.POST.get("do") == "end":
            casework.end_team(person, code, team)
            said = _("The team has ended. What it had in hand goes back to the queue.")
        elif team:
            casework.change_team(person, code, team, name, members, request.POST.get("was", ""))
            said = _("The team is saved.")
        else:
            casework.make_team(person, code, name, members)
            said = _("The team is saved.")
    except Problem as problem:
        if not problem.field:
            raise
        return _page(request, code, problem)
    messages.success(request, said)
    return redirect("console:teams", code)


def _page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    found = casework.teams(person_of(request), code)
    key = request.POST.get("team", "")
    shown = {
        "body": bodies.get(code), "teams": found, "people": casework.workers_of(code), "page": "teams",
        # Of one that has ended meanwhile, what was written stands in the form of a new one.
        "changed": key if any(str(one.team.pk) == key for one in found) else "", "typed": request.POST,
        "chosen": request.POST.getlist("members"),
        "errors": {wrong.field: wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/teams.html", shown, status=wrong.status if wrong else 200)
