"""`kentongan map …`: the file with the streets that the maps are drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import shapely
import typer
from rich.console import Console
from shapely.geometry.base import BaseGeometry

from kentongan import basemap, places
from kentongan.cli.country import progress_bar, stages
from kentongan.foundation.problems import Problem

app = typer.Typer(help="The map with streets: one PMTiles file, served by ourselves.", no_args_is_help=True)
MARGIN = 0.02  # degrees, some 2 km: who looks at a place by the border sees beyond it
PLANET = "https://build.protomaps.com/"  # where the schema's authors publish; the name changes with the day


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A PMTiles file of the Protomaps basemap schema.")
    ],
) -> None:
    """Put a map file in place of the one before, while the servers run. Safe to repeat."""
    with progress_bar() as bar:
        made = basemap.put(file, stages(bar))
    _tell(made)


@app.command()
def fetch(
    address: Annotated[str, typer.Argument(metavar="URL", help=f"A PMTiles archive, as from {PLANET}")],
    area: Annotated[list[str], typer.Option(help="The Kemendagri code of an area; may be given several times.")],
    zoom: Annotated[int, typer.Option(min=0, max=15, help="How near one can look.")] = 15,
) -> None:
    """Get the part of a map of the world that covers some areas, and put it in place. Goes on where it ended."""
    with progress_bar() as bar:
        made = basemap.cut(address, shape(area), zoom, stages(bar))
    _tell(made)


@app.command()
def remove() -> None:
    """Take the map file away: maps show borders, and streets where OpenStreetMap's are there."""
    said = "The map is removed." if basemap.remove() else "There is no map to remove."
    Console().print(said)


def shape(codes: list[str]) -> BaseGeometry:
    """All of these areas with a margin. Raises Problem `unknown_area` (422)."""
    shapes = []
    for code in codes:
        if places.area(code) is None:
            raise Problem("unknown_area", 422, f"no area has the code {code}; codes look like 31 or 31.71")
        told, box = places.outline(code), places.bounds(code)
        if told is None and box is None:
            raise Problem("unknown_area", 422, f"nobody knows where {code} lies: load its boundary first")
        shapes.append(shapely.geometry.shape(told) if told else shapely.box(*(box or ())))
    return shapely.buffer(shapely.union_all(shapes), MARGIN)


def _tell(made: basemap.Archive) -> None:
    told = made.header
    box = [told[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
    Console(highlight=False, soft_wrap=True).print(
        f"The map has {told['addressed_tiles_count']:,} tiles to zoom {told['max_zoom']}, {made.size / 1e6:,.1f} MB,"
        f" from {box[0]:.2f}, {box[1]:.2f} to {box[2]:.2f}, {box[3]:.2f}."
    )
