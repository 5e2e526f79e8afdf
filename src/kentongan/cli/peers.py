"""`kentongan peers …`: other applications and instances, their keys, their bodies and their queues."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kentongan import network
from kentongan.network import keys, peers
from kentongan.network.dialects.kentongan import introducing, keyring
from kentongan.network.models import PeerState

app = typer.Typer(help="Peers: other applications and instances that reports are exchanged with.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The peer's name.")]


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="The peer; it is made where there is none of that name.")],
    write: Annotated[bool, typer.Option("--write", help="It may also send reports and updates.")] = False,
    area: Annotated[
        list[str] | None, typer.Option(help="Only reports in this area (a Kemendagri code); repeatable.")
    ] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only this category or branch; repeatable.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it holds; without, until it is ended.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="End the peer's older keys at once.")] = False,
) -> None:
    """Print a new API key for a peer, once. Older keys go on working, so that it can change over without a gap."""
    written, row = keys.new_key(name, write=write, areas=area or (), categories=category or (), days=days)
    if replace:
        keys.end_keys(name, keep=row.pk)
    typer.echo(written)


@app.command()
def status() -> None:
    """Per peer: the queue, the lag, how often calls fail, and the last error in plain words."""
    table = Table("peer", "dialect", "state", "waiting", "parked", "lag", "failures", "last error", box=None)
    for one in network.standing():
        rate = "–" if one.failure_rate is None else f"{one.failure_rate:.0%}"
        error = one.peer.last_error if not one.in_order else ""
        table.add_row(
            one.peer.name, one.peer.dialect or "(calls us)", one.peer.state, str(one.waiting), str(one.parked),
            _span(one.lag), rate, error,
        )  # fmt: skip
    Console(soft_wrap=True).print(table if table.row_count else "No peers yet: kentongan peers add, or peers key.")


@app.command()
def retry(name: Name) -> None:
    """Send again what is parked or waits for its next try."""
    sent = network.retry(peers.find(name).name)
    typer.echo(f"{sent} deliveries are due now.")


@app.command()
def body(name: Name, code: Annotated[str, typer.Argument(help="The body that works behind the peer.")]) -> None:
    """Send what is routed to a body, and to its parts, to this peer."""
    peers.set_reach(peers.find(name), code)
    typer.echo(f"{code} is reached through {name}.")


@app.command()
def confirm(name: Name) -> None:
    """Say that another instance's keys are really theirs, after reading the fingerprints to each other."""
    peer = peers.find(name)
    for found in introducing.fingerprints(peer):
        typer.echo(f"{peer.title}: {found}")
    introducing.confirm(peer)
    typer.echo(f"{name} is on." if peer.is_active else f"Confirmed here; {name} has not confirmed this instance yet.")


@app.command(name="rotate-key")
def rotate_key() -> None:
    """Sign with a new key from now on; peers trust it because the old one signs for it."""
    typer.echo(keyring.fingerprint(keyring.rotate().public))


@app.command()
def card() -> None:
    """This instance as others see it: its name, its keys' fingerprints, the bodies that work here."""
    shown = introducing.card()
    typer.echo(f"{shown['name']} ({shown['instance']}), {shown['url']}")
    for key in shown["keys"]:
        typer.echo(f"key {key['keyid']}: {keyring.fingerprint(key['public'])}")
    typer.echo("bodies: " + (", ".join(body["code"] for body in shown["bodies"]) or "none yet"))


@app.command()
def on(name: Name) -> None:
    """Switch a peer on: the bodies behind it receive what waited for them."""
    peers.switch(peers.find(name), PeerState.ACTIVE)
    typer.echo(f"{name} is on.")


@app.command()
def off(name: Name) -> None:
    """Switch a peer off: what is due for it waits."""
    peers.switch(peers.find(name), PeerState.PAUSED)
    typer.echo(f"{name} is off; what is due for it waits.")


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
