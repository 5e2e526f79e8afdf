"""Rows into a table, and what changes of them, by statements made once: Django's compiler makes them for every row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState

from kentongan.foundation import prepared
from kentongan.foundation.collecting import uncollected
from kentongan.foundation.remembering import remembered

M = TypeVar("M", bound=models.Model)
MANY_PAGES = 131_072  # KiB: a piece of an import changes some 60 MB of pages, more where the tables are large


def made(model: type[M], **given: Any) -> M:
    """A new row with the values of the columns that are `given` (`body_id`), the others as Django begins them: past its
    own way, which looks at each field again for each row, through descriptors and signals. Measured for five rows of a
    submission: a tenth of all that it costs.
    """
    always, makers = _beginnings(model)
    row = model.__new__(model)
    state = vars(row)
    state["_state"] = ModelState()
    state.update(always)
    state.update(given)
    for name, make in makers:
        if name not in given:
            state[name] = make()
    return row


def insert(row: models.Model) -> None:
    """Stores a new row as `save` would, without signals and `auto_now`, and gives it its key where it has none."""
    if isinstance(row._meta.pk, models.AutoField):
        ((row.pk,),) = prepared.rows(_statement(type(row), 1) + f" RETURNING {row._meta.pk.column}", values_of([row]))
    else:
        prepared.run(_statement(type(row), 1), values_of([row]))
    row._state.adding, row._state.db = False, connection.alias


def insert_all(rows: Sequence[models.Model]) -> None:
    """Stores new rows of one table in their order, in one statement; their keys stay unknown here."""
    if not rows:
        return
    prepared.run(_statement(type(rows[0]), len(rows)), values_of(rows))


def insert_new(rows: Sequence[models.Model]) -> None:
    """As `insert_all`, without those that a constraint says are there already."""
    if rows:
        prepared.run(f"{_statement(type(rows[0]), len(rows))} ON CONFLICT DO NOTHING", values_of(rows))


def rewrite(rows: Sequence[M], names: tuple[str, ...] = ()) -> None:
    """Stores rows of one table that are there already, as `save` would, without signals: all their values, or those of
    the columns `names`."""
    if not rows:
        return
    model = type(rows[0])
    changed = names or columns_of(model)
    at = [columns_of(model).index(name) for name in changed]
    values = [values_of([row]) for row in rows]
    fit = _adapter(model._meta.pk)
    told = [[*(kept[one] for one in at), fit(row.pk)] for row, kept in zip(rows, values, strict=True)]
    prepared.run_each(_rewriting(model, changed), told)


def reserve(model: type[models.Model], number: int) -> list[int]:
    """Keys for new rows, to be stored by `fill` in the same transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The transaction holds the only right to write (IMMEDIATE): nobody else takes keys meanwhile.
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or (0,))[0]
            return list(range(last + 1, last + 1 + number))
        # The sequence is looked up once, not for every key.
        cursor.execute(
            "SELECT nextval(keys) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS keys OFFSET 0) AS one,"
            " generate_series(1, %s)",
            [table, number],
        )
        return [key for (key,) in cursor.fetchall()]


def fill(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Stores very many rows of the named columns, in the fastest way of the database; the others get their default.

    Values are as the database keeps them: times by `moment`, JSON as text, ids of 128 bits in hexadecimal, 0 and 1
    for no and yes. A key that is not named is the database's to give.
    """
    table, others = model._meta.db_table, [field for field in _fields(model) if field.attname not in columns]
    rest = tuple(_plain(_adapter(field)(field.get_default())) for field in others)
    names = ", ".join([*columns, *(field.attname for field in others)])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # What is the same in all rows stands in the statement: the driver copies each value that it is given.
            values = ", ".join([*(["%s"] * len(columns)), *map(_literal, rest)])
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", list(rows))  # noqa: S608
            return
        whole = [row + rest for row in rows]
        # Django lets what a COPY raises pass as the driver's own error: nobody would know an IntegrityError in it.
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in whole:
                copy.write_row(row)
        # A table that PostgreSQL thinks empty is read by any index for each foreign key that is checked.
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        if cursor.fetchone()[0] < len(whole):
            cursor.execute(f"ANALYZE {table}")


@contextmanager
def roomy() -> Iterator[None]:
    """While very many rows of a program's own making are stored by `fill`.

    Python's collector looks through all rows that wait, again and again, and finds nothing: a fifth of an import.
    SQLite writes a changed page again and again where it keeps too few of them, and reads all JSON a second time to
    see that it is JSON: a tenth.
    """
    with uncollected():
        if connection.vendor != "sqlite":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size")
            before = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA cache_size = -{MANY_PAGES}")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
                cursor.execute(f"PRAGMA cache_size = {before}")


def fill_all(rows: Sequence[models.Model]) -> None:
    """Stores very many new rows of one table, each with all its values, as `fill` does, and gives them their keys."""
    if not rows:
        return
    model, names, values = type(rows[0]), columns_of(type(rows[0])), [values_of([row]) for row in rows]
    if isinstance(model._meta.pk, models.AutoField):
        names = ("id", *names)
        for row, kept, key in zip(rows, values, reserve(model, len(rows)), strict=True):
            row.pk = key
            kept.insert(0, key)
    fill(model, names, [tuple(kept) for kept in values])


def moment(at: datetime) -> str:
    """A time with a zone as both databases take it as text and Django reads it again."""
    written = at.astimezone(UTC).isoformat(" ")
    return written[: -len("+00:00")] if _without_zone() else written


@remembered(maxsize=1)
def _without_zone() -> bool:
    """SQLite keeps UTC without a zone."""
    return connection.vendor == "sqlite"


def _plain(value: Any) -> Any:
    """The number or text of a choice or of a yes: SQLite's driver takes a microsecond to find it out, each time."""
    return int(value) if isinstance(value, bool) else value.value if isinstance(value, Enum) else value


def _literal(value: Any) -> str:
    """A value as it stands in a statement that Django's cursor takes; times and what is random stand in none."""
    if value is None or isinstance(value, int | float):
        return "NULL" if value is None else repr(value)
    return "'" + str(value).replace("'", "''").replace("%", "%%") + "'"


def values_of(rows: Sequence[models.Model]) -> list[Any]:
    """What rows of one table have in its `columns_of`, one row after the other, as the database keeps it."""
    names, adapt = columns_of(type(rows[0])), _adapters(type(rows[0]))
    values: list[Any] = []
    for row in rows:
        # Past Django's descriptors, which took a tenth of a submission; a new row has all its values.
        state, begun = vars(row), len(values)
        values += [state[name] for name in names]
        for at, fit in adapt:
            values[begun + at] = fit(values[begun + at])
    return values


@remembered(maxsize=64)
def _statement(model: type[models.Model], rows: int) -> str:
    names, table = columns_of(model), model._meta.db_table
    marks = f"({', '.join(['%s'] * len(names))})"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([marks] * rows)}"  # noqa: S608


@remembered(maxsize=64)
def _rewriting(model: type[models.Model], names: tuple[str, ...]) -> str:
    marks, table, key = ", ".join(f"{name} = %s" for name in names), model._meta.db_table, model._meta.pk.column
    return f"UPDATE {table} SET {marks} WHERE {key} = %s"  # noqa: S608


@remembered(maxsize=64)
def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a table without a key that the database gives."""
    return tuple(field.attname for field in _fields(model))


@remembered(maxsize=64)
def _adapters(model: type[models.Model]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Where values are that are kept in another form, and how that is made."""
    fits = enumerate(_adapter(field) for field in _fields(model))
    return tuple((at, fit) for at, fit in fits if fit is not _same)


@remembered(maxsize=64)
def _beginnings(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What each new row begins with, in the order of its columns, and what is made for each anew (times, lists)."""
    always: dict[str, Any] = {}
    makers: list[tuple[str, Callable[[], Any]]] = []
    for field in model._meta.concrete_fields:
        always[field.attname] = None
        if field.has_default() and callable(field.default):
            makers.append((field.attname, field.get_default))
        else:
            always[field.attname] = field.get_default()
    return always, makers


def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]


def _same(value: Any) -> Any:
    return value


def _adapter(field: Any) -> Callable[[Any], Any]:
    """Times, ids and JSON are kept as Django keeps them in this database; other values the driver takes as they are."""
    field = getattr(field, "target_field", field)  # what refers to a row is kept as its key
    if isinstance(field, models.JSONField):
        # To the blank: SQLite compares the text, and what is looked for is written by Django.
        return lambda value: None if value is None and field.null else json.dumps(value, cls=field.encoder)
    if isinstance(field, models.UUIDField):
        return lambda value: value and value.hex
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return lambda value: value and moment(value)
    return _same
