"""`kentongan check` and `kentongan migrate`: whether an installation can serve, and its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import typer
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from rich.console import Console

from kentongan import bodies, catalogue, places, routing
from kentongan.foundation.config import config
from kentongan.foundation.outbox import Event

Finding = tuple[bool, str]  # whether it is in order, and what was found in one line


def migrate() -> None:
    """Bring the tables of the database up to date. Safe to repeat."""
    missing = missing_migrations()
    call_command("migrate", interactive=False, verbosity=0)
    Console().print(f"{missing} changes applied." if missing else "The tables are up to date.")


def missing_migrations() -> int:
    """How many changes of the tables have not been made yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def refuse_old_tables() -> None:
    """Ends with one clear line where the tables are older than the program."""
    if missing := missing_migrations():
        raise SystemExit(f"kentongan: the database lacks {missing} changes; run `kentongan migrate` first.")


def check() -> None:
    """Say what this installation stands on and what is wrong with it; exit code 1 where something is."""
    console, fine = Console(highlight=False, soft_wrap=True), True
    for look in LOOKS:
        for in_order, line in look():
            fine = fine and in_order
            console.print("[green]✓[/]" if in_order else "[red]✗[/]", end=" ")
            console.print(line, markup=False)
    if not fine:
        raise typer.Exit(1)


def _settings() -> Iterator[Finding]:
    yield True, f"mode {config().mode}, data in {config().data}"
    config().data.mkdir(parents=True, exist_ok=True)
    if not os.access(config().data, os.W_OK):
        yield False, f"the data folder {config().data} cannot be written"
    for fault in run_checks():
        if not fault.is_silenced():
            yield fault.level < 30, f"{fault.id}: {fault.msg}"


def _database() -> Iterator[Finding]:
    missing = missing_migrations()
    tables = f"{missing} changes missing: run `kentongan migrate`" if missing else "tables up to date"
    yield not missing, f"database {connection.vendor}: {tables}"


def _places() -> Iterator[Finding]:
    found = places.source()
    words = {"polygons": "polygons: places are exact", "gazetteer": "gazetteer: places are approximate"}
    yield True, f"country from {words[found.kind]}, {found.features:,} areas, version {found.version}"


def _world() -> Iterator[Finding]:
    if missing_migrations():
        return
    kinds, known = len(catalogue.all_active()), len(bodies.snapshot().bodies)
    yield kinds > 0, f"{kinds} categories" if kinds else "no categories: run `kentongan catalogue load`"
    yield known > 0, f"{known} bodies" if known else "no bodies: run `kentongan bodies load`"
    if kinds and known:
        book = routing.rulebook()
        faults = routing.check(book)
        yield not faults, f"{len(book.rules)} rules ({book.source}), {len(faults)} faults"
        yield from ((False, fault) for fault in faults)


def _backlog() -> Iterator[Finding]:
    if missing_migrations():
        return
    late = Event.objects.filter(due_at__lt=timezone.now() - timedelta(minutes=5)).count()
    yield not late, f"{late} events wait for more than 5 minutes: is a worker running?" if late else "no backlog"


LOOKS: list[Callable[[], Iterator[Finding]]] = [_settings, _database, _places, _world, _backlog]
