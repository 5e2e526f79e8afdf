"""The part of a large PMTiles archive elsewhere that covers some areas, got by ranges of bytes (RFC 9110, 14).

A planet has 130 GB; Jakarta to zoom 15 is some 30 MB of it. What is asked for lies close together in the file, so
neighbouring ranges are asked for as one. It can be interrupted at any moment: the next run goes on where this one
ended, unless the archive has changed meanwhile.
"""

from __future__ import annotations

import bisect
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from pmtiles import tile as pm
from pmtiles.writer import Writer
from shapely.geometry.base import BaseGeometry

from kentongan.basemap.archive import DEEPEST, HEADER, Archive, bad, directory, header
from kentongan.basemap.putting import MOST_NUMBER, check_kind, draft, in_place, look_through
from kentongan.basemap.tiles import covering
from kentongan.foundation import outgoing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

Progress = Callable[[str, int, int], None]
GAP = 64 * 1024  # bytes: asking once more takes longer than reading so many in vain
PIECE = 8 * 1024 * 1024  # bytes asked for at once
MOST_TILES, MOST_BYTES = 4_000_000, 64 * 1024**3  # of one cut: the whole country to zoom 15 has 2 M and 3 GB
ROOM = 64 * 1024  # bytes that an answer may have beyond what was asked for: the page of an error
SECONDS, TRIES, PAUSE = 120.0, 4, 1.0  # of one piece; the pause in seconds doubles with each try


class Piece(NamedTuple):
    """Neighbouring bytes of the archive's tile data, and the entries that lie in them."""

    offset: int
    length: int
    entries: list[pm.Entry]


def cut(address: str, shape: BaseGeometry, zoom: int, progress: Progress) -> Archive:
    """Gets the tiles of the archive at `address` that meet `shape` (degrees, lon first), to `zoom`; puts them in place.

    Raises Problem `fetch_failed` (502) where the server does not answer, does not send ranges or sends others than
    asked for, or where the archive changed meanwhile; `bad_map` (422) where it is none; `no_map` (507) where it cannot
    be written. The map of before stays then, and what was got is kept for the next run.
    """
    there = Remote(address)
    told = header(there.get(0, HEADER))
    check_kind(told)
    zoom = min(zoom, told["max_zoom"])
    wanted = _wanted(shape, zoom)
    found = _found(there, told, wanted, progress)
    if not found or pm.tileid_to_zxy(found[-1].tile_id)[0] < zoom:
        raise Problem("fetch_failed", 502, f"{address} has no tiles for these areas")
    pieces = _merged(found)
    got = _got(there, told, pieces, progress)
    with draft() as new:
        _write(new, got, told, pieces, shape, progress)
        look_through(Archive(new), progress)
        made = in_place(new)
    got.unlink(missing_ok=True)
    return made


class Remote:
    """An archive that is read by ranges of bytes. All answers must come from the same state of it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.state = ""

    def get(self, offset: int, length: int) -> bytes:
        """Exactly these bytes. Raises Problem `fetch_failed`, and `bad_map` for what no archive would point to."""
        if offset < 0 or not 0 < length <= PIECE:
            raise bad(f"it names {length:,} bytes at {offset:,}")
        answer = self._asked(offset, length)
        said = re.fullmatch(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", answer.headers.get("Content-Range", ""))
        if answer.status != 206 or said is None:
            raise self._failed("the server does not send pieces of a file; download it and use `kentongan map load`")
        if int(said[1]) != offset or len(answer.content) != length:
            raise self._failed(f"asked for {length} bytes at {offset}, it sent {len(answer.content)} at {said[1]}")
        state = f"{answer.headers.get('ETag', '')} {said[3]}"
        if self.state and state != self.state:
            raise self._failed("the archive has changed meanwhile; run the command again")
        self.state = state
        return answer.content

    def _asked(self, offset: int, length: int) -> outgoing.Answer:
        asked = {"Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}
        for attempt in range(TRIES):
            try:
                answer = outgoing.call(
                    "GET", self.address, seconds=SECONDS, most=length + ROOM, hops=3, away=True, headers=asked
                )
                if answer.ok:
                    return answer
                fault, lasting = f"status {answer.status}", 400 <= answer.status < 500
            except outgoing.TooLarge:
                raise self._failed("the server does not send pieces of a file, or more than asked for") from None
            except outgoing.CallFailed as failed:
                fault, lasting = str(failed) or type(failed).__name__, False
            if lasting:
                break
            if attempt < TRIES - 1:
                time.sleep(PAUSE * 2**attempt)
        raise self._failed(f"{fault}; run the command again to go on")

    def _failed(self, why: str) -> Problem:
        return Problem("fetch_failed", 502, f"{self.address}: {why}")


def _wanted(shape: BaseGeometry, zoom: int) -> list[int]:
    """The numbers of the tiles that meet the shape, in order. Raises Problem `too_large` (422)."""
    numbers: list[int] = []
    for level, x, y in covering(shape, zoom):
        if len(numbers) + len(x) > MOST_TILES:
            raise Problem("too_large", 422, f"these areas have more than {MOST_TILES:,} tiles; give a smaller --zoom")
        numbers += [pm.zxy_to_tileid(level, int(east), int(south)) for east, south in zip(x, y, strict=True)]
    return sorted(numbers)


def _found(there: Remote, told: Any, wanted: list[int], progress: Progress) -> list[pm.Entry]:
    """One entry for each tile that the archive has, in order of their numbers; its run is cut to one tile."""
    found: list[pm.Entry] = []
    # A directory is asked for those of the wanted tiles only that the entry pointing to it stands for, and once.
    open_leaves, seen = [(told["root_offset"], told["root_length"], wanted)], set[int]()
    for _depth in range(DEEPEST):
        further = []
        for at, (offset, length, sought) in enumerate(open_leaves, start=1):
            if offset in seen:
                raise bad("its directories point to one another")
            seen.add(offset)
            entries = directory(there.get(offset, length), told["internal_compression"])
            for entry, numbers in _met(entries, sought):
                if entry.run_length:
                    found += [pm.Entry(number, entry.offset, entry.length, 1) for number in numbers]
                else:
                    further.append((told["leaf_directory_offset"] + entry.offset, entry.length, numbers))
            progress("directories", at, len(open_leaves))
        open_leaves = further
        if not open_leaves:
            return sorted(found, key=lambda one: one.tile_id)
    raise bad("its directories point to one another")


def _met(entries: list[pm.Entry], wanted: list[int]) -> Iterator[tuple[pm.Entry, list[int]]]:
    """The entries that hold a wanted tile, with the numbers of those."""
    for at, entry in enumerate(entries):
        end = entries[at + 1].tile_id if at + 1 < len(entries) else MOST_NUMBER
        if entry.run_length:
            end = min(end, entry.tile_id + entry.run_length)
        first, last = bisect.bisect_left(wanted, entry.tile_id), bisect.bisect_left(wanted, end)
        if first < last:
            yield entry, wanted[first:last]


def _merged(entries: list[pm.Entry]) -> list[Piece]:
    """The pieces to ask for. Raises Problem `bad_map` where an entry makes no sense."""
    pieces: list[Piece] = []
    for entry in sorted(entries, key=lambda one: (one.offset, one.length)):
        if not 0 < entry.length <= PIECE:
            raise bad(f"a tile has {entry.length:,} bytes")
        last = pieces[-1] if pieces else None
        length = entry.offset + entry.length - last.offset if last else 0
        if last and entry.offset - (last.offset + last.length) <= GAP and length <= PIECE:
            last.entries.append(entry)
            pieces[-1] = last._replace(length=max(last.length, length))
        else:
            pieces.append(Piece(entry.offset, entry.length, [entry]))
    # Tiles that lie over one another would become more than what was asked for.
    if sum(length for _offset, length in {(one.offset, one.length) for one in entries}) > MOST_BYTES:
        raise Problem("too_large", 422, f"more than {MOST_BYTES >> 30} GB; give fewer areas or a smaller --zoom")
    return pieces


def _got(there: Remote, told: Any, pieces: list[Piece], progress: Progress) -> Path:
    """All pieces behind one another in one file, which goes on where an earlier run ended."""
    folder = config().data / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    named = f"{there.address} {there.state} {[(one.offset, one.length) for one in pieces]}"
    part = folder / f"map-{hashlib.sha256(named.encode()).hexdigest()[:16]}.part"
    for other in folder.glob("map-*.part"):
        if other != part:  # of another state of the archive, or of other areas
            other.unlink()
    had, total = part.stat().st_size if part.exists() else 0, sum(one.length for one in pieces)
    try:
        with part.open("ab") as kept:
            done = 0
            for piece in pieces:
                if done + piece.length > had:
                    kept.truncate(done)
                    kept.seek(done)
                    kept.write(there.get(told["tile_data_offset"] + piece.offset, piece.length))
                    kept.flush()
                    had = done + piece.length
                done += piece.length
                progress("tiles (kB)", done >> 10, total >> 10)
    except OSError as fault:
        with suppress(OSError):
            part.unlink()  # what a full disk left of a piece is of no use, and its room is wanted
        raise Problem("no_map", 507, f"{part}: the map cannot be written: {fault.strerror}") from None
    return part


def _write(new: Path, got: Path, told: Any, pieces: list[Piece], shape: BaseGeometry, progress: Progress) -> None:
    """The archive from what was got."""
    where: list[tuple[int, int, int]] = []
    begins = 0
    for piece in pieces:
        where += [(one.tile_id, begins + one.offset - piece.offset, one.length) for one in piece.entries]
        begins += piece.length
    west, south, east, north = shapely.bounds(shape)
    facts = {name: told[name] for name in ("tile_type", "tile_compression")}
    for name, degrees in (("min_lon", west), ("min_lat", south), ("max_lon", east), ("max_lat", north)):
        facts[f"{name}_e7"] = int(np.clip(degrees, -180, 180) * 1e7)
    with got.open("rb") as source, new.open("wb") as target:
        writer = Writer(target)
        for at, (number, offset, length) in enumerate(sorted(where), start=1):
            source.seek(offset)
            writer.write_tile(number, source.read(length))
            if at % 1000 == 0 or at == len(where):
                progress("write", at, len(where))
        writer.finalize(facts, {"name": "Kentongan", "type": "baselayer", "attribution": "© OpenStreetMap"})
