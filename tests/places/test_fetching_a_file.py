"""A large file comes in pieces, goes on where it ended, and is not mixed with another state of itself."""

from __future__ import annotations

import pytest

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places import fetching
from tests.ranges import Place, served

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setattr(fetching, "PIECE", 4096)
    monkeypatch.setattr(fetching, "PAUSE", 0.0)
    with served(Place(CONTENT), "/asia/indonesia-latest.osm.pbf") as held:
        yield held


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
