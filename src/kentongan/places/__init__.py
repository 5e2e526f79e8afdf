"""The country: official areas, where a point lies, what is near it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.places has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.places.{_HOME[name]}"), name))
