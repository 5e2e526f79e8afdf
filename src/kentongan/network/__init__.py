"""The network: other applications and instances, and how reports reach them and come back, each exactly once.

Django loads the package before its tables, so the names of this door are looked up when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
_HOME = {name: module for module, names in _DOOR.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"kentongan.network has no {name}")
    return globals().setdefault(name, getattr(import_module(f"kentongan.network.{_HOME[name]}"), name))
