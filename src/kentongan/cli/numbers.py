"""`kentongan numbers`: local numbers to call, from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kentongan import numbers
from kentongan.foundation.problems import Problem

app = typer.Typer(help="Important numbers of regions.", no_args_is_help=True)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A table (CSV) of numbers.")],
    name: Annotated[
        str, typer.Option("--as", help="Takes the place of what was loaded as this; else the file's.")
    ] = "",
) -> None:
    """Load a file of numbers, whole or not at all. Safe to repeat."""
    typer.echo(f"{numbers.load(file, name)} numbers loaded.")


@app.command("list")
def listing() -> None:
    """What is loaded."""
    for name, many in numbers.loaded():
        typer.echo(f"{name}  {many}")


@app.command()
def drop(name: Annotated[str, typer.Argument(help="As `numbers list` shows it.")]) -> None:
    """Take away what was loaded under a name."""
    gone = numbers.drop(name)
    if not gone:
        raise Problem("unknown_name", 404, f"nothing is loaded as {name!r}", field="name")
    typer.echo(f"{gone} numbers taken away.")
