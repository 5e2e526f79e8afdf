"""A map file into its place: looked through first, and then there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pmtiles import tile as pm

from kentongan.basemap.archive import DEEPEST, MOST_TILE, Archive, archive_path, bad, unpacked
from kentongan.foundation.problems import Problem

Progress = Callable[[str, int, int], None]
MOST_NUMBER = (4**32 - 1) // 3  # tiles from zoom 0 to 31: no number of one is larger
LOOKED_AT = 32  # tiles that are unpacked, from the first to the last
BROWSERS_UNPACK = {pm.Compression.NONE, pm.Compression.GZIP}


def put(path: Path, progress: Progress) -> Archive:
    """Copies the PMTiles file at `path` to where the servers read it, in place of the one before.

    Raises Problem `bad_map` (422) where it is none, is cut short, or holds tiles that a browser cannot read, and
    `no_map` (507) where it cannot be written; the map of before stays then.
    """
    try:
        found = Archive(path)
    except (OSError, ValueError) as fault:  # an empty file cannot be mapped
        raise bad(str(fault)) from None
    look_through(found, progress)
    with draft() as new:
        with path.open("rb") as source, new.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
            target.flush()
            os.fsync(target.fileno())
        return in_place(new)


def in_place(new: Path) -> Archive:
    """Puts a whole draft in the place of the map before, at once. Raises OSError."""
    new.replace(archive_path())
    return Archive(archive_path())


def remove() -> bool:
    """Takes the map away; False where there was none."""
    try:
        archive_path().unlink()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def draft() -> Iterator[Path]:
    """A name beside the map's for a new file, gone after the block unless it was put in place.

    Raises Problem `no_map` (507) for a full or read-only disk.
    """
    path = archive_path()
    new = path.with_suffix(f".{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield new
    except OSError as fault:
        raise Problem("no_map", 507, f"{path}: the map cannot be written: {fault.strerror}") from None
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def look_through(found: Archive, progress: Progress) -> int:
    """Follows every entry of the file and unpacks some of its tiles; returns how many entries there are.

    Raises Problem `bad_map` (422).
    """
    told = found.header
    check_kind(told)
    end = told["tile_data_offset"] + told["tile_data_length"]
    if end > found.size:
        raise bad(f"it is cut short: {found.size:,} of {end:,} bytes")
    seen, sample = 0, []
    for at, of, entry in _entries(found, found.root(), DEEPEST, set()):
        if entry.offset < 0 or entry.length <= 0 or entry.offset + entry.length > told["tile_data_length"]:
            raise bad("an entry points beyond its tiles")
        if entry.tile_id + entry.run_length > MOST_NUMBER:
            raise bad("an entry names a tile that is none")
        if at % max(1, of // LOOKED_AT) == 0:
            sample.append(entry)
        seen += 1
        if seen % 10_000 == 0:
            progress("look through", seen, told["tile_entries_count"])
    if not seen:
        raise bad("it has no tiles")
    for entry in sample[:LOOKED_AT]:
        unpacked(
            found.piece(told["tile_data_offset"] + entry.offset, entry.length), told["tile_compression"], MOST_TILE
        )
    progress("look through", seen, seen)
    return seen


def check_kind(told: Any) -> None:
    """Raises Problem `bad_map` (422) for a file whose tiles no browser could draw, by what its header says."""
    if told["tile_type"] != pm.TileType.MVT:
        raise bad(f"its tiles are {told['tile_type'].name.lower()}, not vector tiles (mvt)")
    if told["tile_compression"] not in BROWSERS_UNPACK:
        raise bad(f"its tiles are packed with {told['tile_compression'].name.lower()}; gzip can be read")


def _entries(found: Archive, entries: list[pm.Entry], deep: int, seen: set[int]) -> Iterator[tuple[int, int, pm.Entry]]:
    """Each tile's entry with its number and how many there are in its directory; no directory twice, as two that share
    those below them are more work with each step down."""
    if not deep:
        raise bad("its directories point to one another")
    for at, entry in enumerate(entries):
        if entry.run_length:
            yield at, len(entries), entry
        elif entry.offset in seen:
            raise bad("its directories point to one another")
        else:
            seen.add(entry.offset)
            yield from _entries(found, found.leaf(entry), deep - 1, seen)
