"""Statements that are asked all the time, planned once for each connection to PostgreSQL and not each time anew."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection


def rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What `statement` answers, its values marked by `%s`. For few statements, each good by one plan for all values:
    PostgreSQL no longer sees them when it plans. `KENTONGAN_DATABASE_PREPARED` turns the keeping of plans off.
    """
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        # The driver keeps plans by their text; Django's cursor would write the text anew each time.
        with connection.wrap_database_errors:
            return list(connection.connection.execute(_in_sqlite(statement), values).fetchall())
    # Django's own cursors put the values into the text, so that nothing could be kept.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


@lru_cache(maxsize=256)
def _in_sqlite(statement: str) -> str:
    """The same statement with SQLite's marks."""
    return statement.replace("%s", "?").replace("%%", "%")
