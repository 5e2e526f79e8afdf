"""What the places of a journey say: arrived, off the way, a low battery. One place says nothing, two that agree do.

Phones jump, and tell places that are old or wide. Public reports of trackers are full of people who "came home" while
they slept elsewhere (home-assistant/core#103898, #1957; owntracks/recorder#313; owntracks/ios#466).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from kentongan.foundation.sealing import seal, unseal
from kentongan.places import Spot, distance

THERE = 150  # metres around the destination
DETOUR, SLACK = 1.5, 1_000  # off the way: farther round than this many times the straight line and so many metres
WIDE = 250  # metres; a circle wider than this says nothing, nor does one that is not known or 0
OLD = timedelta(minutes=5)  # a place that was older when it came says nothing
AGREE = timedelta(seconds=10)  # between two places that say the same
LOW = 15  # per cent


@dataclass
class Way:
    """What is sealed of a share. Degrees, metres, per cent; `says` is what the last place said since `since`."""

    to_lon: float | None = None
    to_lat: float | None = None
    to: str = ""
    from_lon: float | None = None
    from_lat: float | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    battery: int | None = None
    says: str = ""
    since: float = 0.0  # seconds since 1970

    @property
    def is_journey(self) -> bool:
        """Whether there is a destination."""
        return self.to_lon is not None and self.to_lat is not None

    @property
    def is_placed(self) -> bool:
        """Whether the phone has said where it is."""
        return self.lon is not None and self.lat is not None

    @property
    def metres_left(self) -> float | None:
        """From the last place to the destination, in a straight line."""
        if self.to_lon is None or self.to_lat is None or self.lon is None or self.lat is None:
            return None
        return distance(self.lon, self.lat, self.to_lon, self.to_lat)


def opened(sealed: str) -> Way:
    """What was sealed; an empty way where nothing is kept any more."""
    told: dict[str, Any] = unseal(sealed) or {}
    return Way(**told)


def closed(way: Way) -> str:
    """A way, sealed."""
    return seal(asdict(way))


def judge(way: Way, spot: Spot, at: datetime, now: datetime) -> str:
    """Puts a place into the way and returns what it and the one before say together: `there`, `off`, `on`, or
    empty for nothing new. `at`: when the phone was there."""
    way.lon, way.lat, way.accuracy = spot.lon, spot.lat, spot.accuracy
    if not way.is_journey or not 0 < (spot.accuracy or 0) <= WIDE or now - at > OLD:
        return ""
    if way.from_lon is None:
        way.from_lon, way.from_lat = way.lon, way.lat
    said = _one(way)
    if said != way.says:
        way.says, way.since = said, at.timestamp()
        return ""
    return said if at.timestamp() - way.since >= AGREE.total_seconds() else ""


def _one(way: Way) -> str:
    """What one place says by itself."""
    left = way.metres_left or 0.0
    if left <= THERE:
        return "there"
    start = (way.from_lon or 0.0, way.from_lat or 0.0)
    straight = distance(*start, way.to_lon or 0.0, way.to_lat or 0.0)
    gone = distance(*start, way.lon or 0.0, way.lat or 0.0)
    return "off" if gone + left > DETOUR * straight + SLACK + (way.accuracy or 0) else "on"
