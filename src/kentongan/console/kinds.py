"""The page of what a body says of kinds of reports: words for people, and which it does not take."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, catalogue
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem


@for_staff
def kinds(request: HttpRequest, code: str) -> HttpResponse:
    """All that a body says. POST keeps what it says of a `category`; nothing said, and it is as everywhere."""
    if request.method == "POST":
        try:
            casework.say_of_kind(person_of(request), code, request.POST.dict())
        except Problem as problem:
            if not problem.field:
                raise
            return _page(request, code, problem)
        messages.success(request, _("Saved."))
        return redirect("console:kinds", code)
    return _page(request, code)


def _page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    said = casework.kinds_of(person_of(request), code)
    known = {one.code: one for one in catalogue.all_active()}
    asked = request.GET.get("category", "")
    written = next((one for one in said if one.category == asked), None)
    chosen = request.POST.get("category", "") if wrong else asked
    held = next((one for one in said if one.category == chosen), None)
    shown = {
        "body": bodies.get(code), "page": "kinds", "said": [(one, known.get(one.category)) for one in said],
        "categories": known.values(), "typed": request.POST if wrong else written, "again": bool(wrong),
        "category": chosen, "was": bodies.mark_of(held) or "-",
        "errors": {wrong.field: wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/kinds.html", shown, status=wrong.status if wrong else 200)
