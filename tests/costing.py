"""What a piece of work costs, by what any machine counts alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def calls(do: Callable[[], object]) -> int:
    """How many functions `do` calls, of Python's and of C's."""
    counted = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(None)
    return counted
