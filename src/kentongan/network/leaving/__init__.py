"""A region leaves with all that is its own: the exit bundle (docs/reference/exit-bundle.md), and the move itself.

`exporting` writes the bundle, `verifying` proves it, `importing` takes it in at the new instance, `departing` moves
the reports over at the old one, and `old_addresses` leads from there to where they live now.
"""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "exporting": ["export", "Exported"],
    "verifying": ["verify", "Verified"],
    "importing": ["bring_in", "Brought"],
    "departing": ["move", "Moving"],
}

__getattr__ = doorway(__name__, _DOOR)
