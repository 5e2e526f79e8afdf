"""The bodies: who exists, who takes part, who works there."""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "world": [
        "Snapshot", "snapshot", "get", "giver", "subtree", "role", "make_partner", "end_partnership", "invalidate",
        "RANK", "revision",
    ],
    "loading": ["load", "bring"],
    "models": ["Body", "Level", "Membership", "Role"],
}  # fmt: skip

__getattr__ = doorway(__name__, _DOOR)
