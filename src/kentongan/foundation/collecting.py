"""The collector of garbage, kept away while very much is made at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """While very many things are made that refer to each other in no circle: they go when nobody has them any more.

    Else it looks through all that was made so far, again and again: half of the time of what reads a large file.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
