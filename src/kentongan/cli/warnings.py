"""`kentongan warnings`: which bodies may warn, and whose feeds are read."""

from __future__ import annotations

from typing import Annotated

import typer

from kentongan import warnings
from kentongan.foundation.problems import Problem

app = typer.Typer(help="Warnings to people: who may publish, and the CAP feeds of others.", no_args_is_help=True)


@app.command()
def allow(
    body: Annotated[str, typer.Argument(help="The code of the body.")],
    area: Annotated[str | None, typer.Option(help="Where it may warn; else its own area. Empty: everywhere.")] = None,
    four_eyes: Annotated[bool, typer.Option("--four-eyes", help="Who drafted one cannot publish it.")] = False,
) -> None:
    """Let a body publish warnings; its officers draft, its coordinators publish."""
    right = warnings.give(body, area, four_eyes=four_eyes)
    typer.echo(f"{right.body_id} may warn in {right.area_code or 'the whole country'}")


@app.command()
def forbid(body: Annotated[str, typer.Argument(help="The code of the body.")]) -> None:
    """End the right of a body."""
    if not warnings.take(body):
        raise Problem("no_right", 404, f"{body} has no right to warn", field="body")
    typer.echo(f"{body} may warn no longer")


@app.command("list")
def listing() -> None:
    """Who may warn where, and which feeds are read."""
    for right in warnings.all_rights():
        second = ", four eyes" if right.four_eyes else ""
        typer.echo(f"{right.body_id}  {right.area_code or 'the whole country'}{second}")
    for feed in warnings.all_feeds():
        looked = f"{feed.looked_at:%Y-%m-%d %H:%M}" if feed.looked_at else "never"
        typer.echo(f"{feed.name}  {feed.url}  read {looked}{'  fault: ' + feed.fault if feed.fault else ''}")


@app.command()
def feed(
    name: Annotated[str, typer.Argument(help="What it is called here.")],
    url: Annotated[str, typer.Argument(help="The address of its index, RSS or Atom.")],
    title: Annotated[str, typer.Option(help="How people read its source.")] = "",
    area: Annotated[str, typer.Option(help="The area that it may speak for; else the whole country.")] = "",
    sender: Annotated[list[str] | None, typer.Option(help="A sender that it may speak for; else any.")] = None,
    body: Annotated[str | None, typer.Option(help="The body here whose messages these are.")] = None,
    every: Annotated[int, typer.Option(min=60, max=86_400, help="Seconds between two looks.")] = 120,
) -> None:
    """Read a CAP feed of others from now on, each message once."""
    warnings.add_feed(name, url, title=title, area=area, senders=sender, body=body, every=every)
    typer.echo(f"{name} is read every {every} seconds")


@app.command("end-feed")
def end_feed(name: Annotated[str, typer.Argument(help="As `warnings list` shows it.")]) -> None:
    """Read a feed no longer; what came from it goes with it."""
    if not warnings.end_feed(name):
        raise Problem("unknown_feed", 404, f"there is no feed {name!r}", field="name")
    typer.echo(f"{name} is read no longer")
