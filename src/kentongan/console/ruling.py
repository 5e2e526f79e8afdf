"""The pages of a body's rules: written as data, tried on the past, switched on and off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework
from kentongan.casework.models import Rule
from kentongan.console import looks, ways
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report

STEPS = ("priority", "assign", "note", "merge", "answer", "answer_en", "notify", "transfer", "transfer_text")
OUTCOMES = {
    "done": _("done"), "unfit": _("the filter did not fit any more"), "off": _("it was switched off"),
    "changed": _("it was changed meanwhile"), "too_many": _("too many in an hour"),
    "often": _("too often on one report"), "fault": _("something went wrong here"),
    "elsewhere": _("a peer works on it"), "unfilled_field": _("the report does not know a field of its words"),
}  # fmt: skip


@for_staff
def rules(request: HttpRequest, code: str) -> HttpResponse:
    """All rules of a body. POST makes a new one, switched off."""
    person, wrong = person_of(request), None
    if request.method == "POST":
        try:
            made = casework.save_rule(person, code, _given(request))
        except Problem as problem:
            if not problem.field:
                raise
            wrong = problem
        else:
            messages.success(request, _("The rule is kept. Try it on past reports, then switch it on."))
            return redirect("console:rule", code, made.pk)
    kept = casework.rules_of(person, code)  # first: it asks whether they may, and whether there is such a body
    shown = _form(person, code, request.POST.dict(), wrong)
    shown |= {"rules": [_listed(one) for one in kept], "page": "rules"}
    return render(request, "console/rules.html", shown, status=wrong.status if wrong else 200)


@for_staff
def rule(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One rule. POST (`do`) saves a new version, tries it, switches it on or off, takes a version back or ends it."""
    person, wrong, tried = person_of(request), None, None
    found = casework.find_rule(person, code, min(pk, 2**63 - 1))
    do = request.POST.get("do", "")
    if request.method == "POST":
        try:
            if do == "rehearse":
                tried = casework.rehearse(found)
                found = casework.find_rule(person, code, found.pk)
            else:
                messages.success(request, _done(request, person, found, do))
                return redirect("console:rules", code) if do == "end" else redirect("console:rule", code, pk)
        except Problem as problem:
            if not problem.field:
                raise
            wrong = problem
    typed = request.POST.dict() if wrong and do == "save" else _typed(found)
    shown = _form(person, code, typed, wrong) | {
        "rule": found, "listed": _listed(found), "tried": tried, "page": "rules", "runs": _runs(found),
        "came": ways.here(request),
        "versions": found.versions.order_by("-number").select_related("maker")[:20],
    }  # fmt: skip
    return render(request, "console/rule.html", shown, status=wrong.status if wrong else 200)


def _done(request: HttpRequest, person: Person, found: Rule, do: str) -> Any:
    """Does it, and what is said then."""
    number = request.POST.get("version", "")
    version = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
    if do == "on":
        casework.switch_on(person, found, version)
        return _("The rule is on. It acts on what happens from now on.")
    if do == "off":
        casework.switch_off(person, found)
        return _("The rule is off. It does nothing any more.")
    if do == "back":
        casework.take_back(person, found, version)
        return _("The version of before is the newest now. Try it, then switch it on.")
    if do == "end":
        casework.end_rule(person, found)
        return _("The rule has ended.")
    casework.save_rule(person, found.body_id, _given(request), found)
    return _("The rule is kept. Try it on past reports, then switch it on.")


def _given(request: HttpRequest) -> dict[str, Any]:
    """The form; a saved view that is chosen stands for its filter."""
    given: dict[str, Any] = request.POST.dict()
    return given | {"asked": given.get("view") or given.get("asked", "")}


def _typed(found: Rule) -> dict[str, Any]:
    return {"name": found.name, "event": found.event, "after_hours": str(found.after_hours), "asked": found.asked,
            **found.steps}  # fmt: skip


def _form(person: Person, code: str, typed: dict[str, Any], wrong: Problem | None) -> dict[str, Any]:
    """What `console/partials/rule_form.html` shows."""
    hands = [
        *((f"person:{one.pk}", looks.called(one)) for one in casework.workers_of(code)),
        *((f"team:{one.pk}", one.name) for one in casework.teams_of(code)),
    ]
    return {
        "body": bodies.get(code), "events": casework.Event.choices, "hands": hands, "typed": typed,
        "priorities": {priority.word: word for priority, word in looks.PRIORITIES.items()},
        "views": [one.view for one in casework.views(person, code) if one.asked is not None],
        "errors": {wrong.field: wrong.detail} if wrong else {},
    }  # fmt: skip


def _listed(one: Rule) -> dict[str, Any]:
    """A rule in one line: when, and what it does."""
    words = {
        "priority": _("priority"), "assign": _("gives it to somebody"), "note": _("internal note"),
        "merge": _("proposes to join"), "answer": _("public answer"), "notify": _("tells somebody"),
        "transfer": _("passes it on"),
    }  # fmt: skip
    return {
        "rule": one, "event": casework.Event(one.event).label,
        "does": [word for name, word in words.items() if one.steps.get(name)],
    }  # fmt: skip


def _runs(found: Rule) -> list[dict[str, Any]]:
    runs = casework.last_runs(found)
    codes = dict(Report.objects.filter(pk__in=[one.report_id for one in runs]).values_list("pk", "code"))
    return [
        {"code": codes.get(one.report_id, ""), "at": one.done_at, "words": OUTCOMES.get(one.outcome, one.outcome)}
        for one in runs
    ]
