"""The overview of all regions: volume, endings, answer times, who takes part, and what waits for whom."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from kentongan import insights, places
from kentongan.foundation import outbox
from kentongan.foundation.remembering import remembered
from kentongan.web.kept import kept

SORTS = {"reports": "received", "solved": "solved", "without": "no_partner", "waiting": "waiting"}
TALLEST = 60  # units of the drawing
WIDE = 960  # units of the map: 95 to 141 degrees east
WEST, EAST, NORTH, SOUTH = 94.9, 141.1, 6.2, -11.1
SMALLEST = 0.02  # square degrees: islets would only cost bytes


@require_safe
@kept
def overview(request: HttpRequest) -> HttpResponse:
    """The page. `period` is 3, 12 (months) or all; `sort` a column."""
    period, sort = request.GET.get("period", "12"), request.GET.get("sort", "")
    found = insights.overview(period)
    regions = list(found.regions)
    if sort in SORTS:
        regions.sort(key=lambda line: -line.counts[SORTS[sort]])
    most = max((number for _month, number in found.months), default=0)
    bars = [_bar(at, month, number, most) for at, (month, number) in enumerate(found.months)]
    late = outbox.minutes_late()
    shown: dict[str, Any] = {
        "late": late and _("News may be late by %(minutes)d minutes.") % {"minutes": late},
        "found": found, "regions": regions, "period": period, "sort": sort, "periods": insights.PERIODS,
        "bars": bars, "width": max(16, len(bars) * 16),
        "shapes": _shapes(found.regions),
    }  # fmt: skip
    return render(request, "web/overview.html", shown)


@require_safe
@gzip_page
def table(request: HttpRequest) -> HttpResponse:
    """The table as CSV; times in hours, medians."""
    found = insights.overview(request.GET.get("period", "12"))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="kentongan-overview.csv"'
    rows = csv.writer(answer)
    counts = list(found.whole.counts)
    rows.writerow(["code", "name", *counts, "accepted_after_hours", "solved_after_hours", "governments", "partners"])
    for line in found.regions:
        times = ["" if hours is None else round(hours, 1) for hours in (line.accepted_after, line.solved_after)]
        rows.writerow([line.code, line.name, *line.counts.values(), *times, line.governments, line.partners])
    return answer


def _bar(at: int, month: date, number: int, most: int) -> dict[str, Any]:
    """The bar of one month in the drawing, which is `TALLEST` high for the month with `most` reports."""
    height = max(1, round(TALLEST * number / most)) if most else 0
    return {"month": month, "number": number, "x": at * 16, "y": TALLEST - height, "height": height}


def _shapes(regions: list[Any]) -> list[dict[str, str]]:
    """The provinces as paths, in three shades by the share of governments that take part; none without polygons."""
    shapes = []
    for line in regions:
        if line.code and (path := _path(line.code, str(places.source().version))):
            share = line.share or 0
            title = _("%(name)s: %(partners)d of %(all)d governments take part")
            shapes.append({
                "path": path, "shade": "all" if share == 100 else "some" if share else "none",
                "title": title % {"name": line.name, "partners": line.partners, "all": line.governments},
            })  # fmt: skip
    return shapes


@remembered(maxsize=64)
def _path(code: str, _version: str) -> str:
    """A province as an SVG path, its larger islands only."""
    outline = places.outline(code)
    if outline is None:
        return ""
    parts = shapely.get_parts(shapely.simplify(shapely.geometry.shape(outline), 0.04))
    kept = [part for part in parts if part.area >= SMALLEST] or list(parts[:1])
    scale = WIDE / (EAST - WEST)
    rings = []
    for part in kept:
        points = [f"{(lon - WEST) * scale:.0f} {(NORTH - lat) * scale:.0f}" for lon, lat in part.exterior.coords]
        rings.append("M" + "L".join(points) + "Z")
    return "".join(rings)
