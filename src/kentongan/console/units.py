"""Units: the page of their people, for one thumb, and the list of those who lead a post."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import emergency
from kentongan.console.doors import for_staff, person_of
from kentongan.emergency.fleet import Answer, Sending, Unit, UnitKind, UnitState
from kentongan.emergency.models import Watch
from kentongan.foundation.problems import Problem

KINDS = {
    UnitKind.AMBULANCE: _("Ambulance"), UnitKind.FIRE: _("Fire engine"), UnitKind.POLICE: _("Police"),
    UnitKind.RESCUE: _("Rescue"), UnitKind.PATROL: _("Patrol"), UnitKind.OTHER: _("Other"),
}  # fmt: skip
STATES = {
    UnitState.AVAILABLE: (_("Available"), "circle-check", "done"),
    UnitState.ON_THE_WAY: (_("On the way"), "forward", "in_process"),
    UnitState.THERE: (_("There"), "map-pin", "in_process"),
    UnitState.BUSY: (_("Busy"), "hourglass", "waiting"),
    UnitState.OFF: (_("Off duty"), "moon-star", "closed"),
}


@require_safe
@for_staff
def unit(request: HttpRequest) -> HttpResponse:
    """The units I am of: what they are asked, and how they are."""
    found = emergency.my_units(person_of(request))
    if not found:
        raise Problem("no_unit", 403, _("You are of no unit. Who leads the post names its people."))
    rows = [_errand(request, one) for one in found]
    shown = {
        "rows": rows, "states": STATES, "now": timezone.now(),
        "ringing": any(one["sending"] and not one["sending"].answer for one in rows),
    }  # fmt: skip
    with timezone.override(emergency.zone_of_post(found[0].watch)):
        return render(request, "console/unit.html", shown)


@require_POST
@for_staff
def unit_step(request: HttpRequest, unit: int, do: str) -> HttpResponse:
    """Answers (`answer`), says how it is (`state`), or where (`place`), or only that the page is open (`beat`)."""
    person = person_of(request)
    found, given = emergency.my_unit(person, unit), request.POST
    if do in {"place", "beat"}:
        return _hear(found, given, do)
    try:
        if do == "answer":
            takes = given.get("takes") == "yes"
            emergency.answer(found, person, given.get("sending", ""), takes, given.get("text", ""))
        elif do == "state":
            emergency.report(found, person, given.get("state", ""))
        else:
            raise Problem("not_found", 404, _("There is no such step."))
    except Problem as problem:
        if problem.status != 409:
            raise
        messages.error(request, str(problem.detail))
    return redirect("console:unit")


@for_staff
def units(request: HttpRequest) -> HttpResponse:
    """The units of the posts I lead. POST makes one, changes `unit`, or takes it away (`do=end`)."""
    person, wrong = person_of(request), None
    posts = emergency.posts_led_by(person)
    if not posts:
        raise Problem("not_your_post", 403, _("Only those who lead this post may change this."))
    if request.method == "POST":
        try:
            _change(request)
            messages.success(request, _("The unit is saved."))
            return redirect("console:units")
        except Problem as problem:
            if problem.status not in {404, 409, 422}:
                raise
            wrong = problem
    rows = [
        (post, list(emergency.units_of([post]).prefetch_related("members")), emergency.staff_of(post)) for post in posts
    ]  # fmt: skip
    shown = {
        "rows": rows, "kinds": KINDS, "states": STATES, "mark_of": emergency.mark_of_unit,
        # What a colleague has taken away meanwhile stands with its words in the form of a new one.
        "typed": request.POST.dict() | ({"unit": ""} if wrong and wrong.status == 404 else {}),
        "chosen": request.POST.getlist("members"), "errors": {wrong.field or "": wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/units.html", shown, status=wrong.status if wrong else 200)


def board(posts: list[Watch]) -> list[tuple[Unit, Sending | None, bool]]:
    """Who does what: each unit of these posts, what it is sent to, and whether its phone is silent."""
    found = list(emergency.units_of(posts))
    sent = Sending.objects.filter(unit__in=found, ended_at=None).select_related("alert")
    by_unit = {one.unit_id: one for one in sent}
    return [(one, by_unit.get(one.pk), emergency.is_silent(one)) for one in found]


def _change(request: HttpRequest) -> None:
    person, given = person_of(request), request.POST
    if given.get("do") == "end":
        emergency.end_unit(person, given.get("post", ""), given.get("unit", ""))
    else:
        members = given.getlist("members")
        emergency.keep_unit(person, given.get("post", ""), given, members, given.get("unit", ""))


def _hear(found: Unit, given: QueryDict, do: str) -> HttpResponse:
    try:
        if do == "place":
            emergency.hear(found, given.dict())
        else:
            emergency.beat_unit(found)
    except Problem as problem:
        return JsonResponse({"code": problem.code, "detail": str(problem.detail)}, status=problem.status)
    return HttpResponse(status=204)


def _errand(request: HttpRequest, found: Unit) -> dict[str, Any]:
    """What a unit is sent to. The place is told to who takes it, and that they look is noted."""
    sending = Sending.objects.filter(unit=found, ended_at=None).select_related("alert").first()
    row: dict[str, Any] = {"unit": found, "sending": sending, "alert": None, "last": None, "said": []}
    if sending is None:
        return row
    alert = sending.alert
    row |= {"alert": emergency.row(alert, False), "minutes": -(-(sending.seconds or 0) // 60)}
    if sending.answer == Answer.TAKES:
        emergency.note_look(alert, person_of(request), found.watch)
        places = emergency.positions(alert, 1)
        row["last"] = places[0] if places else None
        row["said"] = [one for one in emergency.messages(alert) if one["actor"] == "caller"][-5:]
    return row
