"""Reports that may tell of the same trouble: about the same thing, or near in place, kind and words."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from kentongan import catalogue
from kentongan.places import distance
from kentongan.reports.filtering import box_around
from kentongan.reports.models import Report
from kentongan.reports.states import IN_HAND, State

REACH = 75  # metres: two people point at the same hole from both sides of a street
OPEN = [State.RECEIVED, State.AWAITING_PARTNER, *sorted(IN_HAND)]


@dataclass(frozen=True)
class Likely:
    """A report that may be the same: `distance` in metres, `likeness` 0 to 1; `same_asset`: about the same thing."""

    report: Report
    distance: float
    likeness: float
    same_asset: bool = False


def near_duplicates(
    category: str, lon: float, lat: float, text: str = "", limit: int = 3, asset_id: str = ""
) -> list[Likely]:
    """Open public reports of the same category within 75 m, the likeliest first, however old they are: what has been
    waiting longest is what people report again.

    With `asset_id` those about the same thing come first, and those about another one of its layer not at all: the lamp
    beside it is another trouble.
    """
    layer = catalogue.known(category).asset_layer if asset_id else ""
    same = _about(layer, asset_id, lon, lat)[:limit] if layer else []
    near = _near(category, lon, lat, text, layer)
    known = {one.report.pk for one in same}
    return [*same, *(one for one in near if one.report.pk not in known)][:limit]


def _about(layer: str, asset_id: str, lon: float, lat: float) -> list[Likely]:
    found = Report.objects.filter(asset_layer=layer, asset_id=asset_id, state__in=OPEN, is_restricted=False)
    return [
        Likely(
            one, distance(lon, lat, one.lon, one.lat) if one.lon is not None and one.lat is not None else 0.0, 1.0, True
        )
        for one in found.select_related("category", "body").order_by("-pk")[:20]
    ]


def _near(category: str, lon: float, lat: float, text: str, layer: str) -> list[Likely]:
    """Those near by; with a layer only those about none of its things."""
    west, south, east, north = box_around(lon, lat, REACH)
    found = Report.objects.filter(
        lat__range=(south, north), lon__range=(west, east), category=category, state__in=OPEN, is_restricted=False,
    ).select_related("category", "body")  # fmt: skip
    if layer:
        found = found.exclude(asset_layer=layer)
    likely = [_weigh(report, lon, lat, text) for report in found[:200]]
    near = [one for one in likely if one.distance <= REACH]
    return sorted(near, key=lambda one: (-one.likeness, one.distance, one.report.pk))


def _weigh(report: Report, lon: float, lat: float, text: str) -> Likely:
    assert report.lon is not None  # noqa: S101  the box holds only reports with a place
    assert report.lat is not None  # noqa: S101
    away = distance(lon, lat, report.lon, report.lat)
    words = fuzz.token_set_ratio(text, report.text) / 100 if text and report.text else 0.0
    # Place tells more than words: people describe the same hole very differently.
    return Likely(report, away, round(0.7 * max(0.0, 1 - away / REACH) + 0.3 * words, 3))
