"""Routing that explains itself: which body is responsible, why, and who else it could have been."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_DOOR = {
    "rules": ["rulebook", "read_rules", "check", "Rule", "Rulebook"],
    "deciding": ["Facts", "decide", "choose"],
    "submitting": ["Submitted", "submit", "preview", "explain", "gather", "route_received", "route_waiting"],
    "past_files": ["Mapping", "read_mapping"],
    "importing": ["Imported", "import_file"],
    "joining": ["begin_hand_over", "hand_over"],
    "rehearsal": ["Rehearsal", "Moved", "rehearse"],
}
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.routing has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.routing.{_HOME[name]}"), name))
