"""Where, what and who: places, categories, bodies, and the map. Public, and kept by caches."""

from __future__ import annotations

import math
from functools import reduce
from operator import and_
from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import Field, StringConstraints

from kentongan import bodies, catalogue, places, reports
from kentongan.api import answers, telling
from kentongan.api.shapes import Areas, Assets, Bodies, Categories, Finite, LocationShape, MapTile, Places, ProblemShape
from kentongan.bodies.models import Body
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem

HOUR = 3600
MOST = 200
SEARCHES_PER_HOUR = 5_000  # of one network address: a question at each pause of whoever types, and many behind one
router = Router(tags=["world"])
Typed = Annotated[str, StringConstraints(max_length=100)]
Sought = Annotated[str, StringConstraints(max_length=500)]
Near = Annotated[str, Field(max_length=100, description="lon,lat in degrees")]
Limit = Annotated[int, Field(ge=1, le=MOST)]


@router.get("/locate", response={200: LocationShape, 422: ProblemShape})
def locate(request: HttpRequest, lon: Finite, lat: Finite) -> HttpResponse:
    """The areas of a point from the province down; `distance` in metres to what it was snapped to."""
    found = places.locate(lon, lat)
    told = {
        "quality": found.quality,
        "distance": round(found.distance, 1),
        "areas": [telling.area(one) for one in found.areas],
        "neighbours": [telling.area(one) for one in found.neighbours],
    }
    return answers.public(request, told, seconds=HOUR)


@router.get("/categories", response=Categories)
def list_categories(request: HttpRequest) -> HttpResponse:
    """The kinds of trouble, in the order in which they are shown."""
    items = [
        {
            "code": one.code,
            "parent": one.parent_id,
            "name": one.name,
            "hint": one.hint,
            "icon": one.icon,
            "needs_place": one.needs_place,
            "emergency": one.emergency,
            "restricted": one.restricted,
            "deadline_hours": one.deadline_hours,
            "questions": one.questions,
            "asset": {"layer": one.asset_layer, "question": one.which_asset} if one.asset_layer else None,
        }
        for one in catalogue.all_active()
    ]
    return answers.public(request, {"items": items}, seconds=60)


@router.get("/assets", response={200: Assets, 422: ProblemShape, 429: ProblemShape})
def list_assets(
    request: HttpRequest, category: Typed, lon: Finite, lat: Finite, limit: Annotated[int, Field(ge=1, le=20)] = 6
) -> HttpResponse:
    """The things that a category is about (street lights, bus stops …) within 100 m of a place, nearest first."""
    rates.spend(f"places/{rates.address(request)}", SEARCHES_PER_HOUR, HOUR)
    kind = catalogue.get(category)
    places.check_point(lon, lat)
    found = places.nearest_assets(kind.asset_layer, lon, lat, limit) if kind.asset_layer else []
    items = [
        {"layer": one.layer, "id": one.id, "name": one.name, "lon": one.lon, "lat": one.lat,
         "distance": round(one.distance or 0.0, 1)}
        for one in found
    ]  # fmt: skip
    return answers.public(request, {"items": items}, seconds=60)


@router.get("/bodies", response={200: Bodies, 422: ProblemShape})
def list_bodies(request: HttpRequest, q: Typed = "", cursor: Typed = "", limit: Limit = 50) -> HttpResponse:
    """Bodies by code; `q`: words of the name in either language, an abbreviation (Satpol PP, PDAM) or the code itself.

    `next` is the cursor of the following page.
    """
    found = Body.objects.order_by("code")
    text, after = _plain(q), _plain(cursor)
    if text:
        found = found.filter(_named(text))
    codes = list(found.filter(code__gt=after).values_list("code", flat=True)[: limit + 1])
    following = codes[limit - 1] if len(codes) > limit else None
    items = [telling.body(code) for code in codes[:limit]]
    return answers.public(request, {"items": items, "next": following}, seconds=60)


def _named(text: str) -> Q:
    """Those who are meant by it, as in the console (`casework.find_bodies`)."""
    meant = Q(code=text.strip())
    # The same word twice, or the same words in another order, ask for nothing more.
    for wording in {frozenset(one.split()[:12]) for one in bodies.spelled_out(text[:200])} - {frozenset()}:
        words = [Q(name_id__icontains=word) | Q(name_en__icontains=word) for word in sorted(wording)]
        meant |= reduce(and_, words)
    return meant


@router.get("/bodies/{code}", response={200: dict, 404: ProblemShape})
def read_body(request: HttpRequest, code: str) -> HttpResponse:
    """One body and its public numbers by status and by ending."""
    if _plain(code) != code or not Body.objects.filter(code=code).exists():
        raise Problem("not_found", 404, _("There is no such body."))
    told = {**(telling.body(code) or {}), "counts": reports.counts(body=code)}
    return answers.public(request, told, seconds=60)


@router.get("/areas", response={200: Areas, 422: ProblemShape})
def search_areas(request: HttpRequest, q: Typed, limit: Annotated[int, Field(ge=1, le=50)] = 10) -> HttpResponse:
    """Areas by name or code, the likeliest first."""
    found = places.search(_plain(q), limit)
    return answers.public(request, {"items": [telling.area(one) for one in found]}, seconds=HOUR)


@router.get("/places", response={200: Places, 422: ProblemShape, 429: ProblemShape})
def find_places(
    request: HttpRequest, q: Sought, near: Near = "", limit: Annotated[int, Field(ge=1, le=20)] = 10
) -> HttpResponse:
    """Places by what people type: areas, streets, landmarks, postcodes, coordinates, Plus Codes, map links.

    The likeliest first; `near` (`lon,lat`: the middle of the map that is shown) puts what is nearer first.
    """
    rates.spend(f"places/{rates.address(request)}", SEARCHES_PER_HOUR, HOUR)
    found = [telling.place_found(one) for one in places.find(_plain(q), _point(near) if near else None, limit)]
    return answers.public(request, {"items": found, "attribution": places.attribution()}, seconds=HOUR)


@router.get("/map/{z}/{x}/{y}", response={200: MapTile, 422: ProblemShape})
def map_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """A web-Mercator tile: `points` [code, lon, lat, status, category], or `clusters` [lon, lat, counts]."""
    try:
        tile = reports.map_tile(z, x, y)
    except ValueError:
        raise Problem("bad_tile", 422, _("There is no such tile: x and y go from 0 to 2^z - 1.")) from None
    return answers.public(request, {"points": tile.points, "clusters": tile.clusters}, seconds=15)


def _point(near: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in near.split(","))
    except ValueError:
        lon = lat = math.nan
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Problem("bad_near", 422, _("Give lon,lat in degrees, longitude first."), field="near")
    return lon, lat


def _plain(text: str) -> str:
    """Without NUL, which PostgreSQL cannot compare."""
    return text.replace("\x00", "")
