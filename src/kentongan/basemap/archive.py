"""One PMTiles file (version 3): what it says of itself, and its tiles. docs/decisions/0025-a-map-of-our-own.md"""

from __future__ import annotations

import mmap
import os
import re
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog
from pmtiles import tile as pm

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered

HEADER = 127  # bytes
MOST_DIRECTORY = 4 * 1024 * 1024  # bytes of a directory unpacked; those that libraries write have some 0.1 MB
MOST_TILE = 16 * 1024 * 1024  # bytes of a tile unpacked: those in use have at most 0.5 MB packed
DEEPEST = 4  # directories below one another, as in the libraries of the format
GZIP = zlib.MAX_WBITS | 16
PIECE = 256 * 1024  # bytes read at a time
# A number has at most ten bytes, of which each but the last says that one more follows. The library reads ever on.
_ENDLESS = re.compile(rb"[\x80-\xff]{10}")
_log = structlog.get_logger(__name__)


class Archive:
    """An open file. It is read through memory that all processes share; a new file takes its place as a whole.

    `header` is what the format's first 127 bytes say; `etag` names this state of the file in HTTP.
    Raises Problem `bad_map` (422) where it is no such file.
    """

    def __init__(self, path: Path) -> None:
        self._opened = os.open(path, os.O_RDONLY)  # kept: the name may be another file's in a moment
        weakref.finalize(self, os.close, self._opened)
        self.header = header(os.pread(self._opened, HEADER, 0))
        self._bytes = mmap.mmap(self._opened, 0, access=mmap.ACCESS_READ)
        state = os.fstat(self._opened)
        self.size = state.st_size
        self.etag = f'"{self.size:x}-{state.st_mtime_ns:x}"'
        self._directory = remembered(maxsize=64)(self._read_directory)

    def piece(self, offset: int, length: int) -> bytes:
        """Bytes of the file. Raises Problem `bad_map` where it ends before, or for more than a tile may have."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise bad("it ends before what it names")
        if length > MOST_TILE:
            raise bad("what it holds is too large or cut short")
        return self._bytes[offset : offset + length]

    def read(self, first: int, last: int) -> Iterator[bytes]:
        """The bytes from the first to the last, in pieces: of this state of the file, whatever lies there by then."""
        while first <= last and (piece := os.pread(self._opened, min(PIECE, last + 1 - first), first)):
            first += len(piece)
            yield piece

    def root(self) -> list[pm.Entry]:
        """The entries of the first directory."""
        return self._directory(self.header["root_offset"], self.header["root_length"])

    def leaf(self, entry: pm.Entry) -> list[pm.Entry]:
        """The entries of the directory that an entry with `run_length` 0 points to."""
        return self._directory(self.header["leaf_directory_offset"] + entry.offset, entry.length)

    def tile(self, zoom: int, x: int, y: int) -> bytes:
        """A tile as Mapbox Vector Tile, unpacked; empty where there is none. Raises Problem `bad_map`."""
        wanted = pm.zxy_to_tileid(zoom, x, y)
        entries = self.root()
        for _depth in range(DEEPEST):
            found = pm.find_tile(entries, wanted)
            if found is None:
                return b""
            if found.run_length:
                packed = self.piece(self.header["tile_data_offset"] + found.offset, found.length)
                return unpacked(packed, self.header["tile_compression"], MOST_TILE)
            entries = self.leaf(found)
        raise bad("its directories point to one another")

    def _read_directory(self, offset: int, length: int) -> list[pm.Entry]:
        return directory(self.piece(offset, length), self.header["internal_compression"])


def archive_path() -> Path:
    """Where the file of this installation lies, whether there is one or not."""
    return config().data / "basemap.pmtiles"


def archive() -> Archive | None:
    """The file in place now, or None: also where it cannot be read, for every page with a map asks. A new one is
    noticed by its time.
    """
    path = archive_path()
    try:
        return _open(path, path.stat().st_mtime_ns)
    except OSError:
        return None


def header(told: bytes) -> Any:
    """What the first bytes say. Raises Problem `bad_map` (422)."""
    try:
        return pm.deserialize_header(told.ljust(HEADER, b"\0"))
    except (pm.MagicNumberNotFound, UnicodeDecodeError):
        raise bad("it is no PMTiles file") from None
    except pm.SpecVersionUnsupported:
        raise bad("its version of PMTiles is not 3") from None
    except ValueError:
        raise bad("its packing or kind of tiles is unknown") from None


def directory(packed: bytes, packing: pm.Compression) -> list[pm.Entry]:
    """The entries of a directory as it stands in a file. Raises Problem `bad_map` (422)."""
    plain = unpacked(packed, packing, MOST_DIRECTORY)
    if _ENDLESS.search(plain):
        raise bad("a number in a directory has no end")
    try:
        # The library unpacks by itself and without a bound: it gets what is bounded already, packed at no cost.
        return pm.deserialize_directory(_stored(plain))
    except (EOFError, IndexError):
        raise bad("a directory ends before its last entry") from None


def unpacked(content: bytes, packing: pm.Compression, most: int) -> bytes:
    """Plain bytes, at most `most` of them. Raises Problem `bad_map` (422)."""
    if packing == pm.Compression.NONE and len(content) <= most:
        return content
    if packing == pm.Compression.NONE:
        raise bad("what it holds is too large or cut short")
    if packing != pm.Compression.GZIP:
        raise bad(f"it is packed with {packing.name.lower()}, which browsers do not unpack; gzip is")
    unpacking = zlib.decompressobj(GZIP)
    try:
        plain = unpacking.decompress(content, most)
    except zlib.error:
        raise bad("what it holds cannot be unpacked") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise bad("what it holds is too large or cut short")
    return plain


def bad(why: str) -> Problem:
    """The problem with a file that is no map."""
    return Problem("bad_map", 422, f"this file cannot be the map: {why}")


def _stored(plain: bytes) -> bytes:
    packing = zlib.compressobj(0, zlib.DEFLATED, GZIP)
    return packing.compress(plain) + packing.flush()


@remembered(maxsize=2)
def _open(path: Path, _stamp: int) -> Archive | None:
    try:
        return Archive(path)
    except (ValueError, Problem) as fault:  # an empty file cannot be mapped
        _log.error("map.unreadable", why=str(getattr(fault, "detail", fault)))
        return None
