"""The order of a round: a short way that is at each place before it is due, as far as that can be.

Written here rather than taken from a library: see `docs/decisions/0035-the-order-of-a-round.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from kentongan.places import distance

SPEED = 5.0  # metres a second: a motorcycle in a city's traffic, 18 km/h
WORK = 1200.0  # seconds at each place
LATE = 0.5  # metres of a longer way that a second of lateness is worth: 30 a minute
MOST = 20  # places of one round: with `WORK` at each it fills a day, and the answer comes within 100 ms
PIECES = 3  # places that are moved together

Metres = Callable[[int, int], float]
Cost = Callable[[Sequence[int]], float]


class Place(NamedTuple):
    """Where something is to be done, WGS 84 degrees. `due`: seconds from now, below 0 where it is late already, None
    where nothing is due; `weight`: how much a second of lateness counts."""

    lon: float
    lat: float
    due: float | None = None
    weight: float = 1.0


def order(places: Sequence[Place], start: tuple[float, float] | None = None) -> list[int]:
    """The places, at most `MOST`, by their number in the order of the round, which ends anywhere. It begins at `start`
    (longitude, latitude), or at whichever place is best. The same places give the same order.

    Each is put where it costs least, then pieces are moved and turned while that is better; once with the most pressing
    first, once from west to east, as one beginning alone now and then ends in a round that is a tenth longer.
    """
    metres = _metres(places, start)
    cost = partial(_cost, places, metres, start is not None)
    first = sorted(range(len(places)), key=lambda at: (_due(places[at]), at))
    across = sorted(first, key=lambda at: (places[at].lon, places[at].lat))
    return min((_better(_inserted(one, cost), cost) for one in (first, across)), key=cost)


def _inserted(wanted: Sequence[int], cost: Cost) -> list[int]:
    """One after the other, each where it costs least."""
    found: list[int] = []
    for one in wanted:
        found = min(([*found[:at], one, *found[at:]] for at in range(len(found) + 1)), key=cost)
    return found


def _better(found: list[int], cost: Cost) -> list[int]:
    """Pieces are moved and turned round while that is better."""
    best, is_better = cost(found), True
    while is_better:
        is_better = False
        for other in _near(found):
            now = cost(other)
            if now < best - 1e-6:
                found, best, is_better = other, now, True
                break
    return found


def _due(place: Place) -> float:
    return float("inf") if place.due is None else place.due


def _metres(places: Sequence[Place], start: tuple[float, float] | None) -> Metres:
    """The distance of two places by their numbers, as the crow flies; -1 is where the round begins."""
    points = [(one.lon, one.lat) for one in places] + ([start] if start else [])
    table = [[distance(*one, *other) for other in points] for one in points]
    return lambda one, other: table[one][other]


def _cost(places: Sequence[Place], metres: Metres, has_start: bool, found: Sequence[int]) -> float:
    """Metres of the way, and what the lateness at its places is worth in metres."""
    clock = way = late = 0.0
    before = -1 if has_start else None
    for one in found:
        step = metres(before, one) if before is not None else 0.0
        way += step
        clock += step / SPEED
        due = places[one].due
        if due is not None and clock > max(due, 0.0):
            late += (clock - max(due, 0.0)) * places[one].weight
        clock += WORK
        before = one
    return way + LATE * late


def _near(found: list[int]) -> Iterator[list[int]]:
    """The orders that differ by one piece moved elsewhere, or one turned round."""
    for size in range(1, PIECES + 1):
        for at in range(len(found) - size + 1):
            piece, rest = found[at : at + size], [*found[:at], *found[at + size :]]
            for to in range(len(rest) + 1):
                if to != at:
                    yield [*rest[:to], *piece, *rest[to:]]
    for at in range(len(found)):
        for end in range(at + 2, len(found) + 1):
            yield [*found[:at], *reversed(found[at:end]), *found[end:]]
