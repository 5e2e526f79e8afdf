"""docs/how-to/bring-the-streets.md, walked as it stands: from an empty installation to a report with its street."""

from __future__ import annotations

import json
import re
import shlex
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import osmium
import pytest

from kentongan.places import gazetteer
from kentongan.places.here import DEGREE
from tests import forking
from tests.basemap.town import write
from tests.instances import ROOT, Instance
from tests.places.streets import Extract

pytestmark = pytest.mark.both
MENTENG = gazetteer.packaged()["31.71.06.1001"]
PLACE = (MENTENG.lon, MENTENG.lat)  # nothing but points of villages is there: this one is surely Menteng's
AWAY = 8  # metres


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Instance]:
    """A new installation: tables, kinds of trouble and bodies, and nothing of the country but the packaged list."""
    here = Instance("kota", tmp_path / "kota", tmp_path / "kota" / "places.index")
    yield here
    here.close()


def extract(folder: Path) -> None:
    """What the page has its reader download, small and of our own: `indonesia-latest.osm.pbf`."""
    made, (lon, lat) = Extract(), PLACE
    west = lon - AWAY / DEGREE
    made.way([(west, lat - 0.004), (west, lat + 0.004)], highway="trunk", name="Jalan Nasional Uji", ref="1")
    made.way([(lon + 0.001, lat - 0.004), (lon + 0.001, lat + 0.004)], highway="residential", name="Jalan Sepi")
    made.node((lon + 0.0005, lat + 0.0005), amenity="school", name="SDN Uji 01", phone="+62 21 5550 1111")
    written = made.write(folder / "written.osm")
    with osmium.SimpleWriter(str(folder / "indonesia-latest.osm.pbf")) as packed:
        for one in osmium.FileProcessor(str(written)):
            packed.add(one)


def commands(page: str) -> list[list[str]]:
    """The commands of a page of how-to that stand in lines of their own."""
    text = (ROOT / "docs" / "how-to" / page).read_text("utf-8")
    return [shlex.split(one) for one in re.findall(r"^ {7}kentongan (.*)$", text, re.MULTILINE)]


def called(here: Instance, words: list[str], folder: Path) -> str:
    done = forking.ran(*words, env=here.env, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(address: str, sent: dict[str, Any] | None = None, **headers: str) -> bytes:
    body = json.dumps(sent).encode() if sent else None
    given = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    with urllib.request.urlopen(urllib.request.Request(address, body, given), timeout=30) as answer:
        content: bytes = answer.read()
        return content


def test_from_an_empty_installation_to_a_report_on_a_national_road_on_a_map_with_streets(empty, tmp_path):
    extract(tmp_path)
    write(tmp_path / "basemap.pmtiles")
    walked = commands("bring-the-streets.md")
    assert walked == [["places", "osm", "indonesia-latest.osm.pbf"], ["map", "load", "basemap.pmtiles"]]
    said = [called(empty, words, tmp_path) for words in walked]
    assert "2 streets, 1 landmarks" in said[0]
    assert "national_road: 1" in said[0]
    empty.start("serve")
    sent = json.loads(asked(
        f"{empty.url}/api/v1/reports",
        {"submission_id": "0191d1a2-0000-7000-8000-000000000001", "category": "road_damage", "text": "Lubang besar",
         "lon": PLACE[0], "lat": PLACE[1]},
    ))  # fmt: skip
    assert sent["address"].startswith("Jl. Nasional Uji (sisi timur), dekat SDN Uji 01, Kel. Menteng, Kec. Menteng")
    assert sent["body"]["code"] == "id.pu"
    reasons = {one["code"]: one["text"] for one in sent["reasons"]}
    assert reasons["national_road"].startswith("Lokasinya di Jl. Nasional Uji, sebuah jalan nasional.")
    page = asked(f"{empty.url}/r/{sent['code']}").decode()
    assert "Jl. Nasional Uji (sisi timur), dekat SDN Uji 01" in page
    assert "© OpenStreetMap" in page
    style = json.loads(asked(f"{empty.url}/map/style.json?theme=light&lang=id"))
    (source,) = (one["url"] for one in style["sources"].values() if "basemap.pmtiles" in one.get("url", ""))
    file = source.removeprefix("pmtiles://")
    assert asked(file, Range="bytes=0-6") == b"PMTiles"
    still = asked(f"{empty.url}/map/static/16/{PLACE[0]:.5f},{PLACE[1]:.5f}/320x200.png?pin=1")
    assert still.startswith(b"\x89PNG")
