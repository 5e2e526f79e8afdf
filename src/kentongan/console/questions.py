"""The page of what a body asks of who reports something to it: asked in order, changed, ended and asked again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, catalogue
from kentongan.bodies.models import OwnQuestion
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

DATATYPES = {
    "string": _("A few words"), "text": _("A longer text"), "number": _("A number"), "datetime": _("Date and hour"),
    "singlevaluelist": _("One of several options"), "multivaluelist": _("Any of several options"),
}  # fmt: skip


@for_staff
def questions(request: HttpRequest, code: str) -> HttpResponse:
    """All that a body asks. POST makes a question or changes the one with the key `question`, asks it earlier or later
    (`do=up`, `down`), ends it (`end`) or asks it again (`again`).
    """
    if request.method != "POST":
        return _page(request, code)
    try:
        said = _done(person_of(request), code, request)
    except Problem as problem:
        if not problem.field:
            raise
        return _page(request, code, problem)
    messages.success(request, said)
    return redirect("console:questions", code)


def _done(person: Person, code: str, request: HttpRequest) -> Any:
    key, do = request.POST.get("question", ""), request.POST.get("do", "")
    if do in {"up", "down"}:
        casework.move_question(person, code, key, up=do == "up")
        return _("The order is saved.")
    if do == "end":
        casework.end_question(person, code, key)
        return _("It is asked no more. What was answered stays with its reports.")
    if do == "again":
        casework.ask_again(person, code, key)
        return _("It is asked again.")
    casework.save_question(person, code, request.POST.dict(), key)
    return _("The question is saved. It is asked from now on.")


def _page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    found = casework.questions_of(person_of(request), code)
    known = {one.code: one for one in catalogue.all_active()}
    key, typed = request.POST.get("question", ""), request.POST.copy()
    gone = next((one for one in found if str(one.pk) == key and one.ended_at is not None), None)
    if gone is not None:  # ended meanwhile: what was written of it stands in the form of a new one
        typed["category"], typed["datatype"] = gone.category, gone.datatype
    shown = {
        "body": bodies.get(code), "page": "questions", "datatypes": DATATYPES, "categories": known.values(),
        "groups": _groups((one for one in found if one.ended_at is None), known),
        "ended": [(one, known.get(one.category)) for one in found if one.ended_at is not None],
        "changed": (key if gone is None else "") if wrong else None, "typed": typed,
        "written": casework.written_options, "mark_of": bodies.mark_of,
        "errors": {wrong.field: wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/questions.html", shown, status=wrong.status if wrong else 200)


def _groups(found: Iterable[OwnQuestion], known: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions of each kind, each as its form shows it to who reports."""
    groups: dict[str, dict[str, Any]] = {}
    for one in found:
        kind = known.get(one.category)
        group = groups.setdefault(one.category, {"kind": kind, "code": one.category, "questions": []})
        (asked,) = catalogue.as_form([one.as_asked()], {})
        group["questions"].append({"question": one, "asked": asked})
    return list(groups.values())
