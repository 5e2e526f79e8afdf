"""A place by what people type: near before far, slips forgiven, and nothing that is typed does harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan import places
from kentongan.places import plus_codes
from kentongan.places.osm.taking import take
from kentongan.places.words import words
from tests.places.streets import Extract, menteng

MENTENG = (106.827, -6.186)
BANDUNG = [(107.609, -6.914), (107.611, -6.915)]
DENPASAR = [(115.218, -8.650), (115.222, -8.651)]
pytestmark = pytest.mark.django_db  # things with a number are found among the places


def made(extract: Extract, folder: Path) -> None:
    take(extract.write(folder / "extract.osm"), lambda *_told: None)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' extract with a few streets in other cities."""
    folder, extract = tmp_path_factory.mktemp("ground"), menteng()
    extract.way(BANDUNG, highway="primary", name="Jalan Mawar")
    extract.way([(lon, lat + 0.0003) for lon, lat in BANDUNG], highway="residential", name="Jalan Mawar")
    extract.way(DENPASAR, highway="residential", name="Jalan Mawar Merah")
    extract.way([(lon, lat + 0.002) for lon, lat in DENPASAR], highway="residential", name="Gang Kenanga")
    extract.way([(lon, lat + 0.003) for lon, lat in DENPASAR], highway="secondary", name="Jalan Soekarno-Hatta")
    extract.way([(lon, lat + 0.004) for lon, lat in DENPASAR], highway="secondary", name="Jalan K.H. Ahmad Dahlan")
    extract.way([(lon, lat + 0.005) for lon, lat in DENPASAR], highway="secondary", name="Jalan Bandung")
    extract.way([(lon, lat + 0.006) for lon, lat in DENPASAR], highway="residential", name="Jalan 45")
    extract.node(
        (115.2200, -8.6520), amenity="hospital", name="RSUD Contoh", phone="0361 555 0111", addr__postcode="80111"
    )
    extract.way(
        [(115.219, -8.651), (115.2195, -8.651)], highway="residential", name="Jalan Veteran", postal_code="80111"
    )
    extract.node((115.2250, -8.6520), amenity="place_of_worship", name="ꦥꦸꦫ ꦢꦺꦱ", religion="hindu")
    extract.node((115.2260, -8.6520), amenity="place_of_worship", name="مسجد النور", religion="muslim")
    extract.node((115.2270, -8.6520), amenity="school", name="中华学校")
    extract.node((115.2280, -8.6520), amenity="school", name="Гимназия")
    extract.node((115.2290, -8.6520), amenity="school", name="Sekolah " + "a" * 240)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENTONGAN_PLACES_INDEX", str(folder / "places.index"))
        made(extract, folder)
    return folder


@pytest.fixture(autouse=True)
def _here(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(ground / "places.index"))


def first(text: str, near: tuple[float, float] | None = None) -> str:
    return next((one.name for one in places.find(text, near)), "")


def kinds(text: str) -> list[str]:
    return [one.kind for one in places.find(text)]


@pytest.mark.parametrize(("typed", "name"), [
    ("Jl. H. Agus Salim", "Jl. H. Agus Salim"), ("jalan agus salim", "Jl. H. Agus Salim"),
    ("Jln. Haji Agus Salim", "Jl. H. Agus Salim"), ("agus sal", "Jl. H. Agus Salim"),
    ("salim agus", "Jl. H. Agus Salim"),
    ("AGUSSALIM", "Jl. H. Agus Salim"), ("Jl.H.Agus Salim", "Jl. H. Agus Salim"),
    ("Jl. H. Agus Salim No. 12 RT 03/RW 05, Kel. Kebon Sirih, Kec. Menteng, Kota Jakarta Pusat 10340",
     "Jl. H. Agus Salim"),
    ("jl agus salim blok c5 menteng", "Jl. H. Agus Salim"), ("jl agus salim jakpus", "Jl. H. Agus Salim"),
    ("mh thamrin", "Jl. M.H. Thamrin"), ("M H Thamrin", "Jl. M.H. Thamrin"), ("gg. sampit", "Gg. Sampit"),
    ("jalan sampit", "Gg. Sampit"), ("jl sukarno hatta", "Jl. Soekarno-Hatta"),
    ("soekarno hatta", "Jl. Soekarno-Hatta"),
    ("kh ahmad dahlan", "Jl. K.H. Ahmad Dahlan"), ("kyai haji ahmad dahlan", "Jl. K.H. Ahmad Dahlan"),
    ("jalan 45", "Jl. 45"), ("sdn menteng", "SDN Menteng 01"), ("dekat rs contoh", "RS Contoh"),
])  # fmt: skip
def test_a_street_or_landmark_is_found_as_people_write_it(typed: str, name: str) -> None:
    assert first(typed) == name


# Public reports: osm-search/Nominatim#287 (shortenings), #47 (another kind of street), #1093 (a part of the name),
# #1579, #2426; geocoder-nlp#72 (found only without its last letter); organicmaps#8356 (a door number before it).
@pytest.mark.parametrize(("typed", "name"), [
    ("Jln. Kebon Sirih", "Jl. Kebon Sirih"), ("Gang Kebon Sirih", "Jl. Kebon Sirih"), ("thamrin", "Jl. M.H. Thamrin"),
    ("Jl. Kebon Siri", "Jl. Kebon Sirih"), ("Jl. Kebon Sirih", "Jl. Kebon Sirih"),
    ("jl.kebon sirih", "Jl. Kebon Sirih"),
    ("800 jl kebon sirih, jakarta", "Jl. Kebon Sirih"), ("Menteng, Jl. H. Agus Salim", "Jl. H. Agus Salim"),
    ("jakarta, jakarta raya, indonesia", "Provinsi Daerah Khusus Ibukota Jakarta"),
    ("Jakarta", "Provinsi Daerah Khusus Ibukota Jakarta"), ("Jakarta, DKI Jakarta, Indonesia", "Provinsi Daerah Khusus"
     " Ibukota Jakarta"), ("jl kebon s", "Jl. Kebon Sirih"), ("jl mawar i", "Jl. Mawar"),
    ("jalan kebon sirih, gambir", "Jl. Kebon Sirih"),  # people name the neighbour's district
])  # fmt: skip
def test_what_other_search_engines_were_reported_to_miss_is_found(typed: str, name: str) -> None:
    assert first(typed) == name


def test_as_many_as_are_wanted_come_where_there_are_so_many() -> None:  # komoot/photon#300
    every = len(places.find("menteng", None, 20))
    for limit in (1, 3, 7):
        assert len(places.find("menteng", MENTENG, limit)) == min(limit, every)


@pytest.mark.parametrize(("typed", "name"), [
    ("thamirn", "Jl. M.H. Thamrin"), ("tamrin", "Jl. M.H. Thamrin"), ("thamrinn", "Jl. M.H. Thamrin"),
    ("jl agus slaim", "Jl. H. Agus Salim"), ("jl kebun sirih", "Jl. Kebon Sirih"), ("gondangdai", "Kel. Gondangdia"),
    ("jl mawr bandung", "Jl. Mawar"), ("denpsaar", "Kota Denpasar"),
])  # fmt: skip
def test_a_slip_of_the_finger_is_forgiven(typed: str, name: str) -> None:
    assert first(typed) == name


def test_a_name_that_fits_is_not_followed_by_ones_that_only_look_like_it() -> None:
    assert [one.name for one in places.find("jl kebon sirih")] == ["Jl. Kebon Sirih"]


def test_what_is_near_the_map_comes_first_and_what_is_far_still_comes() -> None:
    assert [one.name for one in places.find("jl mawar", DENPASAR[0])] == ["Jl. Mawar Merah", "Jl. Mawar"]
    assert [one.name for one in places.find("jl mawar", BANDUNG[0])] == ["Jl. Mawar", "Jl. Mawar Merah"]
    near, far = places.find("jl mawar", BANDUNG[0])
    assert near.distance is not None
    assert near.distance < 500
    assert far.distance is not None
    assert 800_000 < far.distance < 900_000
    assert places.find("jl mawar")[0].distance is None


def test_of_many_villages_whose_name_begins_so_the_nearest_are_offered() -> None:
    near = [one.name for one in places.find("kebon", MENTENG, 5)]
    assert {"Kel. Kebon Sirih", "Kel. Kebon Kacang"} <= set(near)
    assert "Kel. Kebon Kacang" not in [one.name for one in places.find("kebon", DENPASAR[0], 5)]


def test_a_city_far_away_is_offered_beside_a_street_of_its_name_near_by() -> None:
    names = [one.name for one in places.find("bandung", DENPASAR[0])]
    assert {"Jl. Bandung", "Kota Bandung"} <= set(names[:3])


def test_what_a_street_lies_in_narrows_it_down() -> None:
    assert "Bandung" in places.find("jl mawar bandung", DENPASAR[0])[0].label
    assert [one.name for one in places.find("jl mawar, denpasar")] == ["Jl. Mawar Merah"]


def test_a_street_that_is_drawn_as_many_ways_is_one() -> None:
    assert [one.label.count("Bandung") > 0 for one in places.find("mawar")].count(True) == 1


def test_a_street_that_no_map_has_leads_to_what_it_lies_in() -> None:
    assert places.find("Jl. Tidak Ada Sama Sekali, Menteng, Jakarta Pusat")[0].code == "31.71.06"


def test_a_landmark_says_its_kind_telephone_and_hours() -> None:
    (one,) = places.find("rsud contoh")
    assert (one.kind, one.type, one.phone) == ("landmark", "hospital", "0361 555 0111")
    assert places.find("rs contoh", MENTENG)[0].hours == "24/7"


def test_a_postcode_leads_to_its_villages_where_the_map_says_it() -> None:
    found = places.find("80111")
    assert {(one.kind, one.code[:5], len(one.code)) for one in found} == {("area", "51.71", 13)}
    assert "80111" in found[0].label
    assert places.find("99999") == []


@pytest.mark.parametrize("typed", [
    "-6.186, 106.827", "6°11'9.6\"S 106°49'37.2\"E", "6,186 LS 106,827 BT", "geo:-6.186,106.827",
    "https://www.google.com/maps/@-6.186,106.827,17z", "https://maps.google.com/?q=-6.186,106.827",
    "https://www.openstreetmap.org/#map=17/-6.186/106.827", "https://www.openstreetmap.org/?mlat=-6.186&mlon=106.827",
    "https://maps.apple.com/?ll=-6.186,106.827", "https://maps.apple.com/place?coordinate=-6.186,106.827&name=X",
    "6P58RR7G+J", "6P58RR7G+JQ", "6p58rr7g+jq", "6P58RR7G+JQP", "RR7G+JQ Menteng", "RR7G+JQ, Kota Jakarta Pusat",
    "https://www.google.com/maps/place/RR7G%2BJQ+Menteng", "https://plus.codes/6P58RR7G+JQ",
])  # fmt: skip
def test_coordinates_map_links_and_plus_codes_lead_to_one_place(typed: str) -> None:
    if typed == "6P58RR7G+J":  # a digit is missing: no code
        assert "coordinate" not in kinds(typed)
        return
    (one,) = places.find(typed)
    assert one.kind == "coordinate"
    assert abs(one.lon - 106.827) < 2e-4
    assert abs(one.lat + 6.186) < 2e-4
    assert "Jl. Kebon Sirih" in one.within
    assert "Menteng" in one.within


def test_a_short_plus_code_alone_is_near_the_shown_map() -> None:
    (one,) = places.find("RR7G+JQ", (106.9, -6.3))
    assert abs(one.lon - 106.827) < 2e-4
    assert places.find("RR7G+JQ") == []


def test_a_place_outside_the_country_is_not_offered() -> None:
    assert places.find("52.370, 4.900") == []
    assert places.find("9F46+2X", (4.9, 52.4)) == []


# Public reports of the reference libraries: google/open-location-code#37, #89, #128.
def test_a_short_code_becomes_the_whole_one_that_is_nearest() -> None:
    def recovered(text: str, lon: float, lat: float) -> tuple[float, float] | None:
        code = plus_codes.read(text)
        assert code is not None
        return plus_codes.nearest(code, lon, lat) if code.missing else plus_codes.middle(code.digits)

    assert recovered("22+22", -23.5125, 14.9333) == pytest.approx(plus_codes.middle("796RXG2222"))
    assert recovered("2222+22", 0.0, 89.6) == pytest.approx((0.0000625, 89.0000625))
    assert recovered("9FMC3QQP+29", 0.0, 0.0) == plus_codes.middle("9FMC3QQP29")


def test_a_whole_code_with_zeros_is_the_middle_of_its_field() -> None:
    code = plus_codes.read("6P580000+")
    assert code is not None
    assert plus_codes.middle(code.digits) == (106.5, -6.5)
    assert plus_codes.read("2+2") is None
    assert plus_codes.read("C++") is None
    assert plus_codes.read("RT02+03") is None


@pytest.mark.parametrize("typed", [
    '" * NEAR OR', "NEAR(a b)", "name:mawar", "{name}: x", "mawar AND", "^mawar", "(", "''; DROP TABLE sought", "%",
    "_", "\x00", "ma\x00war", "", "  ", "a", "jl", "gg.", "RT 03/RW 05", "😀",
    "a\U0001e900b", "\u08b6x", "ﷺ" * 200, "\u202e\u0300" * 50, "x" * 10_000,
    "ab " * 3_000, "1" * 400, "+" * 500, "%2B" * 100, "https://", "geo:", "\ud800",
])  # fmt: skip
def test_whatever_is_typed_there_is_an_answer(typed: str) -> None:
    for near in (None, MENTENG, (180.0, 90.0), (-180.0, -90.0)):
        assert len(places.find(typed, near, 5)) <= 5


@pytest.mark.parametrize(("typed", "name"), [
    ("ꦥꦸꦫ ꦢꦺꦱ", "ꦥꦸꦫ ꦢꦺꦱ"), ("مسجد النور", "مسجد النور"), ("中华学校", "中华学校"), ("гимназия", "Гимназия"),
])  # fmt: skip
def test_names_in_other_scripts_are_found(typed: str, name: str) -> None:
    assert first(typed) == name


def test_a_name_longer_than_any_sign_is_left_out_and_harms_no_other() -> None:
    assert first("sekolah aaaaaaa") == ""


def test_without_streets_areas_coordinates_and_codes_are_found_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))
    monkeypatch.setattr("kentongan.places.ground.ground_path", lambda: tmp_path / "nothing")
    assert places.find("Kel. Gondangdia")[0].code == "31.71.06.1004"
    assert places.find("gondangdai")[0].code == "31.71.06.1004"
    assert places.find("Jl. Mawar, Menteng, Jakarta Pusat")[0].code == "31.71.06"
    assert places.find("RR7G+JQ Menteng")[0].kind == "coordinate"
    assert places.find("80111") == []


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_words_of_any_text_are_letters_and_digits_only(text: str) -> None:
    for word in words(text).all:
        assert word.isalnum()


@given(st.text(max_size=60), st.floats(-180, 180), st.floats(-90, 90))
@settings(max_examples=100, deadline=None)
def test_any_text_finds_places_in_the_country_or_nothing(text: str, lon: float, lat: float) -> None:
    for one in places.find(text, (lon, lat)):
        assert 94 < one.lon < 142
        assert -12 < one.lat < 7


@pytest.mark.parametrize("text", ["\U0001d160" * 2000, "\ufb2c" * 700, "Menteng " + "\U0001d160" * 2000])
def test_letters_that_grow_when_they_are_made_alike_are_no_fault(text):
    assert isinstance(places.find(text), list)
    places.meant(text, "")


def test_an_address_of_hundreds_of_parts_is_not_hundreds_of_questions(monkeypatch):
    from kentongan.places import finding

    asked = []
    monkeypatch.setattr(finding.searching, "search", lambda text, _limit: asked.append(text) or [])
    assert places.find("zq," * 166) == []
    assert len(asked) <= 1 + finding.LARGER


# Public reports: osm-search/Nominatim#1200, #3355 (a street that the named town has not), #2855 (the number first),
# #1132 (a postcode without a comma); komoot/photon#936 (a slip, with a map shown elsewhere), #695 (a city behind else).
@pytest.mark.parametrize(("typed", "near", "names"), [
    ("Jl. Thamrin, Denpasar", None, ["Kota Denpasar", "Jl. M.H. Thamrin"]),
    ("jl thamrin 80111 denpasar", None, ["Kota Denpasar", "Jl. M.H. Thamrin"]),
    ("Jl. Kebon Sirih 99, Gambir", None, ["Jl. Kebon Sirih"]),
    ("5, jl kebon sirih, jakarta pusat, 10340, indonesia", None, ["Jl. Kebon Sirih"]),
    ("Jl. Kebon Sirih No. 3 10340 Jakarta", None, ["Jl. Kebon Sirih"]),
    ("thamirn no 21, menteng", DENPASAR[0], ["Jl. M.H. Thamrin"]),
    ("gudangxyz bandung", MENTENG, ["Kota Bandung", "Jl. Bandung"]),
    ("perempatan thamrin kebon sirih", None, ["Jl. Kebon Sirih"]),
    ("komplek contoh jl agus salim", None, ["Jl. H. Agus Salim"]),
    ("kab bandung", MENTENG, ["Kab. Bandung", "Kab. Bandung Barat", "Kota Bandung"]),
    ("kota bandung", DENPASAR[0], ["Kota Bandung"]),
    ("jakarta", DENPASAR[0], ["Provinsi Daerah Khusus Ibukota Jakarta"]),
    ("https://maps.app.goo.gl/AbCdEf", MENTENG, []),
])  # fmt: skip
def test_what_lies_far_from_what_was_named_gives_way(typed: str, near: tuple[float, float] | None, names: list[str]):
    assert [one.name for one in places.find(typed, near)][: len(names) or None] == names


def test_every_beginning_of_a_name_finds_it() -> None:  # komoot/photon#1087
    for name in ("kebon sirih", "sampit", "sdn menteng 01", "rs contoh"):
        for end in range(4, len(name) + 1):
            assert {"street", "landmark"} & {one.kind for one in places.find(name[:end], MENTENG, 8)}, name[:end]


# Public reports: flopp/FloppsMap#77 (sixty seconds), fisharebest/webtrees#4125 (deg, primes), OsmAnd#12593 (links).
@pytest.mark.parametrize("typed", [
    "S6 11 9.60 E106 48 60.00", "S 6° 11.160 E 106° 49.000", "6 deg 11' 9.6\" S, 106 deg 49' 0\" E",
    "6°11′9.6″S 106°49′0″E",
    "https://wego.here.com/?map=-6.186,106.816667,17,normal", "https://share.here.com/l/-6.186,106.816667,X",
    "om://map?v=1&ll=-6.186,106.816667", "geo:0,0?q=-6.186,106.816667(Lubang)",
])  # fmt: skip
def test_coordinates_as_devices_and_other_maps_write_them(typed: str) -> None:
    (one,) = places.find(typed)
    assert (one.kind, round(one.lon, 4), round(one.lat, 4)) == ("coordinate", 106.8167, -6.186)
