"""What a piece of work costs, by what any machine counts alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from kentongan.foundation import revision


def calls(do: Callable[[], object]) -> int:
    """How many functions `do` calls, of Python's and of C's.

    Copies of small tables are taken for fresh: on a slow machine a second passes within a single request, and whether
    they are asked for anew is no cost of `do`.
    """
    counted, trusted = 0, revision.FRESH

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    revision.FRESH = 3600.0
    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(None)
        revision.FRESH = trusted
    return counted
