"""Statements that are asked all the time, planned once for each connection to PostgreSQL and not each time anew."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState

from kentongan.foundation.remembering import remembered

if TYPE_CHECKING:
    from psycopg import RawCursor

M = TypeVar("M", bound=models.Model)
Fit = Callable[[Any], Any]
# One of any number of values, told as one value: a list of marks would be another statement for each number.
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(%s))", "postgresql": "= ANY(%s)"}


def rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What `statement` answers, its values marked by `%s`. For few statements, each good by one plan for all values:
    PostgreSQL no longer sees them when it plans. `KENTONGAN_DATABASE_PREPARED` turns the keeping of plans off.
    """
    held = _connected()
    if held.vendor == "sqlite":
        # The driver keeps plans by their text; Django's cursor would write the text anew each time.
        with held.wrap_database_errors:
            return list(held.connection.execute(_in_sqlite(statement), values).fetchall())
    # Django's own cursors put the values into the text, so that nothing could be kept.
    with held.wrap_database_errors, _cursor(held) as cursor:
        cursor.execute(_in_postgres(statement), values, prepare=True)
        return cursor.fetchall()


def run(statement: str, values: Sequence[Any]) -> None:
    """As `rows`, for a statement that answers nothing."""
    held = _connected()
    if held.vendor == "sqlite":
        with held.wrap_database_errors:
            held.connection.execute(_in_sqlite(statement), values)
        return
    with held.wrap_database_errors, _cursor(held) as cursor:
        cursor.execute(_in_postgres(statement), values, prepare=True)


def run_each(statement: str, values: Sequence[Sequence[Any]]) -> None:
    """As `run`, for each of many lists of values: PostgreSQL is sent all of them before it is waited for."""
    held = _connected()
    with held.wrap_database_errors:
        if held.vendor == "sqlite":
            held.connection.executemany(_in_sqlite(statement), values)
            return
        with _cursor(held) as cursor:
            cursor.executemany(_in_postgres(statement), values)


def objects(model: type[M], where: str, values: Sequence[Any]) -> list[M]:
    """The rows of a table as Django's models, by a statement that is written once: `where` follows the FROM.

    For pages that people wait for: to write such a statement takes Django several times as long as the database takes
    to answer it. What a row refers to is asked for when it is looked at, as always.
    """
    statement, names, fits = _reading(model)
    found, alias = [], connection.alias
    for read in rows(f"{statement} {where}", values):
        # Past `Model.__init__`, which sets each column by itself and sends signals to which nothing here listens.
        row, told = model.__new__(model), dict(zip(names, read, strict=True))
        for name, fit in fits:
            told[name] = fit(told[name])
        state = vars(row)
        state["_state"] = kept = ModelState()
        kept.adding, kept.db = False, alias
        state.update(told)
        found.append(row)
    return found


def keyed(model: type[M], column: str, keys: Iterable[Any]) -> list[M]:
    """The rows whose `column` is one of `keys`, in the order of their primary keys: one statement for any number."""
    asked = list(set(keys))
    if not asked:
        return []
    lite = connection.vendor == "sqlite"
    where = f"WHERE {column} {_AMONG[connection.vendor]} ORDER BY {model._meta.pk.column}"
    return objects(model, where, (json.dumps(asked) if lite else asked,))


def _connected() -> Any:
    """This thread's connection itself: Django's `connection` looks for it again at each attribute."""
    held = connections[DEFAULT_DB_ALIAS]
    if held.connection is None:
        held.ensure_connection()
    return held


def _cursor(held: Any) -> RawCursor[Any]:
    from psycopg import RawCursor  # a tenth of what a process begins with, which one with SQLite does without

    return RawCursor(held.connection)


@remembered(maxsize=64)
def _reading(model: type[models.Model]) -> tuple[str, list[str], list[tuple[str, Fit]]]:
    """The statement, its columns, and where Django makes something else of what the driver gives, in its order."""
    fields, fits = model._meta.concrete_fields, list[tuple[str, Fit]]()
    for field in fields:
        column = field.get_col(model._meta.db_table)
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            fits.append((field.attname, partial(_converted, convert, column)))
    names = [field.attname for field in fields]
    return f"SELECT {', '.join(field.column or '' for field in fields)} FROM {model._meta.db_table}", names, fits  # noqa: S608


def _converted(convert: Callable[..., Any], column: Any, value: Any) -> Any:
    return convert(value, column, connection)


@remembered(maxsize=256)
def _in_sqlite(statement: str) -> str:
    """The same statement with SQLite's marks."""
    return statement.replace("%s", "?").replace("%%", "%")


@remembered(maxsize=256)
def _in_postgres(statement: str) -> str:
    """The same statement with PostgreSQL's own marks: psycopg reads its `%s` anew each time where there are more than
    50, as a report has columns, which was a fifth of the calls of a submission."""
    numbers = count(1)
    return re.sub("%[s%]", lambda mark: "%" if mark[0] == "%%" else f"${next(numbers)}", statement)
