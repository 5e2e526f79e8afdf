"""The bodies: who exists, who takes part, who works there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_DOOR = {
    "world": [
        "Snapshot", "snapshot", "get", "subtree", "role", "make_partner", "end_partnership", "invalidate", "revision",
        "RANK",
    ],
    "loading": ["load", "bring"],
    "models": ["Body", "Level", "Membership", "Role"],
}  # fmt: skip
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.bodies has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.bodies.{_HOME[name]}"), name))
