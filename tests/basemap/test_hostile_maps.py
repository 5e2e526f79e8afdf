"""Map files, and servers of them, that mean ill: refused in time and in words, and no page falls with them."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path

import pytest
import shapely
from mapbox_vector_tile.Mapbox import vector_tile_pb2
from PIL import Image, ImageDraw
from pmtiles import tile as pm
from pmtiles.writer import Writer

from kentongan import basemap
from kentongan.basemap import cutting, drawing, putting
from kentongan.basemap.archive import DEEPEST, Archive, archive_path, directory
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from tests.basemap.town import MENTENG, write
from tests.ranges import Place, served

STILL = "/map/static/0/106.827,-6.186/600x600.png"
MOVE, LINE, CLOSE = 1, 2, 7
ROAD = [1 << 3 | MOVE, 200, 4000, 1 << 3 | LINE, 6000, 0]


def quietly(_stage: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    drawing._picture.cache_clear()


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found, number = found + bytes([number & 127 | 128]), number >> 7
    return found + bytes([number])


def archive(path: Path, root: bytes, leaves: bytes = b"", data: bytes = b"x" * 100, **told: object) -> Path:
    """A file with these directories, whatever they say."""
    header = {
        "root_offset": 127, "root_length": len(root), "metadata_offset": 127, "metadata_length": 0,
        "leaf_directory_offset": 127 + len(root), "leaf_directory_length": len(leaves),
        "tile_data_offset": 127 + len(root) + len(leaves), "tile_data_length": len(data), "clustered": True,
        "internal_compression": pm.Compression.GZIP, "tile_compression": pm.Compression.NONE,
        "tile_type": pm.TileType.MVT, "min_zoom": 0, "max_zoom": 15,
    }  # fmt: skip
    path.write_bytes(pm.serialize_header(header | told) + root + leaves + data)
    return path


def entries(*told: tuple[int, int, int, int]) -> bytes:
    return pm.serialize_directory([pm.Entry(*one) for one in told])


def tile(kind: object, name: str, shape: int, geometry: list[int], layer: str = "roads", extent: int = 4096) -> bytes:
    told = vector_tile_pb2.tile()
    held = told.layers.add()
    held.name, held.version, held.extent = layer, 2, extent
    held.keys.extend(["kind", "name"])
    feature = held.features.add()
    feature.type = shape
    feature.geometry.extend(geometry)
    for key, value in enumerate((kind, name)):
        held.values.add().string_value = str(value)
        feature.tags.extend([key, key])
    content: bytes = told.SerializeToString()
    return content


def put(tmp_path: Path, content: bytes) -> basemap.Archive:
    path = tmp_path / "one.pmtiles"
    with path.open("wb") as target:
        writer = Writer(target)
        writer.write_tile(0, content)
        writer.finalize({"tile_type": pm.TileType.MVT, "tile_compression": pm.Compression.NONE}, {})
    return basemap.put(path, quietly)


def test_a_number_without_end_is_refused_before_anybody_reads_it():
    with pytest.raises(Problem, match="bad_map"):
        directory(gzip.compress(varint(1) + b"\xff" * 4_000_000 + b"\1"), pm.Compression.GZIP)


def test_a_directory_that_is_not_packed_has_the_same_limit():
    with pytest.raises(Problem, match="bad_map"):
        directory(bytes(5 * 1024 * 1024), pm.Compression.NONE)


@pytest.mark.parametrize(
    "root",
    [
        gzip.compress(varint(1) + varint(0) + varint(1) + varint(5) + varint(0)),  # the byte before the first
        entries((0, 0, 0, 1)),
        entries((2**63, 0, 5, 1)),
        entries((0, 0, 5, 2**63)),
        entries((0, 0, 2**62, 1)),
    ],
    ids=["before", "nothing", "number", "run", "length"],
)
def test_an_entry_that_makes_no_sense_is_no_map(tmp_path, root):
    with pytest.raises(Problem) as told:
        basemap.put(archive(tmp_path / "bad.pmtiles", root), quietly)
    assert told.value.code == "bad_map"


def test_directories_that_share_what_is_below_them_are_not_walked_again_and_again(tmp_path, monkeypatch):
    last = entries((0, 0, 5, 1))
    middle = entries(*((number, 0, len(last), 0) for number in range(2000)))
    root = entries(*((number, len(last), len(middle), 0) for number in range(2000)))
    read = []
    monkeypatch.setattr(basemap.Archive, "leaf", _counting(basemap.Archive.leaf, read))
    with pytest.raises(Problem, match="bad_map"):
        basemap.put(archive(tmp_path / "bad.pmtiles", root, last + middle), quietly)
    assert len(read) < 10


def _counting(leaf, read):
    def counted(self, entry):
        read.append(entry.offset)
        return leaf(self, entry)

    return counted


@pytest.mark.parametrize("content", [b"", b"junk" * 100, b"PMTiles\x02"])
def test_pages_stay_where_the_file_in_place_cannot_be_read(client, world, content):
    archive_path().write_bytes(content)
    assert basemap.archive() is None
    assert client.get("/").status_code == 200
    assert client.get("/map/style.json").status_code == 404


def test_pages_stay_where_a_folder_lies_in_its_place(client, world):
    archive_path().mkdir()
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        tile("highway", "Jl.\nBaru", 2, ROAD),
        tile("highway", "x" * 500_000, 2, ROAD),
        tile("highway", "one point", 2, [1 << 3 | MOVE, 4, 4]),
        tile("highway", "no extent", 2, ROAD, extent=0),
        tile("park", "two corners", 3, [1 << 3 | MOVE, 4, 4, 1 << 3 | LINE, 8, 8, 1 << 3 | CLOSE], layer="landuse"),
        tile("x", "two\nlines", 1, [1 << 3 | MOVE, 4000, 4000], layer="places"),
        tile("x", "nowhere", 1, [], layer="places"),
        tile("highway", "far", 2, [1 << 3 | MOVE, 2**32 - 1, 2**32 - 2, 2 << 3 | LINE, *[2**32 - 1] * 4]),
        tile("highway", "many", 2, [(2**29 - 1) << 3 | LINE]),
    ],
    ids=["line", "long", "point", "extent", "corners", "place", "nowhere", "far", "many"],
)
def test_a_picture_is_drawn_whatever_a_tile_holds(client, world, tmp_path, content):
    put(tmp_path, content)
    assert client.get(STILL).status_code == 200


def test_no_more_requests_wait_for_a_picture_than_leave_threads_for_pages(client, world, monkeypatch):
    monkeypatch.setattr(drawing, "PATIENCE", 30.0)
    held = threading.Semaphore(0)
    begun = threading.Semaphore(0)

    def slowly(*_told):
        begun.release()
        assert held.acquire(timeout=30)
        return b"picture"

    monkeypatch.setattr(drawing, "_drawn", slowly)
    monkeypatch.setattr(drawing, "scene", lambda view: None)

    def ask(number):
        drawing.picture(basemap.View(number, *MENTENG, 100, 100), pin=False)

    asking = [threading.Thread(target=ask, args=[number]) for number in range(drawing.MOST_WAITING)]
    for one in asking:
        one.start()
    assert begun.acquire(timeout=30)
    while drawing._waiting._value:
        pass
    try:
        with pytest.raises(Problem) as told:
            ask(19)
        assert (told.value.code, told.value.status) == ("busy", 503)
    finally:
        for _one in asking:
            held.release()
        for one in asking:
            one.join(30)


def test_an_answer_goes_on_with_the_file_it_began_with(client, world, tmp_path):
    first, second = write(tmp_path / "a.pmtiles", 10), write(tmp_path / "b.pmtiles", 9)
    basemap.put(first, quietly)
    answer = client.get("/map/basemap.pmtiles")
    basemap.put(second, quietly)
    assert b"".join(answer.streaming_content) == first.read_bytes()


def test_a_style_in_the_language_of_who_asks_stays_out_of_shared_caches(client, world, tmp_path):
    basemap.put(write(tmp_path / "a.pmtiles", 8), quietly)
    assert "private" in client.get("/map/style.json")["Cache-Control"]
    assert "public" in client.get("/map/style.json?lang=id")["Cache-Control"]


@pytest.fixture
def asked(tmp_path, monkeypatch):
    monkeypatch.setattr(cutting, "PAUSE", 0.0)

    def of(path: Path) -> tuple[str, list[str]]:
        with served(Place(path.read_bytes()), "/world.pmtiles") as held, pytest.raises(Problem) as told:
            basemap.cut(held.address, shapely.box(106.82, -6.19, 106.83, -6.18), 10, quietly)
        return told.value.code, held.asked

    return of


@pytest.mark.parametrize(
    "told",
    [
        {"root_length": 2**40},
        {"root_length": 0},
        {"root_offset": 2**63},
        {"tile_type": pm.TileType.PNG},
        {"tile_compression": pm.Compression.ZSTD},
    ],
    ids=str,
)
def test_a_server_is_not_asked_for_more_than_an_archive_can_point_to(tmp_path, asked, told):
    code, questions = asked(archive(tmp_path / "bad.pmtiles", entries((0, 0, 5, 1)), **told))
    assert code in {"bad_map", "fetch_failed"}
    assert all(int(one.rpartition("-")[2]) - int(one[6:].partition("-")[0]) < cutting.PIECE for one in questions)
    assert len(questions) <= 1 + cutting.TRIES


def test_a_server_whose_directories_share_others_is_not_asked_again_and_again(tmp_path, asked):
    wanted = cutting._wanted(shapely.box(106.82, -6.19, 106.83, -6.18), 10)
    last = entries((0, 0, 5, 1))
    middle = entries(*((number, 0, len(last), 0) for number in wanted))
    root = entries(*((number, len(last), len(middle), 0) for number in wanted))
    code, questions = asked(archive(tmp_path / "bad.pmtiles", root, last + middle))
    assert code == "bad_map"
    assert len(questions) <= 4


def test_each_wanted_tile_is_found_once_however_the_runs_lie_over_one_another():
    wanted = list(range(1000))
    over = [pm.Entry(number, number, 5, 2**40) for number in range(1000)]
    assert [numbers for _entry, numbers in cutting._met(over, wanted)] == [[number] for number in wanted]


def test_tiles_that_lie_over_one_another_do_not_become_more_than_was_allowed(monkeypatch):
    monkeypatch.setattr(cutting, "MOST_BYTES", 1_000_000)
    over = [pm.Entry(number, number, 10_000, 1) for number in range(1000)]  # 11 kB there, 10 MB here
    with pytest.raises(Problem) as told:
        cutting._merged(over)
    assert told.value.code == "too_large"
    assert pm.zxy_to_tileid(31, 0, 0) + 4**31 == putting.MOST_NUMBER


def chain(path: Path, deep: int) -> Path:
    """A file whose only tile is named by a directory that stands so many directories below the root."""
    leaves, at = b"", (0, 0, 10, 1)
    for _ in range(deep):
        leaf = entries(at)
        at, leaves = (0, len(leaves), len(leaf), 0), leaves + leaf
    return archive(path, entries(at), leaves)


def test_directories_that_lead_down_and_down_end_in_words_wherever_they_are_read(tmp_path, monkeypatch):
    said = "its directories point to one another"
    file = chain(tmp_path / "deep.pmtiles", DEEPEST)
    with pytest.raises(Problem, match="bad_map") as put:
        basemap.put(file, quietly)
    with pytest.raises(Problem, match="bad_map") as drawn:
        Archive(file).tile(0, 0, 0)
    monkeypatch.setattr(cutting, "PAUSE", 0.0)
    with served(Place(file.read_bytes()), "/a.pmtiles") as there, pytest.raises(Problem, match="bad_map") as cut:
        basemap.cut(there.address, shapely.box(106.82, -6.19, 106.83, -6.18), 0, quietly)
    assert [said in str(why.value.detail) for why in (put, drawn, cut)] == [True] * 3
    assert basemap.archive() is None


def test_what_a_map_names_beyond_its_end_is_refused_and_so_is_one_without_tiles(tmp_path):
    with pytest.raises(Problem, match="bad_map") as why:
        basemap.put(archive(tmp_path / "none.pmtiles", entries()), quietly)
    assert "it has no tiles" in str(why.value.detail)
    short = archive(tmp_path / "short.pmtiles", entries((0, 90, 20, 1)))
    with pytest.raises(Problem, match="bad_map") as why:
        Archive(short).tile(0, 0, 0)
    assert "ends before what it names" in str(why.value.detail)


@pytest.mark.parametrize("length", [0, cutting.PIECE + 1])
def test_a_tile_of_no_size_or_a_huge_one_is_asked_of_no_server(length):
    with pytest.raises(Problem, match="bad_map") as why:
        cutting._merged([pm.Entry(1, 0, length, 1)])
    assert f"a tile has {length:,} bytes" in str(why.value.detail)


def test_what_was_downloaded_of_another_state_of_the_archive_takes_no_room_afterwards(tmp_path):
    world = write(tmp_path / "world.pmtiles")
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/map-0123456789abcdef.part").write_bytes(b"x" * 1000)
    with served(Place(world.read_bytes()), "/a.pmtiles") as there:
        basemap.cut(there.address, shapely.box(106.825, -6.188, 106.828, -6.185), 14, quietly)
    assert not list((tmp_path / "downloads").iterdir())


def test_an_island_in_a_lake_stays_dry_and_what_has_no_colour_is_not_drawn():
    drawn = Image.new("RGB", (100, 100), "white")
    lake = shapely.box(5, 5, 40, 40).difference(shapely.box(15, 15, 30, 30))
    drawing._fill(ImageDraw.Draw(drawn), lake, "")
    assert drawn.getcolors() == [(10_000, (255, 255, 255))]
    drawing._fill(ImageDraw.Draw(drawn), lake, "black")
    black = sum(number for number, colour in drawn.getcolors() if colour == (0, 0, 0))
    assert lake.area <= black / drawing.SCALE**2 < 1.1 * lake.area  # Pillow draws the corners' pixels too
