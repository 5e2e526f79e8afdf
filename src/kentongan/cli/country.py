"""`kentongan places …`: boundaries and layers into the index that answers where a point lies."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kentongan import places, reports
from kentongan.foundation.problems import Problem
from kentongan.places import country, fetching, inventory, loading
from kentongan.places.accuracy import LEVELS, measure
from kentongan.places.inventory_files import Columns
from kentongan.places.models import Layer
from kentongan.places.osm import taking

app = typer.Typer(help="The country: boundaries, roads, and how exactly places are known.", no_args_is_help=True)
FAULTS_SHOWN = 20


@app.command()
def load(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, help="GeoJSON, .gz too, in EPSG:4326; with kentongan[gis] whatever GDAL reads."),
    ],
    level: Annotated[str, typer.Option(help="Boundaries: province, regency, district or village.")] = "",
    layer: Annotated[str, typer.Option(help="Lines or points: the code of the layer, such as national_road.")] = "",
    owner: Annotated[str, typer.Option(help="The class of body that looks after the layer.")] = "",
    reach: Annotated[float, typer.Option(min=0, help="The layer's search distance in metres.")] = 25.0,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Boundaries: valid from this day; the old end on it.")
    ] = None,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Leave wrong features out.")] = False,
    assets: Annotated[
        bool,
        typer.Option("--assets", help="The layer is of things with an identity; CSV too. Wrong rows are left out."),
    ] = False,
    id_field: Annotated[str, typer.Option(help="Assets: the field of what their owner calls each.")] = "id",
    name_field: Annotated[str, typer.Option(help="Assets: the field of the name; else name or nama.")] = "",
    end_many: Annotated[
        bool,
        typer.Option("--end-many", help="Assets: more than a quarter may end, because the files do not name them."),
    ] = False,
) -> None:
    """Load boundaries or a layer, and build the index anew: all of the files or nothing of them. Safe to repeat."""
    if assets:
        if level or owner or not layer:
            raise Problem("bad_layer", 422, "--assets goes with --layer, and with neither --level nor --owner")
        _load_assets(files, layer, Columns(id_field, name_field), end_many)
        return
    if bool(level) == bool(layer):
        raise Problem("bad_level", 422, "say either --level (boundaries) or --layer (lines, points)")
    console = Console(highlight=False, soft_wrap=True)
    incoming = loading.Incoming(valid_from=valid_from.date() if valid_from else None)
    with progress_bar() as bar:
        for path in bar.track(files, description="files"):
            try:
                if level:
                    found = loading.read_areas(path, level, incoming, skip_invalid=skip_invalid)
                else:
                    into = Layer(code=layer, owner=owner or layer, reach=reach)
                    found = loading.read_layer(path, into, incoming, skip_invalid=skip_invalid)
            except Problem as problem:
                _name(console, problem.extra.get("faults", []))
                raise
            _name(console, found.faults)
            console.print(f"{path.name}: {found.taken} taken, {len(found.faults)} left out", markup=False)
        country.take_in(incoming, stages(bar))
    console.print(_told())


def _load_assets(files: list[Path], layer: str, columns: Columns, end_many: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    with progress_bar() as bar:
        try:
            found = inventory.load_assets(files, layer, columns, end_many=end_many, progress=stages(bar))
        except Problem as problem:
            _name(console, problem.extra.get("faults", []))
            raise
    _name(console, found.faults)
    told = f"{found.new:,} new, {found.changed:,} changed, {found.back:,} back, {found.same:,} as they were"
    console.print(f"{layer}: {told}, {found.ended:,} ended; {len(found.faults):,} rows left out.")


@app.command()
def osm(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|URL",
            help="An extract of OpenStreetMap (.osm.pbf, .osm, .osm.gz, .osm.bz2), or where one is; a download goes on"
            " where it ended.",
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Your own file of which tag means what."),
    ] = None,
) -> None:
    """Bring the streets, landmarks and road owners of OpenStreetMap, in place of the old. Safe to repeat."""
    with progress_bar() as bar:
        told = stages(bar)
        path = fetching.fetch_file(file, told) if "://" in file else Path(file)
        taken = taking.take(path, told, mapping)
        addressed = reports.address_all(told)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{taken.written.streets:,} streets, {taken.written.landmarks:,} landmarks; {addressed:,} addresses.")
    for layer, number in sorted(taken.written.layers.items()):
        console.print(f"  {layer}: {number:,}")
    for reason, number in taken.left_out.most_common():
        console.print(f"  left out, {reason}: {number:,}", style="yellow")


@app.command()
def end(
    codes: Annotated[list[str], typer.Argument(help="Codes of loaded areas; all below them end too.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day on which they are no more.")],
) -> None:
    """End areas, as where a split gives them new codes, and build the index anew. Reports keep what they had."""
    ended = loading.end_areas(codes, on.date())
    with progress_bar() as bar:
        _build(bar)
    Console().print(f"{ended} areas end on {on:%Y-%m-%d}.")


@app.command()
def prepare() -> None:
    """Load the packaged roads and the boundaries that lie ready in the data folder; build the index once."""
    with progress_bar() as bar:
        country.prepare(stages(bar))
    Console(highlight=False, soft_wrap=True).print(_told())


@app.command()
def fetch() -> None:
    """Download the boundaries that the settings name, load them and build the index. Resumable."""
    with progress_bar() as bar:
        told = stages(bar)
        folder = fetching.fetch(told)
        country.load_folder(folder, lambda _stage, done, of: told("load", done, of))
        if not Layer.objects.exists():
            country.load_roads()
        _build(bar)
    Console(highlight=False, soft_wrap=True).print(_told())


@app.command()
def accuracy(
    points: Annotated[int, typer.Option(min=100, help="How many random points to compare.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The seed of the points.")] = 1,
) -> None:
    """Compare the gazetteer's answer with the polygons' on random points, two ways of drawing them."""
    console = Console(highlight=False)
    for name, shares in measure(points, seed).items():
        told = ", ".join(f"same {level} {share:.1%}" for level, share in zip(LEVELS, shares, strict=True))
        console.print(f"{name}: {told}")


def _build(bar: Progress) -> None:
    country.build_index(stages(bar))


def stages(bar: Progress) -> country.Progress:
    """One line of the bar for each stage that is told."""
    tasks = {}

    def advance(stage: str, done: int, of: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=None)
        bar.update(tasks[stage], completed=done, total=of or None)

    return advance


def progress_bar() -> Progress:
    """A bar for each stage, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _name(console: Console, faults: list[str]) -> None:
    for fault in faults[:FAULTS_SHOWN]:
        console.print(f"  {fault}", style="yellow", markup=False)
    if len(faults) > FAULTS_SHOWN:
        console.print(f"  … and {len(faults) - FAULTS_SHOWN} more")


def _told() -> str:
    found = places.source()
    return f"The country comes from {found.kind}: {found.features:,} areas, version {found.version}."
