"""Memory that the processes of a server have in common: what all of them need is there before they are forked."""

from __future__ import annotations

import ctypes
import gc
import sys
from importlib import import_module

from django.conf import settings
from django.db import connection

from kentongan.foundation.databases import keep_little
from kentongan.places.gazetteer import nearest_village

ARENAS = 2  # heaps of a process for all of its threads; glibc takes up to eight for each core, and gives little back
_M_ARENA_MAX = -8  # malloc.h


def share() -> None:
    """Loads every address with its view, and the names of the country, and keeps the collector of garbage away from
    them: it would write into each object, and each process would have its own copy. To be called before forking.

    No connection to the database is left open: it must not be taken over by two processes. The index of the country may
    be: it is read as a file that never changes, and each thread opens it by itself.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):  # musl has none, and few heaps
        libc.mallopt(_M_ARENA_MAX, ARENAS)
    for used_by_all in ("kentongan.wsgi", settings.ROOT_URLCONF):
        import_module(used_by_all)
    nearest_village(106.82, -6.17)  # reads all names, and makes the tree of the villages
    keep_little(connection.settings_dict)
    connection.close()
    gc.collect()
    gc.freeze()
