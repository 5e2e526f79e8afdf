"""The overview of all regions, from the tallies alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Sum
from django.utils import timezone

from kentongan import bodies
from kentongan.bodies.models import Body
from kentongan.insights import histogram
from kentongan.insights.models import Tally
from kentongan.places import gazetteer
from kentongan.places.gazetteer import Area

PERIODS = {"3": 3, "12": 12, "all": 0}  # months back, this one among them
COUNTS = ("received", "waiting", "in_process", "no_partner", "solved", "passed_on", "merged", "closed_without_fix")
WAITING_SHOWN = 20


@dataclass(frozen=True)
class Line:
    """One region or all of them. `governments` and `partners` count its own and its regencies' governments."""

    code: str
    name: str
    counts: dict[str, int]
    accepted_after: float | None  # hours, median
    solved_after: float | None
    governments: int = 0
    partners: int = 0

    @property
    def share(self) -> int | None:
        """Partners of a hundred governments."""
        return round(100 * self.partners / self.governments) if self.governments else None


@dataclass(frozen=True)
class Waiting:
    """A body that has not joined, and how many reports wait for it; `since` the month of the oldest."""

    body: Body
    number: int
    since: date


@dataclass(frozen=True)
class Overview:
    """Everything of the page. `months` holds the first day of each and how many reports were made in it."""

    whole: Line
    regions: list[Line]
    waiting: list[Waiting]
    months: list[tuple[date, int]]
    counted_at: object


def overview(period: str = "12") -> Overview:
    """All regions over the last months (`PERIODS`); by the reports made in them, wherever they stand now."""
    rows = list(_rows(period))
    by_province: dict[str, list[Tally]] = {}
    for row in rows:
        by_province.setdefault(row.province, []).append(row)
    joined = _partners()
    names = _provinces()
    regions = [
        _line(code, name, by_province.get(code, []), joined.get(code, (0, 0))) for code, name in sorted(names.items())
    ]
    if "" in by_province:
        regions.append(_line("", "", by_province[""], (0, 0)))
    governments = tuple(sum(pair) for pair in zip(*joined.values(), strict=True)) if joined else (0, 0)
    return Overview(
        _line("", "", rows, (governments[0], governments[1])), regions, _waiting(), _months(rows),
        Tally.objects.aggregate(Max("counted_at"))["counted_at__max"],
    )  # fmt: skip


_named: tuple[dict[str, Area], dict[str, str]] | None = None
_taking_part: tuple[bodies.Snapshot, date, dict[str, tuple[int, int]]] | None = None


def _provinces() -> dict[str, str]:
    """Names by code, sought once among all areas of the country."""
    global _named
    known, kept = gazetteer.areas(), _named
    if kept is None or kept[0] is not known:
        kept = _named = known, {area.code: area.name for area in known.values() if len(area.code) == 2}
    return kept[1]


def _rows(period: str) -> Iterable[Tally]:
    back = PERIODS.get(period, 12)
    if not back:
        return Tally.objects.all()
    since = timezone.localdate().replace(day=1)
    for _month in range(back - 1):
        since = (since - timedelta(days=1)).replace(day=1)
    return Tally.objects.filter(month__gte=since)


def _line(code: str, name: str, rows: list[Tally], joined: tuple[int, int]) -> Line:
    counts = {column: sum(getattr(row, column) for row in rows) for column in COUNTS}
    accepted, solved = (histogram.total(getattr(row, one) for row in rows) for one in ("accepted_in", "solved_in"))
    return Line(
        code, name, counts, histogram.median_hours(accepted), histogram.median_hours(solved), joined[0], joined[1]
    )


def _partners() -> dict[str, tuple[int, int]]:
    """Of each province how many governments there are, its own among them, and how many take part."""
    global _taking_part
    world, day, kept = bodies.snapshot(), timezone.localdate(), _taking_part
    if kept is None or kept[0] is not world or kept[1] != day:
        kept = _taking_part = world, day, _counted(world)
    return kept[2]


def _counted(world: bodies.Snapshot) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for code in world.bodies:
        if code.replace(".", "").isdigit() and len(code) in {2, 5}:
            there, joined = found.get(code[:2], (0, 0))
            found[code[:2]] = (there + 1, joined + world.is_partner(code))
    return found


def _waiting() -> list[Waiting]:
    """Whatever the period: what waits is not forgotten because it is old."""
    world = bodies.snapshot()
    held = Tally.objects.filter(no_partner__gt=0).order_by().values_list("body")
    numbers = held.annotate(all=Sum("no_partner")).order_by("-all", "body")[:WAITING_SHOWN]
    found = []
    for code, number in numbers:
        if (body := world.body(code)) is not None:
            first = Tally.objects.filter(body=code, no_partner__gt=0).order_by("month").values_list("month", flat=True)
            found.append(Waiting(body, number, first[0]))
    return found


def _months(rows: list[Tally]) -> list[tuple[date, int]]:
    found: dict[date, int] = {}
    for row in rows:
        found[row.month] = found.get(row.month, 0) + row.received
    return sorted(found.items())
