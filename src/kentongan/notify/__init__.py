"""What follows a report for people: mails to its reporter, written once and sent by the worker.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {"letters": ["write_mail"], "delivery": ["deliver", "stays_here", "sweep"]}

__getattr__ = doorway(__name__, _DOOR)
