"""After a test that commits, only what it left is deleted.

Django empties all tables then and makes the content types and permissions of every model anew: on PostgreSQL one
TRUNCATE of a hundred tables, which makes every file of every table and index anew, and 130 queries, half a second in
all. Which tables hold anything is one question of some milliseconds, few do, and what belongs to the tables can stay.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.test import TransactionTestCase

_STAYS = {"django_content_type", "auth_permission"}  # made with the tables


def only_what_is_left() -> None:
    """From now on a test that commits ends so."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(_: Any) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    name = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _STAYS)
    questions = ", ".join(f"EXISTS (SELECT 1 FROM {name(table)})" for table in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {questions}")
        for table, holds in zip(tables, cursor.fetchone(), strict=True):
            if holds:
                cursor.execute(f"DELETE FROM {name(table)}")  # who refers to whom is looked at when all are gone
