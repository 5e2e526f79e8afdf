"""The real country for a demonstration: brought by one word, offered by one line, and lacked without harm."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from kentongan import basemap, places
from kentongan.basemap import cutting
from kentongan.cli import demo_real
from kentongan.foundation.config import config
from kentongan.places import fetching
from kentongan.places.ground import ground
from tests.basemap.town import write
from tests.places.streets import SALIM, Extract, menteng
from tests.ranges import Place, served

pytestmark = pytest.mark.django_db
SQUARE = "[[[[{s},{w}],[{s},{e}],[{n},{e}],[{n},{w}],[{s},{w}]]]]"
VILLAGES = {
    "31.71": ("31.71.06.1001", SQUARE.format(w=106.82, s=-6.195, e=106.84, n=-6.18)),
    "51.71": ("51.71.01.1001", SQUARE.format(w=115.20, s=-8.66, e=115.22, n=-8.65)),
}


@dataclass
class Outside:
    """The servers elsewhere: of boundaries, of two extracts and of the map."""

    boundaries: list[str]
    streets: Place
    bali: Place
    map: Place


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("world") / "world.pmtiles").read_bytes()


@pytest.fixture
def outside(world: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            regency = self.path.rpartition("_")[2].removesuffix(".sql")
            if regency in VILLAGES:
                code, rings = VILLAGES[regency]
                self.wfile.write(f"('{code}','Uji',0,0,'{rings}')".encode())

        def log_message(self, *_given: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    bali = Extract()
    bali.way([(115.205, -8.655), (115.215, -8.655)], highway="residential", name="Jalan Gajah Mada")
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setattr(config(), "places_repository", f"http://127.0.0.1:{server.server_port}")
    for module in (fetching, cutting):
        monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(fetching, "PIECE", 4096)
    with ExitStack() as stack:
        jakarta = stack.enter_context(served(Place(menteng().text().encode()), "/Jakarta.osm"))
        other = stack.enter_context(served(Place(bali.text().encode()), "/bali-latest.osm"))
        planet = stack.enter_context(served(Place(world), "/{day}.pmtiles"))
        monkeypatch.setattr(config(), "demo_streets", [jakarta.address, other.address])
        monkeypatch.setattr(config(), "demo_map", planet.address)
        yield Outside(asked, jakarta, other, planet)
    server.shutdown()
    server.server_close()


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_one_word_brings_boundaries_streets_and_map_and_says_whose_they_are(outside, capsys):
    demo_real.bring()
    lines = told(capsys)
    assert places.locate(SALIM[0][0], -6.186).areas[-1].code == "31.71.06.1001"
    assert places.address_at(106.8271, -6.1833).street == "Jl. H. Agus Salim"
    assert places.address_at(115.21, -8.655).street == "Jl. Gajah Mada"  # two extracts are one ground
    assert basemap.archive() is not None
    assert "Boundaries: github.com/cahyadsn/wilayah_boundaries, MIT licence" in lines
    assert "Streets: © OpenStreetMap contributors, Open Database License" in lines
    assert "built by Protomaps" in lines
    before = len(outside.boundaries), len(outside.streets.asked), len(outside.map.asked)
    demo_real.bring()  # once more asks for nothing
    assert "are there already" in told(capsys)
    assert (len(outside.boundaries), len(outside.streets.asked), len(outside.map.asked)) == before


def test_what_is_cut_goes_on_the_next_time_and_the_rest_is_brought_all_the_same(outside, capsys):
    outside.streets.content += b" " * 8192
    outside.streets.cut_after = 1
    demo_real.bring()
    lines = told(capsys)
    assert "The real streets could not be had, and the demonstration runs without:" in lines
    assert ground() is None
    assert places.source().kind == "polygons"
    assert basemap.archive() is not None
    outside.streets.cut_after, outside.streets.asked = None, []
    demo_real.bring()
    assert outside.streets.asked[0] == "bytes=4096-8191"
    assert ground() is not None


def test_a_whole_extract_is_not_asked_for_again_because_the_other_failed(outside, capsys):
    outside.bali.status = 404
    demo_real.bring()
    assert "could not be had" in told(capsys)
    outside.bali.status, outside.streets.asked = 0, []
    demo_real.bring()
    assert outside.streets.asked == []
    assert places.address_at(115.21, -8.655).street == "Jl. Gajah Mada"
    assert not [one for one in (config().data / "downloads").iterdir() if one.suffix == ".osm"]


@pytest.mark.parametrize("lie", [{"shifted": True}, {"total": str(3 * 1024**3)}, {"content": b"<html>Sign in</html>"}])
def test_a_server_that_lies_costs_a_line_and_not_the_demonstration(outside, capsys, lie):
    for name, value in lie.items():
        setattr(outside.streets, name, value)
    demo_real.bring()
    lines = told(capsys)
    assert lines.count("could not be had, and the demonstration runs without") == 1
    assert ground() is None
    if "content" in lie:  # a page in place of a file is not kept for the next time
        outside.streets.content = menteng().text().encode()
        demo_real.bring()
        assert ground() is not None


def test_the_newest_map_of_the_last_days_is_taken(outside, monkeypatch):
    days = []

    def begun(address: str) -> bool:
        days.append(address)
        return len(days) == 3

    monkeypatch.setattr(demo_real, "_has_begun", begun)
    demo_real.bring()
    assert basemap.archive() is not None
    assert len(set(days)) == 3
    assert sorted(days, reverse=True) == days


def test_what_is_not_set_is_not_asked_for_and_what_does_not_answer_has_no_map(outside, monkeypatch):
    monkeypatch.setattr(config(), "demo_streets", [])
    demo_real._streets(lambda *_told: None)
    assert (outside.streets.asked, outside.bali.asked, ground()) == ([], [], None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen: refused at once
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/map.pmtiles"
        assert not demo_real._has_begun(address)
        assert not demo_real._answers(address)


def test_what_never_ends_ends_with_the_deadline_of_all_of_it(outside, capsys, monkeypatch):
    monkeypatch.setattr(demo_real, "LONGEST", -1.0)
    demo_real.bring()
    assert told(capsys).count("minutes; run it again to go on") == 3
    assert (ground(), basemap.archive(), places.source().kind) == (None, None, "gazetteer")


def test_without_a_network_one_line_says_so_and_with_one_it_is_offered(outside, capsys, monkeypatch):
    demo_real.offer()
    assert told(capsys) == (
        "script/demo --real brings the real boundaries, streets and map of Jakarta and Bali (some hundred MB, once)."
    )
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nowhere = f"http://127.0.0.1:{gone.getsockname()[1]}"
    monkeypatch.setattr(config(), "demo_streets", [f"{nowhere}/Jakarta.osm.pbf"])
    demo_real.offer()
    assert told(capsys) == (
        "No network: without the real boundaries, streets and map, places and roads are known approximately."
    )
    monkeypatch.setattr(config(), "demo_map", "")
    monkeypatch.setattr(config(), "places_repository", nowhere)
    demo_real.bring()
    assert told(capsys).count("could not be had, and the demonstration runs without") == 2
    monkeypatch.setattr(config(), "demo_streets", [])
    demo_real.offer()  # who has switched it off is offered nothing
    assert told(capsys) == ""
