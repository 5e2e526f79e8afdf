"""`kentongan backup` and `kentongan restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kentongan import safekeeping
from kentongan.cli.country import progress_bar, stages
from kentongan.cli.tables import refuse_old_tables


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as /backup/kentongan-2026-11-26.tar.")],
    no_photos: Annotated[bool, typer.Option("--no-photos", help="The database only.")] = False,
) -> None:
    """Write database and photos of one moment into a file, and prove it. People may go on writing meanwhile."""
    refuse_old_tables()
    with progress_bar() as bar:
        done = safekeeping.back_up(file, photos=not no_photos, progress=stages(bar))
    _tell(f"{file}: {done.reports} reports, {done.photos} photo files, {done.bytes / 1e6:.1f} MB.", done.faults)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file of `kentongan backup`.")],
) -> None:
    """Bring a backup back into an empty database. The services must not run. It is proven first."""
    with progress_bar() as bar:
        done = safekeeping.restore(file, stages(bar))
    line = f"{done.reports} reports and {done.photos} photo files of {done.made_at} are back."
    if done.other_key:
        line += " KENTONGAN_SECRET_KEY is another than then: people sign in again, and peers' keys must be given anew."
    _tell(line, done.faults)


def _tell(line: str, faults: list[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for fault in faults:
        console.print(fault, style="yellow", markup=False)
    console.print(line, markup=False)
    if faults:
        raise typer.Exit(1)
