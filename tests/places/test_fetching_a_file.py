"""A large file comes in pieces, goes on where it ended, and is not mixed with another state of itself."""

from __future__ import annotations

import http.server
import re
import threading
from dataclasses import dataclass, field

import pytest

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places import fetching

CONTENT = bytes(range(256)) * 40


@dataclass
class Place:
    """A server's file, and how the server misbehaves."""

    content: bytes = CONTENT
    mark: str = '"one"'
    asked: list[str] = field(default_factory=list)
    cut_after: int | None = None  # requests that are answered before the connection is cut in the middle
    total: str = ""  # a lie about the size
    whole: bool = False  # the whole file, whatever is asked
    shifted: bool = False  # another piece than was asked
    address: str = ""


@pytest.fixture
def place(tmp_path, monkeypatch):
    held = Place()

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            held.asked.append(self.headers.get("Range", ""))
            first, last = map(int, re.findall(r"\d+", self.headers["Range"]))
            first += held.shifted
            piece = held.content if held.whole else held.content[first : last + 1]
            self.send_response(200 if held.whole else 206)
            self.send_header("ETag", held.mark)
            self.send_header("Content-Length", str(len(piece)))
            said = held.total or len(held.content)
            self.send_header("Content-Range", f"bytes {first}-{first + len(piece) - 1}/{said}")
            self.end_headers()
            cut = held.cut_after is not None and len(held.asked) > held.cut_after
            self.wfile.write(piece[: len(piece) // 2] if cut else piece)

        def log_message(self, *_given):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setattr(fetching, "PIECE", 4096)
    monkeypatch.setattr(fetching, "PAUSE", 0.0)
    held.address = f"http://127.0.0.1:{server.server_port}/asia/indonesia-latest.osm.pbf"
    yield held
    server.shutdown()


def fetch(place):
    return fetching.fetch_file(place.address, lambda *_told: None)


def refusal(place):
    with pytest.raises(Problem) as told:
        fetch(place)
    assert told.value.code == "fetch_failed"
    return told.value.detail


def test_a_file_comes_in_pieces_under_the_name_that_says_its_kind(place):
    path = fetch(place)
    assert path.read_bytes() == CONTENT
    assert path.name.endswith("indonesia-latest.osm.pbf")
    assert place.asked == ["bytes=0-4095", "bytes=4096-8191", "bytes=8192-12287"]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_after_a_cut_it_goes_on_where_it_ended(place):
    place.cut_after = 1
    assert "run the command again" in refusal(place)
    place.cut_after, place.asked = None, []
    assert fetch(place).read_bytes() == CONTENT
    assert place.asked[0] == "bytes=4096-8191"


def test_a_file_that_changed_meanwhile_is_not_mixed_with_what_was_had(place):
    place.cut_after = 1
    refusal(place)
    place.cut_after, place.content, place.mark = None, CONTENT[::-1], '"two"'
    assert "has changed" in refusal(place)
    assert fetch(place).read_bytes() == CONTENT[::-1]


def test_a_small_file_from_a_server_without_pieces_is_taken_whole(place):
    place.whole, place.content = True, b"small"
    assert fetch(place).read_bytes() == b"small"


@pytest.mark.parametrize(
    "lie", [{"whole": True}, {"shifted": True}, {"total": "12"}, {"total": "9" * 14}, {"total": "x"}]
)
def test_a_server_that_lies_about_pieces_or_sizes_is_told_and_fills_no_disk(place, lie, tmp_path):
    for name, value in lie.items():
        setattr(place, name, value)
    assert refusal(place)
    assert sum(one.stat().st_size for one in (tmp_path / "downloads").iterdir()) <= len(CONTENT)
    assert len(place.asked) <= 12
