"""Staff take from the public what must not be: chosen on one page, flags and objections on another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import bodies, casework, reports
from kentongan.console import looks, ways
from kentongan.console.doors import for_staff, person_of, seen
from kentongan.console.steps import expected_seq
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Hiding, Report

SHOWN = 600  # characters of a text that is offered


@for_staff
def hide(request: HttpRequest, code: str) -> HttpResponse:
    """What of a report, why, and of a text which words: GET asks, POST does it."""
    person, wrong = person_of(request), None
    found = seen(person, code)
    who = casework.hider(person, found)
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("words", "text")}
        try:
            reports.hide(
                found.code, who, request.POST.get("target", ""), request.POST.get("reason", ""), **given,
                expected_seq=expected_seq(request),
            )  # fmt: skip
        except Problem as problem:
            wrong = problem
        else:
            messages.success(request, _("Hidden. The timeline says by whom and why, and the author is told."))
            if still := reports.still_said(seen(person, code), given["words"]):
                messages.warning(request, _("These words still stand in another text of this report."))
                came = ways.came(request)
                more = f"{came}&what={still[0]}" if came else f"?what={still[0]}"
                return redirect(reverse("console:hide", args=[found.code]) + more)
            return redirect(reverse("console:report", args=[found.code]) + ways.came(request))
        found = seen(person, code)
    shown = {
        "report": found, "parts": _parts(found), "reasons": reports.reasons(), "typed": request.POST,
        "chosen": request.POST.get("target") or request.GET.get("what", ""), "seq": found.seq,
        "why": request.POST.get("reason") or request.GET.get("reason", ""),
        "errors": {wrong.field or "": wrong.detail} if wrong else {}, "hidings": _hidings(found),
        "came": ways.came(request),
    }  # fmt: skip
    return render(request, "console/hide.html", shown, status=wrong.status if wrong else 200)


@require_safe
@for_staff
def flags(request: HttpRequest) -> HttpResponse:
    """What people have flagged at a body, and the objections to what was hidden."""
    person = person_of(request)
    mine = casework.bodies_of(person)
    chosen = request.GET.get("body") or (mine[0].code if mine else "")
    if not chosen:
        raise Problem("no_body", 403, _("You are not on the staff of any body. Ask its administrator to add you."))
    flagged, appealed = casework.waiting(person, chosen)
    words = dict(reports.reasons())
    shown = {
        "body": bodies.get(chosen), "bodies": mine,
        "flagged": [
            {
                "report": one.report, "number": one.number, "reasons": [words[code] for code in one.reasons],
                "reason": one.reasons[0], "said": one.words, "part": _part(one.report, one.target.name),
                "target": one.target.name, "seq": one.report.seq,
            }
            for one in flagged
        ],
        "appealed": [{"hiding": one, "why": words[one.reason]} for one in appealed], "came": ways.here(request),
    }  # fmt: skip
    return render(request, "console/flags.html", shown)


@require_POST
@for_staff
def keep(request: HttpRequest, code: str) -> HttpResponse:
    """The body has looked at what was flagged and leaves it public."""
    person = person_of(request)
    found = seen(person, code)
    reports.keep_public(found.code, casework.hider(person, found), request.POST.get("target", ""))
    messages.success(request, _("It stays public. The flags are settled."))
    return redirect(f"{reverse('console:flags')}?body={found.body_id or ''}")


@for_staff
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing that was hidden: who decides reads what it was. POST shows it again, or keeps it hidden (`do`)."""
    person, wrong = person_of(request), None
    held = casework.find_hiding(person, min(pk, 2**63 - 1))
    if request.method == "POST":
        who, decide = casework.judge(person, held), reports.show_again
        if request.POST.get("do") == "keep":
            decide = reports.keep_hidden
        try:
            changed = decide(held, who, request.POST.get("text", ""))
        except Problem as problem:
            if problem.field != "text":
                raise
            wrong = problem
        else:
            messages.success(request, _("Decided. Everybody reads it in the timeline, and the author is told."))
            return redirect("console:report", changed.code)
    may = casework.may_judge(person, held)
    shown = {
        "hiding": held, "why": dict(reports.reasons())[held.reason], "may": may, "typed": request.POST,
        "original": reports.original(held) if may else {}, "report": held.report, "open": "judge",
        "errors": {"judge-text": wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/judge.html", shown, status=wrong.status if wrong else 200)


def _parts(found: Report, viewer: Person | None = None) -> list[dict[str, Any]]:
    told = reports.parts(found, reports.timeline(found, viewer), reports.photos(found))
    return [
        {
            "part": one, "words": looks.KINDS.get(one.kind, ("", ""))[1], "text": one.text[:SHOWN],
            "thumb": reverse("console:photo", args=[one.photo, "thumb"]) if one.photo else "",
        }
        for one in told
    ]  # fmt: skip


def _part(found: Report, name: str) -> dict[str, Any] | None:
    """What a flag is about; None where it is gone meanwhile."""
    return next((one for one in _parts(found) if one["part"].name == name), None)


def _hidings(found: Report) -> list[dict[str, Any]]:
    words = dict(reports.reasons())
    open_ones: list[Hiding] = [one for one in reports.hidings(found) if not one.ended_at]
    return [{"hiding": one, "why": words[one.reason]} for one in open_ones]
