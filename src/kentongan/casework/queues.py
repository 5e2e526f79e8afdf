"""The queue of a body: its reports by state, filter and order, the restricted ones too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue, reports
from kentongan.bodies.models import Body
from kentongan.casework import counting, paging
from kentongan.casework.filters import Filter
from kentongan.casework.matching import Asker, among, conditions, contested, ended, gone, is_narrow, states_of
from kentongan.casework.roles import role_for
from kentongan.catalogue import Category
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.filtering import Condition
from kentongan.reports.states import DESK, State, Status

PAGE = 25
PIECE = 1_000  # rows of a table that are read at once
MOST_WALKS = 60  # pairs of body and state that are walked beside each other, each by its index


class Queued(NamedTuple):
    """What a list shows of a report: the rest, most of it the decision, would take longer to read than these."""

    pk: int
    code: str
    category_id: str
    text: str
    url: str
    province_code: str
    village_code: str
    address: str
    lon: float | None
    lat: float | None
    state: str
    body_id: str | None
    channel: str
    priority: int
    assignee_id: int | None
    team_id: int | None
    is_restricted: bool
    support_count: int
    contest_count: int
    reopen_count: int
    photo_count: int
    seq: int
    kept_answers: str | None
    kept_asked: str | None
    created_at: datetime
    updated_at: datetime
    deadline_at: datetime | None
    asked_at: datetime | None

    @property
    def status(self) -> Status:
        """The list of the queue that it is in: as the public sees it, but for what nobody here has answered."""
        return DESK[State(self.state)]

    @property
    def category(self) -> Category:
        """The kind of trouble, from the copy of this process: a list of 25 names the same few."""
        return catalogue.known(self.category_id)

    @property
    def answered(self) -> list[reports.Answered]:
        """What its reporter was asked, and answered."""
        return reports.answered_in(self.category, self.kept_answers, self.kept_asked)

    @property
    def told(self) -> list[tuple[str, str]]:
        """The same in the reader's language."""
        return reports.in_their_words(self.answered)

    @property
    def body(self) -> Body | None:
        """The body that has it, from the copy of this process."""
        return bodies.snapshot().body(self.body_id or "")


_OF_WHOLE = (  # whoever works on a part has what its whole was answered (`reports.answered`)
    "CASE WHEN whole_id IS NULL THEN CAST({0} AS TEXT) ELSE"
    " (SELECT CAST(whole.{0} AS TEXT) FROM reports_report AS whole"
    " WHERE whole.id = reports_report.whole_id AND NOT whole.is_restricted) END"
)
_KEPT = {"pk": "id", "kept_answers": _OF_WHOLE.format("answers"), "kept_asked": _OF_WHOLE.format("asked")}
_COLUMNS = tuple(_KEPT.get(name, name) for name in Queued._fields)
_TIMES = 4  # the last of them


@dataclass(frozen=True)
class Queue:
    """A piece of a queue and the cursor of the next piece (empty: there is none)."""

    items: list[Queued]
    next: str


def queue(person: Person, body: str, asked: Filter | None = None, *, cursor: str = "", size: int = PAGE) -> Queue:
    """Reports of `body` and those below it, the first `size` after `cursor`.

    Keyset paging: a piece stays as it is while reports come in. Raises Problem `forbidden` (403) for those who are no
    staff there; `unknown_body` or `bad_cursor` (422): none of ours, or of another order.
    """
    asked = asked or Filter()
    codes = bodies_seen(person, body)
    after = paging.read(cursor, asked.sort)
    items = _listed(codes, asked, _asker(person, body), after, size)
    following = paging.written(asked.sort, items[size - 1]) if len(items) > size else ""
    return Queue(items[:size], following)


def every(person: Person, body: str, asked: Filter, most: int, *, cursor: str = "") -> Iterator[Queued]:
    """All that match, in the order asked for, at most so many, read a piece at a time: the rights are asked for each.
    `cursor`: where it begins.

    Raises Problem as `queue`, the first time before anything is given.
    """
    left = most
    while left:
        found = queue(person, body, asked, cursor=cursor, size=min(PIECE, left))
        yield from found.items
        cursor, left = found.next, left - len(found.items)
        if not cursor:
            return
        # What a request has read of somebody and their roles is as old as the request: a long one outlives a role.
        person = Person.objects.filter(pk=person.pk).first() or Person(is_active=False)


def starting(asked: Filter, value: datetime) -> str:
    """The cursor of what comes after a moment, where a filter sorts by one."""
    return paging.starting(asked.sort, value)


def count(person: Person, body: str, asked: Filter) -> counting.Count:
    """How many reports a filter leaves. Raises Problem as `queue`."""
    return counting.of_filter(bodies_seen(person, body), asked, _asker(person, body))


def counts(person: Person, body: str, asked: Filter | None = None) -> dict[str, counting.Count]:
    """How many are in each list of QUEUE_STATES under the rest of the filter. Raises Problem as `queue`."""
    return counting.by_list(bodies_seen(person, body), asked or Filter(), _asker(person, body))


def facets(person: Person, body: str, asked: Filter) -> dict[str, dict[str, counting.Count]]:
    """How many each choice of a filter would leave, by the filter's name. Raises Problem as `queue`."""
    return counting.by_choice(bodies_seen(person, body), asked, _asker(person, body))


def bodies_seen(person: Person, body: str) -> list[str]:
    """The codes of a body and those below it, for their staff. Raises Problem `forbidden` or `unknown_body`."""
    bodies.get(body)
    if role_for(person, body) is None and not person.administers:
        raise Problem("forbidden", 403, _("You are not on the staff of this body."), extra={"body": body})
    return bodies.subtree(body)


def _asker(person: Person, body: str) -> Asker:
    return Asker(person.pk, bodies.zone(body))


def _listed(codes: list[str], asked: Filter, asker: Asker, after: paging.After | None, size: int) -> list[Queued]:
    """A page and one more. Which ones is answered from indexes alone, as it must be where a body has a hundred
    thousand; only what is shown is read from the table."""
    seek, seek_values = paging.beyond(asked.sort, after)
    where, values = conditions(asked, asker)
    where, values = where + seek, [*values, *seek_values]
    if asked.state == "open":
        away, away_values = gone(codes)
        where, values = f"{where} AND id NOT IN ({away})", [*values, *away_values]
    ways = list(_ways(codes, asked, (where, values), size + 1))
    ids = " UNION ALL ".join(words for words, _values in ways)
    order = paging.order(asked.sort)
    statement = (
        f"SELECT {', '.join(_COLUMNS)} FROM reports_report WHERE id IN"  # noqa: S608  names of ours
        f" (SELECT id FROM ({ids}) AS listed ORDER BY {order} LIMIT {size + 1}) ORDER BY {order}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [one for _words, found in ways for one in found])
        return [Queued(*row[:-_TIMES], *map(_moment, row[-_TIMES:])) for row in cursor.fetchall()]


def _ways(codes: list[str], asked: Filter, rest: Condition, most: int) -> Iterator[Condition]:
    """The statements that together find the ids, each with its values."""
    states = states_of(asked.state)
    columns = "id" if paging.column(asked.sort) == "id" else f"id, {paging.column(asked.sort)}"
    found = f"SELECT {columns} FROM reports_report WHERE"  # noqa: S608
    pairs = [(code, state) for code in codes for state in states]
    if is_narrow(asked) or len(pairs) > MOST_WALKS:
        yield _together(found, codes, states, rest, is_narrow(asked))
    else:
        for code, state in pairs:
            words = f"{found} body_id = %s AND state = %s{rest[0]} ORDER BY {paging.order(asked.sort)} LIMIT {most}"
            yield f"SELECT * FROM ({words}) AS walked", [code, state, *rest[1]]  # noqa: S608
    if asked.state == "open":  # a result that somebody objects to is work again
        of, of_values = among("body_id", codes)
        state, state_values = among("state", ended())
        yield f"{contested(columns)} {of} AND {state}{rest[0]}", [*of_values, *state_values, *rest[1]]


def _together(found: str, codes: list[str], states: list[str], rest: Condition, is_narrow: bool) -> Condition:
    """All pairs at once. Where the rest leaves few, body and state are expressions, so that its index is taken."""
    blocked = " || ''" if is_narrow else ""
    of, of_values = among(f"body_id{blocked}", codes)
    state, state_values = among(f"state{blocked}", states)
    return f"{found} {of} AND {state}{rest[0]}", [*of_values, *state_values, *rest[1]]


def _moment(kept: datetime | None) -> datetime | None:
    """A time as a bare statement answers it: SQLite's has no zone, and is UTC."""
    return kept.replace(tzinfo=UTC) if kept is not None and kept.tzinfo is None else kept
