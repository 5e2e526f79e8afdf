"""What staff may do with a report, and the queue they work from.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "roles": ["Role", "who", "role_for", "may_see", "possible_steps", "bodies_of", "works_somewhere"],
    "queues": ["Queue", "queue", "QUEUE_STATES"],
    "recipients": ["find_bodies", "suggested_bodies"],
    "staff": ["staff_of", "appoint", "dismiss", "may_manage_staff"],
}

__getattr__ = doorway(__name__, _DOOR)
