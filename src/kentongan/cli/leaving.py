"""`kentongan leave …`: a region leaves for an instance of its own, with all that is its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kentongan.network import leaving

app = typer.Typer(help="A region leaves for an instance of its own, with its reports.", no_args_is_help=True)
Bundle = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An exit bundle.")]


@app.command()
def export(
    body: Annotated[str, typer.Argument(help="The government of the region (its Kemendagri code), or another body.")],
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write the bundle, such as 32.73.zip.")],
    originals: Annotated[
        bool, typer.Option("--originals", help="Photos as they were given, with place and camera: personal data.")
    ] = False,
    staff: Annotated[
        bool, typer.Option("--staff", help="Who works there, with name and address: personal data.")
    ] = False,
) -> None:
    """Write the exit bundle of a body and its parts. Work goes on meanwhile, and nothing is changed."""
    console = Console(highlight=False, soft_wrap=True)
    with console.status("reading") as status:
        done = leaving.export(
            body, file, originals=originals, staff=staff, progress=lambda number: status.update(f"{number:,} reports")
        )
    console.print(f"{file}: {_numbers(done.counts)}.")
    if done.lost:
        console.print(f"{done.lost} photos have no file here any more; the bundle says so.", style="yellow")


@app.command()
def verify(file: Bundle) -> None:
    """Check every hash, count and reference of a bundle and its signature; exit code 1 where something is wrong."""
    console = Console(highlight=False, soft_wrap=True)
    with console.status("reading") as status:
        found = leaving.verify(file, progress=lambda number: status.update(f"{number:,} reports"))
    told = found.manifest
    console.print(
        f"{told.instance_name} ({told.instance}), {told.body}, {told.made_at:%Y-%m-%d %H:%M %Z}", markup=False
    )
    console.print(_numbers(told.counts))
    who = f"the confirmed peer {found.signer}" if found.signer else "nobody who is confirmed here"
    console.print(f"signed by {found.fingerprint}: {who}", markup=False)
    for fault in found.faults:
        console.print(f"wrong: {fault}", style="red", markup=False)
    if found.faults:
        raise typer.Exit(1)
    console.print("The bundle is whole.")


@app.command(name="import")
def bring_in(
    file: Bundle,
    staff: Annotated[bool, typer.Option("--staff", help="Appoint the staff that the bundle names.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Make the bundle's rules those of this instance.")] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="The old instance is no more: everything lives here at once.")
    ] = False,
    key: Annotated[str, typer.Option(help="With --alone: the fingerprint of the key that must have signed.")] = "",
) -> None:
    """Take a bundle in at the new instance. Safe to repeat, and to begin again after an interruption."""
    console = Console(highlight=False, soft_wrap=True)
    with console.status("verifying") as status:
        done = leaving.bring_in(
            file, alone=alone, key=key, staff=staff, rules=rules,
            progress=lambda number: status.update(f"{number:,} reports"),
        )  # fmt: skip
    console.print(f"{done.new:,} reports taken in, {done.here:,} were here.")
    if done.staff:
        console.print(f"{done.staff} people appointed, or invited by mail where they have no proven account here.")
    if done.rules:
        console.print(f"rules: {done.rules}", markup=False)
    if not alone:
        console.print("They are read-only until the old instance has run `kentongan leave settle`.")


@app.command()
def settle(
    file: Bundle,
    to: Annotated[str, typer.Option(help="The peer that the region moves to.")],
) -> None:
    """Let the reports of a bundle go, at the old instance: they live at the peer from now on, and addresses lead there.

    What has changed since the bundle stays: exit code 1, make another bundle and go on with it.
    """
    console = Console(highlight=False, soft_wrap=True)
    with console.status("moving") as status:
        done = leaving.move(file, to, progress=lambda number: status.update(f"{number:,} reports"))
    console.print(f"{done.moved:,} reports move to {to}, {done.gone:,} had moved before.", markup=False)
    if done.left:
        console.print(f"{done.left:,} are newer than the bundle or have changed since: export again, and settle that.")
        raise typer.Exit(1)


def _numbers(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
