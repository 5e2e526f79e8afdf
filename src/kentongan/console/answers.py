"""The templates of a body: their page, and their use on a report."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kentongan import bodies, casework, catalogue, network
from kentongan.console import desk, looks, ways
from kentongan.console.deeds import STEPS, does
from kentongan.console.doors import for_staff, person_of, seen
from kentongan.console.steps import expected_seq
from kentongan.foundation.problems import Problem


@for_staff
def templates(request: HttpRequest, code: str) -> HttpResponse:
    """All templates of a body with their stars. POST makes one, changes `template`, or ends it (`do=end`)."""
    if request.method != "POST":
        return _page(request, code)
    person, key = person_of(request), request.POST.get("template", "")
    try:
        if request.POST.get("do") == "end":
            was_used = casework.end_template(person, code, key)
            said = _("Archived: its stars stay to be read.") if was_used else _("Deleted: it was never used.")
        else:
            given = {**request.POST.dict(), "categories": request.POST.getlist("categories")}
            casework.save_template(person, code, key, given)
            said = _("The template is saved.")
    except Problem as problem:
        if not problem.field:
            raise
        return _page(request, code, problem)
    messages.success(request, said)
    return redirect("console:templates", code)


@require_POST
@for_staff
def use(request: HttpRequest, code: str) -> HttpResponse:
    """Does with a report all that a template says; refused, nothing is done and what was typed stays."""
    person = person_of(request)
    found = seen(person, code)
    values = {name[6:]: str(value) for name, value in request.POST.items() if name.startswith("field-")}
    key, version = request.POST.get("template", ""), request.POST.get("version", "0")
    try:
        changed = casework.use_template(
            person, found, key, version, values, network.refuse_elsewhere, expected_seq=expected_seq(request)
        )
    except Problem as problem:
        return desk.again(request, found.code, "use", problem)
    messages.success(request, _("Done as the template says."))
    return redirect(reverse("console:report", args=[changed.code]) + ways.came(request))


def _page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    found = casework.templates(person_of(request), code)
    shown = {
        "body": bodies.get(code), "found": [(one, does(one.template)) for one in found], "page": "templates",
        "changed": request.POST.get("template", "") if wrong else None, "typed": request.POST,
        "typed_categories": request.POST.getlist("categories"), "steps": STEPS, "categories": catalogue.all_active(),
        "priorities": looks.PRIORITIES, "people": casework.workers_of(code), "teams": casework.teams_of(code),
        "errors": {wrong.field: wrong.detail} if wrong else {},
        "manages": casework.may_manage_staff(person_of(request), code),
    }  # fmt: skip
    return render(request, "console/templates.html", shown, status=wrong.status if wrong else 200)
