"""A large number of reports, seeded: spread over Jakarta, in all states, written past the commands."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import h3.api.basic_int as h3
import numpy as np
from django.utils import timezone

from kentongan import bodies, catalogue, routing
from kentongan.foundation.codes import ALPHABET
from kentongan.reports.cells import recount
from kentongan.reports.models import Report
from kentongan.reports.states import State

BATCH = 5_000
WEST, SOUTH, EAST, NORTH = 106.69, -6.36, 106.97, -6.09


def world() -> None:
    """The catalogue, the bodies, and Jakarta as a partner."""
    catalogue.load()
    bodies.load()
    bodies.make_partner("31")


def fill(to: int) -> None:
    """Adds reports until there are `to`, then counts the map anew."""
    there = Report.objects.count()
    kinds = [one.code for one in catalogue.choosable() if one.needs_place]
    chance = np.random.default_rng(there)
    decision = routing.preview("road_damage", (WEST + EAST) / 2, (SOUTH + NORTH) / 2).as_json()
    for at in range(there, to, BATCH):
        number = min(BATCH, to - at)
        lons, lats = chance.uniform(WEST, EAST, number), chance.uniform(SOUTH, NORTH, number)
        Report.objects.bulk_create(
            [row(at + one, float(lons[one]), float(lats[one]), kinds, decision) for one in range(number)]
        )
    recount()


def _code(number: int) -> str:
    letters = "".join(ALPHABET[number // 28**at % 28] for at in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def row(number: int, lon: float, lat: float, kinds: list[str], decision: dict[str, Any]) -> Report:
    """The report of this number; the same number is the same report."""
    states = [State.ROUTED, State.ACCEPTED, State.RESOLVED, State.CONFIRMED]
    at = timezone.now() - timedelta(minutes=number % 500_000)
    return Report(
        code=_code(number), submission_id=uuid.UUID(int=number), digest="", category_id=kinds[number % len(kinds)],
        text="Laporan uji", lon=round(lon, 6), lat=round(lat, 6), cell=h3.latlng_to_cell(lat, lon, 10),
        province_code="31", regency_code="31.71", district_code="31.71.01", village_code="31.71.01.1001",
        place_quality="exact", state=states[number % 4], body_id="31.roads", created_at=at, updated_at=at, seq=2,
        decision=decision,
    )  # fmt: skip
