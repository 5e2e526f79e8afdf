"""`kentongan peers …`: other applications and instances, their keys, their bodies and their queues."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kentongan import network
from kentongan.foundation import outgoing
from kentongan.network import adding, dialects, keys, mapping, peers, removing
from kentongan.network.dialects import DIALECTS
from kentongan.network.dialects.kentongan import introducing, keyring, seeking
from kentongan.network.models import Peer, PeerState

app = typer.Typer(help="Peers: other applications and instances that reports are exchanged with.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The peer's name.")]
LONGEST_KEY = 36_525  # days: a century; what is further off than the year 9999 is no time at all


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="The peer; it is made where there is none of that name.")],
    write: Annotated[bool, typer.Option("--write", help="It may also send reports and updates.")] = False,
    area: Annotated[
        list[str] | None, typer.Option(help="Only reports in this area (a Kemendagri code); repeatable.")
    ] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only this category or branch; repeatable.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=LONGEST_KEY, help="How long it holds; without, until it is ended.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="End the peer's older keys at once.")] = False,
) -> None:
    """Print a new API key for a peer, once. Older keys go on working, so that it can change over without a gap."""
    written, row = keys.new_key(name, write=write, areas=area or (), categories=category or (), days=days)
    if replace:
        keys.end_keys(name, keep=row.pk)
    typer.echo(written)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="The endpoint, the address of an instance, or an e-mail address.")],
    dialect: Annotated[str, typer.Option(help=f"How it is spoken to: {', '.join(sorted(DIALECTS))}.")],
    name: Annotated[str, typer.Option(help="What it is called here; made from the address where not given.")] = "",
    title: Annotated[str, typer.Option(help="What people read.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Open311: the jurisdiction_id.")] = "",
    key: Annotated[str, typer.Option(help="The key or secret that they gave us.")] = "",
    body: Annotated[list[str] | None, typer.Option(help="A body that works behind it; repeatable.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, docs/reference/peers.md; repeatable.")] = None,
) -> None:
    """Add a peer: find out what is there, propose a mapping, test the key. It is switched on by itself later."""
    peer, findings = adding.add(
        dialect, url, name=name, title=title, jurisdiction=jurisdiction, secret=key, bodies=body or (),
        options=dict(_option(one) for one in option or ()),
    )  # fmt: skip
    console = Console(soft_wrap=True, highlight=False)
    for line in findings:
        console.print(line, markup=False)
    if dialects.dialect(peer.dialect).maps_services:
        _print_map(console, peer)
        console.print(f"Next: kentongan peers map {peer.name}, kentongan peers sample {peer.name}", markup=False)
    last = "confirm" if peer.dialect == "kentongan" else "on"
    console.print(f"{peer.name} is added, not switched on: kentongan peers {last} {peer.name}", markup=False)


def _option(written: str) -> tuple[str, object]:
    """`NAME=VALUE`; what is JSON is taken as such, all else as text. Raises BadParameter where there is no name."""
    name, sign, value = written.partition("=")
    if not (name and sign):
        raise typer.BadParameter(f"Write an option as NAME=VALUE, not {written!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _answer(written: str) -> tuple[str, str]:
    """`THEIRS=VALUE`, or `THEIRS==OURS`. Raises BadParameter where nothing is said of it."""
    name, sign, value = written.partition("=")
    if not (name and sign):
        raise typer.BadParameter(f"Write an answer as THEIRS=VALUE or THEIRS==OURS, not {written!r}.")
    return name, value


@app.command(name="map")
def map_services(
    name: Name,
    category: Annotated[str, typer.Argument(help="Our category; without one the whole mapping is shown.")] = "",
    service: Annotated[str, typer.Argument(help="Their service; - takes the mapping away.")] = "",
    answer: Annotated[list[str] | None, typer.Option(help="THEIRS=VALUE or THEIRS==OURS; repeatable.")] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm all proposals.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Ask the peer anew what it offers.")] = False,
) -> None:
    """Show or set which of a peer's services our categories are."""
    peer, console = peers.find(name), Console(soft_wrap=True, highlight=False)
    if again:
        for line in mapping.discover(peer):
            console.print(line, markup=False)
    if category and service:
        answers = dict(_answer(one) for one in answer) if answer else None
        mapping.confirm(peer, category, None if service == "-" else service, answers)
    if confirm:
        console.print(f"{mapping.confirm_all(peer)} confirmed.")
    _print_map(console, peer)


@app.command()
def sample(
    name: Name, code: Annotated[str, typer.Argument(help="The code of a report; without one, the newest.")] = ""
) -> None:
    """Show what would be sent to a peer for a report."""
    peer = peers.find(name)
    lines = adding.sample(peer, code)
    for key, value in lines:
        typer.echo(f"{key}: {value}")
    if not lines:
        typer.echo(f"{name} speaks {peer.dialect}: there is nothing to show beforehand.")


def _print_map(console: Console, peer: Peer) -> None:
    table = Table("category", "their service", "alike", "", box=None)
    for line in mapping.listing(peer):
        if (found := line.mapped) is not None:
            mark = "confirmed" if found.confirmed else "proposed"
            table.add_row(
                line.category.code, f"{found.service_code} {found.service_name}", f"{found.likeness:.2f}", mark
            )
    console.print(table)


@app.command()
def status() -> None:
    """Per peer: the queue, the lag, how often calls fail, and the last error in plain words."""
    table = Table("peer", "dialect", "state", "waiting", "parked", "lag", "failures", "last error", box=None)
    for one in network.standings():
        rate = "–" if one.failure_rate is None else f"{one.failure_rate:.0%}"
        odd = one.peer.options.get("odd") or []
        error = " ".join([one.peer.last_error if not one.in_order else "", seeking.sought(one.peer), *odd]).strip()
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
        typer.echo(f"{peer.called}: {found}")
    introducing.confirm(peer)
    try:
        introducing.present(peer)
    except (outgoing.CallFailed, ValueError):
        typer.echo("The other side does not answer now; the worker tells it later.")
    typer.echo(f"{name} is on." if peer.is_active else f"Confirmed here; {name} has not confirmed this instance yet.")


@app.command()
def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete a peer. What lies with it is worked on here again; what came from it stays."""
    peer = peers.find(name)
    held = removing.held(peer)
    typer.echo(
        f"{held.given} reports that lie with {name} are worked on here again; {held.taken} that came from it stay, and "
        f"nobody there is told of them any more; {held.due} deliveries are dropped."
    )
    if not yes:
        typer.confirm("Delete it for good?", abort=True)
    removing.remove(peer)
    typer.echo(f"{name} is deleted.")


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
