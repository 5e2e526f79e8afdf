"""Boundaries from the public repository: read as they are written there, resumable, checked."""

import gzip
import hashlib
import http.server
import json
import threading
from functools import partial

import pytest
import structlog
from shapely import box
from typer.testing import CliRunner

from kentongan.cli.commands import app_for
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places import fetching, here

SQUARE = "[[[[-6.2,106.8],[-6.2,106.9],[-6.1,106.9],[-6.1,106.8],[-6.2,106.8]]]]"
ONE_RING = "[[[-6.2,106.9],[-6.2,107.0],[-6.1,107.0],[-6.1,106.9],[-6.2,106.9]]]"
SQL = (
    "/* licence */\nINSERT INTO wilayah_boundaries (kode,nama,lat,lng,path) VALUES\n"
    f"\t ('31.71.01.1001','Gambir',-6.1,106.8,'{SQUARE}'),\n"
    f"\t ('31.71.01.1002','Ma''ruf',-6.1,106.9,'{ONE_RING}'),\n"
    "\t ('31.71.01.1003','Tanpa',NULL,NULL,NULL);"
)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SQL.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(config(), "places_repository", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(config(), "data", tmp_path)
    yield asked
    server.shutdown()


def test_rows_are_read_with_longitude_first_and_those_without_a_boundary_left_out():
    found = {code: (name, shape) for code, name, shape in fetching.villages(SQL)}
    assert found["31.71.01.1001"][1].equals(box(106.8, -6.2, 106.9, -6.1))
    assert found["31.71.01.1002"][0] == "Ma'ruf"
    assert "31.71.01.1003" not in found


def test_a_fetch_is_written_for_loading_and_a_second_one_asks_for_nothing(repository):
    for _ in range(2):
        folder = fetching.fetch(lambda stage, done, of: None, ["31.71"])
    assert len(repository) == 1
    assert repository[0].endswith("/db/kel/31/wilayah_boundaries_kel_31.71.sql")
    written = json.loads(gzip.decompress((folder / "villages/31.geojson.gz").read_bytes()))
    assert [one["properties"]["code"] for one in written["features"]] == ["31.71.01.1001", "31.71.01.1002"]


@pytest.mark.django_db
def test_the_command_fetches_loads_and_builds_the_index(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    monkeypatch.setattr(fetching, "fetch", partial(fetching.fetch, regencies=["31.71"]))
    done = CliRunner().invoke(app_for("places"), ["places", "fetch"], catch_exceptions=False, terminal_width=200)
    assert done.exit_code == 0
    assert "comes from polygons" in done.output
    assert here.locate(106.85, -6.15).quality == "exact"
    assert "national_road" in here.near_all(106.7905, -6.1665)  # of the package, where no other are loaded


def test_another_checksum_than_the_setting_is_refused(repository, monkeypatch):
    monkeypatch.setattr(config(), "places_checksum", "0" * 64)
    with pytest.raises(Problem) as refused:
        fetching.fetch(lambda stage, done, of: None, ["31.71"])
    assert refused.value.code == "bad_checksum"


def test_a_ring_that_crosses_itself_keeps_its_polygons_and_loses_stray_lines():
    ring = "[[[0,0],[1,1],[1,0],[0,1],[0,2],[0,1],[0,0]]]"
    row = f"('31.71.01.1004','Silang',0,0,'{ring}')"
    [(_code, _name, shape)] = fetching.villages(row)
    assert shape.is_valid
    assert shape.area == pytest.approx(0.5)


def test_a_connection_cut_in_the_middle_is_tried_again_and_leaves_no_half_file(tmp_path, monkeypatch):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(SQL)))
            self.end_headers()
            self.wfile.write(SQL.encode()[: 20 if len(asked) == 1 else None])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(config(), "places_repository", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(fetching, "PAUSE", 0)
    assert fetching._download("31.71", tmp_path).read_text() == SQL
    assert len(asked) == 2
    server.shutdown()
    server.server_close()


def test_without_a_checksum_the_operator_is_told_what_was_found(repository):
    with structlog.testing.capture_logs() as told:
        fetching.fetch(lambda stage, done, of: None, ["31.71"])
    assert [one["sha256"] for one in told if one["event"] == "boundaries_not_checked"] == [
        hashlib.sha256(SQL.encode()).hexdigest()
    ]


@pytest.mark.parametrize(("status", "asks"), [(503, 4), (404, 1)])
def test_a_repository_that_refuses_is_asked_again_unless_it_has_no_such_file(tmp_path, monkeypatch, status, asks):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(status)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(config(), "places_repository", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(fetching, "PAUSE", 0)
    with pytest.raises(Problem) as refused:
        fetching._download("31.71", tmp_path)
    assert f"status {status}" in refused.value.detail
    assert len(asked) == asks
    assert not list(tmp_path.iterdir())
    server.shutdown()
    server.server_close()


def test_boundaries_with_the_checksum_of_the_setting_are_taken_without_a_word(repository, monkeypatch):
    monkeypatch.setattr(config(), "places_checksum", hashlib.sha256(SQL.encode()).hexdigest())
    with structlog.testing.capture_logs() as told:
        assert (fetching.fetch(lambda stage, done, of: None, ["31.71"]) / "villages/31.geojson.gz").exists()
    assert not told
