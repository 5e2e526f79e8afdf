"""`functools.lru_cache` for the type checker too: what that one makes takes any arguments, as far as mypy knows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Remembered(Protocol[P, R_co]):
    """A function that keeps what it answered, until `cache_clear`."""

    def __call__(self, *args: P.args, **named: P.kwargs) -> R_co: ...

    def cache_clear(self) -> None:
        """Forgets all of it."""


def remembered(maxsize: int | None) -> Callable[[Callable[P, R]], Remembered[P, R]]:
    """Keeps the last `maxsize` answers of a function, by its arguments; None: all. It is `lru_cache` itself."""
    return cast("Callable[[Callable[P, R]], Remembered[P, R]]", lru_cache(maxsize=maxsize))
