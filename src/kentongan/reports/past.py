"""Past reports that a region brings from an older system: rows, timelines and the map's counts, many in a transaction.

The steps are those of the table of states, so that `audit` rebuilds them like any other. Nobody is told of any of them;
of how many came into the queue of which body one event tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import h3.api.basic_int as h3
import orjson
from django.db import IntegrityError, connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kentongan.catalogue.models import Category
from kentongan.foundation.codes import new_code
from kentongan.foundation.inserting import fill, moment, reserve
from kentongan.foundation.outbox import enqueue
from kentongan.foundation.remembering import remembered
from kentongan.reports import cells
from kentongan.reports.decision import Decision
from kentongan.reports.models import Entry, Report, Visibility
from kentongan.reports.states import PUBLIC, Actor, Asks, Ending, State, Status, take
from kentongan.reports.storing import CELL_RESOLUTION

CHANNEL = "import"
TOPIC = "reports.imported"  # payload: `bodies`, how many reports are work for each of them now
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


class Past(NamedTuple):
    """One past report, checked and decided. `submission_id` in hexadecimal, always the same for the same report;
    `lon`, `lat` WGS 84 degrees; `address` as it is kept, empty where nothing is known of it; `areas` the codes from the
    province down; `answer` is the body's last word.
    `settled_at`: when nobody could contest a result any more, None where somebody still can."""

    submission_id: str
    category: Category
    text: str
    lon: float | None
    lat: float | None
    quality: str
    address: str
    areas: tuple[str, ...]
    decision: Decided
    received_at: datetime
    outcome: Outcome
    ended_at: datetime
    settled_at: datetime | None
    answer: str


class Written(NamedTuple):
    """A past report as the tables keep it, but for its keys and its code; `shown` is its cell and status on the map,
    None where it is not there; `work_of` the body in whose queue it is, None where nobody has to do anything."""

    submission_id: str
    restricted: bool
    row: tuple[Any, ...]
    entries: tuple[tuple[Any, ...], ...]
    shown: tuple[int, str] | None
    work_of: str | None


class _Move(NamedTuple):
    """A step after routing, as its entry has it; `data` in the language in which it was planned."""

    kind: str
    actor: str
    source: str
    target: str
    ending: str
    data: str


def write(batch: Sequence[Past]) -> list[Written]:
    """What is to be stored of them, with its words in the language in use. Asks no database."""
    language = get_language()
    return [_written(one, language) for one in batch]


def _written(one: Past, language: str | None) -> Written:
    moves = _planned(one.outcome, one.decision.state, one.settled_at is not None, language)
    restricted = one.category.restricted
    received, deadline, ended, settled = _times(one)
    state = moves[-1].target if moves else one.decision.state
    last, status = (received, ended, settled)[len(moves)], PUBLIC[State(state)]
    cell = None if one.lon is None or one.lat is None else h3.latlng_to_cell(one.lat, one.lon, CELL_RESOLUTION)
    row = (
        one.submission_id, CHANNEL, one.category.code, one.text, one.lon, one.lat, cell, one.quality, one.address,
        *(*one.areas, "", "", "", "")[:4], state, moves[-1].ending if moves else "", one.decision.body,
        one.decision.kept, int(restricted), 2 + len(moves), received, last, deadline,
        last if status in {"done", "closed"} else None,
    )  # fmt: skip
    entries = tuple(_entries(one, moves, (received, ended, settled)))
    shown = None if cell is None or restricted else (cell, status.value)
    work_of = one.decision.body if status in {Status.WAITING, Status.IN_PROCESS} else None
    return Written(one.submission_id, restricted, row, entries, shown, work_of)


def import_past(batch: Sequence[Written]) -> int:
    """Stores those that are not there yet, all or none of them; returns how many they were.

    What is work now is told by body in the same transaction (`TOPIC`): a repeat tells nothing again.
    """
    attempt = 1
    while True:
        try:
            with transaction.atomic():
                return _store(_unknown(batch))
        except IntegrityError:
            # A drawn code is taken, or somebody imports the same at the same time.
            if attempt == ATTEMPTS:
                raise
        attempt += 1


def _unknown(batch: Sequence[Written]) -> list[Written]:
    first = {one.submission_id: one for one in batch}
    marks = ", ".join(["%s"] * len(first))
    if not first:
        return []
    with connection.cursor() as cursor:
        # Only among what was imported: a person's report has no say in what a file brings.
        among = f"SELECT submission_id FROM reports_report WHERE submission_id IN ({marks}) AND channel = %s"  # noqa: S608
        cursor.execute(among, [*first, CHANNEL])
        for (known,) in cursor.fetchall():
            del first[known if isinstance(known, str) else known.hex]
    return list(first.values())


def _store(batch: list[Written]) -> int:
    keyed = list(zip(reserve(Report, len(batch)), batch, strict=True))
    fill(Report, _REPORT, [(key, new_code(restricted=one.restricted), *one.row) for key, one in keyed])
    fill(Entry, _ENTRY, [(key, *entry) for key, one in keyed for entry in one.entries])
    cells.count(Counter(one.shown for one in batch if one.shown))
    if work := Counter(one.work_of for one in batch if one.work_of):
        enqueue(TOPIC, {"bodies": dict(work)})
    return len(batch)


_REPORT = (
    "id", "code", "submission_id", "channel", "category_id", "text", "lon", "lat", "cell", "place_quality", "address",
    "province_code", "regency_code", "district_code", "village_code", "state", "ending", "body_id", "decision",
    "is_restricted", "seq", "created_at", "updated_at", "deadline_at", "ended_at",
)  # fmt: skip
_ENTRY = (
    "report_id", "seq", "kind", "at", "actor", "body_id", "state_from", "state_to", "visibility", "text", "data",
)  # fmt: skip


def _times(one: Past) -> tuple[str, str | None, str, str]:
    """When it was received, is due, ended and was settled, as the database keeps times; each is made once."""
    received, hours = moment(one.received_at), one.category.deadline_hours
    ended = received if one.ended_at == one.received_at else moment(one.ended_at)
    deadline = moment(one.received_at + timedelta(hours=hours)) if hours else None
    return received, deadline, ended, moment(one.settled_at) if one.settled_at else ended


def _entries(one: Past, moves: tuple[_Move, ...], times: tuple[str, str, str]) -> Iterator[tuple[Any, ...]]:
    body, routed, public = one.decision.body, one.decision.state, Visibility.PUBLIC.value
    kind = "routed" if routed == State.ROUTED else "awaiting_partner"
    yield 1, "received", times[0], "reporter", None, "", "received", public, "", '{"ending": ""}'
    yield 2, kind, times[0], "system", body, "received", routed, public, "", one.decision.told
    for at, move in enumerate(moves):
        by, said = (body, one.answer) if at == 0 else (None, "")
        yield 3 + at, move.kind, times[1 + at], move.actor, by, move.source, move.target, public, said, move.data


def _data(kind: str, ending: str) -> str:
    """What an entry says beside."""
    data = {"ending": ending}
    if kind == "resolved":
        data["no_photo_reason"] = _("Brought from the system that was used before.")
    return orjson.dumps(data).decode()


@remembered(maxsize=256)
def _planned(outcome: Outcome, state: str, settled: bool, _language: str | None) -> tuple[_Move, ...]:
    """The steps after routing, as the table of states has them, in the language in use, which is `_language`.

    Raises StepRefused where the table does not know such a life.
    """
    found, now = [], State(state)
    for step, kind, actor, ending in STEPS[outcome] if settled else STEPS[outcome][:1]:
        after = take(step, now, actor, frozenset({Asks.EVIDENCE, Asks.REASON}))
        ended = ending.value if ending else ""
        found.append(_Move(kind, actor.value, now.value, after.value, ended, _data(kind, ended)))
        now = after
    return tuple(found)
