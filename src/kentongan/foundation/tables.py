"""A table of text as spreadsheets write it: which letters, which separator, where its rows are."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

LONGEST = 4 * 1024 * 1024  # characters of one field; Python's own 131,072 ended the whole file
SEPARATORS = (",", ";", "\t", "|")
SIGHT = 64 * 1024  # bytes by which UTF-16 without a mark is told
CHUNK = 1024 * 1024
WORKBOOKS = (b"PK\3\4", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls
GZIP = b"\x1f\x8b"
BROKEN = re.compile("[\udc80-\udcff\ufffd]")
BLANK = " \t\r\n,;|\ufeff"
MOST_TITLES = 20  # lines of titles above a table
_SEPARATOR = re.compile('"?sep= ?([^\r\n "]?)"?[,;]*\r?\n?', re.IGNORECASE)
_AS_TEXT = re.compile(r'\s*="([^"]*)"\s*')  # so that a spreadsheet leaves a number as it is
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,}")
_CLOSED = re.compile(r'(?:^|(?<=[,;\t|]))"(?:[^"]|"")*"')
_OPENED = re.compile(r'(?:^|(?<=[,;\t|]))"')
_SIGNS = re.compile(r"[\W_]+")  # "case_number", "Case-Number *", "Case number:" are one
_UNSEEN = re.compile("[\ufeff\u200b-\u200f\u2060]")
_UNSEEN_IN_FIELDS = re.compile("[\0\ufeff\u200b\u200e\u200f\u2060]")  # those that join letters are letters too


class NoTable(ValueError):
    """The file is no table with the columns that are wanted; in words."""


def opened(path: Path, packed: IO[bytes], encoding: str = "") -> IO[str]:
    """The text of a file, unpacked where it is one of gzip. What cannot be read as `encoding` (empty: by sight)
    stands there as lone surrogates (`is_broken`), so that it costs its row and not the file. Raises csv.Error for a
    spreadsheet's own file.
    """
    found = encoding or by_sight(path)
    raw = _unpacked(path, packed)
    errors = (
        "replace" if found.startswith(("utf-16", "utf-32")) else "surrogateescape"
    )  # UTF-16 knows no bytes that stand alone
    return io.TextIOWrapper(raw, encoding=found, newline="", errors=errors)


def _unpacked(path: Path, packed: IO[bytes]) -> Any:
    with path.open("rb") as file:
        begins = file.read(4)
    if begins in WORKBOOKS:
        raise csv.Error("it is a workbook: save it as CSV UTF-8 in the spreadsheet")
    return gzip.GzipFile(fileobj=packed) if begins[:2] == GZIP else packed


def by_sight(path: Path) -> str:
    """UTF-8, UTF-16 or cp1252 (what Excel calls "CSV" in western Windows), by the bytes of the file.

    Bytes that are no UTF-8 make it cp1252, unless more letters beyond ASCII are sound: then some rows are broken.
    """
    with path.open("rb") as packed:
        raw = _unpacked(path, packed)
        head = raw.read(SIGHT)
        if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return "utf-32"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if not head.startswith(codecs.BOM_UTF8):
            for some in (head[:64], head):  # a header is of plain letters where the rows may have none
                if len(some) > 3 and some.count(0) * 3 > len(some):
                    return "utf-16-le" if some[1::2].count(0) >= some[::2].count(0) else "utf-16-be"
        sound = broken = 0
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while head:
            text = decoder.decode(head)
            if not text.isascii():
                lost = text.count("\ufffd")
                broken += lost
                sound += len(text) - len(text.encode("ascii", "ignore")) - lost
            head = raw.read(CHUNK)
    return "cp1252" if broken > sound else "utf-8-sig"


def is_broken(row: Sequence[str]) -> bool:
    """Whether bytes of the row could not be read as text."""
    return not "".join(row).isascii() and any(not field.isascii() and bool(BROKEN.search(field)) for field in row)


def is_empty(row: Sequence[str]) -> bool:
    """Whether nothing is written in the row: what old programs end or pad a file with is nothing."""
    return not any(field.strip().strip("\0\x1a") for field in row)


def plain(row: list[str]) -> list[str]:
    """The row without what nobody sees in it, and without the `="…"` that keeps a number as it is."""
    whole = "".join(row)
    if whole.isascii() and "\0" not in whole and '="' not in whole:
        return row
    return [_unmarked(_UNSEEN_IN_FIELDS.sub("", one)) for one in row]


def _unmarked(field: str) -> str:
    found = _AS_TEXT.fullmatch(field)
    return found[1] if found else field


def header_again(row: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The header that a row is: where files were put one behind the other. Empty: it is none."""
    names = _names(row, wanted)
    return names if all(column in names for column in wanted) else []


def lost_digits(number: str) -> bool:
    """Whether it is written as Excel writes long numbers, whose last digits are gone then."""
    return bool(_SHORTENED.fullmatch(number))


def is_separator(row: Sequence[str]) -> bool:
    """Whether the row is the line `sep=` of a further file."""
    return bool(row) and bool(_SEPARATOR.fullmatch(row[0])) and is_empty(row[1:])


def rows(lines: IO[str], wanted: Sequence[str], separator: str = "") -> tuple[list[str], Iterator[list[str]], int]:
    """The header, the rows below it, and the number of the first of them, counted as spreadsheets do.

    Names are found whatever their blanks, signs and the case of their letters, under titles too; the header has them as
    in `wanted`. Without `separator`, it is that by which the header has all `wanted` columns, first what the line
    `sep=` says. A row whose quote is not closed raises csv.Error, and the next one follows it. Raises NoTable that
    names the missing column.
    """
    csv.field_size_limit(LONGEST)
    first, number, tried = "", 0, tuple(separator or SEPARATORS)
    while number < MOST_TITLES and (said := _line(lines)):
        if not number and (named := _SEPARATOR.fullmatch(said.lstrip("\ufeff"))):
            tried = tried if separator else (named[1] or ",", *SEPARATORS)
            continue
        number += 1
        first = first or (said if said.strip(BLANK) else "")
        header, best = _best(said, wanted, tried)
        if all(column in header for column in wanted):
            return header, _Rows(lines, best, len(header), apart=_is_apart(said, best)), number + 1
    header, _best_one = _best(first, wanted, tried)
    missing = next((column for column in wanted if column not in header), "")
    raise NoTable(f"there is no column {missing!r}")


class _Rows:
    """The rows of a table. An opened quote that is not closed costs its own line and none of those behind it."""

    def __init__(self, lines: Iterator[str], separator: str, width: int, *, apart: bool) -> None:
        self._source, self._width = _Lines(lines), width
        self._how: dict[str, Any] = {"delimiter": separator, "skipinitialspace": apart}
        self._reader = csv.reader(self._source, **self._how)

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> list[str]:
        said = self._source.said
        said.clear()
        try:
            row = next(self._reader)
        except csv.Error:
            if not self._runs_on():
                raise
        else:
            if len(said) < 2 or not self._runs_on():
                return row
        self._source.again.extendleft(reversed(said[1:]))
        raise csv.Error("a quote is opened in it and not closed")

    def _runs_on(self) -> bool:
        """Whether a row of several lines has taken in whole rows, and is none by the rules of quoting."""
        said = self._source.said
        with suppress(csv.Error):
            next(csv.reader(said, **self._how, strict=True))
            return False
        return any(self._is_row(line) for line in said[1:])

    def _is_row(self, line: str) -> bool:
        with suppress(csv.Error):
            return len(next(csv.reader([line], **self._how), [])) == self._width
        return False


class _Lines:
    """Lines of a file, those in `again` first; `said` are those that were given out since somebody cleared it."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.said = lines, list[str]()
        self.again: deque[str] = deque()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self._lines)
        self.said.append(line)
        return line


def _best(said: str, wanted: Sequence[str], separators: Sequence[str]) -> tuple[list[str], str]:
    """A line as the names of columns, with the separator by which most of those wanted are among them."""
    found = {
        one: _names(next(csv.reader([said], delimiter=one, skipinitialspace=_is_apart(said, one)), []), wanted)
        for one in separators
    }
    best = max(found, key=lambda one: sum(column in found[one] for column in wanted))
    return found[best], best


def _is_apart(header: str, separator: str) -> bool:
    """Whether a blank stands behind each separator, where a quote behind it opens a field all the same."""
    return 0 < header.count(separator) == header.count(f"{separator} ")


def _names(written: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The names of columns; one that is wanted, and is there only with other case, blanks and signs, as in `wanted`."""
    plain = [_name(one) for one in written]
    loosely = {_folded(column): column for column in wanted if column not in plain}
    return [loosely.pop(_folded(one), one) for one in plain]


def _line(lines: IO[str]) -> str:
    """The next line, with the further ones that its open quotes take in."""
    said = lines.readline()
    while _OPENED.search(_CLOSED.sub("", said)) and len(said) < LONGEST and (more := lines.readline()):
        said += more
    return said


def _name(written: str) -> str:
    return " ".join(_UNSEEN.sub("", written).split())


def _folded(name: str) -> str:
    return _SIGNS.sub(" ", name.casefold()).strip()
