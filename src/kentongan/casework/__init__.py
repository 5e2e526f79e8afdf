"""What staff may do with a report, and the queue they work from.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_DOOR = {
    "roles": ["Role", "who", "role_for", "may_see", "possible_steps", "bodies_of", "works_somewhere"],
    "queues": ["Queue", "queue", "QUEUE_STATES"],
    "recipients": ["find_bodies", "suggested_bodies"],
    "staff": ["staff_of", "appoint", "dismiss", "may_manage_staff"],
}
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.casework has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.casework.{_HOME[name]}"), name))
