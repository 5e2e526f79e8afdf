"""Whether the tables are those of this program. In a file of its own: each command asks, and few need the country."""

from __future__ import annotations

from rich.console import Console

from kentongan.foundation.migrating import bring_up_to_date, missing_migrations


def migrate() -> None:
    """Bring the tables of the database up to date. Safe to repeat."""
    missing = bring_up_to_date()
    Console().print(f"{missing} changes applied." if missing else "The tables are up to date.")


def refuse_old_tables() -> None:
    """Ends with one clear line where the tables are older than the program."""
    if missing := missing_migrations():
        raise SystemExit(f"kentongan: the database lacks {missing} changes; run `kentongan migrate` first.")
