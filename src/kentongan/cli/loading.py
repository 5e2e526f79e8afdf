"""`kentongan bodies load` and `kentongan catalogue load`: files into the database, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kentongan import bodies, catalogue

bodies_app = typer.Typer(help="The bodies that reports go to.", no_args_is_help=True)
catalogue_app = typer.Typer(help="The kinds of trouble that can be reported.", no_args_is_help=True)

File = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="A YAML file; without one, what the package brings."),
]


@bodies_app.callback()
def _bodies() -> None:
    """The bodies that reports go to."""


@catalogue_app.callback()
def _catalogue() -> None:
    """The kinds of trouble that can be reported."""


@bodies_app.command("load")
def load_bodies(file: File = None) -> None:
    """Load the bodies. Partner periods and staff stay as they are. Safe to repeat."""
    Console().print(f"{bodies.load(file)} bodies loaded.")


@catalogue_app.command("load")
def load_catalogue(file: File = None) -> None:
    """Load the catalogue. Kinds that the file no longer names are switched off, not deleted. Safe to repeat."""
    Console().print(f"{catalogue.load(file)} categories loaded.")
