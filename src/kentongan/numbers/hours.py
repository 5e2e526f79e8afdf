"""When a place is open: the part of OpenStreetMap's opening hours that facilities use, as minutes of a week.

What is not read here (months, sunrise, words) is *not known*, never closed: nobody is kept from calling by our
ignorance. Public holidays are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kentongan.foundation.remembering import remembered

Week = tuple[tuple[int, int], ...]

DAY, WEEK = 1440, 10_080  # minutes
_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ONE = f"(?:{'|'.join((*_NAMES, 'PH'))})"
_DAYS = rf"{_ONE}(?:\s*-\s*{_ONE})?(?:\s*,\s*{_ONE}(?:\s*-\s*{_ONE})?)*"
_SPAN = r"\d{1,2}[:.]\d\d\s*[-–]\s*\d{1,2}[:.]\d\d"
_PART = re.compile(rf"(?:({_DAYS})\s*:?\s*)?((?:{_SPAN})(?:\s*,\s*{_SPAN})*|off|closed|24 hours)")
_TIMES = re.compile(r"(\d{1,2})[:.](\d\d)\s*[-–]\s*(\d{1,2})[:.](\d\d)")


@remembered(maxsize=4096)
def week(said: str) -> Week | None:
    """The minutes of the week (0 is Monday 00:00) from which to which it is open; None where that is not known.

    A later rule takes the place of what an earlier one said of its days, parts behind a comma add to it, as in the
    specification of `opening_hours`.
    """
    if said.strip() == "24/7":
        return ((0, WEEK),)
    days: dict[int, list[tuple[int, int]]] = {}
    for rule in filter(None, (one.strip() for one in said.split(";"))):
        found = _rule(rule)
        if found is None:
            return None
        days.update(found)
    if not days:
        return None
    return _joined(span for day, spans in days.items() for start, end in spans for span in _laid(day, start, end))


def is_open(open_at: Week, minute: int) -> bool:
    """Whether it is open in a minute of the week."""
    return any(start <= minute < end for start, end in open_at)


def _rule(rule: str) -> dict[int, list[tuple[int, int]]] | None:
    found: dict[int, list[tuple[int, int]]] = {}
    at = 0
    while at < len(rule):
        part = _PART.match(rule, at)
        if part is None:
            return None
        spans = _spans(part[2])
        if spans is None:
            return None
        for day in _days(part[1]):
            found.setdefault(day, []).extend(spans)
        rest = rule[part.end() :].lstrip()
        if rest and not rest.startswith(","):
            return None
        at = len(rule) - len(rest.lstrip(", "))
    return found


def _days(said: str | None) -> list[int]:
    if not said:
        return list(range(7))
    days: list[int] = []
    for one in said.split(","):
        first, _dash, last = (part.strip() for part in one.partition("-"))
        if "PH" in (first, last):
            continue
        begin, end = _NAMES.index(first), _NAMES.index(last or first)
        days += [(begin + i) % 7 for i in range((end - begin) % 7 + 1)]
    return days


def _spans(said: str) -> list[tuple[int, int]] | None:
    if said in {"off", "closed"}:
        return []
    if said == "24 hours":
        return [(0, DAY)]
    spans = []
    for hour, minute, until, past in (map(int, one) for one in _TIMES.findall(said)):
        start, end = hour * 60 + minute, until * 60 + past
        if start >= DAY or end > 2 * DAY or minute > 59 or past > 59:
            return None
        spans.append((start, end if end > start else end + DAY))  # 08:00-00:00, 22:00-06:00: into the next day
    return spans


def _laid(day: int, start: int, end: int) -> list[tuple[int, int]]:
    """A span in the week; what runs past Sunday begins it anew."""
    start, end = day * DAY + start, day * DAY + end
    return [(start, end)] if end <= WEEK else [(start, WEEK), (0, end - WEEK)]


def _joined(spans: Iterable[tuple[int, int]]) -> Week:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
