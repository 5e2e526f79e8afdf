"""The index of the country that is in place now: where its file lies, and the one reader of it that a process has."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from kentongan.foundation.config import config
from kentongan.places.index import Index


def index_path() -> Path:
    """Where the index file lies: `KENTONGAN_PLACES_INDEX` (tests), else the data folder."""
    named = os.environ.get("KENTONGAN_PLACES_INDEX")
    return _path(named) if named else _in_data(config().data)


def opened() -> Index | None:
    """The index in place now, or None. A new file is noticed by its time."""
    stamp = index_stamp()
    return _open(index_path(), stamp) if stamp else None


def index_stamp() -> int:
    """When the index was put in place, in nanoseconds; 0 where there is none."""
    try:
        return index_path().stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@lru_cache(maxsize=2)
def _path(named: str) -> Path:
    # Asked three times for each report: making a path takes longer than looking at the file.
    return Path(named)


@lru_cache(maxsize=2)
def _in_data(folder: Path) -> Path:
    return folder / "places.index"


@lru_cache(maxsize=2)
def _open(path: Path, _stamp: int) -> Index:
    return Index(path)
