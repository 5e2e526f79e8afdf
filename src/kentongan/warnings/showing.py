"""One message as pages show it, to everybody and to its staff."""

from __future__ import annotations

import json

from shapely.geometry import mapping

from kentongan import places
from kentongan.warnings import reading, shapes, standing
from kentongan.warnings.models import Warning
from kentongan.warnings.terms import CERTAINTY, KINDS, SEVERITY, URGENCY

OUTLINES = 12  # official areas whose borders a map shows
LETTERS = 60_000  # of all these borders on one page
POINTS = 1_500  # of all that was drawn: a map on a phone shows no more, and the CAP message tells all


def shown(one: Warning) -> dict[str, object]:
    """What pages show of a message."""
    return {
        "warning": one, "words": standing.spoken(one.words), "place": standing.spoken(one.area_words),
        "source": standing.spoken(standing.source(one)), "kind": KINDS[one.kind],
        "scales": [SEVERITY.get(one.severity), URGENCY.get(one.urgency), CERTAINTY.get(one.certainty)],
        "history": reading.history(one), "shapes": geometry(one), "box": _box(one),
        "exercise": one.status != "Actual", "zone_of": one.covers[0] if one.covers else "",
        "zone": standing.zone_of(one.covers),
    }  # fmt: skip


def geometry(one: Warning) -> str:
    """The drawn part of its area as GeoJSON, and the borders of official areas where they are known."""
    found = [dict(mapping(shape)) for shape in shapes.simpler(shapes.drawn(one.area), POINTS)]
    found += places.borders(one.area.get("codes", [])[:OUTLINES], LETTERS)
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in found]
    return json.dumps({"type": "FeatureCollection", "features": features})


def _box(one: Warning) -> str:
    """West, south, east and north of its area; empty where nothing of it is known."""
    boxes = [shape.bounds for shape in shapes.drawn(one.area)]
    boxes += [found for code in one.area.get("codes", [])[:OUTLINES] if (found := places.bounds(code))]
    if not boxes:
        return ""
    west, south, east, north = (list(part) for part in zip(*boxes, strict=True))
    return f"{min(west):.5f},{min(south):.5f},{max(east):.5f},{max(north):.5f}"
