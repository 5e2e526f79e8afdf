"""The calendar of a post: shifts, who stands in, what is handed over, and hours that nobody has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import emergency
from kentongan.console.doors import for_staff, person_of
from kentongan.emergency.models import Watch
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

DAYS = 8  # of the calendar, from today on

ACTS: dict[str, Callable[[Person, Any], Any]] = {
    "add": lambda person, given: emergency.add_shift(person, given.get("post", ""), given.get("person", ""), given),
    "drop": lambda person, given: emergency.drop_shift(person, given.get("post", ""), given.get("shift", "")),
    "stand_in": lambda person, given: emergency.stand_in(person, given.get("shift", "")),
    "take": lambda person, given: emergency.take_gap(person, given.get("post", ""), given.get("begins", "")),
    "hand_over": lambda person, given: emergency.hand_over(person, given.get("post", ""), given.get("text", "")),
}


@for_staff
def shifts(request: HttpRequest) -> HttpResponse:
    """The next days of my posts. POST does one of `ACTS`; what was typed stays where it is refused."""
    person, wrong = person_of(request), None
    posts = emergency.posts_of(person)
    if not posts:
        raise Problem("no_post", 403, _("You work at no post that watches for alerts."))
    if request.method == "POST":
        try:
            act = ACTS.get(request.POST.get("do", ""))
            if act is None:
                raise Problem("not_found", 404, _("There is no such step."))
            act(person, request.POST)
            messages.success(request, _("Saved."))
            return redirect("console:shifts")
        except Problem as problem:
            if problem.status not in {409, 422}:
                raise
            wrong = problem
    led = {one.pk for one in emergency.posts_led_by(person)}
    now = timezone.now()
    shown = {
        "rows": [_row(one, now, one.pk in led) for one in posts], "now": now,
        "typed": request.POST, "notes": emergency.handed_over(posts), "me": person.pk,
        "errors": {wrong.field or "": wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/shifts.html", shown, status=wrong.status if wrong else 200)


def _row(post: Watch, now: datetime, leads: bool) -> dict[str, Any]:
    """A post with its days: each with its shifts by their begin."""
    zone = emergency.zone_of_post(post)
    today = timezone.localdate(timezone=zone)
    first = datetime.combine(today, time(), zone)
    found = emergency.calendar(post, first, first + timedelta(days=DAYS))
    days = [first + timedelta(days=at) for at in range(DAYS)]
    by_day = [
        (day, [one for one in found if one.begins_at < day + timedelta(days=1) and one.ends_at > day]) for day in days
    ]  # fmt: skip
    return {
        "post": post, "zone": zone, "today": today, "days": by_day, "gaps": emergency.gaps(post, now), "leads": leads,
        "people": emergency.able(post) if leads else [],
    }  # fmt: skip
