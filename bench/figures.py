"""Figures: a name, a ratio or a rate, the limit it should keep, and how both are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

ROUNDS = 3


@dataclass(frozen=True)
class Figure:
    """One measurement. `kept` says whether `value` keeps `limit`, which is a least or a most."""

    name: str
    value: float
    unit: str
    limit: float
    at_least: bool
    beside: str

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """The figure as a person reads it."""
        sign, mark = (">=" if self.at_least else "<="), ("ok  " if self.kept else "MISS")
        return f"{mark} {self.name:<34} {self.value:>12,.2f} {self.unit:<10} {sign} {self.limit:,g}   {self.beside}"

    def as_json(self) -> dict[str, Any]:
        """Plain data for --json."""
        return asdict(self) | {"kept": self.kept}


def seconds(work: Callable[[], object]) -> float:
    """The median time of a few rounds of `work`, in seconds."""
    taken = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        taken.append(perf_counter() - begun)
    return median(taken)
