"""Shapes as they come: cut pieces, crossed rings, stray lines, files of an older version. No place is lost by them."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing

import pytest
import shapely
from shapely import box

from kentongan.places import fetching, outlines
from kentongan.places.index import Index, build
from kentongan.places.osm import reading, writing
from kentongan.places.osm.taking import take
from tests.places.streets import Extract, menteng
from tests.places.test_streets import layers, taken, text

# Two triangles and a line that leads nowhere: mending it gives a collection of several polygons and a line.
CROSSED = [(0, 0), (1, 1), (1, 0), (0, 1), (0, 2), (0, 1), (0, 0)]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of its own for the streets; no index of the country."""
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    return tmp_path


def circle(lon: float, lat: float, size: float, corners: int = 400) -> shapely.Polygon:
    turns = [2 * math.pi * at / corners for at in range(corners)]
    return shapely.Polygon([(lon + size * math.cos(turn), lat + size * math.sin(turn)) for turn in turns])


def test_on_the_line_at_which_a_large_village_was_cut_a_point_is_in_it_once(tmp_path):
    build(tmp_path / "places.index", [("31.71.01.1001", circle(106.8, -6.2, 0.1))], [], {})
    index = Index(tmp_path / "places.index")
    assert len(index.of("31.71.01.1001")) > 1
    assert index.at(106.8, -6.2, 0.001) == (["31.71.01.1001"], [])


def test_a_file_that_an_older_version_wrote_still_says_where_a_point_lies(tmp_path):
    path = tmp_path / "places.index"
    build(path, [("31.71.01.1001", box(106.8, -6.2, 106.9, -6.1))], [], {})
    with closing(sqlite3.connect(path)) as old:
        old.executescript("UPDATE fact SET value = '1' WHERE name = 'format'; DROP TABLE outline; DROP TABLE area;")
    index = Index(path)
    assert index.at(106.85, -6.15, 0.001)[0] == ["31.71.01.1001"]
    assert index.outline("31.71") is None
    assert index.newer_areas() == []


def test_where_only_provinces_are_known_they_have_an_outline(tmp_path):
    build(tmp_path / "places.index", [("31", box(106.8, -6.2, 106.9, -6.1))], [], {})
    index = Index(tmp_path / "places.index")
    assert index.outline("31").area == pytest.approx(0.01)
    assert index.outline("31.71") is None


def test_an_outline_that_has_to_be_mended_keeps_all_its_parts():
    assert outlines.seen(shapely.Polygon(CROSSED), 0.01).area == pytest.approx(0.5)


def test_what_has_no_area_at_all_stays_what_it_is():
    flat = shapely.Polygon([(0, 0), (1, 0), (2, 0), (0, 0)])
    assert outlines.seen(flat, 0.01).equals(flat)


def test_a_park_whose_ring_crosses_itself_is_found_in_all_its_parts(here):
    made = menteng()
    made.way([(106.80 + lon / 100, -6.10 + lat / 100) for lon, lat in CROSSED], leisure="park", name="Taman Silang")
    taken(made, here)
    assert layers(106.802, -6.095) == layers(106.808, -6.095) == {"park": "Taman Silang"}


def test_what_lies_abroad_or_says_no_number_is_left_out_and_the_rest_is_there(here):
    made = menteng()
    made.node((2.35, 48.86), amenity="school", name="École")
    far = [made.way([(2.3, 48.8), (2.4, 48.8), (2.4, 48.9), (2.3, 48.8)])]
    made.relation([(far[0], "outer")], type="multipolygon", leisure="park", name="Jardin")
    made.relation([(987_654_321, "outer")], type="multipolygon", leisure="park", name="Taman Hilang")
    made.node((106.8228, -6.1810), highway="milestone", distance="tiga")
    assert taken(made, here).left_out == {"outside the country": 2, "without nodes": 1}
    assert text(106.8228, -6.1805) == "Jl. M.H. Thamrin KM 3"
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")


def test_a_street_around_the_corner_of_the_search_is_too_far_away(here):
    made = Extract()
    made.way([(106.8000, -6.1000), (106.7900, -6.1000)], highway="residential", name="Jalan Ujung")
    made.node((106.8000, -6.1000), amenity="school", name="SD Ujung")
    taken(made, here)
    metre = 1 / 111_195
    assert text(106.8000 + 60 * metre, -6.1000 + 60 * metre).startswith("Jl. Ujung")
    assert text(106.8000 + 80 * metre, -6.1000 + 80 * metre) == "dekat SD Ujung"  # 113 metres
    assert text(106.8000 + 160 * metre, -6.1000 + 160 * metre) == ""  # 226 metres


def test_who_reads_a_large_file_is_told_how_far_it_is(here, monkeypatch):
    whole = taken(menteng(), here).written
    monkeypatch.setattr(reading, "EVERY", 2)
    monkeypatch.setattr(writing, "BATCH", 3)
    said: list[tuple[str, int, int]] = []
    in_parts = take(menteng().write(here / "extract.osm"), lambda *one: said.append(one)).written
    assert vars(in_parts) == vars(whole)
    ways = [(done, of) for stage, done, of in said if stage == "ways"]
    assert ways == sorted(ways)
    assert len(ways) > 1
    assert ways[-1][0] == ways[-1][1]
    assert ("landmarks", 2, 0) in said


SQL = "('31.71.01.100%d','Desa',0,0,'%s')"


@pytest.mark.parametrize(
    ("rings", "area"),
    [
        ("[[[[0,0],[0,4],[4,4],[4,0],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]]", 15),  # a hole
        ("[[[[0,0],[0,1],[1,1],[1,0],[0,0]],[[5,5],[5,6],[6,6],[6,5],[5,5]]]]", 2),  # listed as a hole, and a part
        ("[[[[0,0],[0,1],[1,1],[1,0],[0,0]]],[[[3,3],[3,4]]]]", 1),  # one polygon has no face
    ],
)
def test_rings_are_what_they_enclose_and_not_what_they_are_listed_as(rings, area):
    [(_code, _name, shape)] = fetching.villages(SQL % (1, rings))
    assert shape.area == pytest.approx(area)


def test_a_village_that_encloses_nothing_is_left_out():
    assert not list(fetching.villages(SQL % (1, "[[[[3,3],[3,4]]]]")))
