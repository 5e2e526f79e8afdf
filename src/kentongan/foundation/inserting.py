"""Rows into a table by statements that are made once: Django's compiler makes them anew for every row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.db import connection, models


def insert(row: models.Model) -> None:
    """Stores a new row as `save` would, without signals and `auto_now`, and gives it its key."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(row), 1) + f" RETURNING {row._meta.pk.column}", _values([row]))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def insert_all(rows: Sequence[models.Model]) -> None:
    """Stores new rows of one table in their order, in one statement; their keys stay unknown here."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(rows[0]), len(rows)), _values(rows))


def _values(rows: Sequence[models.Model]) -> list[Any]:
    names, adapt = _columns(type(rows[0])), _adapters(type(rows[0]))
    return [fit(getattr(row, name)) for row in rows for name, fit in zip(names, adapt, strict=True)]


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], rows: int) -> str:
    names, table = _columns(model), model._meta.db_table
    marks = f"({', '.join(['%s'] * len(names))})"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([marks] * rows)}"  # noqa: S608


@lru_cache(maxsize=64)
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in _fields(model))


@lru_cache(maxsize=64)
def _adapters(model: type[models.Model]) -> tuple[Callable[[Any], Any], ...]:
    return tuple(_adapter(field) for field in _fields(model))


def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]


def _adapter(field: Any) -> Callable[[Any], Any]:
    """Times, ids and JSON are kept as Django keeps them in this database; other values the driver takes as they are."""
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, cls=field.encoder)
    if isinstance(field, models.UUIDField):
        return lambda value: value.hex
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return lambda value: value and str(value.astimezone(UTC).replace(tzinfo=None))
    return lambda value: value
