"""What all reports come to: volume, endings and answer times by month, province and body.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "counting": ["recount_changed"],
    "summing": ["overview", "Overview", "PERIODS"],
    "histogram": ["median_hours"],
}

__getattr__ = doorway(__name__, _DOOR)
