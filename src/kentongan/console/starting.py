"""The guided start of a body that joins: one page, a step after the other, left and gone on with whenever they like."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, catalogue, places, routing
from kentongan.console.administration import ROLES
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

TITLES = {
    "area": _("Your area"), "departments": _("Departments"), "staff": _("Staff"), "rules": _("Who gets what"),
    "test": _("A report to try"), "backlog": _("What has been waiting"),
}  # fmt: skip
PAGES = {
    "area": "console/partials/start_area.html", "departments": "console/partials/start_departments.html",
    "staff": "console/partials/start_staff.html", "rules": "console/partials/start_rules.html",
    "test": "console/partials/start_test.html", "backlog": "console/partials/start_backlog.html",
}  # fmt: skip
# Which step a form belongs to, by what it asks for.
FORMS = {"contact": "area", "department": "departments", "staff": "staff", "test": "test"}


@for_staff
def start(request: HttpRequest, code: str) -> HttpResponse:
    """The steps, and what of them is done. POST: `do` says what is sent; `done` and `again` mark the step `step`."""
    person, do = person_of(request), request.POST.get("do", "")
    casework.start_of(person, code)  # who may not, hears so first
    if request.method != "POST":
        return _page(request, code)
    try:
        if do in ("done", "again"):
            casework.mark_step(person, code, step := request.POST.get("step", ""), done=do == "done")
            return _on(request, code, step if do == "again" else "")
        if do not in FORMS:
            raise Problem("bad_request", 422, _("This page does not know what to do with that."))
        if do == "test":
            return _page(request, code, "test", tried=_tried(request, code))
        _save(request, code, do)
    except Problem as problem:
        if not problem.field:
            raise
        return _page(request, code, FORMS[do], problem)
    return _on(request, code, "" if do == "contact" else FORMS[do])


@for_staff
def departments(request: HttpRequest, code: str) -> HttpResponse:
    """The departments alone, as they are looked after later. POST saves one."""
    if request.method != "POST":
        return _departments_page(request, code)
    try:
        _save(request, code, "department")
    except Problem as problem:
        if not problem.field:
            raise
        return _departments_page(request, code, problem)
    return redirect("console:departments", code)


def _save(request: HttpRequest, code: str, do: str) -> None:
    person, given = person_of(request), request.POST
    if do == "contact":
        casework.set_contact(person, code, given.dict())
        casework.mark_step(person, code, "area")
        messages.success(request, _("Saved."))
    elif do == "department":
        key, duties = given.get("code", ""), given.getlist("duties")
        made = casework.save_department(person, code, key, given.dict(), duties, routing.duties())
        messages.success(request, _("%(department)s is saved.") % {"department": made.name})
    else:
        _invite(request, code)


def _invite(request: HttpRequest, code: str) -> None:
    given = request.POST
    told = casework.invite_all(
        person_of(request), code, given.get("at", code), given.get("role", ""), given.get("emails", "")
    )
    done = [one for one, wrong in told.items() if wrong is None]
    if done:
        said = ngettext("%(count)d person is invited.", "%(count)d people are invited.", len(done))
        messages.success(request, said % {"count": len(done)})
    for one, wrong in told.items():
        if wrong is not None:
            raise Problem(wrong.code, wrong.status, f"{one}: {wrong.detail}", field="emails")


def _tried(request: HttpRequest, code: str) -> dict[str, Any]:
    """Where a report of a kind would go from a part of the region, and why; nothing is sent. The step is done then."""
    area = places.area(request.POST.get("area", ""))
    if area is None or not f"{area.code}.".startswith(f"{bodies.get(code).area_code}."):
        raise Problem("bad_area", 422, _("Choose an area of this region."), field="try-area")
    kind = catalogue.get(request.POST.get("category", ""))
    decision = routing.preview(kind.code, area.lon, area.lat)
    casework.mark_step(person_of(request), code, "test")
    desk = casework.desks({decision.body}).get(decision.body, set())
    spoken = "en" if get_language() == "en" else "id"
    why = [one.text[spoken] for one in decision.reasons]
    return {"kind": kind, "area": area, "why": why, "goes": bodies.get(decision.body), "staff": len(desk)}


def _on(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """Back to the page, at a step, or at the first that is not done."""
    left = [one.name for one in casework.start_of(person_of(request), code) if not one.done]
    return redirect(f"{reverse('console:start', args=[code])}?at={step or (left[0] if left else 'all')}")


def _page(
    request: HttpRequest, code: str, opened: str = "", wrong: Problem | None = None, *,
    tried: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    steps = casework.start_of(person_of(request), code)
    body = bodies.get(code)
    left = [one.name for one in steps if not one.done]
    asked = opened or request.GET.get("at", "")
    area = places.area(body.area_code)
    government = bodies.is_government(body)
    shown = _departments(request, code, wrong) | {
        "steps": [(one, TITLES[one.name], PAGES[one.name]) for one in steps], "at": asked or (left[0] if left else ""),
        "done": len(steps) - len(left), "left": left, "tried": tried, "area": area, "page": "start",
        "goes": routing.who_gets(area.lon, area.lat) if area and government else [],
        "kinds": catalogue.choosable(), "concerned": routing.concerned(code), "silent": not config().sends_mail,
        "working": casework.staff_of(person_of(request), code),
        "invited": [one for part in bodies.subtree(code) for one in casework.open_invitations(part)],
        "roles": [(role, *words) for role, words in ROLES.items()],
    }  # fmt: skip
    return render(request, "console/start.html", shown, status=wrong.status if wrong else 200)


def _departments_page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    shown = _departments(request, code, wrong) | {"page": "departments"}
    return render(request, "console/departments.html", shown, status=wrong.status if wrong else 200)


def _departments(request: HttpRequest, code: str, wrong: Problem | None) -> dict[str, Any]:
    body = bodies.get(code)
    known = routing.duties()
    found = casework.departments(person_of(request), code)
    return {
        "body": body, "parts": found, "duties": known, "below": places.below(body.area_code) if body.area_code else [],
        "may_have_parts": bodies.is_government(body), "errors": {wrong.field: wrong.detail} if wrong else {},
        "typed": request.POST,
        "changed": request.POST.get("code", "") if request.POST.get("do") == "department" else None,
        "chosen": request.POST.getlist("duties"), "mark_of": bodies.mark_of, "names": _names(known),
    }  # fmt: skip


def _names(known: dict[str, Any]) -> dict[str, str]:
    """Duties in the words of the kinds of reports that they are for."""
    return {duty: ", ".join(one.name for one in kinds) for duty, kinds in known.items()}
