"""`kentongan people`: accounts."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from kentongan.people import erasing

app = typer.Typer(help="Accounts of people.", no_args_is_help=True)


@app.callback()
def _people() -> None:
    """Accounts of people."""


@app.command()
def erase(
    email: Annotated[str, typer.Argument(help="The address of the account.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an account for good. Its reports and comments stay, with nobody's name."""
    if not yes:
        typer.confirm(f"Delete the account of {email} for good? Its reports stay, with nobody's name.", abort=True)
    rows = erasing.erase(email)
    Console().print(f"The account is gone, and {rows - 1} rows with it. Reports and comments stay, with nobody's name.")
