"""How long a unit needs to a place: a straight line, made longer by a stated factor. It is an estimate and says so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.formats import number_format

from kentongan.places import Spot, distance

# Ways by road are 1.2 to 1.6 times as long as the straight line, 1.42 on average (Boscoe, Henry and Zdeb, 2012, of
# 66,000 ways to hospitals); no graph of roads is kept here that would know better.
DETOUR = 1.4
SPEED = 25 / 3.6  # metres in a second: 25 km/h, traffic of a large city
START = 60  # seconds until a crew is under way


@dataclass(frozen=True)
class Way:
    """From a unit to an alert: metres as the crow flies, seconds by road as far as can be said."""

    metres: int
    seconds: int

    @property
    def minutes(self) -> int:
        """Whole minutes, never none."""
        return max(1, math.ceil(self.seconds / 60))

    @property
    def kilometres(self) -> str:
        """With one decimal, as the reader writes it."""
        return number_format(self.metres / 1000, 1)


def way(start: Spot | None, end: Spot | None, *, under_way: bool = False) -> Way | None:
    """None where one of them is not known. `under_way`: nobody has to get into the car any more."""
    if start is None or end is None or start.lon is None or start.lat is None or end.lon is None or end.lat is None:
        return None
    metres = distance(start.lon, start.lat, end.lon, end.lat)
    return Way(round(metres), round(metres * DETOUR / SPEED) + (0 if under_way else START))
