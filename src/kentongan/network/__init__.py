"""The network: other applications and instances, and how reports reach them and come back, each exactly once.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from kentongan.foundation.doorway import doorway

_DOOR = {
    "keys": ["new_key", "key_holder", "Caller"],
    "peers": ["add", "find", "line_to", "switch", "reaches", "set_reach"],
    "following": ["follow"],
    "courier": ["Courier", "deliver_all", "retry", "drop"],
    "intake": ["apply", "once"],
    "mapping": ["discover", "propose", "confirm"],
    "polling": ["poll_all", "poll_peer"],
    "standing": ["standings", "Standing"],
    "dialects": ["dialect", "DIALECTS"],
    "facts": ["instance", "report_facts"],
    "resolving": ["resolve"],
    "travels": ["journey", "Journey", "Stand", "peer_titles"],
    "elsewhere": ["works_on", "refuse_elsewhere", "MAY", "worked_on_here", "sweep"],
    "coming_back": ["decline", "decide", "may_decline"],
    "arbitration": ["undecided", "count_undecided", "is_undecided", "declines_of", "may_decide"],
}

__getattr__ = doorway(__name__, _DOOR)
