"""The tasks of an officer in the street: a page that the phone keeps, and what it sends when there is a network."""

from __future__ import annotations

from datetime import datetime
from math import inf, isfinite
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kentongan import casework, network, places, reports
from kentongan.console import ways
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.people.whose import mark

WHY = {
    "late": ("triangle-alert", _("It is overdue")),
    "soon": ("clock", _("It is due within eight hours")),
    "pressing": ("flag", _("It is urgent")),
    "near": ("route", _("It is the nearest on the way")),
}
MOST_PHOTOS = 5


@require_http_methods(["GET", "HEAD", "POST"])
def tasks(request: HttpRequest) -> HttpResponseBase:
    """What I have to do, in the order of a round; posted, of a round that begins at `lon`, `lat`.

    The phone may keep the page, for whom `X-Whose` says (`js/service-worker.js`), until they sign out.
    """
    answer = _tasks(request)
    if answer.status_code == 200:
        answer["Cache-Control"] = "private, no-cache"
        answer["X-Whose"] = mark(person_of(request))
    return answer


@for_staff
def _tasks(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if not casework.works_somewhere(person):
        raise Problem("no_body", 403, _("You are not on the staff of any body. Ask its administrator to add you."))
    start = _start(request)
    stops = casework.tasks(person, start)
    shown = {
        "stops": [_shown(stop) for stop in stops], "metres": sum(stop.metres or 0 for stop in stops),
        "from_here": start is not None, "now": timezone.now(), "came": ways.here(request),
    }  # fmt: skip
    return render(request, "console/tasks.html", shown)


@require_POST
@for_staff
def result(request: HttpRequest, code: str) -> HttpResponse:
    """What was done in the street, as the phone has kept it: its code, 201 new or 200 known.

    Sent again, after an answer that got lost, it is taken once. A refusal is `{"words", "field", "code"}`. What
    another person of this phone has written waits for them: 403.
    """
    person = person_of(request)
    try:
        _check_whose(request, person)
        done, sent = _done(request), _sent(request)
        network.refuse_elsewhere(reports.find(code, person), done.what)
        found, is_new = casework.finish(person, code, done, sent)
    except Problem as problem:
        refusal = {"words": str(problem.detail), "field": problem.field, "code": problem.code}
        return JsonResponse(refusal, status=problem.status)
    return JsonResponse({"code": found.code}, status=201 if is_new else 200)


def _check_whose(request: HttpRequest, person: Person) -> None:
    if not casework.works_somewhere(person):
        words = _(
            "You work for no body any more, so this was not sent. Save the photos and give them and the words to a"
            " colleague, or ask an administrator to add you again and then send it."
        )
        raise Problem("no_body", 403, words)
    if request.POST.get("whose", mark(person)) != mark(person):
        raise Problem("not_yours_to_send", 403, _("Somebody else wrote this on this phone: it waits for them."))


def _start(request: HttpRequest) -> tuple[float, float] | None:
    """Where the round begins, if the page was asked for with a place on earth."""
    lon, lat = _number(request, "lon"), _number(request, "lat")
    return (lon, lat) if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90 else None


def _shown(stop: casework.Stop) -> dict[str, Any]:
    report = stop.report
    side = places.kept_facts(report.address).get("side", "") if report.address else ""
    photos = reports.photos(report)
    before = [one for one in photos if one.role == "report" and "broken" not in one.marks]
    return {
        "stop": stop, "report": report, "side": side, "why": WHY[stop.why],
        "address": places.address_text(report.address, report.area_codes), "before": before[0] if before else None,
        "answers": reports.in_their_words(reports.answered(report)),
    }  # fmt: skip


def _done(request: HttpRequest) -> casework.Done:
    posted = request.POST
    what, seq = posted.get("what", ""), posted.get("seq", "")
    if what not in {"resolve", "note"} or not (seq.isascii() and seq.isdigit() and len(seq) < 10):
        raise Problem("bad_result", 422, _("This cannot be sent as it is kept. Open it and send again."))
    return casework.Done(
        what, int(seq), posted.get("text", ""), posted.get("no_photo_reason", ""),
        _photos(request, "photos"), _photos(request, "before"),
    )  # fmt: skip


def _photos(request: HttpRequest, name: str) -> list[UUID]:
    try:
        found = [UUID(one) for one in request.POST.getlist(name)]
    except ValueError:
        raise Problem(
            "bad_result", 422, _("This cannot be sent as it is kept. Open it and send again."), field=name
        ) from None
    if len(found) > MOST_PHOTOS:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field=name)
    return found


def _sent(request: HttpRequest) -> reports.Sent:
    try:
        key = UUID(request.POST.get("submission_id", ""))
    except ValueError:
        raise Problem("bad_result", 422, _("This cannot be sent as it is kept. Open it and send again.")) from None
    start = _start(request)
    lon, lat = start or (None, None)
    accuracy, age = _number(request, "accuracy"), _number(request, "age")
    return reports.Sent(
        key, lon, lat, inf if accuracy is None else accuracy, -1.0 if age is None else age, _moment(request)
    )


def _number(request: HttpRequest, name: str) -> float | None:
    try:
        found = float(request.POST.get(name, ""))
    except ValueError:
        return None
    return found if isfinite(found) else None


def _moment(request: HttpRequest) -> datetime | None:
    """The time that the phone says; none where it is no moment."""
    try:
        said = datetime.fromisoformat(request.POST.get("said_at", ""))
    except ValueError:
        return None
    return said if timezone.is_aware(said) else None
