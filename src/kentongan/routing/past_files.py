"""A CSV file of past reports and the mapping that says what its columns mean."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.utils import timezone
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kentongan import catalogue, places
from kentongan.catalogue.models import Category
from kentongan.foundation import tables
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import clean_text
from kentongan.foundation.yaml_files import read_yaml
from kentongan.places import written_times
from kentongan.places.zones import WIT
from kentongan.reports import Outcome
from kentongan.reports.commands import SAY_LIMIT
from kentongan.reports.submission import TEXT_LIMIT

NAMESPACE = UUID("0c9f7a36-52b3-4b7e-9b0f-6d6a2f1f4c11")
Word = Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(lambda value: str(value))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Strict):
    """What the values of a column mean; `otherwise` for those that are not named (empty: they are refused)."""

    column: str = ""
    values: dict[Word, str] = {}
    otherwise: str = ""


class Mapping(_Strict):
    """The columns of a file. `source` and the column `id` make each report's identity: a repeat makes none anew.

    `shift` in degrees, lon before lat, is added to every place. `time_zone` is that of times without one; empty, that
    of the place. `time_format` as in `datetime.strptime`; empty: as
    `written_times` reads. `encoding` and `separator` are seen by
    themselves where they are empty.
    """

    source: Word
    id: str
    category: Choice
    outcome: Choice = Choice(otherwise=Outcome.WAITING)
    text: tuple[str, ...]
    lon: str
    lat: str
    received_at: str
    ended_at: str = ""
    answer: str = ""
    reason: str = ""
    time_zone: str = ""
    time_format: str = ""
    encoding: str = ""
    separator: Annotated[str, Field(max_length=1)] = ""
    shift: tuple[float, float] = (0.0, 0.0)


class Line(NamedTuple):
    """One row, read and checked but for its place. `number` is that of the row, the header being 1. Times without a
    zone are naive: they are those of the place."""

    number: int
    submission_id: str
    category: Category
    text: str
    lon: float
    lat: float
    received_at: datetime
    outcome: Outcome
    ended_at: datetime
    answer: str


def read_mapping(path: Path) -> Mapping:
    """The mapping of a YAML file. Raises Problem `bad_mapping` that names what is wrong with it."""
    try:
        found = Mapping.model_validate(read_yaml(path.read_text(encoding="utf-8")))
        if found.time_zone:
            ZoneInfo(found.time_zone)
        io.TextIOWrapper(io.BytesIO(), encoding=found.encoding or "utf-8")  # some codecs (rot13) are none of a file's
        datetime.strptime(datetime(2015, 1, 31).strftime(found.time_format), found.time_format)  # noqa: DTZ001, DTZ007
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem("bad_mapping", 422, f"{path.name}: {where}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise Problem("bad_mapping", 422, f"{path.name}: cannot be read ({type(fault).__name__})") from None
    except LookupError as fault:
        if isinstance(fault, ZoneInfoNotFoundError):
            raise Problem("bad_mapping", 422, f"{path.name}: time_zone: there is no zone {found.time_zone}") from None
        raise Problem("bad_mapping", 422, f"{path.name}: encoding: there is none called {found.encoding}") from None
    except (ValueError, re.error):  # re.error: a part that stands there twice (%d/%d/%Y)
        raise Problem("bad_mapping", 422, f"{path.name}: time_zone or time_format cannot be used") from None
    _check_words(path, found)
    return found


def read(path: Path, mapping: Mapping, progress: Callable[[int, int], None]) -> Iterator[Line | str]:
    """The rows of a CSV file (.gz too) in their order; in the place of a wrong one what is wrong with it. Empty rows
    are passed over. A second case under the id of one before is told, not taken for it; the same row again is the same.

    Raises Problem `bad_file` where the file is no CSV with the columns of the mapping.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as packed, tables.opened(path, packed, mapping.encoding) as lines:
            wanted = _columns(mapping)
            header, rows, number = tables.rows(lines, wanted, mapping.separator)
            take = _Row(header, mapping)
            while True:
                row: list[str] | None = []
                try:
                    row = next(rows, None)
                    if row is None:
                        break
                    if found := take(number, row):
                        yield found
                except (_Wrong, csv.Error) as fault:
                    if again := tables.header_again(tables.plain(row or []), wanted):
                        take.follow(again)  # files that were put one behind the other
                    elif not tables.is_separator(row or []):
                        yield f"row {number}: {fault}"
                number += 1
                if number % 1000 == 0:
                    progress(packed.tell(), size)
            progress(size, size)
    except tables.NoTable as fault:
        raise Problem("bad_file", 422, f"{path.name}: {fault}, which the mapping names") from None
    except (csv.Error, UnicodeError, EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise Problem("bad_file", 422, f"{path.name}: cannot be read as CSV ({fault})") from None


def _columns(mapping: Mapping) -> list[str]:
    """The columns that the mapping names."""
    named = [mapping.id, mapping.lon, mapping.lat, mapping.received_at, mapping.ended_at, mapping.answer]
    return [one for one in (*named, *mapping.text, mapping.category.column, mapping.outcome.column) if one]


class _Wrong(ValueError):
    """What is wrong with a row."""


class _Row:
    """Reads the rows of one file."""

    def __init__(self, header: list[str], mapping: Mapping) -> None:
        self._mapping = mapping
        self._zone = ZoneInfo(mapping.time_zone) if mapping.time_zone else None
        self._latest = timezone.now()
        self._seen: dict[str, tuple[int, int]] = {}
        self.follow(header)

    def follow(self, header: list[str]) -> None:
        """The rows from now on have their columns as this header has."""
        at, mapping = header.index, self._mapping
        self._width = len(header)
        self._id, self._lon, self._lat = at(mapping.id), at(mapping.lon), at(mapping.lat)
        self._text = [at(column) for column in mapping.text]
        self._received = at(mapping.received_at)
        self._ended = at(mapping.ended_at) if mapping.ended_at else None
        self._answer = at(mapping.answer) if mapping.answer else None
        self._category = _Chosen(mapping.category, at, catalogue.get)
        self._outcome = _Chosen(mapping.outcome, at, Outcome)
        # Excel leaves out empty cells at the end of a row: what may be empty may be missing.
        may_miss = {mapping.ended_at, mapping.answer}
        self._needed = 1 + max(at(column) for column in _columns(mapping) if column not in may_miss)

    def __call__(self, number: int, row: list[str]) -> Line | None:
        """The row as a line; None for an empty one, and for one that stood there before."""
        row = tables.plain(row)
        if len(row) != self._width:
            if tables.is_empty(row):
                return None
            if any(field.strip() for field in row[self._width :]) or len(row) < self._needed:
                raise _Wrong(f"{len(row)} fields, the header has {self._width}")
            row = [*row, *[""] * (self._width - len(row))]
        identity = row[self._id].strip().removeprefix("'")
        if not identity:
            if tables.is_empty(row):
                return None
            raise _Wrong(f"{self._mapping.id} is empty")
        if tables.lost_digits(identity):
            raise _Wrong(f"{self._mapping.id} {identity} has lost digits in a spreadsheet: make its column text there")
        if tables.is_broken(row):
            raise _Wrong("has letters that cannot be read: say the file's encoding in the mapping")
        line = self._line(number, identity, row)
        # Only a row in order takes an id: a wrong one must not stand in the way of the right one below it.
        said = hash(tuple(row))
        before, same = self._seen.setdefault(identity, (number, said))
        if before == number:
            return line
        if same == said:
            return None
        raise _Wrong(f"{self._mapping.id} {identity!r} is that of row {before}, which tells another case")

    def _line(self, number: int, identity: str, row: list[str]) -> Line:
        received = self._time(row[self._received])
        ended = row[self._ended] if self._ended is not None else ""
        outcome = self._outcome(row)
        answer = _clean(row[self._answer], SAY_LIMIT) if self._answer is not None else ""
        if outcome in {Outcome.CLOSED, Outcome.PASSED_ON} and not (answer or self._mapping.reason):
            raise _Wrong("ended without a fix and without a reason: name a column `answer`, or a `reason` for all")
        return Line(
            number, _id_of(f"{self._mapping.source}/{identity}"), self._category(row),
            self._words(row), self._degrees(row[self._lon], 0), self._degrees(row[self._lat], 1), received, outcome,
            self._ended_at(received, ended), answer or self._mapping.reason,
        )  # fmt: skip

    def _words(self, row: list[str]) -> str:
        # Columns often repeat each other: a title that is the kind's name.
        parts = dict.fromkeys([row[at].strip() for at in self._text])
        said = _clean(". ".join([part for part in parts if part]), TEXT_LIMIT)
        if not said:
            raise _Wrong("no text")
        return said

    def _degrees(self, written: str, axis: int) -> float:
        try:
            plain = written.strip().replace("−", "-").replace("_", "?")  # Python takes 1_06 for a number
            degrees = float(plain if "." in plain else plain.replace(",", "."))
        except ValueError:
            # As people write them: with a side, a degree sign, the mark before what a spreadsheet shall take as text.
            found = places.degrees(written.strip().lstrip("'"))
            degrees = found.value if found and found.axis in {axis, None} else math.nan
        if not math.isfinite(degrees):
            raise _Wrong(f"{written!r} is no number of degrees")
        return round(degrees + self._mapping.shift[axis], 6)

    def _time(self, written: str) -> datetime:
        written, form = written.strip().removeprefix("'"), self._mapping.time_format
        try:
            at = datetime.strptime(written, form) if form else written_times.moment(written)  # noqa: DTZ007
        except ValueError:
            at = None
        if at is None:
            said = form or "2015-01-31T08:30:00 or 31/01/2015 08:30; name `time_format` in the mapping"
            raise _Wrong(f"{written!r} is no time such as {said}")
        at = at if at.tzinfo else at.replace(tzinfo=self._zone)
        # Where the place says the zone, the eastern one is the earliest: the place is looked at later.
        if not at.year >= 1900 or (at if at.tzinfo else at.replace(tzinfo=WIT)) > self._latest:
            raise _Wrong(f"{written} lies in the future, or before 1900")
        return at

    def _ended_at(self, received: datetime, written: str) -> datetime:
        ended = self._time(written) if written.strip() else received
        if (ended.tzinfo is None) != (received.tzinfo is None):
            raise _Wrong("one of its times has a zone and the other has none: name `time_zone` in the mapping")
        return max(received, ended)


class _Chosen:
    """Reads one column whose values have a meaning here."""

    def __init__(self, choice: Choice, at: Callable[[str], int], meaning: Callable[[str], Any]) -> None:
        self._at = at(choice.column) if choice.column else None
        self._column, self._values = choice.column, {word: meaning(said) for word, said in choice.values.items()}
        self._loosely = {_folded(word): said for word, said in self._values.items()}
        self._otherwise = meaning(choice.otherwise) if choice.otherwise else None

    def __call__(self, row: list[str]) -> Any:
        written = row[self._at].strip() if self._at is not None else ""
        found = self._values.get(written)
        if found is None:
            found = self._loosely.get(_folded(written), self._otherwise)
        if found is None:
            raise _Wrong(f"{self._column} is {written!r}, which the mapping does not know")
        return found


def _id_of(name: str) -> str:
    """`uuid5(NAMESPACE, name).hex`, in a fifth of the time."""
    digest = hashlib.sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:12]}5{digest[13:16]}{int(digest[16], 16) & 3 | 8:x}{digest[17:32]}"


def _folded(word: str) -> str:
    """A word whatever the case of its letters and the blanks in it."""
    return " ".join(word.casefold().split())


def _clean(written: str, limit: int) -> str:
    try:
        return clean_text(written, limit)
    except ValueError as fault:
        raise _Wrong(str(fault)) from None


def _check_words(path: Path, mapping: Mapping) -> None:
    """Raises Problem where the mapping names a category or an outcome that we do not have."""
    for code in (*mapping.category.values.values(), mapping.category.otherwise):
        if code and code not in {one.code for one in catalogue.choosable()}:
            raise Problem("bad_mapping", 422, f"{path.name}: category: there is no category {code} to report")
    for word in (*mapping.outcome.values.values(), mapping.outcome.otherwise):
        if word and word not in set(Outcome):
            raise Problem("bad_mapping", 422, f"{path.name}: outcome: {word} is none of: {', '.join(Outcome)}")
