"""How many reports stand in the lists of a queue, and how many each choice of its filters would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, MutableMapping
from threading import Lock
from typing import Any, NamedTuple, TypeVar

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
    reads_rows,
    states_of,
)
from kentongan.reports.filtering import AREA_COLUMNS, Condition
from kentongan.reports.models import Priority
from kentongan.reports.states import DESK, State

MOST = 10_000  # that a filter is counted up to: beyond it a number helps nobody to choose, and takes its time
# Reports of one body and state, the newest, among which a filter is counted; fewer where each row has to be read, and
# where the words of each are looked up.
LOOKED, LOOKED_ROWS, LOOKED_WORDS = 30_000, 2_000, 1_000
MOST_PAIRS = 300  # of body and state that are counted beside each other
AGE = 15.0  # seconds that counts are kept: on PostgreSQL a lower entry may be committed after a higher one
# The filters whose choices are counted: by the field of the filter, the column and what is counted of it.
CHOICES = {
    "categories": "category_id", "area": "village_code", "channels": "channel", "priorities": "priority",
    "assignee": "assignee_id", "team": "team_id",
}  # fmt: skip
T = TypeVar("T")
_lock = Lock()
_kept: TTLCache[tuple[object, ...], dict[str, Count]] = TTLCache(512, AGE)
_choices: TTLCache[tuple[object, ...], dict[str, dict[str, Count]]] = TTLCache(256, AGE)
_floors: TTLCache[tuple[str, str, int], int] = TTLCache(4_096, 60)


class Count(NamedTuple):
    """A number of reports; `more`: they were counted only so far, or only among the newest."""

    number: int
    more: bool = False


def forget() -> None:
    """Drops the counts of this process."""
    with _lock:
        _kept.clear()
        _choices.clear()
        _floors.clear()


def by_list(codes: list[str], asked: Filter, asker: Asker) -> dict[str, Count]:
    """How many are in each list, counted anew where any report has changed since."""
    rest = asked.without("state", "sort")
    found = _remembered(_kept, _key(codes, rest, asker), lambda: _lists(codes, rest, asker))
    return dict(found)


def of_filter(codes: list[str], asked: Filter, asker: Asker) -> Count:
    """How many reports a filter leaves, counted up to MOST; kept for AGE seconds."""
    asked = asked.without("sort")
    key = ("one", *_key(codes, asked, asker))
    found = _remembered(_kept, key, lambda: {asked.state: _lists(codes, asked, asker)[asked.state]})
    return found[asked.state]


def by_choice(codes: list[str], asked: Filter, asker: Asker) -> dict[str, dict[str, Count]]:
    """By the field of a filter, how many each of its values has under the others: of the first MOST that match.

    Areas are those one level below the one that is asked for, and of a single one those below it. Counted anew where
    any report has changed since; nobody may change what is answered.
    """
    asked = asked.without("sort")
    return _remembered(_choices, _key(codes, asked, asker), lambda: _by_choice(codes, asked, asker))


def _key(codes: list[str], asked: Filter, asker: Asker) -> tuple[object, ...]:
    """By which a count is kept: what was asked, of whom where that is the asker, and the last change of any report."""
    return (*codes, asked, asker.person if asked.assignee == "me" else 0, reports.last_entry())


def _remembered(kept: MutableMapping[tuple[object, ...], T], key: tuple[object, ...], make: Callable[[], T]) -> T:
    with _lock:
        found = kept.get(key)
    if found is None:
        found = make()
        with _lock:
            kept[key] = found
    return found


def _by_choice(codes: list[str], asked: Filter, asker: Asker) -> dict[str, dict[str, Count]]:
    together, found = _grouped(codes, asked, asker), {}
    for at, field in enumerate(CHOICES):
        rows, cut = together
        if field != "area" and getattr(asked, field):
            rows, cut = _grouped(codes, asked.without(field), asker)
        counted: Counter[str] = Counter()
        for value, number in Counter(row[at] for row in rows).items():
            counted["none" if value is None else str(value)] += number
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


def _lists(codes: list[str], asked: Filter, asker: Asker) -> dict[str, Count]:
    """By list: each state is counted once, whatever lists it is in."""
    numbers, cut = dict.fromkeys(QUEUE_STATES, 0), set[str]()
    again, some_away = _open_besides(codes, asked, asker)
    seen = _by_state(codes, [str(state) for state in State], asked, conditions(asked, asker))
    # What lives elsewhere is in the list of its state and is no work here. Counted on its own, and only where there is
    # any: taken off a number that was counted only so far it would leave too little.
    here = _by_state(codes, states_of("open"), asked, _here(asked, asker)) if some_away else seen
    lists = told = [(str(DESK[State(state)]), number, more) for state, number, more in seen]
    lists = lists + [(ARCHIVE, number, more) for name, number, more in told if name in FINISHED]
    lists += [("open", number, more) for state, number, more in here if DESK[State(state)] in IN_HAND]
    for name, number, more in [*lists, ("open", again, False)]:
        numbers[name] += number
        cut |= {name} if more else set()
    return {name: Count(min(one, MOST), True) if name in cut else Count(one) for name, one in numbers.items()}


def _here(asked: Filter, asker: Asker) -> Condition:
    where, values = conditions(asked, asker)
    return f"{where} AND NOT away", values


def _by_state(codes: list[str], states: list[str], asked: Filter, matching: Condition) -> list[tuple[str, int, bool]]:
    """Each of the states with how many match and whether there may be more."""
    where, values = matching
    if is_narrow(asked) or len(codes) * len(states) > MOST_PAIRS:
        of, of_values = among("body_id || ''", codes)
        limit = "" if is_narrow(asked) else f" LIMIT {LOOKED}"
        # The state as an expression: by the index of states the whole table would be read in their order.
        found = f"SELECT state || '' AS state FROM reports_report WHERE {of}{where}{limit}"  # noqa: S608  names of ours
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT state, count(*) FROM ({found}) AS matching GROUP BY 1", [*of_values, *values])  # noqa: S608
            numbers = dict(cursor.fetchall())
        # Those that were looked at are of any states: of one that is not among them there may be some all the same.
        cut = bool(limit) and sum(numbers.values()) == LOOKED
        return [(state, numbers.get(state, 0), cut) for state in states]
    floors = _newest(codes, states, asked)
    ways, given = [], list[Any]()
    for (code, state), floor in floors.items():
        inner = f"SELECT 1 FROM reports_report WHERE body_id = %s AND state = %s AND id > %s{where} LIMIT {MOST + 1}"  # noqa: S608
        ways.append(f"SELECT '{state}', (SELECT count(*) FROM ({inner}) AS one), {int(floor > 0)}")  # noqa: S608
        given += [code, state, floor, *values]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(ways), given)
        return [(state, number, bool(more) or number > MOST) for state, number, more in cursor.fetchall()]


def _open_besides(codes: list[str], asked: Filter, asker: Asker) -> tuple[int, bool]:
    """Results that somebody objects to are work too, of what lives here; and whether anything lives elsewhere."""
    where, values = _here(asked, asker)
    of, of_values = among("body_id", codes)
    again, again_values = among("state", ended())
    objected = f"{contested('count(*)')} {of} AND {again}{where}"
    away, away_values = gone(codes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({objected}), EXISTS ({away})",
            [*of_values, *again_values, *values, *away_values],
        )
        number, some_away = cursor.fetchone()
    return int(number), bool(some_away)


def _newest(codes: list[str], states: list[str], asked: Filter) -> dict[tuple[str, str], int]:
    """By body and state the id after which the newest begin that are counted; 0: all are."""
    most = LOOKED_WORDS if asked.words else LOOKED_ROWS if reads_rows(asked) else LOOKED
    pairs = [(code, state) for code in codes for state in states]
    with _lock:
        found = {pair: floor for pair in pairs if (floor := _floors.get((*pair, most))) is not None}
    missing = [pair for pair in pairs if pair not in found]
    last = f"SELECT id FROM reports_report WHERE body_id = %s AND state = %s ORDER BY id DESC LIMIT 1 OFFSET {most}"  # noqa: S608
    if missing:
        with connection.cursor() as cursor:
            ways = " UNION ALL ".join(f"SELECT {at}, ({last})" for at in range(len(missing)))
            cursor.execute(ways, [one for pair in missing for one in pair])
            found |= {missing[at]: floor or 0 for at, floor in cursor.fetchall()}
        with _lock:
            _floors.update({(*pair, most): found[pair] for pair in missing})
    return {pair: found[pair] for pair in pairs}


def _grouped(codes: list[str], asked: Filter, asker: Asker) -> tuple[list[tuple[Any, ...]], bool]:
    """The columns of the first that match: counted here, as a database would sort them by all columns together to give
    nearly as many groups."""
    words, values, cut = matching(codes, asked, asker, ", ".join(CHOICES.values()))
    with connection.cursor() as cursor:
        cursor.execute(f"{words} LIMIT {MOST + 1}", values)
        rows = cursor.fetchall()
    return rows, cut or len(rows) > MOST


def matching(codes: list[str], asked: Filter, asker: Asker, columns: str) -> tuple[str, list[Any], bool]:
    """A statement for what matches, in no order, its values, and whether only the newest are looked at."""
    where, values = conditions(asked, asker)
    states = states_of(asked.state)
    if asked.state == "open":
        away, away_values = gone(codes)
        where, values = f"{where} AND id NOT IN ({away})", [*values, *away_values]
    found, given, cut = _ways(codes, states, asked, (f"SELECT {columns} FROM reports_report WHERE", where, values))  # noqa: S608
    if asked.state == "open":
        # A statement of its own: an "or" would read all that is finished to find the few that are objected to.
        of, of_values = among("body_id", codes)
        again, again_values = among("state", ended())
        found.append(f"{contested(columns)} {of} AND {again}{where}")
        given += [*of_values, *again_values, *values]
    return f"SELECT {columns} FROM ({' UNION ALL '.join(found)}) AS either", given, cut  # noqa: S608


def _ways(
    codes: list[str], states: list[str], asked: Filter, said: tuple[str, str, list[Any]]
) -> tuple[list[str], list[Any], bool]:
    begin, where, values = said
    if is_narrow(asked) or len(codes) * len(states) > MOST_PAIRS:
        blocked = " || ''" if is_narrow(asked) else ""
        of, of_values = among(f"body_id{blocked}", codes)
        state, state_values = among(f"state{blocked}", states)
        return [f"{begin} {of} AND {state}{where}"], [*of_values, *state_values, *values], False
    floors = _newest(codes, states, asked)
    given = [one for (code, state), floor in floors.items() for one in (code, state, floor, *values)]
    each = f"{begin} body_id = %s AND state = %s AND id > %s{where}"
    return [each] * len(floors), given, any(floors.values())
