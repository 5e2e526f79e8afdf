"""The country without polygons: official areas and the nearest village."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.places.gazetteer import areas, chain, distance, nearest_village


def test_every_official_area_is_there_once_with_its_parents():
    assert Counter(area.level for area in areas().values()) == {
        "province": 38,
        "regency": 514,
        "district": 7285,
        "village": 83762,
    }
    assert all(len(chain(code)) == code.count(".") + 1 for code in areas())


def test_the_national_monument_lies_in_central_jakarta():
    village, metres = nearest_village(106.8272, -6.1754)
    assert village.code.startswith("31.71")
    assert [area.level for area in chain(village.code)] == ["province", "regency", "district", "village"]
    assert metres < 2000


@pytest.mark.parametrize("pair", [(float("nan"), 0), (0, float("inf")), (181, 0), (106.8, -91)])
def test_what_is_no_place_on_the_globe_is_refused_in_words(pair):
    with pytest.raises(ValueError, match="not a place on the globe"):
        nearest_village(*pair)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_any_place_on_the_globe_has_a_nearest_village_at_a_true_distance(lon, lat):
    village, metres = nearest_village(lon, lat)
    assert metres == pytest.approx(distance(village.lon, village.lat, lon, lat))


def test_one_degree_of_the_equator_is_111_kilometres():
    assert distance(100, 0, 101, 0) == pytest.approx(111_195, rel=1e-4)
