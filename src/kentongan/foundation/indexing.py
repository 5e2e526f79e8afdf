"""Indexes that are made while people write: a large table is not locked for the time that it takes."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def _count_in(connection: Any, index: str) -> None:
    """SQLite takes an index of which it has counted nothing for the best of all, where it has counted the others: lists
    of a million took 9 s of processor until the new one was counted too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if cursor.fetchone()[0]:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(index)}")


def _is_there(connection: Any, index: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = %s", [index])
        return bool(cursor.fetchone()[0])


class AddIndexMeanwhile(migrations.AddIndex):
    """As `AddIndex`, on PostgreSQL without keeping writers out; its migration has `atomic = False`.

    One that was broken off leaves an index that is kept up and never used: it is made anew. On SQLite there is one
    writer anyhow, and the index of a million rows takes seconds.
    """

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Makes the index; one of the name that is there already, and whole, stays."""
        if schema_editor.connection.vendor != "postgresql":
            # Each index is kept by itself: where the next one was broken off, this one is there already.
            if not _is_there(schema_editor.connection, self.index.name):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            _count_in(schema_editor.connection, self.index.name)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [self.index.name])
            found = cursor.fetchone()
        if found == (False,):
            schema_editor.remove_index(model, self.index, concurrently=True)
        if found != (True,):
            schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Takes the index away, in the same way."""
        if schema_editor.connection.vendor != "postgresql":
            if _is_there(schema_editor.connection, self.index.name):
                super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, concurrently=True)
