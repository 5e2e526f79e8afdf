"""Pages to look around: the map of everything, a region, a body, and one's own reports."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from kentongan import bodies, casework, places, reports, warnings
from kentongan.bodies.models import Body
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.places import gazetteer
from kentongan.places.opening import index_stamp
from kentongan.warnings.terms import GRAVE
from kentongan.web import draft as drafts
from kentongan.web import looks, way_back
from kentongan.web.kept import kept
from kentongan.web.people_here import person_of, whose

LATEST, PAGE = 12, 30
WARNED = 3  # warnings above a page
NEAR = 1_000.0  # metres around a place that somebody looks at
CAPITAL = (106.83, -6.2, 10)  # lon, lat and zoom at which the map begins
NAMED = {4: "province", 7: "regency", 10: "district", 13: "village"}  # by the zoom of a tile
OUTLINE_AGE = 86_400  # seconds; boundaries change a few times a year


@require_safe
@kept
def home(request: HttpRequest) -> HttpResponse:
    """The live map, how many reports stand how, and the latest ones."""
    if "code" in request.GET:
        # A slash would be another address.
        return redirect("report", code=request.GET["code"].strip()[:40].replace("/", "-") or "-")
    typed = request.GET.get("place", "").strip()
    meant = places.meant(typed, request.GET.get("at", ""))
    if meant and meant.area:
        return redirect("area", code=meant.area)
    near = (*meant.point, NEAR) if meant and meant.point else None
    page = reports.listing(reports.Filters(near=near, limit=LATEST))
    shown = {
        "items": page.items, "numbers": _numbers(reports.counts()), "typed": typed, "meant": meant,
        "begins": (*near[:2], 16) if near else CAPITAL, "standing": _grave(near),
    }  # fmt: skip
    return render(request, "web/home.html", shown)


def _grave(near: tuple[float, float, float] | None) -> list[warnings.Standing]:
    """The warnings of the place that is looked at; without one, the gravest of the country."""
    if near is not None:
        try:
            return warnings.at_areas(one.code for one in places.locate(*near[:2]).areas)[:WARNED]
        except Problem:
            return []
    return [one for one in warnings.all_in_force() if one.severity in GRAVE][:WARNED]


@require_safe
@kept
def area(request: HttpRequest, code: str) -> HttpResponse:
    """A region: whether its government takes part, its numbers, its reports."""
    found = gazetteer.areas().get(code)
    if found is None:
        raise Http404(_("There is no region with this code."))
    known = gazetteer.areas()
    parts = code.split(".")
    above = [known[".".join(parts[:depth])] for depth in range(1, len(parts))]
    counts = reports.counts(area=code)
    shown = {
        "area": found,
        "above": above,
        "body": _government([*above, found]),
        "waiting": counts["status"]["no_partner"],
        "numbers": _numbers(counts),
        "endings": _endings(counts),
        "outline": code if places.source().kind == "polygons" else "",
        "box": _box(code, index_stamp()),
        "zoom": {1: 8, 2: 10, 3: 12, 4: 14}[len(parts)],
        "standing": warnings.at_areas([code]),
        "warned": code,
    }
    return render(request, "web/area.html", shown | _page(request, reports.Filters(area=code, limit=PAGE)))


@require_safe
@kept
def body(request: HttpRequest, code: str) -> HttpResponse:
    """A public body or company: what it is, whether it takes part, its numbers and reports."""
    try:
        found = bodies.get(code)
    except Problem as problem:
        raise Http404(str(problem.detail)) from None
    counts = reports.counts(body=code)
    shown = {
        "body": found,
        "area": gazetteer.areas().get(found.area_code),
        "below": Body.objects.filter(parent=found).order_by("code")[:50],
        "waiting": counts["status"]["no_partner"],
        "numbers": _numbers(counts),
        "endings": _endings(counts),
        "hidden": casework.hidden_in_public(code),
    }
    return render(request, "web/body.html", shown | _page(request, reports.Filters(body=code, limit=PAGE)))


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where somebody begins who has signed in: staff at their queue, everybody else at the map."""
    person = person_of(request)
    return redirect("console:queue" if person is not None and casework.works_somewhere(person) else "home")


def mine(request: HttpRequest) -> HttpResponse:
    """The person's own reports; without an account, those made in this browser.

    `X-Whose` tells the phone for whom it may keep the page (`js/service-worker.js`).
    """
    answer = _mine(request)
    answer["X-Whose"] = whose(request)["whose"]
    return answer


def _mine(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    claims = request.session.get(drafts.CLAIMS, {})
    if person is None:
        items = [found for found in (_own(code, token) for code, token in claims.items()) if found]
        return render(request, "web/mine.html", {"items": items[::-1], "next": ""})
    shown = _page(request, reports.Filters(reporter=person, limit=PAGE))
    return render(request, "web/mine.html", shown | {"goes_on": way_back.goes_on(request)})


@gzip_page
@require_safe
def outline(request: HttpRequest, code: str) -> JsonResponse:
    """The boundary of an area, or of all provinces, as GeoJSON; empty where no polygons are loaded."""
    known = gazetteer.areas()
    if code != "province" and code not in known:
        raise Http404
    wanted = [one for one in known if "." not in one] if code == "province" else [code]
    shapes = []
    for one in wanted:
        geometry = places.outline(one)
        if geometry:
            named = {"code": one, "name": known[one].name}
            shapes.append({"type": "Feature", "properties": named, "geometry": geometry})
    answer = JsonResponse({"type": "FeatureCollection", "features": shapes})
    # Boundaries that are not loaded yet may be in a minute.
    patch_cache_control(answer, public=True, max_age=OUTLINE_AGE if shapes else 60)
    return answer


@cache_control(public=True, max_age=OUTLINE_AGE)
@gzip_page
@require_safe
def kept_places(request: HttpRequest, code: str) -> HttpResponse:
    """The places of a province for phones without a network (`js/places-kept.js`), at most half a megabyte."""
    try:
        made = places.province_file(code)
    except KeyError:
        raise Http404 from None
    return HttpResponse(made, content_type="application/json")


@cache_control(public=True, max_age=OUTLINE_AGE)
@gzip_page
@require_safe
def names(request: HttpRequest, z: int, x: int, y: int) -> JsonResponse:
    """Names to write on the map of a web-Mercator tile: `[[lon, lat, name, code], …]`, degrees WGS 84."""
    if z not in NAMED or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise Http404
    return JsonResponse({"names": _names(z, id(gazetteer.areas())).get((x, y), [])})


@remembered(maxsize=1024)
def _box(code: str, _of: int) -> str:
    """The box that a map of an area shows, `west,south,east,north`. Empty where it is not known: then the map shows
    the area's surroundings."""
    return ",".join(f"{one:.4f}" for one in places.bounds(code) or ())


@remembered(maxsize=len(NAMED))
def _names(z: int, _of: int) -> dict[tuple[int, int], list[list[Any]]]:
    tiles: dict[tuple[int, int], list[list[Any]]] = {}
    for one in gazetteer.areas().values():
        if one.level == NAMED[z] and one.own_point:
            north = math.asinh(math.tan(math.radians(one.lat)))
            tile = int((one.lon + 180) / 360 * 2**z), int((1 - north / math.pi) / 2 * 2**z)
            tiles.setdefault(tile, []).append([round(one.lon, 4), round(one.lat, 4), one.name, one.code])
    return tiles


def _numbers(counts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"status": str(one), "look": look, "count": counts["status"][one]} for one, look in looks.STATUS.items()]


def _endings(counts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"word": looks.ENDINGS[one], "count": number} for one, number in counts["ending"].items()]


def _government(areas: list[Any]) -> Body | None:
    """The lowest government of a region: in DKI Jakarta that is the province's."""
    codes = bodies.snapshot().governments(tuple(areas))
    return bodies.get(codes[0]) if codes else None


def _page(request: HttpRequest, filters: reports.Filters) -> dict[str, Any]:
    status = request.GET.get("status", "")
    chosen = (status,) if status in set(looks.STATUS) else ()
    try:
        page = reports.listing(replace(filters, states=chosen, cursor=request.GET.get("cursor", "")))
    except Problem:
        page = reports.listing(replace(filters, states=chosen))
    return {"items": page.items, "next": page.next, "chosen": status if chosen else ""}


def _own(code: str, token: str) -> Any:
    try:
        return reports.find(code, None, token)
    except Problem:
        return None
