"""How long to wait before the next try of what has failed: twice as long each time, up to a bound."""

from __future__ import annotations

from datetime import timedelta

MOST_TIMES = 20  # doublings: a second becomes twelve days, beyond every bound here, and no number grows too large


def doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first`, doubled so many `times` (none where that is negative), and never more than `longest`."""
    return min(first * (1 << min(max(times, 0), MOST_TIMES)), longest)
