"""`kentongan check` and `kentongan migrate`: whether an installation can serve, and its tables."""

from __future__ import annotations

import typer
from django.core.management import call_command
from rich.console import Console

from kentongan.cli.looking import findings, missing_migrations


def migrate() -> None:
    """Bring the tables of the database up to date. Safe to repeat."""
    missing = missing_migrations()
    call_command("migrate", interactive=False, verbosity=0)
    Console().print(f"{missing} changes applied." if missing else "The tables are up to date.")


def refuse_old_tables() -> None:
    """Ends with one clear line where the tables are older than the program."""
    if missing := missing_migrations():
        raise SystemExit(f"kentongan: the database lacks {missing} changes; run `kentongan migrate` first.")


def check() -> None:
    """Say what this installation stands on and what is wrong with it; exit code 2 where something is."""
    console, fine = Console(highlight=False, soft_wrap=True), True
    for in_order, line in findings():
        fine = fine and in_order
        console.print("[green]✓[/]" if in_order else "[red]✗[/]", end=" ")
        console.print(line, markup=False)
    if not fine:
        raise typer.Exit(2)
