"""The doors of the rooms: names that are looked up when they are used, as Django loads packages before their tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def doorway(room: str, door: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of the package `room`: finds each name in the module of `door` that has it, once.

    It raises AttributeError for a name that is not at the door.
    """
    home = {name: module for module, names in door.items() for name in names}

    def look_up(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"{room} has no {name}")
        found = getattr(import_module(f"{room}.{home[name]}"), name)
        setattr(sys.modules[room], name, found)
        return found

    return look_up
