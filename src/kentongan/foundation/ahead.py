"""An iterator made ready in a process of its own, so that two cores share what one would do step by step."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from django.db import connection, connections

T = TypeVar("T")
_inherited: list[Any] = []  # kept: closing what the parent goes on using would hang up for it too


def ahead(make: Callable[[], Iterator[T]]) -> Generator[T, None, None]:
    """What `make()` yields, each piece made while the caller works on the one before; what it raises is raised here.

    Pieces are pickled on their way: large ones are cheaper. Inside a transaction, whose changes no other process
    sees, and where processes cannot be forked, all happens here. Closing it ends the other process.
    """
    if connection.in_atomic_block or "fork" not in get_all_start_methods():
        yield from make()
        return
    context = get_context("fork")
    here, there = context.Pipe(duplex=False)
    maker = context.Process(target=_run, args=(make, here, there), daemon=True)
    maker.start()
    there.close()
    try:
        while (said := here.recv()) is not None:
            if isinstance(said, Exception):
                raise said
            yield from said
    except EOFError:
        raise RuntimeError("the process that read ahead ended before its work was done") from None
    finally:
        here.close()
        maker.terminate()
        maker.join()


def _run(make: Callable[[], Iterator[Any]], here: Connection, there: Connection) -> None:
    here.close()
    gc.disable()  # what came with the fork stays, and what is made goes without it: it took a fifth of all
    _inherited.extend(connections.all(initialized_only=True))
    for alias in connections:
        del connections[alias]
    try:
        for piece in make():
            there.send([piece])
        there.send(None)
    except BrokenPipeError:
        pass  # nobody reads on
    except Exception as fault:  # noqa: BLE001  it is raised where the pieces are used
        there.send(fault)
