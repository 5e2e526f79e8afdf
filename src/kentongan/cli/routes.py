"""`kentongan route` and `kentongan audit`: why a report goes where it goes, and whether rows tell the truth."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kentongan import bodies, catalogue, places, routing

app = typer.Typer(help="Who is responsible, and why.", no_args_is_help=True)


@app.command()
def explain(
    category: Annotated[str, typer.Option(help="The code of the category, such as road_damage.")],
    lon: Annotated[float | None, typer.Option(help="Longitude in degrees, such as 106.8.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude in degrees, such as -6.2.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
) -> None:
    """Print who would receive a report, by which rule, with every reason, and who else it could have been."""
    decision = routing.preview(category, lon, lat)
    if as_json:
        typer.echo(json.dumps(decision.as_json(), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    if lon is not None and lat is not None and catalogue.get(category).needs_place:
        found = places.locate(lon, lat)
        chain = " › ".join(f"{area.name} ({area.code})" for area in found.areas)
        console.print(f"place: {chain or 'none'} [{found.quality}]", markup=False)
    console.print(f"body:  {_body(decision.body)} → {decision.state}", markup=False)
    console.print(f"rule:  {decision.rule}", markup=False)
    for reason in decision.reasons:
        console.print(f"  because: {reason.text['en']}", markup=False)
    for other in decision.alternatives:
        console.print(f"not {_body(other.body)}{', but the person is asked' if other.doubt else ''}", markup=False)
        for reason in other.reasons:
            console.print(f"  {reason.text['en']}", markup=False)


@app.command()
def rehearse(
    rules: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The changed rules, a YAML file.")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Reports from this day on.")],
    limit: Annotated[int, typer.Option(min=0, help="How many of the moved reports to list.")] = 50,
) -> None:
    """Show how many past reports a changed rule set would send elsewhere, and which. Changes nothing."""
    console = Console(highlight=False, soft_wrap=True)
    book = routing.read_rules(rules)
    for fault in routing.check(book):
        console.print(f"the rules: {fault}", style="yellow", markup=False)
    with console.status("deciding past reports anew"):
        found = routing.rehearse(book, since.date())
    console.print(f"{len(found.moved)} of {found.looked_at} reports would go elsewhere.")
    if found.moved:
        table = Table("report", "category", "went to", "would go to", box=None)
        for one in found.moved[:limit]:
            table.add_row(one.code, one.category, one.before, one.after or "nobody")
        console.print(table)
    if len(found.moved) > limit:
        console.print(f"… and {len(found.moved) - limit} more.")


def _body(code: str) -> str:
    found = bodies.snapshot().body(code)
    return f"{found.name_en} ({code})" if found else code
