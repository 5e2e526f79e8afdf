"""A new row and the rows that name its key, in one statement where the database can.

PostgreSQL is then waited for once, and where nothing else is written it needs no transaction around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection, models

from kentongan.foundation import prepared
from kentongan.foundation.inserting import columns_of, insert, insert_all, values_of
from kentongan.foundation.remembering import remembered


class Belonging(NamedTuple):
    """New rows of one table, stored in their order. Their `column` is the key of the row that they belong to; where it
    is JSON, the key stands in it under `name`."""

    rows: Sequence[models.Model]
    column: str
    name: str = ""


def is_one_statement() -> bool:
    """Whether `insert_with` stores all or nothing without a transaction."""
    return connection.vendor == "postgresql"


def insert_with(row: models.Model, others: Sequence[Belonging]) -> None:
    """Stores a new row, which gets its key here, and those that belong to it, whose own keys stay unknown."""
    if is_one_statement():
        told = values_of([row])
        for one in others:
            for other in one.rows:
                told += _without_key(other, one)
        shapes = tuple((type(one.rows[0]), len(one.rows), one.column, one.name) for one in others)
        ((row.pk,),) = prepared.rows(_statement(type(row), shapes), told)
        row._state.adding, row._state.db = False, connection.alias
    else:
        insert(row)
    for one in others:
        for other in one.rows:
            _give_key(other, one, row.pk)
        if not is_one_statement():
            insert_all(one.rows)


def _give_key(other: models.Model, one: Belonging, key: Any) -> None:
    if one.name:
        vars(other)[one.column][one.name] = key
    else:
        vars(other)[one.column] = key


def _without_key(other: models.Model, one: Belonging) -> list[Any]:
    told = values_of([other])
    if not one.name:
        del told[columns_of(type(other)).index(one.column)]
    return told


@remembered(maxsize=64)
def _statement(model: type[models.Model], shapes: tuple[tuple[type[models.Model], int, str, str], ...]) -> str:
    """Rows of one `VALUES` are stored in its order, and each waits for the key that it asks for."""
    key, names = model._meta.pk.column, columns_of(model)
    table, marks = model._meta.db_table, ", ".join(["%s"] * len(names))
    parts = [f"first AS (INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) RETURNING {key})"]  # noqa: S608
    for at, (other, number, column, name) in enumerate(shapes):
        asked = f"(SELECT {key} FROM first)"  # noqa: S608
        if name:
            asked = f"jsonb_set(%s::jsonb, '{{{name}}}', to_jsonb({asked}))"
        told = ", ".join(asked if one == column else "%s" for one in columns_of(other))
        rows = ", ".join([f"({told})"] * number)
        parts.append(f"more{at} AS (INSERT INTO {other._meta.db_table} ({', '.join(columns_of(other))}) VALUES {rows})")  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT {key} FROM first"  # noqa: S608
