"""Routing that explains itself: which body is responsible, why, and who else it could have been."""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "rules": ["rulebook", "read_rules", "check", "Rule", "Rulebook"],
    "deciding": ["Facts", "decide", "choose"],
    "submitting": ["Submitted", "submit", "preview", "explain", "gather", "route_received", "route_waiting"],
    "past_files": ["Mapping", "read_mapping"],
    "importing": ["Imported", "import_file"],
    "joining": ["begin_hand_over", "begin_release", "concerned", "hand_over", "release", "release_left"],
    "rehearsal": ["Rehearsal", "Moved", "rehearse"],
}

__getattr__ = doorway(__name__, _DOOR)
