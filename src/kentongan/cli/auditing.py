"""`kentongan audit`: whether the database's files are sound, and whether rows and timelines agree."""

from __future__ import annotations

import typer
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console

from kentongan.foundation import snapshot
from kentongan.reports import audit as auditing
from kentongan.reports.models import Report


def audit() -> None:
    """Rebuild each report from its timeline and name every difference; exit code 1 where there is one."""
    console, started = Console(highlight=False, soft_wrap=True), timezone.now()
    with console.status("reading the database's files"):
        damaged = snapshot.damage()
    if damaged:
        _damaged(console, damaged)
    differences, number = 0, 0
    try:
        with console.status("rebuilding reports from their timelines"), snapshot.one_moment():
            for one in auditing.audit():
                differences += 1
                console.print(f"{one.code}: {one.what} is {one.row}, the timeline says {one.timeline}", markup=False)
            number = Report.objects.count()
    except DatabaseError as fault:
        if "no such table" in str(fault) or "does not exist" in str(fault):
            raise  # no fault of the file: the tables have not been made
        _damaged(console, [str(fault).splitlines()[0]])
    seconds = (timezone.now() - started).total_seconds()
    console.print(f"{number} reports rebuilt in {seconds:.1f} s, {differences} differences.")
    if differences:
        raise typer.Exit(1)


def _damaged(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(line, markup=False)
    console.print("The database's file itself is damaged: restore the last backup (`kentongan restore`).")
    raise typer.Exit(1)
