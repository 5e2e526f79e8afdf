"""Several officers at one report: who else has it open, what has changed since, and what is being written."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from kentongan import casework
from kentongan.console import looks
from kentongan.console.doors import for_staff, person_of, seen
from kentongan.people.models import Person
from kentongan.reports.models import Report


@require_safe
@for_staff
def here(request: HttpRequest, code: str) -> HttpResponse:
    """The part of the page that says so; asked for when the stream says that it has changed."""
    person = person_of(request)
    found = seen(person, code)
    read = request.GET.get("seq", "")
    shown = facts(person, found) | {"report": found, "read": int(read[:9]) if read.isdecimal() else found.seq}
    return render(request, "console/partials/here.html", shown)


@require_POST
@for_staff
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """Keeps what is typed so far; 204."""
    person = person_of(request)
    found = seen(person, code)
    casework.who(person, found)
    casework.keep_draft(person, found, request.POST.get("step", ""), request.POST.get("text", ""))
    return HttpResponse(status=204)


def facts(person: Person, report: Report) -> dict[str, Any]:
    """Who else is there, by name; nobody for those who are not of the body."""
    meets = casework.may_meet(person, report)
    others = casework.others(person, report) if meets else []
    return {"meets": meets, "others": [{"name": looks.called(one.person), "writes": one.writes} for one in others]}
