"""The catalogue: the kinds of trouble a person can report."""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "kinds": ["get", "all_active", "choosable", "branch", "suggest", "invalidate"],
    "answers": ["check_answers"],
    "loading": ["load", "bring"],
    "models": ["Category"],
}

__getattr__ = doorway(__name__, _DOOR)
