"""How many reports stand in the lists of a queue, and how many each choice of its filters would leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from threading import Lock
from typing import Any, NamedTuple

from cachetools import TTLCache
from django.db import connection

from kentongan import reports
from kentongan.casework.filters import ARCHIVE, QUEUE_STATES, Filter
from kentongan.casework.matching import (
    FINISHED,
    IN_HAND,
    Asker,
    among,
    conditions,
    contested,
    ended,
    gone,
    is_narrow,
    states_of,
)
from kentongan.reports.filtering import AREA_COLUMNS
from kentongan.reports.models import Priority
from kentongan.reports.states import PUBLIC, State

MOST = 10_000  # that a filter is counted up to: beyond it a number helps nobody to choose, and takes its time
AGE = 15.0  # seconds that counts are kept: on PostgreSQL a lower entry may be committed after a higher one
# The filters whose choices are counted: by the field of the filter, the column and what is counted of it.
CHOICES = {
    "categories": "category_id", "area": "village_code", "channels": "channel", "priorities": "priority",
    "assignee": "assignee_id", "team": "team_id",
}  # fmt: skip
_lock = Lock()
_kept: TTLCache[tuple[object, ...], dict[str, Count]] = TTLCache(512, AGE)


class Count(NamedTuple):
    """A number of reports; `more`: they were counted only so far."""

    number: int
    more: bool = False


def forget() -> None:
    """Drops the counts of this process."""
    with _lock:
        _kept.clear()


def by_list(codes: list[str], asked: Filter, asker: Asker) -> dict[str, Count]:
    """How many are in each list, counted anew where any report has changed since."""
    rest = asked.without("state", "sort")
    key = (*codes, rest, asker.person if rest.assignee == "me" else 0, reports.last_entry())
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = _narrowed(codes, rest, asker) if rest.narrows else _all(codes)
        with _lock:
            _kept[key] = found
    return dict(found)


def of_filter(codes: list[str], asked: Filter, asker: Asker) -> Count:
    """How many reports a filter leaves, counted up to MOST; kept for AGE seconds."""
    asked = asked.without("sort")
    key = ("one", *codes, asked, asker.person if asked.assignee == "me" else 0, reports.last_entry())
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = {asked.state: _one(codes, asked, asker)}
        with _lock:
            _kept[key] = found
    return found[asked.state]


def by_choice(codes: list[str], asked: Filter, asker: Asker) -> dict[str, dict[str, Count]]:
    """By the field of a filter, how many each of its values has under the others: of the first MOST that match.

    Areas are those one level below the one that is asked for, and of a single one those below it.
    """
    together, found = _grouped(codes, asked, asker), {}
    for at, field in enumerate(CHOICES):
        rows, cut = together
        if field != "area" and getattr(asked, field):
            rows, cut = _grouped(codes, asked.without(field), asker)
        counted: Counter[str] = Counter()
        for row in rows:
            counted["none" if row[at] is None else str(row[at])] += int(row[-1])
        if field == "priorities":
            counted = Counter({Priority(int(one)).word: number for one, number in counted.items()})
        if field == "area":
            counted = _areas(counted, len(asked.area))
        found[field] = {value: Count(number, cut) for value, number in counted.most_common() if value}
    return found


def _areas(villages: Counter[str], length: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for longer in (one for one in AREA_COLUMNS if one > length):
        found.clear()
        for code, number in villages.items():
            if len(code) >= longer:
                found[code[:longer]] += number
        if len(found) > 1:
            break
    return found


def _all(codes: list[str]) -> dict[str, Count]:
    counts = dict.fromkeys(QUEUE_STATES, 0)
    of, values = among("body_id", codes)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, count(*) FROM reports_report WHERE {of} GROUP BY 1", values)  # noqa: S608
        for state, number in cursor.fetchall():
            status = PUBLIC[State(state)]
            counts[status] += number
            counts["open"] += number if status in IN_HAND else 0
            counts[ARCHIVE] += number if status in FINISHED else 0
        ended_words, ended_values = among("state", ended())
        held_words, held_values = among("state", states_of("open"))
        objected = f"{contested('count(*)')} {of} AND {ended_words}"
        away, away_values = gone(codes)
        away = f"SELECT count(*) FROM ({away} AND ({held_words} OR contest_count > 0)) AS away"  # noqa: S608
        cursor.execute(f"SELECT ({objected}) - ({away})", [*values, *ended_values, *away_values, *held_values])
        counts["open"] += cursor.fetchone()[0]
    return {name: Count(number) for name, number in counts.items()}


def _narrowed(codes: list[str], rest: Filter, asker: Asker) -> dict[str, Count]:
    return {name: _one(codes, replace(rest, state=name), asker) for name in QUEUE_STATES}


def _one(codes: list[str], asked: Filter, asker: Asker) -> Count:
    words, values = matching(codes, asked, asker)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({words} LIMIT {MOST + 1}) AS matching", values)  # noqa: S608
        [(number,)] = cursor.fetchall()
    return Count(min(number, MOST), number > MOST)


def _grouped(codes: list[str], asked: Filter, asker: Asker) -> tuple[list[tuple[Any, ...]], bool]:
    columns = ", ".join(CHOICES.values())
    words, values = matching(codes, asked, asker, columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns}, count(*) FROM ({words} LIMIT {MOST + 1}) AS matching GROUP BY {columns}",  # noqa: S608
            values,
        )
        rows = cursor.fetchall()
    return rows, sum(row[-1] for row in rows) > MOST


def matching(codes: list[str], asked: Filter, asker: Asker, columns: str = "id") -> tuple[str, list[Any]]:
    """A statement for all that match, in no order, and its values."""
    where, values = conditions(asked, asker)
    blocked = " || ''" if is_narrow(asked) else ""
    of, of_values = among(f"body_id{blocked}", codes)
    state, state_values = among(f"state{blocked}", states_of(asked.state))
    found = f"SELECT {columns} FROM reports_report WHERE {of}"  # noqa: S608  names of ours
    if asked.state != "open":
        return f"{found} AND {state}{where}", [*of_values, *state_values, *values]
    # Two statements: an "or" between them would read all that is finished to find the few that are objected to.
    again, again_values = among("state", ended())
    away, away_values = gone(codes)
    where, values = f"{where} AND id NOT IN ({away})", [*values, *away_values]
    both = f"{found} AND {state}{where} UNION ALL {contested(columns)} {of} AND {again}{where}"
    whole = f"SELECT {columns} FROM ({both}) AS either"  # noqa: S608
    return whole, [*of_values, *state_values, *values, *of_values, *again_values, *values]
