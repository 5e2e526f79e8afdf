"""A CSV file of past reports and the mapping that says what its columns mean."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.utils import timezone
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kentongan import catalogue
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import clean_text
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

    `shift` in degrees, lon before lat, is added to every place. `time_zone` is that of times without one.
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
    time_zone: str = "Asia/Jakarta"
    shift: tuple[float, float] = (0.0, 0.0)


class Line(NamedTuple):
    """One row, read and checked but for its place. `number` is that of the row, the header being 1."""

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
        found = Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        ZoneInfo(found.time_zone)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem("bad_mapping", 422, f"{path.name}: {where}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise Problem("bad_mapping", 422, f"{path.name}: cannot be read ({type(fault).__name__})") from None
    except (ZoneInfoNotFoundError, ValueError):
        raise Problem("bad_mapping", 422, f"{path.name}: time_zone: there is no zone {found.time_zone}") from None
    _check_words(path, found)
    return found


def read(path: Path, mapping: Mapping, progress: Callable[[int, int], None]) -> Iterator[Line | str]:
    """The rows of a CSV file (UTF-8, .gz too) in their order; in the place of a wrong one what is wrong with it.

    Raises Problem `bad_file` where the file is no CSV with the columns of the mapping.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as packed, _opened(path, packed) as lines:
            rows = csv.reader(lines)
            take = _Row(next(rows, []), mapping, path.name)
            for number, row in enumerate(rows, start=2):
                if number % 1000 == 0:
                    progress(packed.tell(), size)
                try:
                    yield take(number, row)
                except _Wrong as fault:
                    yield f"row {number}: {fault}"
            progress(size, size)
    except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as fault:
        raise Problem("bad_file", 422, f"{path.name}: cannot be read as CSV in UTF-8 ({fault})") from None


class _Wrong(ValueError):
    """What is wrong with a row."""


class _Row:
    """Reads the rows of one file."""

    def __init__(self, header: list[str], mapping: Mapping, name: str) -> None:
        def at(column: str) -> int:
            if column not in header:
                raise Problem("bad_file", 422, f"{name}: there is no column {column!r}, which the mapping names")
            return header.index(column)

        self._width, self._mapping = len(header), mapping
        self._zone, self._now = ZoneInfo(mapping.time_zone), timezone.now()
        self._id, self._lon, self._lat = at(mapping.id), at(mapping.lon), at(mapping.lat)
        self._text = [at(column) for column in mapping.text]
        self._received = at(mapping.received_at)
        self._ended = at(mapping.ended_at) if mapping.ended_at else None
        self._answer = at(mapping.answer) if mapping.answer else None
        self._category = _Chosen(mapping.category, at, catalogue.get)
        self._outcome = _Chosen(mapping.outcome, at, Outcome)

    def __call__(self, number: int, row: list[str]) -> Line:
        if len(row) != self._width:
            raise _Wrong(f"{len(row)} fields, the header has {self._width}")
        if not row[self._id]:
            raise _Wrong(f"{self._mapping.id} is empty")
        received = self._time(row[self._received])
        ended = row[self._ended] if self._ended is not None else ""
        outcome = self._outcome(row)
        answer = _clean(row[self._answer], SAY_LIMIT) if self._answer is not None else ""
        if outcome in {Outcome.CLOSED, Outcome.PASSED_ON} and not (answer or self._mapping.reason):
            raise _Wrong("ended without a fix and without a reason: name a column `answer`, or a `reason` for all")
        return Line(
            number, uuid5(NAMESPACE, f"{self._mapping.source}/{row[self._id]}").hex, self._category(row),
            self._words(row), self._degrees(row[self._lon], 0), self._degrees(row[self._lat], 1), received, outcome,
            max(received, self._time(ended)) if ended else received, answer or self._mapping.reason,
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
            degrees = float(written) + self._mapping.shift[axis]
        except ValueError:
            degrees = math.nan
        if not math.isfinite(degrees):
            raise _Wrong(f"{written!r} is no number of degrees")
        return round(degrees, 6)

    def _time(self, written: str) -> datetime:
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            raise _Wrong(f"{written!r} is no time such as 2015-01-31T08:30:00") from None
        at = at if at.tzinfo else at.replace(tzinfo=self._zone)
        if not at.year >= 1900 or at > self._now:
            raise _Wrong(f"{written} lies in the future, or before 1900")
        return at


class _Chosen:
    """Reads one column whose values have a meaning here."""

    def __init__(self, choice: Choice, at: Callable[[str], int], meaning: Callable[[str], Any]) -> None:
        self._at = at(choice.column) if choice.column else None
        self._column, self._values = choice.column, {word: meaning(said) for word, said in choice.values.items()}
        self._otherwise = meaning(choice.otherwise) if choice.otherwise else None

    def __call__(self, row: list[str]) -> Any:
        written = row[self._at] if self._at is not None else ""
        found = self._values.get(written, self._otherwise)
        if found is None:
            raise _Wrong(f"{self._column} is {written!r}, which the mapping does not know")
        return found


def _opened(path: Path, packed: IO[bytes]) -> IO[str]:
    raw: Any = gzip.GzipFile(fileobj=packed) if path.suffix == ".gz" else packed
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


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
