"""The queue of a body: its reports by state and age, the restricted ones too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, NamedTuple

from cachetools import TTLCache
from django.db import connection
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue, reports
from kentongan.bodies.models import Body
from kentongan.casework.roles import role_for
from kentongan.catalogue import Category
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.filtering import AREA_COLUMNS, box_around
from kentongan.reports.states import PUBLIC, State, Status

PAGE = 25
NEAR = 1_000.0  # metres around a place that is looked at
IN_HAND = (Status.WAITING, Status.IN_PROCESS)  # what a body still has to do
# With the condition of the index `report_contested` in its words: parameters would hide it.
_CONTESTED = "SELECT {} FROM reports_report WHERE body_id IN ({}) AND contest_count > 0 AND state IN ({})"
# What lives elsewhere is read there and stays in the lists of its state, but asks for nothing here.
_GONE = "SELECT {} FROM reports_report WHERE away AND body_id IN ({})"
AGE = 15.0  # seconds that counts are kept: on PostgreSQL a lower entry may be committed after a higher one
QUEUE_STATES = ("open", *(str(status) for status in Status))
_lock = Lock()
_kept: TTLCache[tuple[object, ...], dict[str, int]] = TTLCache(512, AGE)


class Queued(NamedTuple):
    """What a list shows of a report: the rest, most of it the decision, would take longer to read than these."""

    pk: int
    code: str
    category_id: str
    text: str
    url: str
    province_code: str
    state: str
    body_id: str | None
    is_restricted: bool
    support_count: int
    contest_count: int
    reopen_count: int
    photo_count: int
    created_at: datetime
    deadline_at: datetime | None

    @property
    def status(self) -> Status:
        """What the public sees of the state."""
        return PUBLIC[State(self.state)]

    @property
    def category(self) -> Category:
        """The kind of trouble, from the copy of this process: a list of 25 names the same few."""
        return catalogue.known(self.category_id)

    @property
    def body(self) -> Body | None:
        """The body that has it, from the copy of this process."""
        return bodies.snapshot().body(self.body_id or "")


_COLUMNS = tuple("id" if name == "pk" else name for name in Queued._fields)


@dataclass(frozen=True)
class Queue:
    """A piece of a queue, the cursor of the next piece (empty: there is none), and how many by status."""

    items: list[Queued]
    next: str
    counts: dict[str, int]


def queue(
    person: Person, body: str, state: str = "open", *, oldest_first: bool = True, cursor: str = "",
    area: str = "", near: tuple[float, float] | None = None,
) -> Queue:  # fmt: skip
    """Reports of `body` and those below it, by age. `state` is one of QUEUE_STATES; `area` (a code) or `near` (lon,
    lat: about a kilometre around it) narrow the list down, not the counts.

    Raises Problem `forbidden` (403) for those who are no staff there; `unknown_body`, `bad_state` or
    `bad_cursor` (422).
    """
    bodies.get(body)
    if role_for(person, body) is None and not person.administers:
        raise Problem("forbidden", 403, _("You are not on the staff of this body."), extra={"body": body})
    if state not in QUEUE_STATES:
        raise Problem("bad_state", 422, _("There is no such list. Choose one of those shown."), field="state")
    codes = bodies.subtree(body)
    items = _listed(codes, state, oldest_first, _read(cursor), _place(area, near))
    following = str(items[PAGE - 1].pk) if len(items) > PAGE else ""
    return Queue(items[:PAGE], following, _counts(codes))


def forget() -> None:
    """Drops the counts of this process."""
    with _lock:
        _kept.clear()


def _read(cursor: str) -> int | None:
    """The id after which the list goes on. Raises Problem `bad_cursor` for what is none of ours."""
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Problem("bad_cursor", 422, _("This page of the list does not exist. Start from the first."))
    return int(cursor)


def _place(area: str, near: tuple[float, float] | None) -> tuple[str, list[Any]]:
    """A condition, and its values."""
    if near is not None:
        west, south, east, north = box_around(*near, NEAR)
        return " AND lon BETWEEN %s AND %s AND lat BETWEEN %s AND %s", [west, east, south, north]
    column = AREA_COLUMNS.get(len(area))
    return (f" AND {column} = %s", [area]) if column else ("", [])


def _listed(
    codes: list[str], word: str, oldest_first: bool, after: int | None, place: tuple[str, list[Any]]
) -> list[Queued]:
    """A page and one more. Keyset paging by id, which grows with age: a page stays stable while reports come in.

    Which ones is answered from two indexes alone, as it must be where a body has a hundred thousand.
    """
    bodies_asked, seek = _marks(codes), ""
    if after is not None:
        seek = f" AND id {'>' if oldest_first else '<'} {after:d}"
    seek += place[0]
    states = _states(IN_HAND if word == "open" else (Status(word),))
    ids = f"SELECT id FROM reports_report WHERE body_id IN ({bodies_asked}) AND state IN ({_marks(states)}){seek}"  # noqa: S608
    values = [*codes, *states, *place[1]]
    if word == "open":  # a result that somebody objects to is work again, and ended as well
        ended = _ended()
        ids += f" UNION ALL {_CONTESTED.format('id', bodies_asked, _marks(ended))}{seek}"
        ids = f"SELECT id FROM ({ids}) AS found WHERE id NOT IN ({_GONE.format('id', bodies_asked)})"  # noqa: S608
        values += [*codes, *ended, *place[1], *codes]
    order = "id" if oldest_first else "id DESC"
    asked = (
        f"SELECT {', '.join(_COLUMNS)} FROM reports_report WHERE id IN"  # noqa: S608  names of ours
        f" (SELECT id FROM ({ids}) AS listed ORDER BY {order} LIMIT {PAGE + 1}) ORDER BY {order}"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, values)
        return [Queued(*row[:-2], *map(_moment, row[-2:])) for row in cursor.fetchall()]


def _moment(kept: datetime | None) -> datetime | None:
    """A time as a bare statement answers it: SQLite's has no zone, and is UTC."""
    return kept.replace(tzinfo=UTC) if kept is not None and kept.tzinfo is None else kept


def _marks(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _states(wanted: Sequence[Status]) -> list[str]:
    return [str(state) for state, status in PUBLIC.items() if status in wanted]


def _ended() -> list[str]:
    return _states([status for status in Status if status not in IN_HAND])


def _counts(codes: list[str]) -> dict[str, int]:
    """How many are in each list, counted anew where any report has changed since."""
    key = (*codes, reports.last_entry())
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = _counted(codes)
        with _lock:
            _kept[key] = found
    return dict(found)


def _counted(codes: list[str]) -> dict[str, int]:
    counts = dict.fromkeys(QUEUE_STATES, 0)
    asked, ended, held = _marks(codes), _ended(), _states(IN_HAND)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT state, count(*) FROM reports_report WHERE body_id IN ({asked}) GROUP BY 1",  # noqa: S608
            codes,
        )
        for state, number in cursor.fetchall():
            status = PUBLIC[State(state)]
            counts[status] += number
            counts["open"] += number if status in IN_HAND else 0
        contested = _CONTESTED.format("count(*)", asked, _marks(ended))
        gone = _GONE.format("count(*)", asked) + f" AND (state IN ({_marks(held)}) OR contest_count > 0)"
        cursor.execute(f"SELECT ({contested}) - ({gone})", [*codes, *ended, *codes, *held])
        counts["open"] += cursor.fetchone()[0]
    return counts
