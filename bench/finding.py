"""How fast a place is found by what people type, in a made-up country of `KENTONGAN_BENCH_NAMED` roads with names."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from time import perf_counter, thread_time

import shapely

from bench.figures import Figure
from kentongan import places
from kentongan.places import gazetteer
from kentongan.places.osm.mapping import read_mapping
from kentongan.places.osm.reading import Spot, Way
from kentongan.places.osm.writing import write

NAMED = int(os.environ.get("KENTONGAN_BENCH_NAMED", "100000"))  # 2,000,000: the country
A_LANDMARK_EVERY = 7  # roads: 300,000 of two million
ASKED = 1_000
KINDS = ["school", "mosque", "hospital", "market", "bus_stop", "government_office", "church"]
KNOWN = [
    "Jenderal Sudirman", "M.H. Thamrin", "Gajah Mada", "Diponegoro", "Ahmad Yani", "H. Agus Salim", "Mawar", "Melati",
    "Anggrek", "Merdeka", "Pahlawan", "Raya", "Kenanga", "Veteran", "Imam Bonjol", "Kartini", "Pemuda", "Cendana",
]  # fmt: skip


def measure(work: Path) -> list[Figure]:
    """The time of a question as its list is shown while somebody types, the slowest of twenty."""
    chance = random.Random(2)
    towns = [one for one in gazetteer.areas().values() if one.level == "district" and one.own_point]
    syllables = [first + last for first in "bcdghjklmnprstw" for last in "aiueo"]
    made_up = ["".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4)))).title() for _one in range(20_000)]
    before = os.environ.get("KENTONGAN_PLACES_INDEX")
    os.environ["KENTONGAN_PLACES_INDEX"] = str(work / "named" / "places.index")
    (work / "named").mkdir(exist_ok=True)
    try:
        facts = {"source": "bench", "made_on": ""}
        draft = work / "named" / "ground.index"
        began = perf_counter()
        write(draft, _things(chance, towns, made_up), read_mapping(), facts)
        taken = perf_counter() - began
        asked = list(_asked(chance, towns, made_up))
        times, work_of = sorted(clock for clock, _cpu in asked), sorted(cpu for _clock, cpu in asked)
    finally:
        if before is None:
            del os.environ["KENTONGAN_PLACES_INDEX"]
        else:
            os.environ["KENTONGAN_PLACES_INDEX"] = before
    size = draft.stat().st_size / 1e6
    about = f"{NAMED:,} roads; file of {size:,.0f} MB, written in {taken:,.0f} s"
    at = len(times) * 95 // 100
    return [
        Figure("places: search, median", times[len(times) // 2] * 1e3, "ms", 20, False, about),
        Figure("places: search, p95", times[at] * 1e3, "ms", 50, False, f"by the clock; {about}"),
        Figure(
            "places: search, p95 of processor", work_of[at] * 1e3, "ms", 50, False, "what a machine of its own gives"
        ),
    ]


def _things(chance: random.Random, towns: list[gazetteer.Area], made_up: list[str]) -> Iterator[Way | Spot]:
    weights = list(accumulate(1 / (1 + at) ** 0.5 for at in range(len(towns))))
    for number in range(NAMED):
        town = chance.choices(towns, cum_weights=weights)[0]
        lon, lat = town.lon + chance.gauss(0, 0.03), town.lat + chance.gauss(0, 0.03)
        line = shapely.LineString([(lon, lat), (lon + chance.uniform(-2e-3, 2e-3), lat + 1e-3)])
        yield Way("", f"{chance.choice(('Jl.', 'Jl.', 'Jl.', 'Gg.'))} {_name(chance, made_up)}", True, line)
        if number % A_LANDMARK_EVERY == 0:
            yield Spot(chance.choice(KINDS), f"SDN {_name(chance, made_up)} {number % 90}", lon, lat)


def _name(chance: random.Random, made_up: list[str]) -> str:
    """A third are names that every town has."""
    if chance.random() < 0.33:
        return chance.choice(KNOWN) + chance.choice(["", "", "", " I", " II", " 3", " Raya", " Timur"])
    return " ".join(chance.choices(made_up, k=chance.choice((1, 1, 2))))


def _asked(chance: random.Random, towns: list[gazetteer.Area], made_up: list[str]) -> Iterator[tuple[float, float]]:
    """Seconds of each question, by the clock and of the processor: whole names, their beginnings, slips, with and
    without a place and a shown map."""
    places.find("jl")
    for _one in range(ASKED):
        town, name = chance.choice(towns[:500]), _name(chance, made_up)
        text = chance.choice(("", "jl ", "Jln. ", "gg ")) + name
        cut = chance.random()
        if cut < 0.4:
            text = text[: chance.randrange(2, len(text) + 1)]
        elif cut < 0.6:
            at = chance.randrange(len(text) - 1)
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        elif cut < 0.75:
            text = f"{text}, {town.name}"
        near = (town.lon, town.lat) if chance.random() < 0.7 else None
        began, worked = perf_counter(), thread_time()
        places.find(text, near, 8)
        yield perf_counter() - began, thread_time() - worked
