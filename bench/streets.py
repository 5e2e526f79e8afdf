"""How fast streets are brought and an address is found, on a made-up country of `KENTONGAN_BENCH_ROADS` roads."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Way

from bench import finding
from bench.figures import Figure, seconds
from kentongan import places
from kentongan.places.osm.taking import take

ROADS = int(os.environ.get("KENTONGAN_BENCH_ROADS", "20000"))
CORNERS, BUILDINGS = 10, 45  # nodes of a road, and of the buildings beside it, about as many as in Indonesia
TOWNS = [(106.8, -6.2), (112.7, -7.3), (98.6, 3.6), (115.2, -8.6), (110.4, -7.0)]
KINDS = ["residential"] * 14 + ["tertiary", "secondary", "primary", "trunk", "service", "track"]


def measure(work: Path) -> list[Figure]:
    """Things of a file a second, and an address of a point that lies beside a street."""
    extract, chance = work / "country.osm.pbf", random.Random(1)
    starts = list(_write(extract, chance))
    before = os.environ.get("KENTONGAN_PLACES_INDEX")
    os.environ["KENTONGAN_PLACES_INDEX"] = str(work / "streets" / "places.index")
    try:
        taken = seconds(lambda: take(extract, lambda *_told: None))
        points = [(lon + 1e-4, lat + 1e-4) for lon, lat in chance.sample(starts, 2_000)]
        one = seconds(lambda: [places.address_at(*point) for point in points]) / len(points)
    finally:
        if before is None:
            del os.environ["KENTONGAN_PLACES_INDEX"]
        else:
            os.environ["KENTONGAN_PLACES_INDEX"] = before
    things = ROADS * (CORNERS + BUILDINGS + 1)
    # 250 million nodes and 20 million ways in twenty minutes, nearly all of them buildings.
    return [
        Figure("streets: brought", things / taken, "things/s", 225_000, True, f"{ROADS:,} roads with their nodes"),
        Figure("streets: address of one point", one * 1e6, "µs", 60, False, "beside a street"),
        *finding.measure(work),
    ]


def _write(extract: Path, chance: random.Random) -> Iterator[tuple[float, float]]:
    """Writes the extract; where each road begins."""
    with osmium.SimpleWriter(str(extract)) as writer:
        roads, number = [], 0
        for _road in range(ROADS):
            town = chance.choice(TOWNS)
            lon, lat = town[0] + chance.gauss(0, 0.6), town[1] + chance.gauss(0, 0.4)
            yield lon, lat
            for corner in range(CORNERS + BUILDINGS):
                number += 1
                writer.add_node(Node(id=number, location=(lon, lat)))
                if corner < CORNERS - 1:
                    lon, lat = lon + chance.uniform(-8e-4, 8e-4), lat + chance.uniform(-8e-4, 8e-4)
            roads.append(range(number - CORNERS - BUILDINGS + 1, number - BUILDINGS + 1))
        for key, nodes in enumerate(roads, start=1):
            name = {"name": f"Jalan Mawar {key % 5000}"} if key % 2 else {}
            writer.add_way(Way(id=key, nodes=list(nodes), tags={"highway": chance.choice(KINDS), **name}))
