"""People flag what should not be public, read what was hidden of a report, and object where it was theirs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kentongan import reports
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import row_key
from kentongan.people.models import Person
from kentongan.reports.models import Hiding, Report
from kentongan.web import draft as drafts
from kentongan.web import looks
from kentongan.web.people_here import person_of

FLAGS_PER_HOUR, HOUR = 20, 3600
SHOWN = 280  # characters of a text that is offered


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: HttpRequest, code: str) -> HttpResponse:
    """What is wrong, and why: of anybody, with an account or not. Who says so is told to nobody."""
    try:
        found, person, wrong = find(request, code), person_of(request), None
    except Problem as problem:
        return gone(request, code, problem)
    if request.method == "POST":
        try:
            rates.spend(f"flag/{person.pk if person else rates.address(request)}", FLAGS_PER_HOUR, HOUR)
            given = {name: request.POST.get(name, "") for name in ("target", "reason", "text")}
            reports.flag(found, given["target"], given["reason"], given["text"], person)
        except Problem as problem:
            wrong = problem
        else:
            messages.success(request, _("Thank you. The body that has the report looks at it."))
            return redirect("report", code=found.code)
    chosen = request.POST.get("target") or request.GET.get("what", "")
    shown = {
        "report": found, "parts": _parts(found, person), "reasons": reports.reasons(), "said": request.POST,
        "chosen": chosen, "errors": {wrong.field or "": str(wrong.detail)} if wrong else {},
    }  # fmt: skip
    return render(request, "web/report_flag.html", shown, status=wrong.status if wrong else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hidden(request: HttpRequest, code: str) -> HttpResponse:
    """All that was hidden of a report, by whom and why; its author can object. A POST is the objection to `hiding`."""
    person, claim = person_of(request), drafts.claim_of(request, code)
    try:
        found, wrong, at = find(request, code), None, 0
    except Problem as problem:
        return gone(request, code, problem)
    if request.method == "POST":
        at = row_key(request.POST.get("hiding", ""))
        held = Hiding.objects.select_related("report").filter(pk=at, report=found).first()
        if held is None:
            raise Http404
        try:
            reports.appeal(held, person, request.POST.get("text", ""), claim)
        except Problem as problem:
            wrong = problem
        else:
            messages.success(request, _("Your objection is kept. Somebody else than who hid it decides."))
            return redirect("report_hidden", code=found.code)
    told = [_told(one, found, person, claim) for one in reports.hidings(found)]
    shown = {
        "report": found, "told": told, "said": request.POST, "at": at,
        "errors": {f"text-{at}": str(wrong.detail)} if wrong else {},
    }  # fmt: skip
    return render(request, "web/report_hidden.html", shown, status=wrong.status if wrong else 200)


def gone(request: HttpRequest, code: str, problem: Problem) -> HttpResponse:
    """The page of a report that was hidden: who did it and why, and nothing of what it said."""
    answer = render(request, "web/report_gone.html", {"code": code, "words": problem.detail}, status=problem.status)
    answer["Cache-Control"], answer["X-Robots-Tag"] = "no-store", "noindex"
    return answer


def find(request: HttpRequest, code: str) -> Report:
    """The report as this reader may see it. Raises Http404, and Problem `hidden` where it was hidden from everybody."""
    try:
        return reports.find(code, person_of(request), drafts.claim_of(request, code))
    except Problem as problem:
        if problem.code == "hidden":
            raise
        raise Http404(str(problem.detail)) from None


def _parts(found: Report, person: Person | None) -> list[dict[str, Any]]:
    told = reports.parts(found, reports.timeline(found), reports.photos(found))
    return [
        {
            "part": one, "words": looks.STEPS[one.kind].word if one.kind in looks.STEPS else "",
            "text": one.text[:SHOWN],
            "thumb": reverse("report_photo", args=[found.code, one.photo, "thumb"]) if one.photo else "",
        }
        for one in told
    ]  # fmt: skip


def _told(one: Hiding, found: Report, person: Person | None, claim: str) -> dict[str, Any]:
    entry = found.entries.get(seq=one.entry)
    mine = reports.is_author(one, found, person, claim)
    return {
        "key": one.pk, "words": reports.in_words(entry), "text": entry.text, "at": one.at,
        "who": one.body.name if one.body else "", "ended": one.ended, "appealed": one.appealed_at,
        "may_object": mine and one.may_be_appealed,
    }  # fmt: skip
