"""A table of text as spreadsheets write it: which letters, which separator, where its rows are."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

LONGEST = 4 * 1024 * 1024  # characters of one field; Python's own 131,072 ended the whole file
SEPARATORS = (",", ";", "\t", "|")
SIGHT = 64 * 1024  # bytes by which UTF-16 without a mark is told
CHUNK = 1024 * 1024
BROKEN = re.compile("[\udc80-\udcff\ufffd]")
BLANK = " \t\r\n,;|\ufeff"
MOST_TITLES = 20  # lines of titles above a table
_SEPARATOR = re.compile('"?sep=(.?)"?[,;]*\r?\n?', re.IGNORECASE)
_UNSEEN = re.compile("[\ufeff\u200b-\u200f\u2060]")


class NoTable(ValueError):
    """The file is no table with the columns that are wanted; in words."""


def opened(path: Path, packed: IO[bytes], encoding: str = "") -> IO[str]:
    """The text of a file, unpacked where its name ends in .gz. What cannot be read as `encoding` (empty: by sight)
    stands there as lone surrogates (`is_broken`), so that it costs its row and not the file.
    """
    found = encoding or by_sight(path)
    raw: Any = gzip.GzipFile(fileobj=packed) if path.suffix == ".gz" else packed
    errors = "replace" if "16" in found else "surrogateescape"  # UTF-16 knows no bytes that stand alone
    return io.TextIOWrapper(raw, encoding=found, newline="", errors=errors)


def by_sight(path: Path) -> str:
    """UTF-8, UTF-16 or cp1252 (what Excel calls "CSV" in western Windows), by the bytes of the file.

    Bytes that are no UTF-8 make it cp1252, unless more letters beyond ASCII are sound: then some rows are broken.
    """
    with path.open("rb") as packed:
        raw: Any = gzip.GzipFile(fileobj=packed) if path.suffix == ".gz" else packed
        head = raw.read(SIGHT)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if not head.startswith(codecs.BOM_UTF8) and len(head) > 3 and head.count(0) * 3 > len(head):
            return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
        sound = broken = 0
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while head:
            text = decoder.decode(head)
            if not text.isascii():
                lost = text.count("\ufffd")
                broken += lost
                sound += sum(not one.isascii() for one in text) - lost
            head = raw.read(CHUNK)
    return "cp1252" if broken > sound else "utf-8-sig"


def is_broken(row: Sequence[str]) -> bool:
    """Whether bytes of the row could not be read as text."""
    return any(not field.isascii() and bool(BROKEN.search(field)) for field in row)


def is_empty(row: Sequence[str]) -> bool:
    """Whether nothing is written in the row: what old programs end or pad a file with is nothing."""
    return not any(field.strip().strip("\0\x1a") for field in row)


def is_header(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether the row is the header again."""
    return [_folded(one) for one in row] == [_folded(one) for one in header]


def rows(lines: IO[str], wanted: Sequence[str], separator: str = "") -> tuple[list[str], Iterator[list[str]], int]:
    """The header, the rows below it, and the number of the first of them, counted as spreadsheets do.

    Names are found whatever their blanks and the case of their letters, under titles too; the header has them as in
    `wanted`. Without `separator`, it is what the line `sep=` says, else that by which the header has all `wanted`
    columns. Raises NoTable that names the missing one.
    """
    csv.field_size_limit(LONGEST)
    first, number = "", 0
    while number < MOST_TITLES and (said := _line(lines)):
        if not number and (named := _SEPARATOR.fullmatch(said.lstrip("\ufeff"))):
            separator = separator or named[1] or ","
            continue
        number += 1
        first = first or (said if said.strip(BLANK) else "")
        header, best = _best(said, wanted, separator)
        if all(column in header for column in wanted):
            return header, csv.reader(lines, delimiter=best), number + 1
    header, _best_one = _best(first, wanted, separator)
    missing = next((column for column in wanted if column not in header), "")
    raise NoTable(f"there is no column {missing!r}, which the mapping names")


def _best(said: str, wanted: Sequence[str], separator: str) -> tuple[list[str], str]:
    """A line as the names of columns, with the separator by which most of those wanted are among them."""
    found = {one: _names(next(csv.reader([said], delimiter=one), []), wanted) for one in separator or SEPARATORS}
    best = max(found, key=lambda one: sum(column in found[one] for column in wanted))
    return found[best], best


def _names(written: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The names of columns; one that is wanted, and is there only with other case and blanks, as it is in `wanted`."""
    plain = [_name(one) for one in written]
    loosely = {_folded(column): column for column in wanted if column not in plain}
    return [loosely.pop(_folded(one), one) for one in plain]


def _line(lines: IO[str]) -> str:
    """The next line, with the further ones that its open quotes take in."""
    said = lines.readline()
    while said.count('"') % 2 and len(said) < LONGEST and (more := lines.readline()):
        said += more
    return said


def _name(written: str) -> str:
    return " ".join(_UNSEEN.sub("", written).split())


def _folded(name: str) -> str:
    return _name(name).casefold().replace("_", " ")
