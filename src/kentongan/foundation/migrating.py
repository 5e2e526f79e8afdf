"""The tables of the database as this program has them: made at once where there are none, else change by change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

_LOCK = 0x6B656E74  # "kent": what holds back a second process that begins the same database


def missing_migrations() -> int:
    """How many changes of the tables have not been made yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def bring_up_to_date() -> int:
    """Makes all changes that are missing, and says how many those were. Safe to repeat.

    A new database begins with the tables as they are now: to repeat all that ever changed takes 23 seconds of processor
    in place of one, nearly all of it for models that nobody has any more. A test compares what the two ways make.
    All of it is one transaction, and of two processes one makes it while the other waits. A database that has any
    table in sight, be it of somebody else, is changed change by change (docs/decisions/0052-tables-at-once.md).
    """
    missing = missing_migrations()
    if _is_new():
        _make_all()
    call_command("migrate", interactive=False, verbosity=0)
    return missing


def _is_new() -> bool:
    return not connection.introspection.table_names()


def _make_all() -> None:
    """From what the changes amount to, not from the models: so the order of indexes is theirs, by which SQLite chooses
    among those that seem alike to it."""
    executor = MigrationExecutor(connection)
    changes = [change for change, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    state = executor.loader.project_state()
    with connection.schema_editor() as editor:  # on SQLite nobody else begins to write now
        if connection.vendor == "postgresql":
            editor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not _is_new():
            return  # somebody else has made them meanwhile
        editor.create_model(executor.recorder.Migration)
        for model in state.apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        editor.deferred_sql, later = [], editor.deferred_sql  # indexes and references, before what is said of them
        for statement in later:
            editor.execute(statement)
        for change in changes:
            for operation in _in_sql(change.operations):
                operation.database_forwards(change.app_label, editor, state, state)
            for app, name in [*change.replaces, (change.app_label, change.name)]:
                executor.recorder.record_applied(app, name)
        # What Django's own rooms write about tables, before anybody else sees them and writes the same.
        emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _in_sql(operations: Sequence[Operation]) -> Iterator[migrations.RunSQL]:
    """What changes say in SQL of their own, in order, as no model says it; those that others bring have none."""
    for one in operations:
        if isinstance(one, migrations.SeparateDatabaseAndState):
            yield from _in_sql(one.database_operations)
        elif isinstance(one, migrations.RunSQL):
            yield one
