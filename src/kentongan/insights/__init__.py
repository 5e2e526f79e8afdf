"""What all reports come to: volume, endings and answer times by month, province and body.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_DOOR = {
    "counting": ["recount_changed"],
    "summing": ["overview", "Overview", "PERIODS"],
    "histogram": ["median_hours"],
}
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.insights has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.insights.{_HOME[name]}"), name))
