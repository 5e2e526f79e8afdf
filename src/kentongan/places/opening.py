"""The index of the country that is in place now: where its file lies, and the one reader of it that a process has."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import structlog

from kentongan.foundation.config import config
from kentongan.foundation.remembering import remembered
from kentongan.places.index import Index

_FOR_NOW = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM}  # too many open files …
_log = structlog.get_logger(__name__)


def index_path() -> Path:
    """Where the index file lies: `KENTONGAN_PLACES_INDEX` (tests), else the data folder."""
    named = os.environ.get("KENTONGAN_PLACES_INDEX")
    return _path(named) if named else _in_data(config().data)


def opened() -> Index | None:
    """The index in place now, or None: also where it is damaged, for pages and reports ask. A new file is noticed by
    its time.
    """
    stamp = index_stamp()
    return _open(index_path(), stamp) if stamp else None


def index_fault() -> str:
    """What is wrong with the index that lies there, with its name; empty: nothing, or there is none."""
    return f"{index_path()} is damaged" if index_stamp() and opened() is None else ""


def index_stamp() -> int:
    """When the index was put in place, in nanoseconds; 0 where there is none."""
    try:
        return index_path().stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@remembered(maxsize=2)
def _path(named: str) -> Path:
    # Asked three times for each report: making a path takes longer than looking at the file.
    return Path(named)


@remembered(maxsize=2)
def _in_data(folder: Path) -> Path:
    return folder / "places.index"


@remembered(maxsize=2)
def _open(path: Path, _stamp: int) -> Index | None:
    try:
        return Index(path)
    except sqlite3.Error as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in _FOR_NOW:
            raise
        _log.error("places.unreadable", path=str(path), why=str(fault))
        return None
