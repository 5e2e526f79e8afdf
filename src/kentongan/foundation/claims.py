"""Which of several workers takes which rows of a SQLite file, where a row cannot be locked by itself.

A claim is a lock of the kernel on one byte of a file beside the database: whoever dies has none any more, and nothing
is written for it. It only spares double work: what is written has to be asked for again inside the transaction.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.db import connection

_files: dict[str, int] = {}
_ours: set[tuple[int, int]] = set()  # the kernel's locks are those of a process: its threads share them
_guard = Lock()


@contextmanager
def claimed(numbers: Iterable[int], most: int) -> Iterator[list[int]]:
    """The first of `numbers` that nobody else has, at most `most`; they are ours until the end of the block."""
    file, mine = _open(), list[int]()
    try:
        for one in numbers:
            if len(mine) == most:
                break
            if _claim(file, one):
                mine.append(one)
        yield mine
    finally:
        for one in mine:
            with _guard:
                fcntl.lockf(file, fcntl.LOCK_UN, 1, one)
                _ours.discard((file, one))


def _claim(file: int, number: int) -> bool:
    with _guard:
        if (file, number) in _ours:
            return False
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except (BlockingIOError, PermissionError):  # POSIX lets systems say either
            return False
        _ours.add((file, number))
    return True


def _path() -> str:
    return f"{connection.settings_dict['NAME']}-claims"


def _open() -> int:
    """The file beside the database. It stays open: a process that closes any of its names of it loses its locks."""
    path = _path()
    with _guard:
        if path not in _files:
            _files[path] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return _files[path]
