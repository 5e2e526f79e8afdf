"""Past reports that a region brings from an older system: rows, timelines and the map's counts, many in a transaction.

The steps are those of the table of states, so that `audit` rebuilds them like any other; nobody is told of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import h3.api.basic_int as h3
import orjson
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from kentongan.catalogue.models import Category
from kentongan.foundation.codes import new_code
from kentongan.foundation.inserting import fill, moment, reserve
from kentongan.reports import cells
from kentongan.reports.decision import Decision
from kentongan.reports.models import Entry, Report, Visibility
from kentongan.reports.states import PUBLIC, Actor, Asks, Ending, State, take
from kentongan.reports.storing import CELL_RESOLUTION

CHANNEL = "import"
ATTEMPTS = 3  # a new code may be one that is taken: once in a few hundred thousand


class Outcome(StrEnum):
    """How a past report stands: `closed` ended without a fix, `passed_on` with somebody outside."""

    WAITING = "waiting"
    IN_PROCESS = "in_process"
    DONE = "done"
    CLOSED = "closed"
    PASSED_ON = "passed_on"


# Step, kind of entry, actor, ending. The last step of `done` is left out while the result may still be contested.
STEPS: dict[Outcome, tuple[tuple[str, str, Actor, Ending | None], ...]] = {
    Outcome.WAITING: (),
    Outcome.IN_PROCESS: (("accept", "accepted", Actor.OFFICER, None),),
    Outcome.DONE: (
        ("resolve", "resolved", Actor.OFFICER, Ending.SOLVED),
        ("expire", "expired", Actor.SYSTEM, Ending.SOLVED),
    ),
    Outcome.CLOSED: (("reject", "rejected", Actor.OFFICER, Ending.CLOSED_WITHOUT_FIX),),
    Outcome.PASSED_ON: (("reject", "rejected", Actor.OFFICER, Ending.PASSED_ON),),
}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it is kept: with the report, and in its timeline. Thousands of past reports share one."""

    body: str
    state: str
    kept: str
    told: str

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """The decision, written once."""
        plain = decision.as_json()
        told = {"decision": plain, "ending": "", "to_body": decision.body}
        return cls(decision.body, str(decision.state), orjson.dumps(plain).decode(), orjson.dumps(told).decode())


@dataclass(frozen=True, slots=True)
class Past:
    """One past report, checked and decided. `submission_id` in hexadecimal, always the same for the same report;
    `lon`, `lat` WGS 84 degrees; `areas` the codes from the province down; `answer` is the body's last word.
    `settled_at`: when nobody could contest a result any more, None where somebody still can."""

    submission_id: str
    category: Category
    text: str
    lon: float | None
    lat: float | None
    quality: str
    areas: tuple[str, ...]
    decision: Decided
    received_at: datetime
    outcome: Outcome
    ended_at: datetime
    settled_at: datetime | None
    answer: str


def import_past(batch: Sequence[Past]) -> int:
    """Stores those that are not there yet, all or none of them; returns how many they were. No mail is written."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _store(_unknown(batch))
        except IntegrityError:
            # A drawn code is taken, or somebody imports the same at the same time.
            if attempt + 1 == ATTEMPTS:
                raise
    return 0


def _unknown(batch: Sequence[Past]) -> list[Past]:
    first = {one.submission_id: one for one in batch}
    marks = ", ".join(["%s"] * len(first))
    if not first:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT submission_id FROM reports_report WHERE submission_id IN ({marks})", list(first))  # noqa: S608
        for (known,) in cursor.fetchall():
            del first[known if isinstance(known, str) else known.hex]
    return list(first.values())


def _store(batch: list[Past]) -> int:
    rows: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    shown: Counter[tuple[int, str]] = Counter()
    note = _("Brought from the system that was used before.")
    for key, one in zip(reserve(Report, len(batch)), batch, strict=True):
        when = _Times(one)
        rows.append(row := _row(key, one, when))
        entries += _entries(key, one, when, note)
        if row[8] is not None and not one.category.restricted:
            shown[row[8], PUBLIC[_last(one)]] += 1
    fill(Report, _REPORT, rows)
    fill(Entry, _ENTRY, [(key, *entry) for key, entry in zip(reserve(Entry, len(entries)), entries, strict=True)])
    cells.count(shown)
    return len(batch)


class _Times:
    """The times of a past report as the database keeps them, each made once."""

    __slots__ = ("deadline", "ended", "received", "settled")

    def __init__(self, one: Past) -> None:
        self.received, hours = moment(one.received_at), one.category.deadline_hours
        self.deadline = moment(one.received_at + timedelta(hours=hours)) if hours else None
        self.ended = self.received if one.ended_at == one.received_at else moment(one.ended_at)
        self.settled = moment(one.settled_at) if one.settled_at else self.ended


_REPORT = (
    "id", "code", "submission_id", "channel", "category_id", "text", "lon", "lat", "cell", "place_quality",
    "province_code", "regency_code", "district_code", "village_code", "state", "ending", "body_id", "decision",
    "is_restricted", "seq", "created_at", "updated_at", "deadline_at", "ended_at",
)  # fmt: skip


def _row(key: int, one: Past, when: _Times) -> tuple[Any, ...]:
    moves, state = _moves(one), _last(one)
    last = (when.received, when.ended, when.settled)[len(moves)]
    return (
        key, new_code(restricted=one.category.restricted), one.submission_id, CHANNEL, one.category.code, one.text,
        one.lon, one.lat, _cell(one), one.quality, *(*one.areas, "", "", "", "")[:4], state.value,
        moves[-1][4] if moves else "", one.decision.body, one.decision.kept, one.category.restricted,
        2 + len(moves), when.received, last, when.deadline, last if PUBLIC[state] in {"done", "closed"} else None,
    )  # fmt: skip


_ENTRY = (
    "id", "report_id", "seq", "kind", "at", "actor", "body_id", "state_from", "state_to", "visibility", "text", "data",
)  # fmt: skip


def _entries(report: int, one: Past, when: _Times, note: str) -> Iterator[tuple[Any, ...]]:
    body, routed, public = one.decision.body, one.decision.state, Visibility.PUBLIC.value
    kind = "routed" if routed == State.ROUTED else "awaiting_partner"
    yield report, 1, "received", when.received, "reporter", None, "", "received", public, "", '{"ending": ""}'
    yield report, 2, kind, when.received, "system", body, "received", routed, public, "", one.decision.told
    for at, (kind, actor, source, target, ending) in enumerate(_moves(one)):
        data = {"ending": ending, "no_photo_reason": note} if kind == "resolved" else {"ending": ending}
        said = (body, one.answer) if at == 0 else (None, "")
        yield (
            report, 3 + at, kind, when.settled if at else when.ended, actor, said[0], source, target, public, said[1],
            orjson.dumps(data).decode(),
        )  # fmt: skip


def _moves(one: Past) -> tuple[tuple[str, str, str, str, str], ...]:
    return _planned(one.outcome, one.decision.state, one.settled_at is not None)


def _last(one: Past) -> State:
    moves = _moves(one)
    return State(moves[-1][3] if moves else one.decision.state)


@lru_cache(maxsize=64)
def _planned(outcome: Outcome, state: str, settled: bool) -> tuple[tuple[str, str, str, str, str], ...]:
    """Kind, actor, state before and after, and ending of each step after routing, as the table of states has them.

    Raises StepRefused where the table does not know such a life.
    """
    found, now = [], State(state)
    for step, kind, actor, ending in STEPS[outcome] if settled else STEPS[outcome][:1]:
        after = take(step, now, actor, frozenset({Asks.EVIDENCE, Asks.REASON}))
        found.append((kind, actor.value, now.value, after.value, ending.value if ending else ""))
        now = after
    return tuple(found)


def _cell(one: Past) -> int | None:
    if one.lon is None or one.lat is None:
        return None
    return h3.latlng_to_cell(one.lat, one.lon, CELL_RESOLUTION)
