"""The page of a body's looks at hidden names."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kentongan import bodies, casework
from kentongan.casework.looking import MOST
from kentongan.console.doors import for_staff, person_of
from kentongan.console.looks import called


@require_safe
@for_staff
def looks(request: HttpRequest, code: str) -> HttpResponse:
    """Who looked at the name of a reporter, when and why; `before`: those before that one."""
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    found = casework.looks(person_of(request), code, before)
    shown = {
        "body": bodies.get(code), "page": "looks", "older": found[-1].entry.pk if len(found) == MOST else None,
        "found": [(one, called(one.entry.person) if one.entry.person else "") for one in found],
    }  # fmt: skip
    return render(request, "console/looked.html", shown)
