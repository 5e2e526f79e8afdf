"""Past reports from a file: placed and decided by the rules like any other, many at a time."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.utils import timezone

from kentongan import bodies, catalogue, places, reports
from kentongan.foundation.ahead import ahead
from kentongan.foundation.inserting import roomy
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.reports import Decided, Outcome, Past, State
from kentongan.routing.deciding import Facts, decide
from kentongan.routing.past_files import Line, Mapping, read
from kentongan.routing.rules import rulebook
from kentongan.routing.wording import FAR

BATCH = 10_000
FAULTS_KEPT = 1_000
_There = tuple[str, str, float]  # the code of the village, how it is known, metres from what that was read from
LEVELS = (2, 5, 8, 13)  # characters of a code, from the province down


@dataclass
class Imported:
    """How many reports are new, how many were there before, how many rows were left out, and why (the first ones)."""

    new: int = 0
    known: int = 0
    wrong: int = 0
    faults: list[str] = field(default_factory=list)


def import_file(
    path: Path, mapping: Mapping, *, contested_for: timedelta, skip_invalid: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Imported:  # fmt: skip
    """Imports the past reports of a CSV file, 10,000 rows in a transaction; a repeat goes on where it ended.

    A process of its own reads, places and decides them while this one stores those before.

    A result older than `contested_for` is settled. Raises Problem `bad_row` at the first wrong row unless
    `skip_invalid`; what was stored before stays.
    """
    found, router = Imported(), _Router(timezone.now() - contested_for, contested_for)
    with roomy(), closing(ahead(lambda: _batches(path, mapping, router))) as batches:
        for batch in batches:
            if batch.faults and not skip_invalid:
                raise Problem("bad_row", 422, f"{batch.faults[0]}; --skip-invalid leaves such rows out")
            new = reports.import_past(batch.past)
            found.new, found.known = found.new + new, found.known + len(batch.past) - new
            found.wrong += len(batch.faults)
            found.faults += batch.faults[: FAULTS_KEPT - len(found.faults)]
            progress(batch.read, batch.size)
    return found


class _Batch(NamedTuple):
    """Some rows of a file, ready to be stored; what is wrong with others; how many bytes of the file are read."""

    past: list[reports.Written]
    faults: list[str]
    read: int
    size: int


def _batches(path: Path, mapping: Mapping, router: _Router) -> Iterator[_Batch]:
    at = [(0, 1)]
    rows = read(path, mapping, lambda done, of: at.append((done, of)))
    while some := list(islice(rows, BATCH)):
        decided = list(router.past(one for one in some if not isinstance(one, str)))
        faults = [one for one in (*some, *decided) if isinstance(one, str)]
        yield _Batch(reports.write([one for one in decided if not isinstance(one, str)]), faults, *at[-1])


class _Router:
    """Places and decides rows. What lies in one village, away from every road that has an owner, and is of one
    kind has one decision for as long as the same rules hold: it is made once."""

    def __init__(self, settled_before: datetime, contested_for: timedelta) -> None:
        self._settled_before, self._contested_for, self._now = settled_before, contested_for, timezone.now()
        self._book, self._world = rulebook(), bodies.snapshot()
        turns = {day for rule in self._book.rules for day in (rule.valid_from, rule.valid_until)}
        self._turns = sorted(turns - {date.min, date.max})
        self._exact = places.source().kind == "polygons"
        places.locate_many([])  # its grid is made before the process forks, so that a second import finds it
        self._known: dict[tuple[Any, ...], Decided | str] = {}

    def past(self, lines: Iterable[Line]) -> Iterator[Past | str]:
        """Each row as a past report, or what is wrong with it."""
        some = list(lines)
        points = [(one.lon, one.lat) for one in some]
        if self._exact:
            found = [(code, "exact", 0.0) if code else None for code in places.locate_many(points).tolist()]
        else:
            found = [(one[0], "approximate", one[1]) if one else None for one in places.approximate_many(points)]
        by_road = places.near_any(points).tolist()
        for one, there, near, at in zip(some, found, by_road, places.addresses_at(points), strict=True):
            yield self._one(one, there or _place(one), near, at)

    def _one(self, line: Line, there: _There | str, near: bool, at: places.Address) -> Past | str:
        if isinstance(there, str):
            return there
        code, quality, away = there
        if line.received_at.tzinfo is None:
            zone = places.zone_of(code)
            line = line._replace(
                received_at=line.received_at.replace(tzinfo=zone), ended_at=line.ended_at.replace(tzinfo=zone)
            )
            if max(line.received_at, line.ended_at) > self._now:
                return f"row {line.number}: its time lies in the future"
        # What is said of the distance at all: rounded, so that one decision still does for many rows of a place.
        told = quality == "snapped" or away > FAR
        decided = self._decided(line, code, quality, near, round(away, -1) or 1.0 if told else 0.0)
        if isinstance(decided, str):
            return f"row {line.number}: {decided}"
        settled = line.ended_at + self._contested_for if line.ended_at <= self._settled_before else None
        here = line.category.needs_place
        return Past(
            line.submission_id, line.category, line.text, line.lon if here else None, line.lat if here else None,
            quality if here else "none", at.kept() if here else "", _levels(code) if here else (),
            decided, line.received_at, line.outcome, line.ended_at, settled, line.answer,
        )  # fmt: skip

    def _decided(self, line: Line, village: str, quality: str, near: bool, away: float) -> Decided | str:
        day = line.received_at.date()
        waits = line.outcome == Outcome.WAITING
        key = (line.category.code, village, quality, bisect(self._turns, day), waits, away)
        if near:
            return self._decide(line, village, quality, away, places.near_all(line.lon, line.lat))
        if key not in self._known:
            self._known[key] = self._decide(line, village, quality, away, {})
        return self._known[key]

    def _decide(self, line: Line, village: str, quality: str, away: float, near: dict[str, Any]) -> Decided | str:
        # Neighbours are left out: nobody can be asked any more whose it was.
        areas = places.known_chain(village) if line.category.needs_place else ()
        branch, approximate = catalogue.branch(line.category.code), quality == "approximate"
        try:
            found = decide(
                Facts(branch, areas, (), near if areas else {}, line.received_at.date(), approximate, away),
                self._book, self._world,
            )  # fmt: skip
        except Problem as fault:
            return str(fault.detail)
        if line.outcome != Outcome.WAITING and found.state != State.ROUTED:
            # The body has worked on it, partner or not.
            said = tuple(reason for reason in found.reasons if reason.code != "no_partner")
            found = replace(found, state=State.ROUTED, reasons=said)
        return Decided.of(found)


@remembered(maxsize=10_000)
def _levels(code: str) -> tuple[str, ...]:
    return tuple(code[:end] for end in LEVELS if len(code) >= end)


def _place(line: Line) -> _There | str:
    try:
        found = places.locate(line.lon, line.lat)
    except Problem as fault:
        return f"row {line.number}: {fault.detail}"
    if found.quality == "outside":
        return f"row {line.number}: {line.lon}, {line.lat} lies outside the country"
    return found.areas[-1].code, found.quality, found.distance
