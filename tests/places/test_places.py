"""Where a point lies: exact, stable, honest at sea and abroad; and files that are loaded whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places import accuracy, country, here, index, loading, opening
from kentongan.places.models import Area, Feature, Layer
from kentongan.web import kept
from tests.world import STREET

DEGREES = st.floats(min_value=-180, max_value=180)


def test_point_in_a_village_has_its_whole_chain():
    found = places.locate(*STREET)
    assert found.quality == "exact"
    assert [area.code for area in found.areas] == ["31", "31.71", "31.71.01", "31.71.01.1001"]


def test_point_on_a_border_has_one_stable_answer_and_names_the_neighbour():
    found = places.locate(106.83, -6.17)
    assert found.areas[-1].code == "31.71.01.1001"
    assert [area.code for area in found.neighbours] == ["31.71.02.1001"]


def test_point_at_sea_snaps_to_the_coast_and_says_how_far(monkeypatch, tmp_path):
    path = tmp_path / "sea.index"
    index.build(path, [("31.71.01.1001", shapely.box(110.50, -5.05, 110.53, -5.0))], [], {})
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))
    found = places.locate(110.51, -4.99)
    assert (found.quality, found.areas[-1].code) == ("snapped", "31.71.01.1001")
    assert found.distance == pytest.approx(1112, abs=15)


def test_where_no_polygon_of_the_regency_is_loaded_the_gazetteer_answers():
    found = places.locate(110.3695, -7.7956)
    assert (found.quality, found.areas[0].code) == ("approximate", "34")


@pytest.mark.parametrize("at", [(106.81, -4.90), (103.82, 1.35 + 10), (2.35, 48.85)])
def test_point_far_out_is_outside(at):
    assert places.locate(*at).quality == "outside"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ((float("nan"), -6.2), "bad_coordinates"),
        ((106.8, float("inf")), "bad_coordinates"),
        ((999.0, 0.0), "bad_coordinates"),
        ((0.0, 0.0), "null_island"),
        ((-6.2, 106.8), "swapped_coordinates"),
    ],
)
def test_what_is_no_place_is_refused_with_its_own_reason(at, code):
    with pytest.raises(Problem) as refused:
        places.locate(*at)
    assert refused.value.code == code


@given(DEGREES, DEGREES)
def test_any_pair_of_numbers_gets_an_answer_or_a_problem(lon, lat):
    try:
        quality = places.locate(lon, lat).quality
    except Problem:
        return
    assert quality in {"exact", "snapped", "approximate", "outside"}


@given(st.lists(st.tuples(st.floats(106.75, 106.9), st.floats(-6.25, -6.1)), min_size=1, max_size=30))
def test_many_points_get_the_same_answers_as_one_by_one(points):
    found = places.locate_many(np.array(points))
    for (lon, lat), code in zip(points, found, strict=True):
        alone = places.locate(lon, lat)
        assert code == (alone.areas[-1].code if alone.quality == "exact" else "")


def test_many_points_that_are_no_places_are_nowhere():
    assert list(places.locate_many([(np.nan, -6.2), (np.inf, 1e300), (0, 0), STREET])) == ["", "", "", "31.71.01.1001"]
    assert len(places.locate_many([])) == 0


@given(st.lists(st.tuples(st.floats(106.79, 106.87), st.floats(-6.21, -6.14)), min_size=1, max_size=30))
def test_whether_a_road_may_be_near_many_points_never_leaves_one_out(points):
    for at, near in zip(points, places.near_any(points), strict=True):
        assert near or not places.near_all(*at)


def test_road_is_found_within_its_search_distance_only():
    assert places.near(106.81, -6.1791, "national_road").name == "Jalan Uji Nasional"
    assert places.near(106.81, -6.1795, "national_road") is None


def test_without_polygons_the_nearest_village_answers_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))
    found = places.locate(*STREET)
    assert (found.quality, found.areas[0].code) == ("approximate", "31")
    assert places.source().kind == "gazetteer"


def test_places_are_found_by_name_without_their_kind():
    assert places.search("denpasar")[0].code == "51.71"
    assert places.search("Kota Denpasar")[0].code == "51.71"
    assert places.search("x") == []


@given(st.integers(0, 2**32 - 1))
def test_pieces_of_a_polygon_cover_it_and_do_not_overlap(seed):
    turn = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 700, endpoint=False)
    far = 1 + 0.3 * turn.random(700)
    shape = shapely.Polygon(np.c_[np.cos(angles) * far, np.sin(angles) * far])
    cut = list(index.pieces(shape))
    assert all(shapely.get_num_coordinates(piece) <= index.MOST_VERTICES for piece in cut)
    assert sum(piece.area for piece in cut) == pytest.approx(shape.area, rel=1e-9)


def _file(path: Path, features: list[tuple[dict, shapely.Geometry | None]], crs: str = "") -> Path:
    listed = [
        {"type": "Feature", "properties": fields, "geometry": shapely.geometry.mapping(shape) if shape else None}
        for fields, shape in features
    ]
    held = {"type": "FeatureCollection", "features": listed}
    if crs:
        held["crs"] = {"type": "name", "properties": {"name": crs}}
    written = json.dumps(held).encode()
    path.write_bytes(gzip.compress(written) if path.suffix == ".gz" else written)
    return path


SQUARE = shapely.box(106.80, -6.20, 106.83, -6.15)
GOOD = ({"code": "31.71.01.1001", "name": "Gambir"}, SQUARE)
BOW_TIE = shapely.Polygon([(106.8, -6.2), (106.83, -6.15), (106.83, -6.2), (106.8, -6.15)])


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a.geojson", "a.geojson.gz"])
def test_boundaries_load_again_and_again_with_the_same_result(tmp_path, name):
    path = _file(tmp_path / name, [GOOD])
    for _ in range(2):
        assert loading.load_areas(path, "village").taken == 1
    assert [(area.code, area.level) for area in Area.objects.all()] == [("31.71.01.1001", "village")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (({"name": "x"}, SQUARE), "the code is missing"),
        (({"code": "31.71.01.9999"}, BOW_TIE), "invalid"),
        (({"code": "99.99.99.9999"}, SQUARE), "no parent"),
        (({"code": "31.71"}, SQUARE), "not the code of a village"),
        (({"code": "31.71.01.9999"}, shapely.box(700000, 9300000, 700100, 9300100)), "outside the country"),
        (({"code": "31.71.01.9999"}, None), "no geometry"),
        (({"code": "31.71.01.9999"}, shapely.LineString([(106.8, -6.2), (106.9, -6.1)])), "not a LineString"),
        (({"code": "31.71.01.9999", "type": "K" * 21}, SQUARE), "its type is longer than 20 letters"),
    ],
)
def test_bad_feature_is_named_with_its_reason_and_nothing_is_loaded(tmp_path, bad, reason):
    path = _file(tmp_path / "a.geojson", [GOOD, bad])
    with pytest.raises(Problem) as refused:
        loading.load_areas(path, "village")
    assert "feature 2" in refused.value.extra["faults"][0]
    assert reason in refused.value.extra["faults"][0]
    assert not Area.objects.exists()
    assert loading.load_areas(path, "village", skip_invalid=True).taken == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"type": "FeatureCollection", "features": [1]}, "it is no FeatureCollection"),
        ({"type": "Feature"}, "it is no FeatureCollection"),
        (["FeatureCollection"], "it is no FeatureCollection"),
        (
            {"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::23830"}}, "features": []},
            "its coordinate system is urn:ogc:def:crs:EPSG::23830; convert it to EPSG:4326",
        ),
    ],
)
def test_a_file_of_another_form_or_other_coordinates_is_refused_in_words(tmp_path, content, told):
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    with pytest.raises(Problem) as refused:
        loading.load_areas(tmp_path / "a.geojson", "village")
    assert told in refused.value.detail
    with pytest.raises(Problem, match="bad_level"):
        loading.load_areas(tmp_path / "a.geojson", "hamlet")


@pytest.mark.django_db(transaction=True)
def test_roads_go_in_with_their_layer_and_who_waits_is_told_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    path = _file(tmp_path / "a.geojson", [({"name": "Jl. Baru"}, shapely.LineString([(106.8, -6.2), (106.9, -6.2)]))])
    said, incoming = [], loading.Incoming()
    loading.read_layer(path, Layer(code="city_road", owner="city", reach=20.0), incoming)
    country.take_in(incoming, lambda *stage: said.append(stage))
    assert [one.name for one in here.near_all(106.85, -6.2)["city_road"]] == ["Jl. Baru"]
    assert ("tables", 1, 1) in said
    loading.read_areas(_file(tmp_path / "b.geojson", [GOOD]), "village", incoming := loading.Incoming())
    country.take_in(incoming, lambda *stage: said.append(stage))
    assert "city_road" in here.near_all(106.85, -6.2)  # what was there stays
    assert said[-1] == ("tables", 1, 1)
    assert ("index", 1, 1) in said


@pytest.mark.django_db
def test_split_of_a_village_ends_the_old_row_and_keeps_it(tmp_path):
    path = _file(tmp_path / "a.geojson", [GOOD])
    loading.load_areas(path, "village")
    loading.load_areas(path, "village", valid_from=date(2026, 1, 1))
    rows = Area.objects.order_by("pk").values_list("valid_from", "valid_until")
    assert list(rows) == [(None, date(2026, 1, 1)), (date(2026, 1, 1), None)]


@pytest.mark.django_db
def test_index_is_built_from_what_was_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    loading.load_areas(_file(tmp_path / "a.geojson", [GOOD]), "village")
    country.load_roads()
    country.build_index()
    assert places.locate(*STREET).areas[-1].code == "31.71.01.1001"
    assert places.outline("31.71")["type"] in {"Polygon", "MultiPolygon"}
    assert opening.opened().layers == {"national_road": ("national", 25.0)}


@pytest.mark.django_db
def test_what_was_asked_before_the_boundaries_came_is_answered_by_them(tmp_path, monkeypatch, client):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    assert places.outline("31.71") is None
    before = client.get("/area/31.71").content.decode()
    loading.load_areas(_file(tmp_path / "a.geojson", [GOOD]), "village")
    country.build_index()
    assert places.outline("31.71") is not None
    kept.forget()  # pages are kept for some seconds
    box = re.compile(r'data-box="([^"]*)"')
    assert box.search(client.get("/area/31.71").content.decode())[1] != box.search(before)[1]


@pytest.mark.django_db
def test_packaged_national_roads_are_labelled_approximate():
    country.load_roads()
    assert Feature.objects.filter(layer__approximate=True).count() >= 10


@pytest.mark.django_db
def test_missing_file_is_a_problem_that_names_it(tmp_path):
    with pytest.raises(Problem, match="bad_file"):
        loading.load_areas(tmp_path / "none.geojson", "village")


def test_a_thin_shape_that_cannot_be_cut_at_a_rectangle_is_cut_all_the_same():
    # A corner of district 81.07.10: libgeos says "Invalid number of points in LinearRing found 3".
    thin = shapely.Polygon([(134.10307, -6.19541), (134.3138, -6.36502), (134.31308, -6.36493)])
    box = (134.09593, -6.56987, 134.46265, -6.3650199999999995)
    with pytest.raises(shapely.errors.GEOSException):
        shapely.clip_by_rect(thin, *box)
    assert index._within(thin, box).within(shapely.box(*box).buffer(1e-9))


def test_a_polygon_of_many_points_in_one_place_is_no_endless_work():
    ring = [(106.8 + n * 1e-16, -6.2) for n in range(300)] + [(106.8, -6.1), (106.9, -6.1)]
    assert len(list(index.pieces(shapely.Polygon(ring)))) < 100


@pytest.mark.django_db
def test_where_boundaries_lie_ready_a_new_installation_is_exact_from_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    monkeypatch.setenv("KENTONGAN_BOUNDARIES", str(tmp_path))
    (tmp_path / "villages").mkdir()
    for province, code in (("31", "31.71.01.1001"), ("32", "32.71.01.1001")):
        square = shapely.box(106.8, -6.2, 106.9, -6.1) if province == "31" else shapely.box(106.7, -6.7, 106.8, -6.6)
        _file(tmp_path / f"villages/{province}.geojson.gz", [({"code": code, "name": "Desa"}, square)])
    said = []
    country.prepare(lambda *stage: said.append(stage))
    assert here.source().kind == "polygons"
    assert here.locate(106.85, -6.15).areas[-1].code == "31.71.01.1001"
    assert [stage for stage in said if stage[0] == "boundaries"] == [("boundaries", 1, 2), ("boundaries", 2, 2)]
    assert ("index", 2, 2) in said
    assert Layer.objects.filter(code="national_road").exists()
    before = (tmp_path / "places.index").stat().st_mtime_ns
    country.prepare()
    assert (tmp_path / "places.index").stat().st_mtime_ns == before


def test_how_often_the_code_list_names_the_same_areas_is_measured_and_comes_out_the_same_again():
    measured = accuracy.measure(200)
    assert measured == accuracy.measure(200)
    for shares in measured.values():
        assert all(0 <= share <= 1 for share in shares)
        assert list(shares) == sorted(shares, reverse=True)  # who names the village names its province too


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_in_whole_or_not_at_all_index_included(tmp_path, monkeypatch):
    def full(draft, path):
        raise Problem("no_index", 507, "no space left on device")

    incoming = loading.Incoming()
    loading.read_areas(_file(tmp_path / "a.geojson", [GOOD]), "village", incoming)
    monkeypatch.setattr(index, "put", full)
    with pytest.raises(Problem):
        country.take_in(incoming)
    assert not Area.objects.exists()


@pytest.mark.django_db
def test_an_area_that_a_file_has_twice_is_told_with_its_number(tmp_path):
    with pytest.raises(Problem) as caught:
        loading.load_areas(_file(tmp_path / "a.geojson", [GOOD, GOOD]), "village")
    assert "feature 2" in caught.value.extra["faults"][0]


def test_what_a_killed_import_left_goes_with_one_a_day_later_and_not_that_of_one_at_work(tmp_path):
    left, at_work = tmp_path / "places.4711.new", tmp_path / "places.4712.new"
    for one in (left, at_work):
        one.write_bytes(b"half an index")
    os.utime(left, (1, 1))
    index.build(tmp_path / "places.index", [], [], {})
    assert sorted(one.name for one in tmp_path.iterdir()) == ["places.4712.new", "places.index"]
