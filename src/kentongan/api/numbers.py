"""Whom to call near a place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from kentongan import numbers, places
from kentongan.api import answers
from kentongan.api.callers import address
from kentongan.api.shapes import Finite, ProblemShape
from kentongan.foundation import rates
from kentongan.numbers import opening

LOOKS, MINUTE = 120, 60  # questions of one address in a minute

router = Router(tags=["numbers"])


class NearNumber(Schema):
    """`dialled` is for `tel:`; `distance` in metres; `open` is null where it is not known; `hours` as in OpenStreetMap;
    `checked` an ISO date, empty where OpenStreetMap is the source."""

    kind: str
    number: str
    dialled: str
    name: str
    distance: int | None
    open: bool | None
    hours: str
    address: str
    lon: float | None
    lat: float | None
    source: str
    checked: str
    made_up: bool
    key: str


class Numbers(Schema):
    province: str
    numbers: list[NearNumber]


@router.get("/numbers", response={200: Numbers, 422: ProblemShape, 429: ProblemShape})
def near_numbers(request: HttpRequest, lon: Finite | None = None, lat: Finite | None = None) -> HttpResponse:
    """The numbers near a place, by kind and distance; without a place, those of the whole country."""
    rates.spend(f"numbers/{address(request)}", LOOKS, MINUTE)
    known = lon is not None and lat is not None
    found = numbers.near(lon or 0.0, lat or 0.0) if known else numbers.national()
    areas = places.locate(lon or 0.0, lat or 0.0).areas if known else ()
    minute = opening.minute_of_week(timezone.now(), places.zone_at(lon, lat))
    told = [_told(one, minute) for one in found]
    return answers.public(request, {"province": areas[0].code if areas else "", "numbers": told}, seconds=60)


def _told(one: numbers.Number, minute: int) -> dict[str, Any]:
    return {
        "kind": one.kind, "number": one.number, "dialled": one.dialled, "name": one.name, "distance": one.distance,
        "open": opening.open_now(one, minute), "hours": one.hours, "address": one.address, "lon": one.lon,
        "lat": one.lat, "source": one.source, "checked": one.checked, "made_up": one.is_demo, "key": one.key,
    }  # fmt: skip
