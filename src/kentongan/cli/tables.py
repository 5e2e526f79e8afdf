"""Whether the tables are those of this program. In a file of its own: each command asks, and few need the country."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console


def migrate() -> None:
    """Bring the tables of the database up to date. Safe to repeat."""
    missing = missing_migrations()
    call_command("migrate", interactive=False, verbosity=0)
    Console().print(f"{missing} changes applied." if missing else "The tables are up to date.")


def refuse_old_tables() -> None:
    """Ends with one clear line where the tables are older than the program."""
    if missing := missing_migrations():
        raise SystemExit(f"kentongan: the database lacks {missing} changes; run `kentongan migrate` first.")


def missing_migrations() -> int:
    """How many changes of the tables have not been made yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
