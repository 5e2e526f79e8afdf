"""The doors of the rooms: names that are looked up when they are used, as Django loads packages before their tables.

What a room offers stands in its `__init__.pyi`, once: type checkers and editors read it as a stub, and at run time
the names are found by it (SPEC 1 of the scientific Python projects, `lazy_loader`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import lazy_loader


def doorway(room: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of the package `room`, whose `__init__.py` is `file`.

    A name is found once and kept: from then on it costs no more than any other. It raises AttributeError for a name
    that is not at the door.
    """
    find, names, offered = lazy_loader.attach_stub(room, file)

    def look_up(name: str) -> Any:
        found = find(name)
        setattr(sys.modules[room], name, found)
        return found

    return look_up, names, offered
