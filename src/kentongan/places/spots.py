"""A place as a phone tells it, read and never refused: what cannot be used is left out and remarked on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kentongan.foundation.problems import Problem
from kentongan.places.here import check_point

OLD = 300  # seconds; a place older than this is told to be old
OLDEST = 86_400  # seconds; beyond it the phone's clock is wrong, or the place says nothing
ROUGH = 1_000  # metres; a circle larger than this is told to be rough


@dataclass
class Spot:
    """A place as a phone tells it: WGS 84 degrees, `accuracy` in metres, `age` in seconds, `battery` in per cent."""

    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    age: float | None = None
    battery: int | None = None
    number: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is a place at all."""
        return self.lon is not None and self.lat is not None

    @property
    def age_as_time(self) -> timedelta:
        """How long before now the phone was there, as far as that is known."""
        return timedelta(seconds=self.age or 0)

    def as_kept(self) -> dict[str, Any]:
        """What is sealed."""
        return {"lon": self.lon, "lat": self.lat, "accuracy": self.accuracy, "battery": self.battery}


def read_spot(given: Mapping[str, Any], remarks: list[str]) -> Spot:
    """The place in what was sent. What is no place is no place: 0/0 is where devices are that do not know."""
    spot = Spot(_number(given.get("lon")), _number(given.get("lat")))
    asked = given.get("lon") is not None or given.get("lat") is not None
    if spot.is_known:
        try:
            check_point(spot.lon or 0.0, spot.lat or 0.0)
        except Problem as problem:
            remarks.append(problem.code)
            # Whoever swaps the two means the place that lies in the country.
            swapped = problem.code == "swapped_coordinates"
            spot.lon, spot.lat = (spot.lat, spot.lon) if swapped else (None, None)
    elif asked:
        remarks.append("bad_coordinates")
        spot.lon = spot.lat = None
    if not spot.is_known and not asked:
        remarks.append("no_place")
    spot.accuracy = _within(given.get("accuracy"), 0, 1e7)
    spot.age = read_age(given.get("age"), remarks)
    battery = _within(given.get("battery"), 0, 100)
    spot.battery = None if battery is None else round(battery)
    number = _within(given.get("n"), 0, 2_147_483_647)
    spot.number = None if number is None else int(number)
    if spot.accuracy is not None and spot.accuracy > ROUGH:
        remarks.append("rough_place")
    return spot


def read_age(value: Any, remarks: list[str], of: str = "place") -> float | None:
    """Seconds since the phone was there. A phone's clock may be wrong: then the age is not known.

    Remarks: `bad_clock`, and `old_` or `very_old_` with what it is the age of.
    """
    age = _number(value)
    if age is None:
        return None
    if not -60 <= age <= OLDEST:
        remarks.append("bad_clock" if age < 0 else f"very_old_{of}")
        return None if age < 0 else float(OLDEST)
    if age > OLD:
        remarks.append(f"old_{of}")
    return max(age, 0.0)


def _within(value: Any, least: float, most: float) -> float | None:
    number = _number(value)
    return number if number is not None and least <= number <= most else None


def _number(value: Any) -> float | None:
    """A finite number, also as a form sends it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 40:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
