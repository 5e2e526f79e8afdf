"""The longest tests begin first, so that no core waits at the end for one that came last.

Each process of a run is given one stretch of the tests, and takes from the others when it is done with its own. So
those marked `long` are dealt out over the beginnings of the stretches, and after them the files with tests in a
browser or with instances in processes of their own, each whole: its tests have one browser, or begin them once.
"""

from __future__ import annotations

import os
from itertools import groupby
from typing import Any


def first(items: list[Any], processes: int | None = None) -> list[Any]:
    """The same tests, in the same order but for the long ones and those whose files stay whole."""
    processes = processes or int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    shown, rest = [item for item in others if _stays(item)], [item for item in others if not _stays(item)]
    begins = [long[number::processes] for number in range(processes)]
    for _path, file in groupby(shown, key=lambda item: item.path):
        few = min(begins, key=len)
        few += file
    dealt, begun, taken = [], 0, 0
    for number, mine in enumerate(begins):
        ends = begun + (len(items) - begun) // (processes - number)
        more = max(0, ends - begun - len(mine))
        dealt += mine + rest[taken : taken + more]
        begun, taken = ends, taken + more
    return dealt + rest[taken:]


def _stays(item: Any) -> bool:
    """Whether its file stays whole."""
    return bool(item.get_closest_marker("browser")) or hasattr(item.module, "Instance")
