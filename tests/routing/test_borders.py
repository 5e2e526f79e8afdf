"""At borders of areas and owners, at crossings, under flyovers, at sea: what is asked, and what is never claimed.

The country of these tests lies in the Java Sea, where no real village is near; its codes and names are real ones.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan import places, routing
from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer, index
from kentongan.places.index import Line
from kentongan.places.osm.taking import take
from kentongan.reports import Decision
from tests.places.streets import Extract
from tests.reading import read

pytestmark = pytest.mark.django_db
DEGREE, SOUTH, WEST = 111_195, -5.0, 110.5
EAST_DEGREE = DEGREE * math.cos(math.radians(SOUTH))
JAKARTA, BEKASI, BOGOR = "31.71.01.1001", "32.16.01.1007", "32.01.01.1001"
WASTE = "31.environment"  # who looks after waste in Jakarta
ISLAND = "35.26.01.1001"


def at(east: float, north: float) -> tuple[float, float]:
    """The place so many metres east and north of where Jakarta, Bekasi and Bogor meet."""
    return WEST + east / EAST_DEGREE, SOUTH + north / DEGREE


def box(west: float, south: float, east: float, north: float):
    return shapely.box(*at(west, south), *at(east, north))


def areas() -> list[tuple[str, shapely.Geometry]]:
    """Three regencies that meet at 0, 0, with an exclave of Bekasi in Jakarta; the coast is 2 km north of that."""
    exclave = box(-1100, 900, -900, 1100)
    return [
        (JAKARTA, box(-2000, 0, 0, 2000).difference(exclave)),
        (BEKASI, shapely.union_all([box(0, 0, 2000, 2000), exclave])),
        (BOGOR, box(-2000, -2000, 2000, 0)),
        (ISLAND, box(-2000, 7400, 2000, 9000)),
    ]


def streets() -> Extract:
    """A trunk road with what crosses it: a street, a flyover of the toll road, an underpass, a bridge to the island."""
    made = Extract()
    way = lambda tags, *points: made.way([at(*point) for point in points], **tags)  # noqa: E731
    trunk = {"highway": "trunk", "name": "Jalan Jenderal Contoh"}
    way(trunk, (-1800, 500), (-1000, 500), (-600, 500), (-300, 500))
    way({"highway": "residential", "name": "Jalan Kampung Uji"}, (-1000, 400), (-1000, 500), (-1000, 600))
    toll = {"highway": "motorway", "name": "Jalan Tol Layang Uji", "bridge": "viaduct", "layer": "2"}
    way(toll, (-600, 300), (-600, 500), (-600, 700))
    way({"highway": "tertiary", "name": "Jalan Bawah", "tunnel": "yes"}, (-1500, 450), (-1500, 550))
    way({"highway": "secondary", "name": "Jalan Simpang Susun"}, (-600, 640), (-500, 640))
    way({"highway": "motorway", "name": "Jalan Tol Darat"}, (-1900, 1500), (-1200, 1500))
    way({"highway": "residential", "name": "Jalan Semut", "bridge": "yes"}, (-1600, 1400), (-1600, 1600))
    way({**trunk, "name": "Jembatan Uji", "bridge": "yes"}, (-1000, 1900), (-1000, 7500))
    return made


@pytest.fixture
def country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world) -> Path:
    path = tmp_path / "borders.index"
    index.build(path, areas(), [], {"version": "borders"})
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))
    take(streets().write(tmp_path / "streets.osm"), lambda *_told: None)
    return tmp_path


def decided(category: str, east: float, north: float) -> Decision:
    return routing.preview(category, *at(east, north))


def asked(found: Decision) -> set[str]:
    return {other.body for other in found.alternatives if other.doubt}


def said(found: Decision, language: str = "id") -> str:
    return " ".join(reason.text[language] for reason in found.reasons)


def others_said(found: Decision, language: str = "id") -> str:
    return " ".join(why.text[language] for other in found.alternatives if other.doubt for why in other.reasons)


def question(found: Decision) -> str:
    """The code of what is asked, once a question is asked exactly where it is also told that the body is not sure."""
    told = routing.question(found)
    assert (told is not None) == found.is_doubtful == ("Mungkin juga ini urusan" in said(found))
    return told.code if told else ""


def test_where_three_regencies_meet_all_three_are_asked_by_name(country):
    found = decided("waste", -5, 5)
    assert (found.body, asked(found), question(found)) == (WASTE, {"32.16", "32.01"}, "which_region")
    regency = gazetteer.areas()["32.01"].name
    assert f"di {regency} berjarak kurang dari 30 meter." in others_said(found)
    assert "Pemerintah Kabupaten Bekasi" in said(found)
    assert "Pemerintah Kabupaten Bogor" in said(found)


def test_far_from_every_border_nothing_is_asked(country):
    found = decided("waste", -500, 1000)
    assert (found.body, asked(found), question(found)) == (WASTE, set(), "")


def test_an_exclave_belongs_to_its_regency_and_its_border_is_one(country):
    assert (decided("waste", -1000, 1000).body, asked(decided("waste", -1000, 1000))) == ("32.16", set())
    for east, body, other in ((-905, "32.16", WASTE), (-895, WASTE, "32.16")):
        found = decided("waste", east, 1000)
        assert (found.body, asked(found)) == (body, {other})


def test_a_pier_is_of_the_nearest_coast_and_says_how_far_that_is(country):
    found = decided("waste", -1500, 2390)
    assert (found.body, asked(found)) == (WASTE, set())
    assert found.reasons[0].code == "nearest_area"
    assert "di luar semua batas desa dan kelurahan, misalnya di laut atau di dermaga" in said(found)
    assert "Wilayah terdekat, sekitar 390 meter dari sini, adalah Gambir, " in said(found)
    assert "The nearest area, about 390 metres away, is Gambir, " in said(found, "en")
    assert "Lokasinya di Gambir" not in said(found)


def test_at_a_river_mouth_both_banks_are_asked(country):
    found = decided("waste", 100, 2300)
    assert (found.body, asked(found), question(found)) == ("32.16", {WASTE}, "which_region")
    assert "Gambir di Kota Administrasi Jakarta Pusat hampir sama dekatnya." in others_said(found)
    assert "is nearly as close." in others_said(found, "en")


def test_in_the_middle_of_a_bridge_over_the_sea_the_road_is_known_and_both_coasts_are_told(country):
    on_the_road, lamp_or_waste = decided("road_damage", -1000, 4690), decided("waste", -1000, 4690)
    assert on_the_road.body == "id.pu"
    assert "sekitar 2,7 kilometer dari sini" in said(on_the_road)
    assert "about 2.7 kilometres away" in said(on_the_road, "en")
    assert (lamp_or_waste.body, asked(lamp_or_waste)) == (WASTE, {"32.16", "35.26"})


def test_an_islet_without_a_village_is_of_the_nearest_one_or_says_why_not(country):
    near = decided("waste", 5500, 8000)
    assert (near.body, near.reasons[0].code) == ("35.26", "nearest_area")
    assert "sekitar 3,5 kilometer dari sini" in said(near)
    with pytest.raises(Problem) as refused:
        decided("waste", 8000, 8000)
    assert refused.value.code == "outside_country"
    assert "at sea" not in str(refused.value.detail)
    assert "5 kilo" in str(refused.value.detail)


def test_on_a_trunk_road_away_from_others_its_owner_is_sure(country):
    found = decided("road_damage", -1200, 508)
    assert (found.body, asked(found), question(found)) == ("id.pu", set(), "")


def test_where_a_city_street_crosses_a_trunk_road_the_person_says_which(country):
    for east, north in ((-1000, 500), (-1004, 509), (-992, 497)):
        found = decided("road_damage", east, north)
        assert (found.body, asked(found), question(found)) == ("id.pu", {"31.roads"}, "which_road")
        assert "di Jl. Kampung Uji, yang tidak tercatat sebagai jalan nasional" in others_said(found)
        assert "on Jl. Kampung Uji, which is not recorded as a national" in others_said(found, "en")


@pytest.mark.parametrize(
    ("metres", "body", "other"),
    [(11.5, "id.pu", ""), (14, "id.pu", "31.roads"), (24.5, "id.pu", "31.roads"), (25.5, "31.roads", "id.pu"),
     (34, "31.roads", "id.pu"), (36, "31.roads", "")],
)  # fmt: skip
def test_at_the_edge_of_a_roads_reach_its_owner_is_asked_about(country, metres, body, other):
    found = decided("road_damage", -1200, 500 + metres)
    assert (found.body, asked(found), question(found)) == (body, {other} - {""}, "which_road" if other else "")
    if other == "id.pu":
        assert f"sekitar {round(metres)} meter dari Jl. Jenderal Contoh, sebuah jalan nasional" in others_said(found)


def test_under_a_flyover_the_person_says_above_or_below(country):
    found = decided("road_damage", -602, 504)
    assert (found.body, asked(found), question(found)) == ("id.bpjt", {"id.pu"}, "above_or_below")
    assert "Jl. Tol Layang Uji di sini ada di atas, sebagai jalan layang atau jembatan." in said(found)
    assert "Jl. Jenderal Contoh di sini ada di permukaan tanah." in others_said(found)
    chosen = routing.preview("road_damage", *at(-602, 504), "id.pu")
    assert (chosen.body, chosen.reasons[0].code) == ("id.pu", "chosen_by_reporter")
    assert "Mungkin juga" not in said(chosen)


def test_under_a_toll_road_a_city_street_is_asked_about_too(country):
    found = decided("road_damage", -598, 642)
    assert (found.body, asked(found), question(found)) == ("id.bpjt", {"31.roads"}, "above_or_below")
    assert "Jl. Simpang Susun di sini ada di permukaan tanah." in others_said(found)


def test_a_street_in_an_underpass_and_one_on_a_bridge_are_told_as_such(country):
    under, over = decided("road_damage", -1502, 503), decided("road_damage", -1597, 1502)
    assert (under.body, asked(under), question(under)) == ("id.pu", {"31.roads"}, "above_or_below")
    assert "Jl. Bawah di sini ada di bawah tanah, dalam terowongan atau lintas bawah." in others_said(under)
    assert "Jl. Bawah runs under the ground here, in a tunnel or underpass." in others_said(under, "en")
    assert (over.body, asked(over), question(over)) == ("id.bpjt", {"31.roads"}, "above_or_below")
    assert "Jl. Semut runs above here, on a flyover or bridge." in others_said(over, "en")
    assert "Jl. Tol Darat runs on the ground here." in said(over, "en")


def test_on_a_bridge_over_water_nobody_is_asked_whether_it_is_below(country):
    found = decided("road_damage", -1000, 2600)
    assert (found.body, asked(found), question(found)) == ("id.pu", set(), "")


def test_beside_a_road_and_a_border_the_body_across_it_is_asked_as_well(country, tmp_path, monkeypatch):
    path = tmp_path / "road.index"
    line = shapely.LineString([at(20, 100), at(20, 1900)])
    index.build(path, areas(), [Line("national_road", "national", 25.0, "Jalan Batas", line)], {})
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))
    found = decided("road_damage", -2, 1000)
    assert (found.body, asked(found), question(found)) == ("id.pu", {"31.roads", "32.16"}, "whose")


def test_a_road_that_is_only_drawn_by_hand_is_never_sure(country, tmp_path, monkeypatch):
    path = tmp_path / "without_streets" / "drawn.index"
    line = shapely.LineString([at(-1500, 1700), at(-500, 1700)])
    drawn = [Line("national_road", "national", 25.0, "Jalan Kira-kira", line)]
    index.build(path, areas(), drawn, {"approximate": "national_road"})
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))
    found = decided("road_damage", -1000, 1701)
    assert (found.body, asked(found), question(found)) == ("id.pu", {"31.roads"}, "which_road")
    assert "Letak jalan ini di peta kami hanya digambar kira-kira." in said(found)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-1990, 1990), st.integers(-1990, 1990), st.integers(-28, 28))
def test_nothing_is_claimed_within_thirty_metres_of_another_government(borders, along, other, off):
    for east, north in ((off, abs(along)), (along, off), (other, along)):
        here = shapely.Point(east, north)
        found = decided("waste", east, north)
        mine = {found.body, *asked(found)}
        for body, shape in borders.items():
            assert body in mine or shapely.distance(shape, here) > 29, (east, north, body)
        question(found)


@pytest.fixture
def borders(country) -> dict[str, shapely.Geometry]:
    """Each government's area in metres."""
    flat = lambda shape: shapely.transform(shape, lambda pairs: (pairs - (WEST, SOUTH)) * (EAST_DEGREE, DEGREE))  # noqa: E731
    return {{JAKARTA: WASTE}.get(code, code[:5]): flat(shape) for code, shape in areas()}


@pytest.mark.usefixtures("world")
def test_beside_a_regency_whose_boundaries_are_not_loaded_it_is_asked_about_and_the_sea_is_not(tmp_path, monkeypatch):
    middle = gazetteer.areas()["32.75.01.1001"]  # a city of many villages: of all of it, one square is loaded
    west, south = middle.lon - 0.002, middle.lat - 0.002
    path = tmp_path / "square.index"
    index.build(path, [("31.71.01.1001", shapely.box(west, south, west + 0.004, south + 0.004))], [], {})
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(path))
    inside = places.locate(west + 10 / DEGREE, middle.lat)
    assert (inside.quality, [one.code for one in inside.neighbours]) == ("exact", ["32.75"])
    assert places.locate(middle.lon, middle.lat).neighbours == ()
    outside = places.locate(west - 10 / DEGREE, middle.lat)  # not in Jakarta, however near that is
    assert (outside.quality, outside.areas[1].code) == ("approximate", "32.75")
    assert JAKARTA in [one.code for one in outside.neighbours]
    found = routing.preview("waste", west + 10 / DEGREE, middle.lat)
    assert (found.body, asked(found)) == (WASTE, {"32.75"})
    assert f"Batas dengan {gazetteer.areas()['32.75'].name} berjarak kurang dari 30 meter." in others_said(found)


@pytest.mark.usefixtures("world")
def test_far_from_the_nearest_villages_point_its_distance_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))
    village, away = gazetteer.nearest_village(106.75, -5.95)
    assert away > 5_000
    found = routing.preview("waste", 106.75, -5.95)
    kilometres = f"{away / 1000:.1f}".replace(".", ",")
    assert found.reasons[0].text["id"].endswith(f"; titik desa itu sekitar {kilometres} kilometer dari sini.")
    assert village.name in found.reasons[0].text["en"]


def test_the_form_asks_without_a_script_and_says_what_each_choice_stands_for(country, client):
    lon, lat = at(-602, 504)
    client.post("/report/new", {"step": "place", "lon": f"{lon:.6f}", "lat": f"{lat:.6f}"})
    page = read(client.post("/report/new", {"step": "kind", "category": "road_damage"}, follow=True))
    asking = page[page.index('id="body"') :]
    assert "Ada jalan yang lewat di atas jalan lain. Masalahnya di atas atau di bawah?" in asking
    assert "Jl. Tol Layang Uji di sini ada di atas, sebagai jalan layang atau jembatan." in asking
    assert "Jl. Jenderal Contoh di sini ada di permukaan tanah." in asking
    assert "Mungkin juga ini urusan" not in asking  # that is what is being asked


def test_page_and_api_say_all_of_it(country, client):
    lon, lat = at(-602, 504)
    told = client.post(
        "/api/v1/preview", {"category": "road_damage", "lon": lon, "lat": lat}, content_type="application/json",
        headers={"accept-language": "en"},
    ).json()  # fmt: skip
    assert told["question"] == {
        "code": "above_or_below", "text": "One road runs above another here. Is the trouble above or below?"
    }  # fmt: skip
    assert told["alternatives"][0]["doubt"] is True
    sent = client.post(
        "/api/v1/reports",
        {"submission_id": "0191d1a2-0000-7000-8000-000000000011", "category": "road_damage", "text": "Lubang",
         "lon": lon, "lat": lat},
        content_type="application/json",
    ).json()  # fmt: skip
    codes = [one["code"] for one in sent["reasons"]]
    assert {"toll_road", "above", "may_be_another"} <= set(codes)
    page = client.get(f"/r/{sent['code']}").content.decode()
    assert "Jl. Tol Layang Uji di sini ada di atas" in page
    assert "Mungkin juga ini urusan Kementerian Pekerjaan Umum." in page
    lon, lat = at(-1500, 2390)
    sea = client.post(
        "/api/v1/reports",
        {"submission_id": "0191d1a2-0000-7000-8000-000000000012", "category": "waste", "text": "Sampah",
         "lon": lon, "lat": lat},
        content_type="application/json",
    ).json()  # fmt: skip
    assert (sea["place_quality"], sea["reasons"][0]["code"]) == ("snapped", "nearest_area")
    assert "di luar semua batas desa: ini wilayah terdekat" in client.get(f"/r/{sea['code']}").content.decode()
