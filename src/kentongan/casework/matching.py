"""A filter of a queue as conditions of SQL that both databases read alike: plain arithmetic, no function of either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import cos, radians
from threading import Lock
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cachetools import TTLCache
from django.db import connection
from django.utils import timezone

from kentongan import catalogue
from kentongan.casework import searching
from kentongan.casework.filters import AGES, ARCHIVE, Filter, Point
from kentongan.foundation.codes import read_code
from kentongan.reports.filtering import AREA_COLUMNS, METRES_A_DEGREE, Condition, box_around
from kentongan.reports.models import Priority
from kentongan.reports.states import DESK, Status

IN_HAND = (Status.WAITING, Status.IN_PROCESS)  # what a body still has to do
FINISHED = (Status.DONE, Status.CLOSED)
FEW = 10_000  # reports of a place, a kind, a channel that are looked through, whatever body and state they have
# The condition of an index, in its words: by far most come by the form, and cost it nothing.
NOT_WEB = "NOT (channel = 'web')"
_lock = Lock()
_few: TTLCache[tuple[str, tuple[Any, ...]], bool] = TTLCache(512, 60)


class Asker(NamedTuple):
    """Who asks, in whose words "me" stands, and the zone of the body, which says when a day begins."""

    person: int
    zone: ZoneInfo


def contested(columns: str) -> str:
    """The beginning of a statement for the few that somebody objects to, by the index of them: SQLite would walk all
    that has ended by a wider one."""
    by = " INDEXED BY report_contested" if connection.vendor == "sqlite" else ""
    return f"SELECT {columns} FROM reports_report{by} WHERE contest_count > 0 AND"  # noqa: S608


def conditions(asked: Filter, asker: Asker) -> Condition:
    """What comes after "AND" for everything but state and body, and its values."""
    found = list(_conditions(asked, asker))
    return "".join(f" AND {words}" for words, _values in found), [one for _words, values in found for one in values]


def states_of(word: str) -> list[str]:
    """The states of a list of the queue."""
    wanted = {"open": IN_HAND, ARCHIVE: FINISHED}.get(word) or (Status(word),)
    return [str(state) for state, status in DESK.items() if status in wanted]


def ended() -> list[str]:
    """The states in which nothing is to be done, unless somebody objects."""
    return [str(state) for state, status in DESK.items() if status not in IN_HAND]


def gone(codes: Sequence[str]) -> Condition:
    """What lives elsewhere, of these bodies: it is read there and stays in the lists of its state, but asks for nothing
    here. With the condition of its index in its words."""
    of, values = among("body_id", codes)
    return f"SELECT id FROM reports_report WHERE away AND {of}", values  # noqa: S608


def is_narrow(asked: Filter) -> bool:
    """Whether a part of it leaves so few that its own index is the way to them: asked of the index, counted so far as
    it matters."""
    hands = {asked.assignee, asked.team} - {"", "none"}
    found = bool(asked.words) and (read_code(asked.words) is not None or any(_rare(asked.words)))
    return bool(hands or found or _is_little(asked))


def reads_rows(asked: Filter) -> bool:
    """Whether it asks for what no index of the desk holds, so that each row is read to learn whether it fits."""
    return bool(asked.street or asked.near or asked.shape or len(asked.area) in {2, 5, 8})


def forget() -> None:
    """Drops what this process knows of how many lie where."""
    with _lock:
        _few.clear()


def _is_little(asked: Filter) -> bool:
    """Whether few lie in the area, the circle or the shape, are of the kind or came by the channel: then the condition
    of it is that of its index."""
    if any(few for _words, _values, few in (*_kinds(asked), *_channels(asked))):
        return True
    boxes = [next(_around(*asked.near))] if asked.near else []
    boxes += [next(_inside(asked.shape))] if asked.shape else []
    of_area = len(asked.area) > len("31.71") and _has_few(f"{AREA_COLUMNS[len(asked.area)]} = %s", (asked.area,))
    return of_area or any(_has_few(words, tuple(values)) for words, values in boxes if "+ 0" not in words)


def _has_few(words: str, values: tuple[Any, ...]) -> bool:
    with _lock:
        known = _few.get((words, values))
    if known is None:
        counted = f"SELECT 1 FROM reports_report WHERE {words} LIMIT {FEW + 1}"  # noqa: S608  names of ours
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({counted}) AS counted", values)  # noqa: S608
            known = cursor.fetchone()[0] <= FEW
        with _lock:
            _few[words, values] = known
    return known


def among(column: str, values: Sequence[object]) -> Condition:
    """The condition that a column has one of a few values."""
    return f"{column} IN ({', '.join(['%s'] * len(values))})", list(values)


def moment(at: datetime) -> Any:
    """A time as a bare statement takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def _conditions(asked: Filter, asker: Asker) -> Iterator[Condition]:
    yield from _where(asked)
    yield from _whose(asked, asker)
    if asked.words:
        yield from _said(asked.words)
    for words, values, _few_there in (*_kinds(asked), *_channels(asked)):
        yield words, values
    if asked.contested:
        yield "contest_count > 0", []
    if asked.stars:
        yield "stars <= %s", [asked.stars]
    yield from _times(asked, asker.zone)


def _kinds(asked: Filter) -> Iterator[tuple[str, list[Any], bool]]:
    """Of few, by the index of their kind; of many each row would be read to learn its body and state, so that it is an
    expression, and the index of the desk is walked. A rare kind took 0.15 s of an archive of a million."""
    if asked.categories:
        words, values = among("category_id", _with_below(asked.categories))
        few = _has_few(words, tuple(values))
        yield words if few else words.replace("category_id", "category_id || ''"), values, few


def _channels(asked: Filter) -> Iterator[tuple[str, list[Any], bool]]:
    """As `_kinds`, of those that did not come by the form."""
    if asked.channels:
        words, values = among("channel", asked.channels)
        few = "web" not in asked.channels and _has_few(f"{words} AND {NOT_WEB}", tuple(values))
        yield f"{words} AND {NOT_WEB}" if few else words, values, few


def _where(asked: Filter) -> Iterator[Condition]:
    if column := AREA_COLUMNS.get(len(asked.area)):
        words, values = f"{column} = %s", [asked.area]
        yield words if _has_few(words, tuple(values)) else f"{column} || '' = %s", values
    if asked.street:
        yield f"lower({_street()}) LIKE %s ESCAPE '!'", [f'{{"street":"%{_literally(asked.street.lower())}%']
    if asked.near:
        yield from _around(*asked.near)
    if asked.shape:
        yield from _inside(asked.shape)


def _whose(asked: Filter, asker: Asker) -> Iterator[Condition]:
    if asked.priorities:
        yield among("priority", [Priority[one.upper()].value for one in asked.priorities])
    for column, said in (("assignee_id", asked.assignee), ("team_id", asked.team)):
        if said == "none":
            yield f"{column} IS NULL", []
        elif said:
            yield f"{column} = %s", [asker.person if said == "me" else int(said)]


def _said(typed: str) -> Iterator[Condition]:
    """The report with this code, or those that have every word: few by their words, of many each is asked for its."""
    if code := read_code(typed):
        yield "code = %s", [code]
        return
    for one in searching.meant(typed):
        words, values = among("word", one.words) if one.words else ("1 = 0", [])
        if one.is_rare:
            yield f"id IN (SELECT report_id FROM casework_word WHERE {words})", values  # noqa: S608
        else:
            # PostgreSQL would else read all that have the word, a million, and join them with the few that are asked.
            apart = " OFFSET 0" if connection.vendor == "postgresql" else ""
            said = f"SELECT 1 FROM casework_word AS said WHERE {words} AND said.report_id = reports_report.id{apart}"  # noqa: S608
            yield f"EXISTS ({said})", values


def _rare(typed: str) -> list[bool]:
    return [one.is_rare for one in searching.meant(typed)]


def _times(asked: Filter, zone: ZoneInfo) -> Iterator[Condition]:
    now = timezone.now()
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if days := AGES.get(asked.age):
        yield "created_at >= %s", [moment(midnight - timedelta(days=days - 1))]
    elif asked.age:
        yield "created_at < %s", [moment(midnight - timedelta(days=max(AGES.values()) - 1))]
    if asked.deadline == "none":
        yield "deadline_at IS NULL", []
    elif asked.deadline:
        yield from _due(asked.deadline, now, midnight)


def _due(word: str, now: datetime, midnight: datetime) -> Iterator[Condition]:
    """By the deadline. While the reporter is asked it is nobody's, unless it had passed before; those few are found by
    their own index, for that of the desk does not say."""
    asked = "SELECT id FROM reports_report WHERE asked_at IS NOT NULL"
    if word == "overdue":
        # Of what has ended: what ended too late.
        yield "deadline_at < %s AND (ended_at IS NULL OR ended_at > deadline_at)", [moment(now)]
        yield f"id NOT IN ({asked} AND deadline_at >= asked_at)", []
    else:
        until = midnight + timedelta(days=1 if word == "today" else 7)
        yield "deadline_at >= %s AND deadline_at < %s", [moment(now), moment(until)]
        yield f"id NOT IN ({asked})", []


def _with_below(codes: Sequence[str]) -> list[str]:
    below = [one.code for one in catalogue.all_active() if set(catalogue.branch(one.code)) & set(codes)]
    return list(dict.fromkeys([*codes, *below]))


def _street() -> str:
    """The address as far as its street, which it begins with: a landmark of the same name is no street."""
    found = "strpos" if connection.vendor == "postgresql" else "instr"
    end = """'","'"""
    return f"substr(address, 1, {found}(address || {end}, {end}))"


def _literally(words: str) -> str:
    """Words as a pattern, in which `%` and `_` are letters like any other, and as JSON has them. A letter that is not
    of ASCII stands for any one: SQLite knows small and large ones of no other."""
    written = words.replace("\\", "\\\\").replace('"', '\\"')
    for one in "!%_":
        written = written.replace(one, f"!{one}")
    return "".join(one if one.isascii() else "_" for one in written)


def _boxed(south: float, north: float, west: float, east: float) -> Condition:
    """A box: by its index where few lie there, else as an expression, so that the index of the desk is walked."""
    box, values = "lat{0} BETWEEN %s AND %s AND lon{0} BETWEEN %s AND %s", [south, north, west, east]
    return box.format("" if _has_few(box.format(""), tuple(values)) else " + 0"), values


def _around(lon: float, lat: float, metres: float) -> Iterator[Condition]:
    """The box, which an index answers, and in it the circle: flat, as 50 km are to a few metres."""
    west, south, east, north = box_around(lon, lat, metres)
    yield _boxed(south, north, west, east)
    wide = METRES_A_DEGREE * max(cos(radians(lat)), 0.01)
    north_south = "(lat - %s) * (lat - %s)"
    yield (
        f"{north_south} * %s + (lon - %s) * (lon - %s) * %s <= %s",
        [lat, lat, METRES_A_DEGREE**2, lon, lon, wide**2, metres**2],
    )


def _inside(shape: Sequence[Point]) -> Iterator[Condition]:
    """The box around a drawn shape, and in it the rule of odd crossings: a line eastwards from a point that lies inside
    meets an odd number of its edges."""
    lons, lats = zip(*shape, strict=True)
    yield _boxed(min(lats), max(lats), min(lons), max(lons))
    crossings, values = [], []
    for (lon, lat), (to_lon, to_lat) in pairwise([*shape, shape[0]]):
        if lat == to_lat:
            continue
        slope = (to_lon - lon) / (to_lat - lat)
        crossings.append("CASE WHEN lat >= %s AND lat < %s AND lon < %s + (lat - %s) * %s THEN 1 ELSE 0 END")
        values += [min(lat, to_lat), max(lat, to_lat), lon, lat, slope]
    yield f"({' + '.join(crossings) or '0'}) %% 2 = 1", values
