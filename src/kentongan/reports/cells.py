"""The map: counts per H3 cell from afar, kept up to date by the worker; single points from near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import atan, degrees, pi, sinh
from typing import Any

import h3.api.basic_int as h3
from django.db import connection
from django.db.models import Count, QuerySet

from kentongan.foundation import prepared
from kentongan.foundation.remembering import remembered
from kentongan.reports.models import Report, ReportCell
from kentongan.reports.states import PUBLIC, State

RESOLUTIONS = range(2, 10)
POINTS_FROM = 15  # zoom: a tile is then about 1.2 km wide
MOST_POINTS = 1500
CELLS_AT = {3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 8: 5, 9: 6, 10: 6, 11: 7, 12: 8, 13: 8, 14: 9}
FINEST = 9
DEEPEST = 22  # zoom levels of web maps
WIDEST = 12  # degrees: of a wider box all cells are asked for, there are too many to name
MOST_CELLS = 1000  # in one statement
_ADD = """
    INSERT INTO reports_reportcell (resolution, cell, status, count) VALUES {}
    ON CONFLICT (resolution, cell, status) DO UPDATE SET count = reports_reportcell.count + excluded.count
"""
_COUNTED = "SELECT cell, status, count FROM reports_reportcell WHERE resolution = %s AND count > 0{}"
_INSIDE = """
    SELECT code, lon, lat, state, category_id FROM reports_report
    WHERE lat >= %s AND lat < %s AND lon >= %s AND lon < %s AND is_restricted = %s LIMIT %s
"""
_STATUS = {state.value: status.value for state, status in PUBLIC.items()}


@dataclass
class Tile:
    """What the map shows of one tile, in columns: `points` [code, lon, lat, status, category] or
    `clusters` [lon, lat, {status: count}] with the middle of each H3 cell, degrees WGS 84."""

    points: list[list[Any]] = field(default_factory=list)
    clusters: list[list[Any]] = field(default_factory=list)


def map_tile(z: int, x: int, y: int) -> Tile:
    """The public reports of a web-Mercator tile. Raises ValueError where there is no such tile.

    Near by, more reports than are shown as points are counted by their own cells: the middle of a coarse cell may lie
    outside a tile of a few metres, and the reports would be nowhere.
    """
    if not 0 <= z <= DEEPEST or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise ValueError("no such tile")
    west, south, east, north = tile_bounds(z, x, y)
    if z >= POINTS_FROM and not _is_crowded(west, south, east, north):
        rows = prepared.rows(_INSIDE, [south, north, west, east, False, MOST_POINTS + 1])
        if len(rows) <= MOST_POINTS:
            return Tile(points=[[code, lon, lat, _STATUS[state], kind] for code, lon, lat, state, kind in rows])
        inside = Report.objects.filter(
            lat__gte=south, lat__lt=north, lon__gte=west, lon__lt=east, is_restricted=False
        )  # fmt: skip
        return Tile(clusters=_at_middles(_of_own_cells(inside)))
    return Tile(clusters=_clusters(west, south, east, north, CELLS_AT.get(z, 2 if z < 3 else FINEST)))


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a web-Mercator tile in degrees."""
    size = 2**z

    def north_of(row: int) -> float:
        return degrees(atan(sinh(pi * (1 - 2 * row / size))))

    return x / size * 360 - 180, north_of(y + 1), (x + 1) / size * 360 - 180, north_of(y)


def count_moves(events: list[dict[str, Any]]) -> Callable[[], None]:
    """Prepared subscriber of the timeline: moves each report from the count of its old status to that of the new."""
    change: Counter[tuple[int, int, str]] = Counter()
    for event in events:
        if event["cell"] is None or event["from"] == event["to"]:
            continue
        for resolution in RESOLUTIONS:
            cell = _parent(event["cell"], resolution)
            if event["from"]:
                change[resolution, cell, event["from"]] -= 1
            if event["to"]:
                change[resolution, cell, event["to"]] += 1
    return partial(_apply, {key: number for key, number in change.items() if number})


def recount() -> None:
    """Counts all cells anew from the reports: when `audit` finds a difference."""
    ReportCell.objects.all().delete()
    rows = Report.objects.filter(is_restricted=False, cell__isnull=False).values_list("cell", "state")
    found: Counter[tuple[int, str]] = Counter()
    for cell, state in rows.iterator(chunk_size=10_000):
        found[cell or 0, PUBLIC[State(state)]] += 1
    count(found)


def count(reports: Counter[tuple[int, str]]) -> None:
    """Adds reports, by their cell and status, to the counts of all cells that they lie in; below 0 it takes away."""
    change: Counter[tuple[int, int, str]] = Counter()
    for (cell, status), number in reports.items():
        for resolution in RESOLUTIONS:
            change[resolution, _parent(cell, resolution), status] += number
    _apply(change)


@remembered(maxsize=65_536)
def _parent(cell: int, resolution: int) -> int:
    """The reports of a city share a few thousand cells."""
    found: int = h3.cell_to_parent(cell, resolution)
    return found


def _apply(change: dict[tuple[int, int, str], int]) -> None:
    # In one order everywhere, so that two workers never wait for each other in a circle.
    rows = sorted((*key, number) for key, number in change.items())
    with connection.cursor() as cursor:
        for at in range(0, len(rows), MOST_CELLS):
            some = rows[at : at + MOST_CELLS]
            values = [value for row in some for value in row]
            cursor.execute(_ADD.format(", ".join(["(%s, %s, %s, %s)"] * len(some))), values)


def _is_crowded(west: float, south: float, east: float, north: float) -> bool:
    """Whether there are far more reports than are shown as points, by the counts: then they are not looked for."""
    counts = _clusters(west, south, east, north, FINEST)
    found: int = sum(number for _lon, _lat, by_status in counts for number in by_status.values())
    return found > 2 * MOST_POINTS


def _clusters(west: float, south: float, east: float, north: float, resolution: int) -> list[list[Any]]:
    counts: dict[int, dict[str, int]] = {}
    if east - west > WIDEST:
        rows = prepared.rows(_COUNTED.format(""), [resolution])
        for cell, status, number in rows:
            counts.setdefault(cell, {})[status] = number
        return [one for one in _at_middles(counts) if south <= one[1] < north and west <= one[0] < east]
    middles = _middles_in(west, south, east, north, resolution)
    if not middles:
        return []
    for cell, status, number in prepared.rows(*_counted(resolution, list(middles))):
        counts.setdefault(cell, {})[status] = number
    return [[*middles[cell], counts[cell]] for cell in sorted(counts)]


def _counted(resolution: int, cells: list[int]) -> tuple[str, list[Any]]:
    """The statement that asks for the counts of some cells, and its values."""
    if connection.vendor == "sqlite":
        return _COUNTED.format(f" AND cell IN ({', '.join(['%s'] * len(cells))})"), [resolution, *cells]
    return _COUNTED.format(" AND cell = ANY(%s)"), [resolution, cells]  # one plan whatever the number


def _of_own_cells(found: QuerySet[Report, Any]) -> dict[int, dict[str, int]]:
    """How many of these reports stand how, by the cells that they were stored with."""
    counts: dict[int, dict[str, int]] = {}
    for cell, state, number in (
        found.filter(cell__isnull=False).values_list("cell", "state").annotate(number=Count("pk"))
    ):
        by_status = counts.setdefault(cell, {})
        by_status[PUBLIC[State(state)]] = by_status.get(PUBLIC[State(state)], 0) + number
    return counts


def _at_middles(counts: dict[int, dict[str, int]]) -> list[list[Any]]:
    middles = ((h3.cell_to_latlng(cell), by_status) for cell, by_status in sorted(counts.items()))
    return [[round(lon, 5), round(lat, 5), by_status] for (lat, lon), by_status in middles]


@remembered(maxsize=256)
def _middles_in(
    west: float, south: float, east: float, north: float, resolution: int
) -> dict[int, tuple[float, float]]:  # fmt: skip
    """The cells whose middle lies in the box, and where it is: a tile is asked for again and again."""
    ring = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    places = ((cell, h3.cell_to_latlng(cell)) for cell in h3.polygon_to_cells(ring, resolution))
    rounded = {cell: (round(lon, 5), round(lat, 5)) for cell, (lat, lon) in places}
    return {cell: at for cell, at in rounded.items() if south <= at[1] < north and west <= at[0] < east}
