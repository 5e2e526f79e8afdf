"""Extracts as people come by them: of Overpass, of an editor, cut by others, with what is no more.

After public reports: osmcode/osmium-contrib#4 (histories), missinglink/pbf#26 (a way whose middle was cut away became
one straight road), osmcode/libosmium#374 and omniscale/imposm3#210 (nodes in another order, or twice).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import osmium
import pytest

from kentongan.foundation.problems import Problem
from kentongan.places.osm import reading
from kentongan.places.osm.mapping import read_mapping
from kentongan.places.osm.reading import Reading

NODES = [f'<node id="{at}" version="1" lon="{106.8 + at / 1000:.3f}" lat="-6.17"/>' for at in range(1, 6)]
SOURCE = Path(__file__).parents[2] / "src"
WHOLE = [[106.801, 106.802, 106.803, 106.804, 106.805]]


def way(refs: range | list[int] = range(1, 6), key: int = 1, more: str = "", **tags: str) -> str:
    told = tags or {"highway": "residential", "name": "Jalan Satu"}
    inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in told.items())
    return f'<way id="{key}" version="1" {more}>{inside}</way>'


def read(folder: Path, content: str, name: str = "some.osm", root: str = "osm") -> list[Any]:
    path = folder / name
    path.write_text(f'<?xml version="1.0"?><{root} version="0.6">{content}</{root}>')
    return list(Reading(path, read_mapping(None), lambda *_told: None).things(path.parent))


@pytest.mark.parametrize(("content", "runs"), [
    ("".join(NODES) + way(), WHOLE),
    ("".join(reversed(NODES)) + way(), WHOLE),
    (way() + "".join(NODES), WHOLE),
    ("".join(NODES[3:] + NODES[:3]) + way(), WHOLE),  # as two statements of Overpass follow each other
    ("".join(NODES * 2) + way(), WHOLE),
    ("".join(NODES[:2] + NODES[3:]) + way(), [[106.801, 106.802], [106.804, 106.805]]),
    ("".join(NODES[:1] + NODES[2:3] + NODES[4:]) + way(), []),  # of no two neighbours anything is known
    ("".join(NODES) + way(more='visible="false"'), []),
])  # fmt: skip
def test_a_street_lies_where_its_nodes_are_in_whatever_order_they_come(tmp_path: Path, content: str, runs: list[Any]):
    found = read(tmp_path, content)
    assert [[round(lon, 3) for lon, _lat in one.shape.coords] for one in found] == runs


@pytest.mark.parametrize(("content", "name", "root", "why"), [
    ("".join(NODES) + way(), "some.osh", "osm", "of history"),
    (f"<create>{''.join(NODES)}{way()}</create>", "some.osc", "osmChange", "of changes"),
    ("".join(one.replace('id="', 'id="-') for one in NODES) + way([-1, -2, -3], -1), "some.osm", "osm", "an editor"),
])  # fmt: skip
def test_what_is_no_extract_is_refused_in_words(tmp_path: Path, content: str, name: str, root: str, why: str) -> None:
    with pytest.raises(Problem, match="bad_file") as told:
        read(tmp_path, content, name, root)
    assert why in str(told.value.detail)


def test_a_park_at_the_edge_of_an_extract_keeps_what_is_known_of_it(tmp_path: Path) -> None:
    corners = [(106.80, -6.17), (106.81, -6.17), (106.81, -6.16)]
    nodes = "".join(f'<node id="{at}" version="1" lon="{x}" lat="{y}"/>' for at, (x, y) in enumerate(corners, start=1))
    (park,) = read(tmp_path, nodes + way([1, 2, 3, 4, 1], leisure="park", name="Taman"))
    assert park.shape.geom_type == "Polygon"


def test_nodes_with_ids_as_large_as_todays_cost_no_memory_for_those_between(tmp_path: Path) -> None:
    """A set of bits up to 13 thousand million took 1.6 GB, of whatever extract."""
    made = tmp_path / "wide.osm.pbf"
    ids = range(13_000_000_000 // 200, 13_000_000_000, 13_000_000_000 // 200)
    with osmium.SimpleWriter(str(made)) as packed:
        for at, number in enumerate(ids):
            packed.add_node(osmium.osm.mutable.Node(id=number, location=(106.8 + at / 1000, -6.17)))
        packed.add_way(osmium.osm.mutable.Way(id=1, nodes=[*ids], tags={"highway": "residential", "name": "Jalan"}))
    read_alone = """
        import resource, sys
        from pathlib import Path
        import django
        django.setup()
        from kentongan.places.osm.mapping import read_mapping
        from kentongan.places.osm.reading import Reading
        made = Path(sys.argv[1])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        [street] = Reading(made, read_mapping(None), lambda *_told: None).things(made.parent)
        print(len(street.shape.coords), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    alone = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kentongan.settings", "PYTHONPATH": str(SOURCE), "KENTONGAN_DATABASE": "",
        "KENTONGAN_MODE": "test", "KENTONGAN_DATA": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", dedent(read_alone), str(made)], env=alone, capture_output=True, text=True, check=True
    )
    corners, kilobytes = map(int, done.stdout.split())
    assert corners == len(ids)
    assert kilobytes < 200_000


def test_where_too_little_is_free_the_import_says_how_much_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=10))
    with pytest.raises(Problem, match="no_ground") as told:
        read(tmp_path, "".join(NODES) + way())
    assert "GB must be free while some.osm is read" in str(told.value.detail)
    assert [one.name for one in tmp_path.iterdir()] == ["some.osm"]
