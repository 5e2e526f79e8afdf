"""The country without polygons: official areas and the nearest village."""

import math
from collections import Counter
from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import STRtree

from kentongan.places import gazetteer, index
from kentongan.places.gazetteer import areas, chain, distance, known_chain, nearest_village


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


@pytest.mark.parametrize("pair", [(float("nan"), 0), (0, float("inf")), (180.5, 0), (-180.5, 0), (106.8, -90.5)])
def test_what_is_no_place_on_the_globe_is_refused_in_words(pair):
    with pytest.raises(ValueError, match=f"^lon {pair[0]}, lat {pair[1]} is not a place on the globe$"):
        nearest_village(*pair)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_any_place_on_the_globe_has_a_nearest_village_at_a_true_distance(lon, lat):
    village, metres = nearest_village(lon, lat)
    assert metres == pytest.approx(distance(village.lon, village.lat, lon, lat))


@given(st.floats(95, 141), st.floats(-11, 6))
def test_of_some_villages_the_nearest_is_found_as_by_looking_at_each(lon, lat):
    some = [area for area in areas().values() if area.level == "village" and area.own_point][::500]
    tree = STRtree(shapely.points([(area.lon, area.lat) for area in some]))
    near, metres = gazetteer.nearest_of(some, tree, lon, lat)
    assert (metres, near.code) == min((distance(lon, lat, area.lon, area.lat), area.code) for area in some)


def test_one_degree_of_the_equator_is_111_kilometres():
    assert distance(100, 0, 101, 0) == pytest.approx(111_195, rel=1e-4)


@pytest.mark.parametrize("pair", [(180, 90), (-180, -90), (180, 0)])
def test_the_edges_of_the_globe_are_on_it(pair):
    assert nearest_village(*pair)[1] > 0


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
def test_a_distance_is_that_of_the_chord_through_the_globe(lon, lat, other_lon, other_lat):
    def at(lon, lat):
        east, north = math.radians(lon), math.radians(lat)
        return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)

    chord = min(2.0, math.dist(at(lon, lat), at(other_lon, other_lat)))
    true = 2 * 6_371_008.8 * math.asin(chord / 2)
    assert distance(lon, lat, other_lon, other_lat) == pytest.approx(true, rel=1e-6, abs=0.5)


def test_from_pole_to_pole_is_half_the_globe():
    assert distance(0, 90, 0, -90) == pytest.approx(math.pi * 6_371_008.8)


@pytest.mark.parametrize("at", [(106.8272, -6.1754), (115.2167, -8.65), (95.3, 5.55), (140.7, -2.5), (0, 0), (110, 80)])
def test_the_nearest_village_is_the_nearest_of_all_on_the_globe(at):
    every = [area for area in areas().values() if area.level == "village" and area.own_point]
    best = min((distance(*at, area.lon, area.lat), area.code) for area in every)
    village, metres = nearest_village(*at)
    if math.dist(at, (village.lon, village.lat)) < 60:  # beyond it only the plane is promised
        assert (metres, village.code) == best


def test_the_nearest_villages_of_many_points_are_those_of_one_after_the_other():
    chance = Random(7)
    every = [area for area in areas().values() if area.level == "village" and area.own_point]
    there = [(chance.uniform(94.5, 141.5), chance.uniform(-11.5, 6.5)) for _ in range(300)]
    there += [(chance.gauss(106.8, 0.2), chance.gauss(-6.3, 0.1)) for _ in range(300)]
    for one, other in zip(chance.sample(every, 100), chance.sample(every, 100), strict=True):
        there += [(one.lon, one.lat), ((one.lon + other.lon) / 2, (one.lat + other.lat) / 2)]
    assert gazetteer.nearest_villages(np.array(there)) == [nearest_village(lon, lat) for lon, lat in there]
    assert gazetteer.nearest_villages(np.empty((0, 2))) == []


def test_an_area_without_a_point_of_its_own_has_its_parents():
    borrowed = [area for area in areas().values() if not area.own_point]
    assert len(borrowed) == 360
    for area in borrowed:
        parent = chain(area.code)[-2]
        assert (area.lon, area.lat) == (parent.lon, parent.lat)


def test_a_code_that_is_not_official_has_no_chain_but_known_areas_above_it():
    assert [area.name for area in chain("31.71")] == [
        "Daerah Khusus Ibukota Jakarta",
        "Kota Administrasi Jakarta Pusat",
    ]
    with pytest.raises(KeyError):
        chain("31.71.99")
    assert known_chain("31.71.99.9999") == chain("31.71")
    assert known_chain("99") == ()
    assert known_chain("31.71.01.1001") == chain("31.71.01.1001")


def test_what_was_loaded_that_is_newer_is_known_within_a_second_and_not_looked_for_before(tmp_path, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(gazetteer.time, "monotonic", lambda: now[0])
    before = areas()
    assert "31.71.01.9999" not in before
    path = tmp_path / "newer.index"
    index.build(path, [], [], {}, [("31.71.01.9999", "Baru", "Kelurahan", 106.8, -6.2)])
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))
    now[0] += 0.99
    assert areas() is before
    now[0] += 0.01
    after = areas()
    assert after["31.71.01.9999"] == gazetteer.Area("31.71.01.9999", "Baru", "Kelurahan", 106.8, -6.2, True)
    assert len(after) == len(before) + 1
    now[0] += 1  # nothing has changed since: the same object, trusted for another second
    assert areas() is after
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))
    now[0] += 0.5
    assert areas() is after
    now[0] += 0.5
    assert areas() is gazetteer.packaged()


@given(lon=st.floats(97, 140), lat=st.floats(-10, 5))
def test_who_may_be_meant_too_is_of_other_districts_and_never_the_nearest(lon, lat):
    nearest, away = nearest_village(lon, lat)
    others = gazetteer.beside(lon, lat)
    districts = [one.code.rpartition(".")[0] for one in others]
    assert len(set(districts)) == len(districts) <= gazetteer.MOST_BESIDE
    assert nearest.code.rpartition(".")[0] not in districts
    assert all(away <= distance(lon, lat, one.lon, one.lat) <= 3 * away + 1 for one in others)


def test_who_may_be_meant_too_are_those_that_looking_at_every_village_finds():
    villages = [one for one in areas().values() if one.own_point and one.level == "village"]
    there = np.array([(one.lon, one.lat) for one in villages])
    chance = Random(7)
    for near in chance.sample(villages, 12):
        lon, lat = near.lon + chance.uniform(-0.03, 0.03), near.lat + chance.uniform(-0.03, 0.03)
        nearest, away = nearest_village(lon, lat)
        within = np.hypot(*(there - (lon, lat)).T) < 1  # degrees, far more than three times as far as the nearest
        found: dict[str, tuple[float, gazetteer.Area]] = {}
        for one in (villages[at] for at in within.nonzero()[0]):
            district = one.code.rpartition(".")[0]
            apart = max(distance(nearest.lon, nearest.lat, one.lon, one.lat), 1.0)
            part = (distance(lon, lat, one.lon, one.lat) ** 2 - away**2) / (2 * apart**2)
            if part <= gazetteer.DOUBTFUL and not nearest.code.startswith(district + "."):
                found[district] = min(found.get(district, (part, one)), (part, one))
        likeliest = sorted(found.values())[: gazetteer.MOST_BESIDE]
        assert gazetteer.beside(lon, lat) == [one for _part, one in likeliest]


def test_the_list_is_read_as_it_is_written_whatever_the_order_of_its_columns():
    read = gazetteer._read('name,code,own,lat,lon,type\n"Aceh, ",11,1,3.9,97.1,Provinsi\nBakongan,11.01,0,3,97,K\n')
    assert read == {
        "11": ("11", "Aceh, ", "Provinsi", 97.1, 3.9, True),
        "11.01": ("11.01", "Bakongan", "K", 97.0, 3.0, False),
    }
    assert all(isinstance(one, gazetteer.Area) for one in read.values())
    with pytest.raises(ValueError, match="shorter"):
        gazetteer._read("code,name,type,lon,lat,own\n11,Aceh,Provinsi,97.1,3.9\n")


def test_the_nearest_villages_of_many_points_are_told_by_their_codes():
    some = [one for one in areas().values() if one.own_point and one.level == "village"][::9000]
    assert gazetteer.village_codes([(one.lon, one.lat) for one in some]).tolist() == [one.code for one in some]


def test_half_way_between_two_districts_both_may_be_meant():
    jakarta = [one for one in areas().values() if one.code.startswith("31.7") and one.level == "village"]
    checked = 0
    for one in jakarta[:60]:
        district = one.code.rpartition(".")[0]
        others = [other for other in jakarta if not other.code.startswith(f"{district}.")]
        other = min(others, key=lambda area: distance(one.lon, one.lat, area.lon, area.lat))
        half = (one.lon + other.lon) / 2, (one.lat + other.lat) / 2
        found = [nearest_village(*half)[0], *gazetteer.beside(*half)]
        if found[0] in (one, other):
            assert {area.code.rpartition(".")[0] for area in found} >= {district, other.code.rpartition(".")[0]}
            checked += 1
    assert checked > 20


def test_at_the_point_of_a_village_nobody_doubts():
    for one in list(areas().values())[:3000]:
        if one.level == "village" and one.own_point and nearest_village(one.lon, one.lat)[1] == 0:
            assert gazetteer.beside(one.lon, one.lat) == []


def test_a_village_that_comes_later_is_the_nearest_from_then_on(monkeypatch):
    lon, lat = 100.0, -20.0  # in the ocean
    nearest_village(lon, lat)
    new = gazetteer.Area("31.71.01.9999", "Kampung Baru", "Kelurahan", lon, lat, own_point=True)
    known = gazetteer.packaged() | {new.code: new}
    monkeypatch.setattr(gazetteer, "areas", lambda: known)
    assert nearest_village(lon, lat) == (new, 0.0)
