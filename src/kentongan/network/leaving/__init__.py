"""A region leaves with all that is its own: the exit bundle (docs/reference/exit-bundle.md), and the move itself.

`exporting` writes the bundle, `verifying` proves it, `importing` takes it in at the new instance, `departing` moves
the reports over at the old one, and `old_addresses` leads from there to where they live now.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_DOOR = {
    "exporting": ["export", "Exported"],
    "verifying": ["verify", "Verified"],
    "importing": ["bring_in", "Brought"],
    "departing": ["move", "Moving"],
}
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.network.leaving has no {name}")
    return getattr(import_module(f"kentongan.network.leaving.{_HOME[name]}"), name)
