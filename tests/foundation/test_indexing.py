"""A change of indexes that was broken off is gone on with."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

MIGRATION = import_module("kentongan.reports.migrations.0020_archive_orders").Migration


@pytest.mark.django_db(transaction=True)
def test_an_index_that_is_there_already_stops_no_migration_that_was_broken_off() -> None:
    before = MigrationLoader(connection).project_state(("reports", "0019_parts"))
    name = MIGRATION.operations[0].index.name

    def is_there() -> bool:
        with connection.cursor() as cursor:
            return name in connection.introspection.get_constraints(cursor, "reports_report")

    assert is_there()
    after = before.clone()
    MIGRATION.operations[0].state_forwards("reports", after)
    for way, there in (("database_forwards", True), ("database_backwards", False), ("database_backwards", False)):
        old, new = (before, after) if way == "database_forwards" else (after, before)
        with connection.schema_editor(atomic=False) as editor:
            if there or is_there() or connection.vendor == "sqlite":
                getattr(MIGRATION.operations[0], way)("reports", editor, old, new)
        assert is_there() is there
    with connection.schema_editor(atomic=False) as editor:
        MIGRATION.operations[0].database_forwards("reports", editor, before, after)
    assert is_there()
