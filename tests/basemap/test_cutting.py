"""The part of a large map elsewhere: exactly the tiles of the areas, by few questions, whatever the server does."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import shapely
from pmtiles import tile as pm

from kentongan import basemap
from kentongan.basemap import cutting
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from tests.basemap.town import BOX, write
from tests.ranges import Place, served

PART = shapely.box(106.822, -6.190, 106.832, -6.182)


def quietly(_stage: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A larger map; its root directory points to leaves, as that of the planet."""
    path = tmp_path_factory.mktemp("world") / "world.pmtiles"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pmtiles.writer.optimize_directories", _in_leaves)
        return write(path)


def _in_leaves(entries, _length):
    from pmtiles.writer import build_roots_leaves

    return build_roots_leaves(entries, 8)


@pytest.fixture
def place(world, tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setattr(cutting, "PAUSE", 0.0)
    with served(Place(world.read_bytes()), "/20261101.pmtiles") as held:
        yield held


def cut(place: Place, zoom: int = 15) -> basemap.Archive:
    return basemap.cut(place.address, PART, zoom, quietly)


def refusal(place: Place) -> str:
    with pytest.raises(Problem) as told:
        cut(place)
    assert told.value.code in {"fetch_failed", "bad_map"}, told.value.code
    assert basemap.archive() is None
    return str(told.value.detail)


def test_the_tiles_of_the_areas_are_the_same_as_there_and_no_others_come(place, world):
    made, there = cut(place), basemap.Archive(world)
    wanted = {
        (zoom, int(x), int(y))
        for zoom, xs, ys in basemap.tiles.covering(PART, 15) for x, y in zip(xs, ys, strict=True)
    }  # fmt: skip
    for zoom in range(16):
        for at in {pm.tileid_to_zxy(pm.zxy_to_tileid(*one)) for one in wanted if one[0] == zoom}:
            assert made.tile(*at) == there.tile(*at) != b""
    assert made.header["addressed_tiles_count"] == len(wanted)
    assert made.header["addressed_tiles_count"] < there.header["addressed_tiles_count"]
    assert basemap.archive().etag == made.etag
    assert not list((config().data / "downloads").glob("map-*"))


def test_neighbouring_ranges_are_asked_for_as_one(place):
    cut(place)
    tiles = basemap.archive().header["addressed_tiles_count"]
    assert len(place.asked) < tiles / 2


def test_a_smaller_zoom_gets_less(place):
    assert cut(place, 10).header["max_zoom"] == 10


def test_after_an_interruption_it_goes_on_where_it_ended(place, monkeypatch):
    monkeypatch.setattr(cutting, "GAP", 0)
    monkeypatch.setattr(cutting, "PIECE", 2000)
    cut(place)
    whole, place.asked[:] = len(place.asked), []
    basemap.remove()
    place.cut_after = whole - 3
    refusal(place)
    place.cut_after, place.asked[:] = None, []
    cut(place)
    directories = next(at for at, one in enumerate(place.asked) if "-" in one and at > 0)
    assert len(place.asked) < whole
    assert directories
    assert basemap.archive() is not None


@pytest.mark.parametrize(
    ("lie", "words"),
    [({"whole": True}, "does not send pieces"), ({"shifted": True}, "it sent"), ({"short": True}, "it sent"),
     ({"status": 404}, "status 404"), ({"status": 500}, "run the command again"), ({"cut_after": 0}, "again"),
     ({"changes_after": 2}, "has changed"), ({"total": "x"}, "does not send pieces"), ({"total": "9" * 16}, "pieces")],
)  # fmt: skip
def test_a_server_that_lies_cuts_or_changes_the_file_is_told_and_nothing_is_put_in_place(place, lie, words):
    for name, value in lie.items():
        setattr(place, name, value)
    assert words in refusal(place)


@pytest.mark.parametrize("at", [0, 3, 7, 8, 20, 96, 97, 98, 99, 130, 140, 200, 500, 900])
def test_a_damaged_archive_is_refused_or_gives_a_whole_map(place, at):
    content = bytearray(place.content)
    content[at] ^= 0xFF
    place.content = bytes(content)
    try:
        made = cut(place)
    except Problem:
        assert basemap.archive() is None
    else:
        assert made.header["addressed_tiles_count"]


def test_an_entry_that_claims_a_huge_tile_is_refused(place, monkeypatch):
    entries = pm.deserialize_directory

    def huge(packed):
        found = entries(packed)
        for one in found:
            one.length = 1 << 40
        return found

    monkeypatch.setattr(pm, "deserialize_directory", huge)
    refusal(place)


def test_areas_without_a_tile_there_are_told(place):
    with pytest.raises(Problem) as told:
        basemap.cut(place.address, shapely.box(10, 10, 11, 11), 15, quietly)
    assert told.value.code in {"fetch_failed", "bad_map"}


def test_too_many_tiles_are_refused_before_anything_is_downloaded(place, monkeypatch):
    monkeypatch.setattr(cutting, "MOST_TILES", 20)
    with pytest.raises(Problem) as told:
        cut(place)
    assert told.value.code == "too_large"


def test_a_full_disk_keeps_the_old_map_and_says_so(place, monkeypatch):
    before = cut(place)

    def full(*_given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cutting, "Writer", full)
    with pytest.raises(Problem) as told:
        cut(place)
    assert told.value.status == 507
    assert basemap.archive().etag == before.etag


def test_the_covering_grows_with_the_area_and_holds_its_middle():
    levels = [(zoom, len(x)) for zoom, x, _y in basemap.tiles.covering(shapely.box(*BOX), 14)]
    assert [number for _zoom, number in levels] == sorted(number for _zoom, number in levels)
    assert levels[0] == (0, 1)
