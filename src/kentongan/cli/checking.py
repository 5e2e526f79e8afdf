"""`kentongan check`: whether an installation can serve."""

from __future__ import annotations

import typer
from rich.console import Console

from kentongan.cli.looking import findings


def check() -> None:
    """Say what this installation stands on and what is wrong with it; exit code 2 where something is."""
    console, fine = Console(highlight=False, soft_wrap=True), True
    for in_order, line in findings():
        fine = fine and in_order
        console.print("[green]✓[/]" if in_order else "[red]✗[/]", end=" ")
        console.print(line, markup=False)
    if not fine:
        raise typer.Exit(2)
