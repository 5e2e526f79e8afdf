"""`kentongan reports import`: a region brings its history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from kentongan import routing
from kentongan.cli.tables import refuse_old_tables
from kentongan.cli.working import REOPEN_WITHIN

app = typer.Typer(help="Reports in bulk.", no_args_is_help=True)
FAULTS_SHOWN = 20


@app.callback()
def _reports() -> None:
    """Reports in bulk."""


@app.command("import")
def import_reports(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file in UTF-8, .gz too.")],
    mapping: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What its columns mean, a YAML file.")],
    source: Annotated[str, typer.Option(help="In place of the mapping's `source`.")] = "",
    shift: Annotated[
        tuple[float, float] | None,
        typer.Option(help="Degrees added to every place, LON LAT, in place of the mapping's."),
    ] = None,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Leave wrong rows out.")] = False,
) -> None:
    """Import past reports: placed, decided by the rules, with their timelines; nobody gets mail. Safe to repeat."""
    refuse_old_tables()
    meant = routing.read_mapping(mapping)
    given = {"source": source or meant.source, "shift": shift or meant.shift}
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=None)
        found = routing.import_file(
            file, meant.model_copy(update=given), contested_for=REOPEN_WITHIN, skip_invalid=skip_invalid,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    console = Console(highlight=False, soft_wrap=True)
    for fault in found.faults[:FAULTS_SHOWN]:
        console.print(f"  {fault}", style="yellow", markup=False)
    if found.wrong > FAULTS_SHOWN:
        console.print(f"  … and {found.wrong - FAULTS_SHOWN} more")
    console.print(f"{found.new} reports imported, {found.known} were here before, {found.wrong} left out.")
