"""The page of a body's deadlines: its calendar, whom it warns, and what it promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kentongan import bodies, casework, catalogue
from kentongan.bodies.models import Calendar, Promise
from kentongan.console import looks
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Priority

AHEAD = timedelta(days=120)  # of which the days off are listed
DAYS = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
TELL = {
    Calendar.Tell.ALL: _("All staff"),
    Calendar.Tell.HANDS: _("Who works on the report; all staff where nobody does"),
}
ESCALATE = {
    Calendar.Escalate.NOBODY: _("Nobody"),
    Calendar.Escalate.COORDINATORS: _("Our coordinators and administrators"),
    Calendar.Escalate.ADMINISTRATORS: _("Our administrators"),
    Calendar.Escalate.ABOVE: _("The staff of the body above us"),
}


@for_staff
def deadlines(request: HttpRequest, code: str) -> HttpResponse:
    """The calendar and promises of a body; POST keeps the calendar, or (`do=drop`) goes by that of the body above."""
    person = person_of(request)
    if request.method != "POST":
        return _page(request, code)
    try:
        if request.POST.get("do") == "drop":
            casework.drop_calendar(person, code)
        else:
            casework.set_calendar(person, code, {**request.POST.dict(), "workdays": request.POST.getlist("workdays")})
    except Problem as problem:
        return _page(request, code, problem)
    messages.success(request, _("Saved. It holds for deadlines that are given from now on."))
    return redirect("console:deadlines", code)


@require_POST
@for_staff
def promise(request: HttpRequest, code: str) -> HttpResponse:
    """Keeps a promise."""
    try:
        casework.add_promise(person_of(request), code, request.POST.dict())
    except Problem as problem:
        return _page(request, code, problem)
    messages.success(request, _("Saved. It holds for deadlines that are given from now on."))
    return redirect("console:deadlines", code)


@require_POST
@for_staff
def promise_end(request: HttpRequest, code: str, promise: int) -> HttpResponse:
    """Ends a promise."""
    casework.drop_promise(person_of(request), code, promise)
    messages.success(request, _("The promise has ended. Deadlines that were given by it stay."))
    return redirect("console:deadlines", code)


def _page(request: HttpRequest, code: str, wrong: Problem | None = None) -> HttpResponse:
    if wrong is not None and not wrong.field:
        raise wrong
    person = person_of(request)
    held, of = casework.calendar_of(person, code)
    shown: dict[str, Any] = {
        "body": bodies.get(code), "held": held, "of": of, "has_own": of is not None and of.code == code,
        "weekdays": list(enumerate(DAYS)), "tells": TELL, "escalates": ESCALATE, "closed": _closed(held),
        "promises": [_told(one) for one in casework.promises_of(person, code)],
        "categories": catalogue.all_active(), "priorities": looks.PRIORITIES,
        "typed": request.POST, "was": bodies.mark_of(held),
        "worked": request.POST.getlist("workdays") or [str(one) for one in held.workdays],
        "errors": {wrong.field: wrong.detail} if wrong else {}, "page": "deadlines",
    }  # fmt: skip
    return render(request, "console/deadlines.html", shown, status=wrong.status if wrong else 200)


def _closed(held: Calendar) -> list[tuple[Any, str]]:
    """The days off to come that would have been workdays, with their names."""
    today = timezone.localdate()
    named = {
        day: name
        for year in {today.year, (today + AHEAD).year}
        for day, name in bodies.named_days_off(
            year, get_language() or "id", national=held.national, joint=held.joint
        ).items()
    }
    return [(day, name) for day, name in sorted(named.items()) if today <= day <= today + AHEAD
            and day.weekday() in held.workdays]  # fmt: skip


def _told(one: Promise) -> dict[str, Any]:
    try:
        category = catalogue.known(one.category).name if one.category else ""
    except KeyError:
        category = one.category
    return {
        "pk": one.pk, "category": category, "answer": _hours(one.answer_hours), "solve": _hours(one.solve_hours),
        "priority": looks.PRIORITIES[Priority(one.priority)] if one.priority else "",
    }  # fmt: skip


def _hours(given: int | None) -> str:
    """Hours of the clock, not days: how long a day of work is says the calendar."""
    return ngettext("%(hours)s hour", "%(hours)s hours", given) % {"hours": given} if given else ""
