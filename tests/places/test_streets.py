"""Streets, landmarks and owners of roads from an extract of OpenStreetMap, and the address that they give a point."""

from __future__ import annotations

import bz2
import fcntl
from pathlib import Path

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places.ground import ground, ground_path
from kentongan.places.osm.mapping import read_mapping
from kentongan.places.osm.taking import Taken, take
from tests.places.streets import Extract, menteng


def quietly(_stage: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for the ground; no index of the country."""
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    return tmp_path


def taken(extract: Extract, folder: Path) -> Taken:
    return take(extract.write(folder / "extract.osm"), quietly)


def layers(lon: float, lat: float) -> dict[str, str]:
    """The nearest name of each layer."""
    return {layer: found[0].name for layer, found in places.near_all(lon, lat).items()}


def text(lon: float, lat: float, language: str = "id") -> str:
    with override(language):
        return places.street_text(places.address_at(lon, lat).kept())


def test_a_point_says_its_street_its_side_and_what_is_near(here: Path) -> None:
    taken(menteng(), here)
    assert text(106.8271, -6.1833) == "Jl. H. Agus Salim (sisi timur), dekat SDN Menteng 01"
    assert text(106.8271, -6.1833, "en") == "Jl. H. Agus Salim (east side), near SDN Menteng 01"
    assert text(106.8269, -6.1833).startswith("Jl. H. Agus Salim (sisi barat)")
    assert text(106.8240, -6.18595).startswith("Jl. Kebon Sirih (sisi utara)")
    assert text(106.8240, -6.18605).startswith("Jl. Kebon Sirih (sisi selatan)")
    assert text(106.82701, -6.1833) == "Jl. H. Agus Salim, dekat SDN Menteng 01"


def test_at_a_crossing_both_streets_are_named(here: Path) -> None:
    taken(menteng(), here)
    assert text(106.82705, -6.18605) in {
        "persimpangan Jl. H. Agus Salim dan Jl. Kebon Sirih", "persimpangan Jl. Kebon Sirih dan Jl. H. Agus Salim",
    }  # fmt: skip


def test_streets_above_each_other_are_no_crossing(here: Path) -> None:
    made = Extract()
    made.way([(106.8200, -6.1860), (106.8300, -6.1860)], highway="primary", name="Jalan Bawah")
    made.way([(106.8250, -6.1861), (106.8250, -6.1900)], highway="primary", name="Jalan Ujung", bridge="yes")
    taken(made, here)
    assert "persimpangan" not in text(106.8250, -6.18603)


@pytest.mark.parametrize("above", [
    [(106.8250, -6.1840), (106.8250, -6.1880)],  # across
    [(106.8200, -6.1860), (106.8300, -6.1860)],  # along, as a toll road on stilts
])  # fmt: skip
def test_under_a_flyover_the_street_is_the_one_on_the_ground_and_no_crossing(here: Path, above) -> None:
    made = Extract()
    made.way([(106.8200, -6.1860), (106.8300, -6.1860)], highway="primary", name="Jalan Bawah")
    made.way(above, highway="motorway", name="Tol Layang", bridge="yes", layer="1")
    made.way([(106.8251, -6.1860), (106.8251, -6.1850)], highway="residential", name="Gang Samping")
    taken(made, here)
    assert text(106.82501, -6.18601).startswith("persimpangan Jl. Bawah dan Gg. Samping")
    assert text(106.8249, -6.18602).startswith("Jl. Bawah")
    assert text(106.8280, -6.18602).startswith("Jl. Bawah")
    assert "Layang" not in text(106.8280, -6.18602)


def test_a_kilometre_stone_counts_for_its_own_street_only(here: Path) -> None:
    taken(menteng(), here)
    assert text(106.8228, -6.1805) == "Jl. M.H. Thamrin KM 3"
    assert "KM" not in text(106.8271, -6.1803)


def test_where_no_street_is_near_the_landmark_alone_is_said_and_far_away_nothing(here: Path) -> None:
    taken(menteng(), here)
    assert text(106.8312, -6.1832) == "dekat RS Contoh"
    assert text(106.9, -6.3) == ""


def test_without_any_streets_an_address_is_the_areas_as_before(here: Path) -> None:
    assert places.address_at(106.8271, -6.1833) == places.Address()
    assert places.address_text("", ["31", "31.71", "31.71.06", "31.71.06.1001"]).startswith("Menteng, Menteng, ")
    assert places.attribution() == ""


def test_an_address_goes_on_with_the_village_the_district_and_the_city(here: Path) -> None:
    taken(menteng(), here)
    kept = places.address_at(106.8271, -6.1833).kept()
    told = places.address_text(kept, ["31", "31.71", "31.71.06", "31.71.06.1001"])
    assert ", Kel. Menteng, Kec. Menteng, " in told
    assert "OpenStreetMap" in places.attribution()


@pytest.mark.parametrize(("lon", "lat", "layer", "name"), [
    (106.8228, -6.1810, "national_road", "Jl. M.H. Thamrin"),
    (106.8250, -6.1860, "provincial_road", "Jl. Kebon Sirih"),
    (106.8200, -6.1800, "toll_road", "Jl. Tol Dalam Kota"),
    (106.8330, -6.1850, "river", "Kali Ciliwung"),
    (106.8340, -6.1850, "drain", ""),
    (106.8310, -6.1890, "park", "Taman Menteng"),
    (106.8350, -6.1860, "railway_crossing", ""),
])  # fmt: skip
def test_every_road_has_the_layer_of_its_owner(here: Path, lon: float, lat: float, layer: str, name: str) -> None:
    taken(menteng(), here)
    assert layers(lon, lat) == {layer: name}
    assert places.near_any([(lon, lat), (107.5, -6.9)]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("tags", "layer"),
    [
        ({"highway": "trunk"}, "national_road"),
        ({"highway": "trunk_link"}, "national_road"),
        ({"highway": "primary"}, "provincial_road"),
        ({"highway": "secondary"}, ""),
        ({"highway": "residential"}, ""),
        ({"highway": "motorway", "operator": "PT Jasa Marga"}, "toll_road"),
        ({"highway": "secondary", "ref": "AH2"}, "national_road"),
        ({"highway": "secondary", "ref": "12"}, ""),
        ({"highway": "secondary", "ownership": "national"}, "national_road"),
        ({"highway": "tertiary", "operator": "BBPJN Jawa Bali"}, "national_road"),
        ({"highway": "trunk", "operator": "Pemkot Bandung"}, ""),
        ({"highway": "primary", "ownership": "municipal"}, ""),
        ({"highway": "residential", "operator": "Dinas Bina Marga Provinsi DKI"}, "provincial_road"),
        # mysociety/fixmystreet#736, #737, #868, #925, #2916, #3158, osmlab/atlas-checks#318, keepright/keepright#34
        ({"highway": "trunk", "junction": "roundabout"}, "national_road"),
        ({"highway": "residential", "junction": "roundabout", "ref": "AH 2"}, "national_road"),
        ({"highway": "trunk", "bridge": "yes", "layer": "2"}, "national_road"),
        ({"highway": "motorway_link"}, "toll_road"),
        ({"highway": "trunk", "toll": "yes", "operator": "PT Hutama Karya"}, "toll_road"),
        ({"highway": "proposed", "ref": "AH2"}, ""),
        ({"highway": "proposed", "proposed": "motorway", "toll": "yes", "operator": "Jasa Marga"}, ""),
        ({"highway": "abandoned", "ownership": "national"}, ""),
        ({"highway": "razed", "operator": "BBPJN"}, ""),
        ({"highway": "secondary", "operator": "Kementerian PUPR"}, "national_road"),
        ({"highway": "secondary", "operator": "Ditjen Bina Marga"}, "national_road"),
        ({"highway": "secondary", "ownership": "nasional"}, "national_road"),
        ({"highway": "secondary", "ownership": "provinsi"}, "provincial_road"),
        ({"highway": "trunk", "ownership": "kabupaten"}, ""),
        ({"highway": "trunk", "operator": "Dinas PUPR Kabupaten Bandung"}, ""),
        ({"highway": "primary", "operator": "Dinas Bina Marga Kota Bandung"}, ""),
        ({"highway": "trunk", "operator": "DPU Kab. Sleman"}, ""),
        ({"highway": "secondary", "operator": "Dinas PU Provinsi Jawa Barat"}, "provincial_road"),
        ({"highway": "footway", "bridge": "yes", "footway": "sidewalk"}, ""),
        ({"waterway": "canal"}, "river"),
        ({"railway": "level_crossing"}, "railway_crossing"),
    ],
)
def test_owner_operator_and_number_go_before_the_kind_of_road(tags: dict[str, str], layer: str) -> None:
    assert read_mapping().layer(tags) == layer


def test_a_layer_that_was_loaded_wins_and_one_drawn_by_hand_loses(here: Path) -> None:
    from shapely import LineString

    from kentongan.places import index

    taken(menteng(), here)
    line = index.Line(
        "national_road", "national", 25.0, "Ruas Kementerian", LineString([(106.8228, -6.1), (106.8228, -6.2)])
    )
    index.build(here / "places.index", [], [line], {})
    assert layers(106.8228, -6.1810) == {"national_road": "Ruas Kementerian"}
    index.build(here / "places.index", [], [line], {"approximate": "national_road"})
    assert layers(106.8228, -6.1810) == {"national_road": "Jl. M.H. Thamrin"}


@pytest.mark.parametrize("kind", ["osm", "osm.bz2", "osm.pbf"])
def test_the_formats_in_which_extracts_are_given_out_give_the_same(here: Path, kind: str) -> None:
    import osmium

    plain, path = menteng().write(here / "plain.osm"), here / f"extract.{kind}"
    if kind == "osm.bz2":
        path.write_bytes(bz2.compress(plain.read_bytes()))
    elif kind == "osm.pbf":
        with osmium.SimpleWriter(str(path)) as writer:
            osmium.apply(str(plain), writer)
    else:
        path = plain
    found = take(path, quietly)
    assert (found.written.streets, found.written.landmarks, sum(found.written.layers.values())) == (5, 2, 7)
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")


def test_areas_made_of_several_ways_are_parks_and_landmarks(here: Path) -> None:
    made = Extract()
    west = made.way([(106.83, -6.18), (106.83, -6.19), (106.84, -6.19)])
    east = made.way([(106.84, -6.19), (106.84, -6.18), (106.83, -6.18)])
    made.relation([(west, "outer"), (east, "outer")], type="multipolygon", leisure="park", name="Taman Dua")
    made.relation([(west, "outer"), (east, "outer")], type="multipolygon", amenity="hospital", name="RS Dua")
    taken(made, here)
    assert layers(106.835, -6.185) == {"park": "Taman Dua"}
    assert text(106.835, -6.185) == "dekat RS Dua"


def test_what_is_broken_is_left_out_alone_and_counted_by_its_reason(here: Path) -> None:
    made = menteng()
    made.way([], missing=3, highway="residential", name="Tanpa Titik")
    made.way([(106.8350, -6.1820), (106.8350, -6.1830)], missing=2, highway="residential", name="Jalan Terpotong")
    made.way([(106.8, -6.1), (179.9, -6.1)], highway="residential", name="Jauh Sekali")
    made.way([(106.80, -6.10), (106.81, -6.11), (106.81, -6.10), (106.80, -6.11), (106.80, -6.10)], leisure="park")
    made.node((106.8351, -6.1829), amenity="school", name="S" * 200)
    found = taken(made, here)
    assert found.left_out == {"without nodes": 1, "outside the country": 1, "name too long": 1}
    assert text(106.8350, -6.1825).startswith("Jl. Terpotong")
    assert "park" in layers(106.8020, -6.1050)


def test_a_name_longer_than_openstreetmap_allows_is_told_and_nothing_changes(here: Path) -> None:
    taken(menteng(), here)
    made = menteng()
    made.node((106.8351, -6.1829), amenity="school", name="S" * 2000)
    with pytest.raises(Problem) as told:
        taken(made, here)
    assert "too long" in told.value.detail
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")


def test_names_in_any_script_stay_and_marks_that_turn_the_writing_go(here: Path) -> None:
    made = Extract()
    made.way([(106.82, -6.18), (106.82, -6.19)], highway="residential", name="Jalan ꦩꦭꦶꦪꦧꦫ 马路 \u202eطريق")
    taken(made, here)
    assert text(106.82, -6.185) == "Jl. ꦩꦭꦶꦪꦧꦫ 马路 طريق"


@pytest.mark.parametrize("content", [b"", b"<osm", b"no extract", b"\x00\x00\x00\x0d\x0a\x09OSMHeader" + b"\xff" * 200])
def test_a_file_that_cannot_be_read_leaves_the_streets_of_before(here: Path, content: bytes) -> None:
    taken(menteng(), here)
    path = here / "broken.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(Problem) as told:
        take(path, quietly)
    assert told.value.code == "bad_file"
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")
    assert [one.name for one in here.iterdir() if one.suffix == ".new"] == []


def test_a_file_that_is_not_there_is_told_by_its_name(here: Path) -> None:
    with pytest.raises(Problem, match="bad_file") as told:
        take(here / "none.osm", quietly)
    assert "none.osm" in told.value.detail


def test_a_file_cut_short_leaves_the_streets_of_before(here: Path) -> None:
    taken(menteng(), here)
    whole = menteng().text()
    cut = here / "cut.osm"
    cut.write_text(whole[: len(whole) * 3 // 4], "utf-8")
    with pytest.raises(Problem) as told:
        take(cut, quietly)
    assert "cannot be read" in told.value.detail
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")


def test_a_file_without_any_street_is_no_reason_to_forget_those_there_are(here: Path) -> None:
    taken(menteng(), here)
    made = Extract()
    made.way([(106.82, -6.18), (106.83, -6.18)], building="yes")
    with pytest.raises(Problem) as told:
        taken(made, here)
    assert "no streets" in told.value.detail
    assert ground() is not None


def test_while_one_import_runs_another_is_told_to_wait(here: Path) -> None:
    with ground_path().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Problem) as told:
            taken(menteng(), here)
    assert told.value.code == "busy"
    taken(menteng(), here)


def test_a_full_disk_leaves_the_streets_of_before(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from kentongan.places.osm import writing

    taken(menteng(), here)

    def full(*_given: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(writing.Written, "add", full)
    with pytest.raises(Problem) as told:
        taken(menteng(), here)
    assert "disk is full" in told.value.detail
    assert told.value.code == "no_ground"
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")


def test_a_new_file_is_seen_at_once_by_who_has_read_the_old(here: Path) -> None:
    taken(menteng(), here)
    assert text(106.8271, -6.1833).startswith("Jl. H. Agus Salim")
    made = Extract()
    made.way([(106.8270, -6.1820), (106.8270, -6.1900)], highway="residential", name="Jalan Baru")
    taken(made, here)
    assert text(106.82701, -6.1833) == "Jl. Baru"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("[]", "is no list"),
        ("streets: [residential]\nnonsense: 1", "nonsense"),
        ("streets: [residential]\nlayers: {Bad Code: {owner: x, reach: 1}}", "small letters"),
        ("streets: [residential]\nlayers: {a: {owner: x, reach: 9000}}", "reach is metres"),
        ("streets: [residential]\nlayers: {}\nroads: [{layer: a, when: {highway: x}}]", "there is no layer a"),
        ("streets: [residential]\nlayers: {}\nroads: [{layer: '', when: {toll: yes}}]", "quotation marks"),
        ("streets: [residential]\nlayers: {}\nroads: [{layer: '', when: {name: '~('}}]", "no regular expression"),
        ("streets: [", "cannot be read"),
        ("streets: [residential]", "has no layers"),
        ("streets: [residential]\nlayers: {}", "has no roads"),
        ("streets: [residential]\nlayers: {}\nroads: [{layer: ''}]", "roads, number 1: layer and when are wanted"),
    ],
)
def test_a_wrong_mapping_is_told_with_the_place_of_the_fault(tmp_path: Path, written: str, why: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(written)
    with pytest.raises(Problem) as told:
        read_mapping(path)
    assert why in told.value.detail
    assert told.value.code == "bad_mapping"


def test_another_country_can_have_its_own_mapping(here: Path) -> None:
    path = here / "mapping.yaml"
    path.write_text(
        "streets: [residential]\nlayers: {state_road: {owner: state, reach: 10}}\n"
        "roads: [{layer: state_road, when: {highway: secondary}}]\nfeatures: []\nlandmarks: []\n"
    )
    take(menteng().write(here / "m.osm"), quietly, path)
    assert layers(106.8270, -6.1833) == {"state_road": "Jl. H. Agus Salim"}
    assert text(106.8290, -6.1835) == "Gg. Sampit"


@settings(max_examples=60, deadline=None)
@given(lon=st.floats(106.815, 106.84), lat=st.floats(-6.2, -6.175))
def test_every_point_has_an_address_that_is_never_farther_than_it_says(
    tmp_path_factory: pytest.TempPathFactory, lon: float, lat: float
) -> None:
    folder = tmp_path_factory.getbasetemp() / "streets-everywhere"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENTONGAN_PLACES_INDEX", str(folder / "places.index"))
        if ground() is None:
            folder.mkdir(exist_ok=True)
            taken(menteng(), folder)
        found = places.address_at(lon, lat)
        assert bool(found.side) + bool(found.crossing) <= 1
        assert found.street or not (found.side or found.crossing or found.kilometre)
        with override("id"):
            assert bool(places.street_text(found.kept())) == bool(found.street or found.landmark)
