"""Who works where: the operator's way, for the first administrator of a body."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from kentongan import casework
from kentongan.bodies.models import Invitation
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

app = typer.Typer(help="Who works for a body.", no_args_is_help=True)


@app.callback()
def _staff() -> None:
    """Who works for a body."""


@app.command("invite")
def invite(
    body: Annotated[str, typer.Argument(help="The body's code.")],
    email: Annotated[str, typer.Argument(help="The address that is invited.")],
    role: Annotated[str, typer.Option(help="viewer, officer, coordinator or administrator.")] = "administrator",
) -> None:
    """Offer somebody a role by mail, and print the link, which holds for a week and for that address only."""
    try:
        made = casework.appoint(None, body, email, role)
    except Problem as problem:
        raise SystemExit(f"kentongan: {problem.detail}") from None
    if isinstance(made, Invitation):
        link = f"{config().base_url.rstrip('/')}/invitation/{casework.invitation_token(made)}"
        Console().print(f"{made.email} is invited. The worker sends the mail; the link is:")
        Console(soft_wrap=True).print(link, markup=False, highlight=False)
    else:
        Console().print(f"{made.person.email} has a proven account and works at {made.body_id} now.")
