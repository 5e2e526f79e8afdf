"""A small country for tests: the packaged catalogue and bodies, two roads and square villages in Jakarta."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import shapely

from kentongan import bodies, catalogue, reports
from kentongan.people.models import Person
from kentongan.places.index import Line, build

# A street in Gambir, and a point on the (test's own) national road south of it.
STREET = (106.8200, -6.1700)
ON_NATIONAL_ROAD = (106.8200, -6.1790)
BEKASI = (107.1200, -6.3000)
DENPASAR = (115.2200, -8.6500)


def villages() -> list[tuple[str, Any]]:
    """Three squares: Gambir and its neighbour in Jakarta, one in Kabupaten Bekasi, one in Denpasar."""
    return [
        ("31.71.01.1001", shapely.box(106.80, -6.20, 106.83, -6.15)),
        ("31.71.02.1001", shapely.box(106.83, -6.20, 106.86, -6.15)),
        ("32.16.01.1007", shapely.box(107.10, -6.35, 107.15, -6.25)),
        ("51.71.01.1001", shapely.box(115.20, -8.70, 115.25, -8.60)),
    ]


def lines() -> list[Line]:
    """One national and one provincial road, crossing at 106.825, -6.179."""
    return [
        Line(
            "national_road",
            "national",
            25.0,
            "Jalan Uji Nasional",
            shapely.LineString([(106.80, -6.179), (106.86, -6.179)]),
        ),
        Line(
            "provincial_road",
            "provincial",
            25.0,
            "Jalan Uji Provinsi",
            shapely.LineString([(106.825, -6.20), (106.825, -6.15)]),
        ),
    ]


def build_country(path: Path) -> None:
    """Writes the index of the small country."""
    build(path, villages(), lines(), {"version": "test"})


def load_world() -> None:
    """Loads the catalogue and the bodies, and lets the demo's partners join."""
    catalogue.load()
    bodies.load()
    for code in ("31", "id.pu", "id.komdigi", "id.lapor", "id.pln", "51.71"):
        bodies.make_partner(code)


def person(email: str = "warga@contoh.id", **fields: Any) -> Person:
    """An account that can sign in with the password `kentongan-uji`."""
    return Person.objects.create_user(email, "kentongan-uji", **fields)


def submission(category: str = "road_damage", at: tuple[float, float] | None = STREET, **fields: Any) -> Any:
    """A report as a phone sends it."""
    lon, lat = at or (None, None)
    given = {
        "submission_id": uuid4(),
        "category": category,
        "text": "Lubang besar di tengah jalan",
        "lon": lon,
        "lat": lat,
    }
    return reports.Submission(**{**given, **fields})
