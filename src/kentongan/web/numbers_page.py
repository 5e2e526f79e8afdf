"""Important numbers: near a place, of a province (kept on the phone), and what is wrong with one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kentongan import casework, numbers, places, warnings
from kentongan.foundation.problems import Problem
from kentongan.numbers import opening
from kentongan.numbers.known import KINDS, Number
from kentongan.places import gazetteer
from kentongan.web.people_here import person_of


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The numbers near `lon`, `lat`, or near what was typed as `place`; without one, those of the whole country."""
    typed = request.GET.get("place", "").strip()[:500]
    point, label = _point(request.GET), ""
    if point is None and typed and (meant := places.meant(typed, request.GET.get("at", ""))):
        area = gazetteer.areas().get(meant.area)
        point, label = (area.lon, area.lat) if area else meant.point, meant.label
    shown: dict[str, Any] = {"typed": typed, "lost": bool(typed) and point is None, "place": "", "province": ""}
    if point is not None:
        try:
            found = numbers.near(*point)
        except Problem as problem:
            point, shown["wrong"] = None, problem.detail
    if point is None:
        return _render(request, numbers.national(), None, shown)
    areas = places.locate(*point).areas
    shown |= {"place": label or ", ".join(one.name for one in areas[::-1][:2]), "point": point}
    shown["province"] = areas[0].code if areas else ""
    shown["standing"] = warnings.at_areas(one.code for one in areas)
    shown["warned"] = areas[-1].code if areas else ""
    return _render(request, found, point, shown)


@require_safe
def province(request: HttpRequest, code: str) -> HttpResponse:
    """The numbers of a province on one page, which the phone keeps."""
    area = gazetteer.areas().get(code)
    if area is None or "." in code:
        raise Http404(_("There is no region with this code."))
    shown = {"typed": "", "place": area.name, "province": code, "whole": True}
    return _render(request, numbers.of_province(code), (area.lon, area.lat), shown)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def propose(request: HttpRequest) -> HttpResponse:
    """Something is wrong with a number (`key`), or one is missing (`lon`, `lat`)."""
    person, given = person_of(request), request.POST if request.method == "POST" else request.GET
    assert person is not None  # noqa: S101  login_required
    about = _about(given.get("key", ""), _point(given))
    if about is None and (given.get("key") or _point(given) is None):
        raise Http404(_("This number is no longer known here."))
    wrong: Problem | None = None
    if request.method == "POST":
        try:
            numbers.propose(person, about, given.dict())
            messages.success(request, _("Thank you. The body that answers for this number will look at it."))
            return redirect("numbers")
        except Problem as problem:
            wrong = problem
    shown = {"about": about, "said": given, "kinds": KINDS, "wrong": wrong}
    return render(request, "web/number_propose.html", shown, status=wrong.status if wrong else 200)


def _render(
    request: HttpRequest, found: list[Number], point: tuple[float, float] | None, shown: dict[str, Any]
) -> HttpResponse:
    zone, now = places.zone_of(shown["province"]), timezone.now()
    offset = now.astimezone(zone).utcoffset() or timedelta()
    person = person_of(request)
    shown |= {
        "groups": opening.groups(found, opening.minute_of_week(now, zone)), "has_place": point is not None,
        "offset": int(offset.total_seconds() // 60),
        "decides": bool(person and casework.works_somewhere(person)),
    }  # fmt: skip
    return render(request, "web/numbers.html", shown)


def _point(given: Any) -> tuple[float, float] | None:
    try:
        return float(given.get("lon", "")), float(given.get("lat", ""))
    except ValueError:
        return None


def _about(key: str, point: tuple[float, float] | None) -> Number | None:
    """The number of a key; one of OpenStreetMap only lies near its place."""
    found = numbers.find(key) if key else None
    if found is None and key and point is not None:
        try:
            return next((one for one in numbers.near(*point) if one.key == key), None)
        except Problem:
            return None
    return found
