"""`script/demo --real`: the boundaries, streets and map of Jakarta and Bali from public sources.

Each of the three may fail by itself: it says so in one line, and the demonstration runs with what is there. What was
got of a file stays for the next time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from kentongan import basemap, places, reports
from kentongan.basemap.archive import HEADER
from kentongan.cli import mapping
from kentongan.cli.country import progress_bar, stages
from kentongan.foundation import outgoing
from kentongan.foundation.addresses import Refused
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places import country, fetching, gazetteer
from kentongan.places.ground import ground
from kentongan.places.models import Layer
from kentongan.places.osm import taking

PROVINCES = ("31", "51")  # Jakarta and Bali
ASKING = 3.0  # seconds to learn whether there is a network at all
LONGEST = 3600.0  # seconds for one of the three, whatever a server gives us to read
LARGEST = 2 * 1024**3  # bytes of one extract: the whole country has 1.6 GB
ZOOM, DAYS = 15, 7
Told = country.Progress
OWED = {
    "boundaries": "github.com/cahyadsn/wilayah_boundaries, MIT licence, © Cahya DSN; who surveyed them is not said",
    "streets": "© OpenStreetMap contributors, Open Database License 1.0 (openstreetmap.org/copyright)",
    "map": "© OpenStreetMap contributors, Open Database License 1.0; built by Protomaps",
}


def offer() -> None:
    """Says in one line that real data can be had, or that there is no network; nothing where it is there or not set."""
    lacking = [what for what, (is_there, _bring) in PARTS.items() if not is_there()]
    asked = next(iter(config().demo_streets), "") or _day(0)
    if not lacking or not asked:
        return
    if _answers(asked):
        _say(f"script/demo --real brings the real {_and(lacking)} of Jakarta and Bali (some hundred MB, once).")
    else:
        _say(f"No network: without the real {_and(lacking)}, places and roads are known approximately.")


def bring() -> None:
    """Downloads and loads what is lacking, with its progress and to whom it is owed."""
    for what, (is_there, fetch) in PARTS.items():
        if is_there():
            _say(f"The real {what} are there already." if what != "map" else "The map is there already.")
            continue
        try:
            with progress_bar() as bar:
                fetch(_until(time.monotonic() + LONGEST, bar))
        except (Problem, outgoing.CallFailed, OSError) as fault:
            why = fault.detail if isinstance(fault, Problem) else fault
            _say(f"The real {what} could not be had, and the demonstration runs without: {why}")
        else:
            if is_there():
                _say(f"{what.capitalize()}: {OWED[what]}.")


def _boundaries(told: Told) -> None:
    wanted = [code for code, area in gazetteer.areas().items() if area.level == "regency" and code[:2] in PROVINCES]
    folder = fetching.fetch(told, wanted)
    country.load_folder(folder, lambda _stage, done, of: told("load", done, of))
    if not Layer.objects.exists():
        country.load_roads()
    country.build_index(told)


def _streets(told: Told) -> None:
    got = [fetching.fetch_file(one, told, largest=LARGEST, again=False) for one in config().demo_streets]
    if not got:
        return
    try:
        taking.take(got[0], told, None, *got[1:])
    except Problem as fault:
        if fault.code == "bad_file":  # what was got is no use, and would be none the next time
            for one in got:
                one.unlink(missing_ok=True)
        raise
    reports.address_all(told)
    for one in got:
        one.unlink(missing_ok=True)


def _map(told: Told) -> None:
    if not config().demo_map:
        return
    address = next((one for one in map(_day, range(DAYS)) if _has_begun(one)), _day(0))
    basemap.cut(address, mapping.shape([*PROVINCES]), ZOOM, told)


PARTS: dict[str, tuple[Callable[[], bool], Callable[[Told], None]]] = {
    "boundaries": (lambda: places.source().kind == "polygons", _boundaries),
    "streets": (lambda: ground() is not None, _streets),
    "map": (lambda: basemap.archive() is not None, _map),
}


def _until(end: float, bar: Progress) -> Told:
    """Progress that ends what is under way at a time, as none of the single calls is too slow by itself."""
    told = stages(bar)

    def advance(stage: str, done: int, of: int) -> None:
        if time.monotonic() > end:
            raise Problem(
                "fetch_failed", 502, f"it takes longer than {LONGEST / 60:.0f} minutes; run it again to go on"
            )
        told(stage, done, of)

    return advance


def _day(back: int) -> str:
    """The address of the world's map as it was built so many days ago."""
    return config().demo_map.replace("{day}", (timezone.localdate() - timedelta(days=back)).strftime("%Y%m%d"))


def _has_begun(address: str) -> bool:
    """Whether the map of that day can be read; a day later it is the next day's."""
    try:
        asked = {"Range": f"bytes=0-{HEADER - 1}", "Accept-Encoding": "identity"}
        answer = outgoing.call("GET", address, seconds=ASKING * 3, most=64 * 1024, hops=3, away=True, headers=asked)
    except (outgoing.CallFailed, Refused):
        return False
    return answer.status == 206


def _answers(address: str) -> bool:
    """Whether anything answers at the host of an address, within seconds."""
    parts = urlsplit(address)
    try:
        outgoing.call("HEAD", f"{parts.scheme}://{parts.netloc}/", seconds=ASKING)
    except outgoing.TooLarge:
        return True
    except (outgoing.CallFailed, Refused):
        return False
    return True


def _and(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _say(line: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(line, markup=False)
