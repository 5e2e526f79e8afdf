"""Times as histograms: small to keep, added up in any way, and near enough for a median."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

# Hours at which a class ends; the last class is open. Fine where people wait, coarse where they have given up.
EDGES = (1, 4, 12, 24, 48, 72, 120, 168, 336, 720)
OPEN_END = 2160  # hours, three months: where the open class is taken to end


def add(counts: list[int], hours: float) -> None:
    """Counts one time."""
    counts[bisect_right(EDGES, max(hours, 0.0))] += 1


def empty() -> list[int]:
    """No times at all."""
    return [0] * (len(EDGES) + 1)


def total(many: Iterable[Sequence[int]]) -> list[int]:
    """Several histograms as one."""
    found = empty()
    for counts in many:
        for at, number in enumerate(counts):
            found[at] += number
    return found


def median_hours(counts: Sequence[int]) -> float | None:
    """The median in hours, by a straight line within its class; None where there are no times."""
    whole = sum(counts)
    if not whole:
        return None
    up_to = list(accumulate(counts))
    at = bisect_left(up_to, whole / 2)
    low = EDGES[at - 1] if at else 0
    high = EDGES[at] if at < len(EDGES) else OPEN_END
    return low + (high - low) * (whole / 2 - up_to[at] + counts[at]) / counts[at]
