"""Where a point lies and what is near it, to the metre: at borders, on the coast, at the frame of the country."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.utils import translation

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places import Location, Nearest, Source, gazetteer, index
from kentongan.places.here import check_point
from kentongan.places.index import Line
from tests.world import STREET, villages

DEGREE = 111_195  # metres of latitude


def chain(code: str) -> tuple[places.Area, ...]:
    return gazetteer.chain(code)


@pytest.fixture
def country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts another country in place: `country(villages, lines)`."""
    made = [0]

    def put(shapes=(), lines=(), **facts: str) -> None:
        made[0] += 1
        path = tmp_path / f"{made[0]}.index"
        index.build(path, shapes, lines, facts)
        os.utime(path, ns=(made[0], made[0]))
        monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))

    return put


@pytest.fixture
def no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))


def test_a_point_well_inside_a_village_is_there_and_nowhere_else():
    assert places.locate(*STREET) == Location(chain("31.71.01.1001"), "exact", 0.0, ())


@pytest.mark.parametrize(("metres", "told"), [(29, True), (31, False)])
def test_a_village_less_than_thirty_metres_away_is_told(metres, told):
    found = places.locate(106.83 - metres / DEGREE, -6.17)
    assert (found.areas, found.quality) == (chain("31.71.01.1001"), "exact")
    assert [one.code for one in found.neighbours] == (["31.71.02.1001"] if told else [])


def test_of_a_village_and_the_areas_around_it_the_village_counts(country):
    square = villages()[0][1]
    country([("31.71", square), ("31.71.01", square), ("31.71.01.1001", square), ("31.71.01.1002", square)])
    found = places.locate(*STREET)
    assert found.areas == chain("31.71.01.1001")
    assert [one.code for one in found.neighbours] == ["31.71.01.1002"]


def test_an_area_that_the_code_list_does_not_know_is_left_out(country):
    country([("31.71.01.9998", villages()[0][1]), ("31.71.01.9999", villages()[0][1])])
    found = places.locate(*STREET)
    assert (found.areas, found.quality, found.neighbours) == (chain("31.71.01"), "exact", ())


@pytest.mark.parametrize(("metres", "quality"), [(1, "snapped"), (4_990, "snapped"), (5_010, "outside")])
def test_up_to_five_kilometres_at_sea_a_point_is_of_the_nearest_village(country, metres, quality):
    country([("31.71.01.1001", shapely.box(110.50, -5.05, 110.53, -5.0))])
    found = places.locate(110.51, -5.0 + metres / DEGREE)
    assert found.quality == quality
    if quality == "snapped":
        assert found.areas == chain("31.71.01.1001")
        assert found.distance == pytest.approx(metres, abs=0.01)


def test_where_no_polygon_of_the_regency_is_loaded_the_nearest_village_answers_with_its_distance():
    village, away = gazetteer.nearest_village(110.3695, -7.7956)
    beside = tuple(gazetteer.beside(110.3695, -7.7956))  # across the street: Malioboro is of two districts
    assert places.locate(110.3695, -7.7956) == Location(chain(village.code), "approximate", away, beside)
    assert [one.name for one in beside] == ["Ngupasan"]


@pytest.mark.parametrize("at", [(104.0, -9.0), (110.5, -5.0)])  # in the ocean; between Java and Borneo
def test_what_lies_in_no_village_and_near_none_is_outside(at):
    assert places.locate(*at) == Location((), "outside")


@pytest.mark.parametrize(
    ("lon", "lat", "inside"),
    [
        (94.5, 0.0, True), (94.49, 0.0, False), (141.5, 0.0, True), (141.51, 0.0, False),
        (110.0, -11.5, True), (110.0, -11.51, False), (110.0, 6.5, True), (110.0, 6.51, False),
    ],
)  # fmt: skip
def test_the_country_ends_at_its_frame(country, lon, lat, inside):
    country([("31.71.01.1001", shapely.box(90, -20, 150, 20))])
    assert places.locate(lon, lat).quality == ("exact" if inside else "outside")


@pytest.mark.usefixtures("no_index")
@pytest.mark.parametrize(
    "at", [STREET, (94.49, 5.5), (104.0, -9.0), (115.2167, -8.65), (141.51, -2.6), (140.7, -11.51), (119.0, 6.51)]
)
def test_without_polygons_many_points_are_found_as_each_is(at):
    found = places.locate(*at)
    assert found == Location((), "outside") or (found.quality, len(found.areas)) == ("approximate", 4)
    assert list(places.locate_many([at])) == [found.areas[-1].code if found.areas else ""]


@pytest.mark.usefixtures("no_index")
def test_without_polygons_the_country_is_the_code_list_and_nothing_is_near():
    assert places.source() == Source("gazetteer", 91_599, "Kepmendagri 300.2.2-2430/2025")
    assert places.near_all(*STREET) == {}
    assert list(places.near_any([STREET])) == [False]
    assert (len(places.locate_many([])), places.locate_many([]).dtype) == (0, "U13")


def test_a_country_of_lines_alone_is_still_the_code_list(country):
    country([], roads())
    assert places.source().kind == "gazetteer"
    assert places.locate(*STREET).quality == "approximate"


def test_the_country_says_how_many_polygons_it_has_and_of_which_version(country):
    assert places.source() == Source("polygons", 4, "test")
    country(villages()[:1])
    assert places.source() == Source("polygons", 1, "")
    assert places.near_all(*STREET) == {}
    assert list(places.near_any([STREET, STREET])) == [False, False]


def roads() -> list[Line]:
    """Two streets of one name-less distance, a wide layer, and one along a meridian."""
    south = shapely.LineString([(106.80, -6.1701), (106.83, -6.1701)])
    return [
        Line("street", "region", 25.0, "B", south),
        Line("street", "region", 25.0, "A", south),
        Line("street", "region", 25.0, "North", shapely.LineString([(106.80, -6.16995), (106.83, -6.16995)])),
        Line("wire", "state", 500.0, "Far", shapely.LineString([(106.80, -6.166), (106.83, -6.166)])),
        Line("rail", "state", 30.0, "Meridian", shapely.LineString([(106.90, -6.20), (106.90, -6.15)])),
    ]


def test_what_is_near_is_told_by_layer_nearest_first_and_equal_ones_by_name(country):
    country(villages(), roads())
    found = places.near_all(*STREET)
    assert set(found) == {"street", "wire"}
    assert [one.name for one in found["street"]] == ["North", "A", "B"]
    assert [round(one.distance, 1) for one in found["street"]] == [5.6, 11.1, 11.1]
    assert found["wire"] == (Nearest("wire", "Far", "state", pytest.approx(444.78)),)
    assert places.near(*STREET, "street") == found["street"][0]
    assert places.near(*STREET, "rail") is None


@pytest.mark.parametrize(("metres", "told"), [(29.9, True), (30.1, False), (-29.9, True), (-30.1, False)])
def test_metres_to_the_east_are_metres_too(country, metres, told):
    country(villages(), roads()[-1:])
    lon = 106.90 + metres / (DEGREE * np.cos(np.radians(6.17)))
    near = places.near(lon, -6.17, "rail")
    assert (near is not None) == told
    if near:
        assert near.distance == pytest.approx(abs(metres), abs=0.001)
    assert bool(places.near_any([(lon, -6.17)])[0]) == told


def test_many_points_are_asked_at_once_whatever_they_are(country):
    country(villages(), roads()[-1:])
    points = [(106.90, -6.17), (106.95, -6.17), (np.nan, -6.17), (np.inf, np.nan), (0, 90)]
    assert list(places.near_any(points)) == [True, False, False, False, False]
    assert list(places.near_any([])) == []
    assert places.near_any([]).dtype == bool
    assert list(places.locate_many([STREET, (106.81, -6.14), (0, 0)])) == ["31.71.01.1001", "", ""]


WORDS = {
    "numbers": "Longitude and latitude must be numbers of degrees, such as 106.8 and -6.2.",
    "null": "The place 0, 0 lies in the ocean off Africa: the device did not know where it was.",
    "swapped": "Longitude and latitude seem to be swapped: longitude comes first.",
    "range": "Latitude lies between -90 and 90 degrees.",
}


@pytest.mark.parametrize(
    ("lon", "lat", "code", "field", "words"),
    [
        (np.nan, -6.2, "bad_coordinates", "lon", "numbers"), (106.8, np.inf, "bad_coordinates", "lon", "numbers"),
        (180.5, 0.0, "bad_coordinates", "lon", "numbers"), (0.0, -180.5, "bad_coordinates", "lon", "numbers"),
        (0.0, 0.0, "null_island", "lon", "null"),
        (-6.2, 106.8, "swapped_coordinates", "lon", "swapped"), (-11.5, 94.5, "swapped_coordinates", "lon", "swapped"),
        (6.5, 141.5, "swapped_coordinates", "lon", "swapped"), (-11.51, 106.8, "bad_coordinates", "lat", "range"),
        (6.51, 106.8, "bad_coordinates", "lat", "range"), (-6.2, 94.49, "bad_coordinates", "lat", "range"),
        (-6.2, 141.51, "bad_coordinates", "lat", "range"), (20.0, 90.5, "bad_coordinates", "lat", "range"),
        (20.0, -180.0, "bad_coordinates", "lat", "range"),
    ],
)  # fmt: skip
def test_what_is_no_place_is_refused_with_its_own_reason_and_words(lon, lat, code, field, words):
    with pytest.raises(Problem) as refused, translation.override("en"):
        check_point(lon, lat)
    found = refused.value
    with translation.override("en"):
        assert (found.code, found.status, found.field, str(found.detail)) == (code, 422, field, WORDS[words])


@pytest.mark.parametrize("at", [(180.0, 90.0), (-180.0, -90.0), (0.0, 1.0), (1.0, 0.0), (180.0, 0.5)])
def test_any_other_pair_is_a_place_on_the_globe(at):
    assert check_point(*at) is None
