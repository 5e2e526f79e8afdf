"""`kentongan people`: accounts."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from kentongan.people import erasing, inviting

app = typer.Typer(help="Accounts of people.", no_args_is_help=True)


@app.callback()
def _people() -> None:
    """Accounts of people."""


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="The e-mail address of the person; you vouch that it is theirs.")],
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    new_password: Annotated[bool, typer.Option("--new-password", help="Also for who has forgotten theirs.")] = False,
) -> None:
    """Make an account without any mail, and print the link by which its owner chooses a password, within three days."""
    link = inviting.add_person(email, name, new_password=new_password)
    console = Console(highlight=False, soft_wrap=True)
    if link:
        console.print(f"{email} has an account. They choose a password here within three days:", markup=False)
        console.print(link, markup=False)
    else:
        console.print(f"{email} has an account with a password already; see --new-password.", markup=False)


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
