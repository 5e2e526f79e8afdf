"""Coordinators: reports that nobody would have, with who declined them and why, until somebody decides."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kentongan import bodies, casework, network
from kentongan.bodies.models import Body
from kentongan.console import ways
from kentongan.console.doors import for_staff, person_of, seen
from kentongan.console.steps import expected_seq
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report

# Where the form asks for what a problem names; one that is not here is a page of its own.
FIELDS = {"body", "text"}


@require_safe
@for_staff
def undecided(request: HttpRequest) -> HttpResponse:
    """What waits for a decision at the chosen body, with the history of declines."""
    person = person_of(request)
    mine = casework.bodies_of(person)
    chosen = request.GET.get("body") or (mine[0].code if mine else "")
    if not chosen:
        raise Problem("no_body", 403, _("You are not on the staff of any body. Ask its administrator to add you."))
    body = bodies.get(chosen)
    if not network.may_decide(person, chosen):
        raise Problem("forbidden", 403, _("Only a coordinator of this body can decide on these reports."))
    shown = {"body": body, "found": network.undecided(person, chosen), "came": ways.here(request)}
    return render(request, "console/undecided.html", shown)


@for_staff
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Whose the report is: GET offers the bodies, POST is the coordinator's word."""
    person, wrong = person_of(request), None
    report = seen(person, code)
    casework.who(person, report, "merge")
    if request.method == "POST":
        try:
            _decided(request, report)
        except Problem as problem:
            wrong = problem
        else:
            messages.success(request, _("Decided. The body that it goes to cannot decline it again."))
            return redirect(f"{reverse('console:undecided')}?{urlencode({'body': report.body_id or ''})}")
    elif not network.is_undecided(report):
        return redirect("console:report", report.code)
    shown = _choices(request, seen(person, code)) | {"typed": request.POST, "open": "decide", "problem": wrong}
    if wrong:
        shown["errors"] = {f"decide-{wrong.field}" if wrong.field in FIELDS else "": wrong.detail}
    return render(request, "console/decide.html", shown, status=wrong.status if wrong else 200)


def _decided(request: HttpRequest, report: Report) -> None:
    body = request.POST.get("body", "")
    if not body:
        raise Problem("body_required", 422, _("Choose the body that the report goes to."), field="body")
    said = request.POST.get("text", "")
    network.decide(report.code, person_of(request), body, said, expected_seq=expected_seq(request))


def _choices(request: HttpRequest, report: Report) -> dict[str, Any]:
    asked = request.POST.get("q", "") or request.GET.get("q", "")
    return {
        "report": report, "came": ways.came(request), "q": asked, "seq": report.seq, "errors": {},
        "chosen": request.POST.get("body", ""),
        "choices": casework.find_bodies(asked) if asked else _likely(report),
        "declines": network.declines_of([report]).get(report.pk, ()),
    }  # fmt: skip


def _likely(report: Report) -> list[Body]:
    """Those who declined it, those that were weighed, and the body that has it now."""
    declined = [stay.body for stay in network.declines_of([report]).get(report.pk, ()) if stay.body]
    suggested = {one.code: one for one in casework.suggested_bodies(report)}
    known = bodies.snapshot()
    codes = dict.fromkeys([*declined, *suggested, report.body_id or ""])
    found = [known.body(code) for code in codes]
    return [one for one in found if one is not None]
