"""The map file: what is put in place, how it is served, and the still pictures that are made of it."""

from __future__ import annotations

import errno
import gzip
import io
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pmtiles import tile as pm

from kentongan import basemap
from kentongan.basemap import putting
from kentongan.basemap.tiles import corner, place
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places.osm.taking import take
from tests.basemap.town import MENTENG, write
from tests.places.streets import menteng

STYLE, FILE = "/map/style.json", "/map/basemap.pmtiles"
STILL = "/map/static/16/106.827,-6.186/320x240.png"


def quietly(_stage: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("town") / "town.pmtiles")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and no streets of OpenStreetMap."""
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    return tmp_path


@pytest.fixture
def loaded(here: Path, town: Path) -> basemap.Archive:
    return basemap.put(town, quietly)


def refused(path: Path) -> str:
    with pytest.raises(Problem) as told:
        basemap.put(path, quietly)
    assert told.value.code == "bad_map"
    return str(told.value.detail)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: b"", "cannot be the map"),
        (lambda content: b"PK\x03\x04" + content[4:], "no PMTiles file"),
        (lambda content: content[:7] + b"\x02" + content[8:], "version"),
        (lambda content: content[:97] + b"\x09" + content[98:], "unknown"),
        (lambda content: content[: len(content) // 2], "cut short"),
        (lambda content: content[:127] + bytes(200) + content[327:], "unpacked"),
        (lambda content: content[:60], "cut short|no tiles|no PMTiles|unpacked|ends|unknown"),
        (lambda content: content[:8] + b"\xff" * 8 + content[16:], "ends before"),
    ],
)
def test_a_file_that_is_no_map_is_refused_in_words_and_the_old_map_stays(loaded, town, tmp_path, damage, said):
    path = tmp_path / "bad.pmtiles"
    path.write_bytes(damage(town.read_bytes()))
    words = refused(path)
    assert any(part in words for part in said.split("|")), words
    assert basemap.archive().etag == loaded.etag


def test_pictures_instead_of_vector_tiles_are_refused(here, tmp_path):
    assert "png" in refused(write(tmp_path / "raster.pmtiles", most=3, kind=pm.TileType.PNG))


def test_tiles_packed_as_no_browser_unpacks_them_are_refused(here, tmp_path):
    assert "zstd" in refused(write(tmp_path / "odd.pmtiles", most=3, packing=pm.Compression.ZSTD))


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, 500), byte=st.integers(0, 255))
def test_a_changed_byte_never_ends_in_anything_but_a_refusal(town, at, byte):
    content = bytearray(town.read_bytes())
    content[at] = byte
    path = town.with_name("changed.pmtiles")
    path.write_bytes(content)
    assert fault_of(path) in {"", "bad_map"}


def fault_of(path: Path) -> str:
    try:
        putting.look_through(basemap.Archive(path), quietly)
    except Problem as problem:
        return problem.code
    return ""


def test_a_full_disk_leaves_the_old_map_in_use(loaded, town, monkeypatch):
    def full(*_given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(Problem) as told:
        basemap.put(town, quietly)
    assert (told.value.code, told.value.status) == ("no_map", 507)
    assert basemap.archive().etag == loaded.etag
    assert [one.name for one in config().data.glob("basemap*")] == ["basemap.pmtiles"]


def test_a_new_file_is_served_at_once_and_a_removed_one_no_more(loaded, client, tmp_path):
    before = client.get(STYLE).json()["sources"]["basemap"]["url"]
    basemap.put(write(tmp_path / "smaller.pmtiles", most=10), quietly)
    assert client.get(STYLE).json()["sources"]["basemap"]["url"] != before
    assert basemap.remove()
    assert client.get(STYLE).status_code == 404
    assert client.get(FILE).status_code == 404
    assert not basemap.remove()


@pytest.mark.parametrize(("theme", "language"), [(one, two) for one in basemap.THEMES for two in basemap.LANGUAGES])
def test_the_style_names_nothing_from_another_host(loaded, client, theme, language):
    style = client.get(STYLE, {"theme": theme, "lang": language}).json()
    assert style["version"] == 8
    assert style["sources"]["basemap"]["url"].startswith("pmtiles://http://testserver/map/basemap.pmtiles?of=")
    assert "OpenStreetMap" in style["sources"]["basemap"]["attribution"]
    assert "glyphs" not in style
    assert "sprite" not in style
    fonts = [face["url"] for faces in style["font-faces"].values() for face in faces]
    assert all(one.startswith("http://testserver/static/vendor/") for one in fonts)
    assert f"name:{language}" in str(style["layers"])


def test_what_maps_load_beside_the_file_is_packed(loaded, client):
    """The style alone is 66 kB: more than a second of a slow link (script/bench maps)."""
    plain = client.get(f"{STYLE}?theme=light&lang=id")
    packed = client.get(f"{STYLE}?theme=light&lang=id", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert len(plain.content) > 50_000
    assert len(packed.content) < 8_000
    assert "Accept-Encoding" in packed["Vary"]
    for address in ("/map/outline/province.json", "/map/names/4/13/8.json", "/map/streets/13052/8473.json"):
        answer = client.get(address, headers={"accept-encoding": "gzip"})
        small = len(client.get(address).content) < 200  # which no packing makes smaller
        assert (answer.get("Content-Encoding") == "gzip") is not small, address


def test_a_theme_or_language_that_there_is_not_is_not_found(loaded, client):
    assert client.get(STYLE, {"theme": "pink"}).status_code == 404
    assert client.get(STYLE, {"lang": "xx"}).status_code == 404


def content(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-126", 0, 126), ("bytes=0-0", 0, 0), ("bytes=127-", 127, None), ("bytes=-10", -10, None),
     ("bytes=100-99999999999", 100, None), ("bytes=-99999999", 0, None)],
)  # fmt: skip
def test_a_range_of_the_file_is_exactly_those_bytes(loaded, town, client, asked, first, last):
    whole = town.read_bytes()
    answer = client.get(FILE, headers={"range": asked})
    wanted = whole[first:] if last is None else whole[first : last + 1]
    assert answer.status_code == 206
    assert content(answer) == wanted
    assert int(answer["Content-Length"]) == len(wanted)
    start = whole.index(wanted) if len(wanted) > 1 else 0
    assert answer["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "items=0-5", "bytes=a-b", "bytes=-", "bytes=", "bytes=9" * 40])
def test_what_is_no_single_range_gets_the_whole_file(loaded, town, client, asked):
    answer = client.get(FILE, headers={"range": asked})
    assert answer.status_code == 200
    assert content(answer) == town.read_bytes()


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=10-5", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused_with_its_size(loaded, town, client, asked):
    answer = client.get(FILE, headers={"range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{town.stat().st_size}"


def test_browsers_keep_the_file_by_its_state(loaded, client):
    answer = client.get(FILE)
    assert "immutable" not in answer["Cache-Control"]
    assert "immutable" in client.get(FILE, {"of": loaded.etag.strip('"')})["Cache-Control"]
    # Under the address of another state these bytes would stay for a year.
    assert "immutable" not in client.get(f"{FILE}?of=x")["Cache-Control"]
    assert client.get(FILE, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client.head(FILE)["Content-Length"] == answer["Content-Length"]
    again = {"range": "bytes=0-9"}
    assert client.get(FILE, headers={**again, "if-range": answer["ETag"]}).status_code == 206
    assert client.get(FILE, headers={**again, "if-range": '"old"'}).status_code == 200


def drawn(answer) -> Image.Image:
    assert answer.status_code == 200, answer.content[:200]
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _count, colour in image.getcolors(1 << 20)}


@pytest.mark.django_db
def test_a_still_picture_shows_streets_names_and_whom_they_are_owed_to(loaded, client):
    image = drawn(client.get(STILL))
    assert image.size == (320, 240)
    assert len(colours(image)) > 20
    assert client.get(STILL)["Cache-Control"] == "public, max-age=86400"
    with_pin = drawn(client.get(f"{STILL}?pin=1"))
    assert with_pin.getpixel((160, 110))[:2] == (11, 110)


@pytest.mark.django_db
def test_the_same_picture_is_not_sent_twice(loaded, client):
    tag = client.get(STILL)["ETag"]
    assert client.get(STILL, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.django_db
def test_without_a_map_file_the_picture_has_the_streets_of_openstreetmap(here, client):
    empty = drawn(client.get(STILL))
    take(menteng().write(here / "extract.osm"), quietly)
    assert len(colours(drawn(client.get(STILL)))) > len(colours(empty))


@pytest.mark.django_db
def test_without_anything_the_picture_has_the_borders(client, monkeypatch, tmp_path):
    monkeypatch.setattr(config(), "data", tmp_path)  # the tests' own small country stays
    assert len(colours(drawn(client.get("/map/static/12/106.82,-6.17/320x240.png")))) > 2


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", range(21))
def test_every_zoom_is_drawn(loaded, client, zoom):
    drawn(client.get(f"/map/static/{zoom}/106.827,-6.186/200x120.png"))


@pytest.mark.parametrize(
    "path",
    ["21/106.8,-6.1/320x240", "12/200,-6.1/320x240", "12/106.8,-90/320x240", "12/106.8/320x240", "12/106.8,-6.1/8x8",
     "12/106.8,-6.1/9999x240", "12/106.8,-6.1/320", "12/nan,inf/320x240", "12/106.8,-6.1/-20x240", "12/1e5,0/320x240",
     "12/١٠٦,-6/320x240"],
)  # fmt: skip
def test_a_picture_of_no_place_is_not_found(loaded, client, path):
    assert client.get(f"/map/static/{path}.png").status_code == 404


@pytest.mark.django_db
def test_who_asks_for_picture_after_picture_has_to_wait(loaded, client, monkeypatch):
    monkeypatch.setattr("kentongan.web.map_files.PICTURES_PER_MINUTE", 2)
    asked = [client.get(f"/map/static/15/106.82{number},-6.18/64x64.png") for number in range(6)]
    assert asked[-1].status_code == 429
    assert int(asked[-1]["Retry-After"]) >= 1


@pytest.mark.django_db
def test_a_tile_that_cannot_be_read_costs_the_picture_that_tile_and_no_more(loaded, client, monkeypatch):
    monkeypatch.setattr(basemap.Archive, "tile", lambda *_given: b"\xff\xff\xff")
    drawn(client.get("/map/static/15/106.8271,-6.1862/300x200.png"))


def test_streets_of_a_tile_come_with_their_names(here, client):
    x, y = (int(one) for one in place(*MENTENG, 14))
    assert client.get(f"/map/streets/{x}/{y}.json").json()["features"] == []
    take(menteng().write(here / "extract.osm"), quietly)
    told = client.get(f"/map/streets/{x}/{y}.json").json()
    names = {one["properties"]["name"] for one in told["features"]}
    assert "Jl. H. Agus Salim" in names
    west, south = 106.7, -6.3
    assert all(west < lon < 107 and south < lat < -6 for one in told["features"]
               for lon, lat in one["geometry"]["coordinates"])  # fmt: skip
    assert client.get("/map/streets/99999/0.json").status_code == 404


@given(lon=st.floats(-179.99, 179.99), lat=st.floats(-84, 84), zoom=st.integers(0, 20))
def test_a_point_lies_in_its_own_tile(lon, lat, zoom):
    x, y = place(lon, lat, zoom)
    west, north = corner(int(x), int(y), zoom)
    east, south = corner(int(x) + 1, int(y) + 1, zoom)
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9


@given(lon=st.floats(95, 141), lat=st.floats(-11, 6), zoom=st.integers(3, 18))
def test_the_box_of_a_view_has_its_middle_in_the_middle(lon, lat, zoom):
    west, south, east, north = basemap.View(zoom, lon, lat, 400, 200).box()
    assert west < lon < east
    assert south < lat < north
