"""The report, its timeline, its states: the heart. Nothing else writes a report.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "submission": ["Submission", "Prepared", "prepare", "locate"],
    "decision": ["Decision", "Alternative", "Reason"],
    "storing": ["repeated", "Repeat", "sent_before", "made_id", "claim_token", "store", "route"],
    "who": ["Who", "SYSTEM"],
    "filtering": ["Filters", "Stamp"],
    "reading": ["Page", "find", "citizen", "timeline", "photos", "listing", "counts"],
    "rows": ["Row", "find_public", "list_public", "read_public"],
    "duplicates": ["Likely", "near_duplicates"],
    "pictures": ["sweep", "add_photo", "photo_file"],
    "past": ["Decided", "Outcome", "Past", "Written", "import_past", "write"],
    "cells": ["Tile", "map_tile"],
    "states": ["Actor", "Ending", "State", "Status"],
    "mirroring": ["Told", "Arrival", "adopt", "mirror", "tell", "decline", "reroute", "add_peer_photo"],
    "moving": ["depart", "arrive", "moved_token"],
    "restoring": ["Restored", "restore", "join_originals", "keep_file"],
    "merging": ["joined_with", "may_be_original", "merge", "unmerge"],
    "correcting": ["undo", "uphold"],
    "commands": [
        "accept", "start", "refer", "reject", "resolve", "transfer", "give_back", "note", "confirm",
        "rate", "reopen", "contest", "comment", "support", "look_at_identity", "claim", "hand_over", "expire",
        "overdue_results", "release",
    ],
}  # fmt: skip

__getattr__ = doorway(__name__, _DOOR)
