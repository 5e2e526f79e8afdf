"""The catalogue: the kinds of trouble a person can report."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_DOOR = {
    "kinds": ["get", "all_active", "choosable", "branch", "suggest", "invalidate"],
    "answers": ["check_answers"],
    "loading": ["load", "bring"],
    "models": ["Category"],
}
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.catalogue has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.catalogue.{_HOME[name]}"), name))
