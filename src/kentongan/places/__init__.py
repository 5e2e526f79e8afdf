"""The country: official areas, where a point lies, what is near it."""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "here": [
        "Location",
        "Nearest",
        "Source",
        "locate",
        "locate_many",
        "near",
        "near_all",
        "near_any",
        "source",
        "check_point",
    ],
    "gazetteer": ["Area", "distance", "known_chain"],
    "searching": ["area", "search", "outline"],
}

__getattr__ = doorway(__name__, _DOOR)
