"""Places as people write, paste and call them; after public bug reports of other systems (number beside each)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places import written
from kentongan.places.zones import zone_of

MONAS = (106.8271528, -6.1753924)


@pytest.mark.parametrize(
    "pasted",
    [
        "-6.1753924, 106.8271528",  # mysociety/fixmystreet#5481
        "−6.1753924, 106.8271528", "-6.1753924 106.8271528", "(-6.1753924,106.8271528)", "106.8271528, -6.1753924",
        "-6,1753924, 106,8271528", "-6,1753924; 106,8271528", "-6,1753924 106,8271528",
        "6.1753924 S, 106.8271528 E", "S6.1753924 E106.8271528", "6,1753924° LS 106,8271528° BT",
        "lat: -6.1753924, lon: 106.8271528", "Lintang -6.1753924 Bujur 106.8271528",
        "https://www.google.com/maps?q=-6.1753924,106.8271528",
        "https://www.google.com/maps/place/Monas/@-6.1,106.8,17z/data=!3m1!4b1!8m2!3d-6.1753924!4d106.8271528",
        "https://www.google.com/maps/search/-6.1753924,+106.8271528",
        "https://www.openstreetmap.org/?mlat=-6.1753924&mlon=106.8271528#map=18/-6.1/106.8",
        "https://www.openstreetmap.org/#map=18/-6.1753924/106.8271528", "geo:-6.1753924,106.8271528?z=17",
    ],
)  # fmt: skip
def test_a_pasted_place_is_that_place(pasted):
    assert places.point(pasted) == MONAS


@pytest.mark.parametrize(
    "pasted",
    [
        "6°10'31.4\"S 106°49'37.7\"E", "6° 10′ 31.4″ LS, 106° 49′ 37.7″ BT", "6°10’31,4”S; 106°49’37,7”E",
        "106°49'37.7\"BT 6°10'31.4\"LS", "S 6º10'31.4'' E 106º49'37.7''",
    ],
)  # fmt: skip
def test_degrees_minutes_and_seconds_are_understood(pasted):
    assert places.point(pasted) == pytest.approx((106.827139, -6.175389), abs=1e-6)


@pytest.mark.parametrize(
    "words", ["", "Jalan Merdeka 3", "6", "6°75'S 106°E", "N 6 N 106", "91 LS 106 BT", "x" * 10_000, "https://goo.gl/a"]
)
def test_what_is_no_pair_of_coordinates_is_none(words):
    assert places.point(words) is None


@given(st.text(max_size=60) | st.text(alphabet="-−0123456789.,;°'\"′″SELUBT /@!&=?mlatdon", max_size=60))
def test_whatever_is_written_gives_a_place_on_the_globe_or_none(words):
    there = places.point(words)
    assert there is None or (abs(there[0]) <= 180 and abs(there[1]) <= 90)
    one = places.degrees(words)
    assert one is None or abs(one.value) <= 180


@given(st.floats(-11, 6), st.floats(95, 141))
def test_a_place_is_read_as_it_was_written(lat, lon):
    assert written.point(f"{lat:.6f}, {lon:.6f}") == (round(lon, 6), round(lat, 6))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        # osm-search/Nominatim#287, and what people here write
        ("DKI Jakarta", "31"), ("DKI", "31"), ("Jakarta", "31"), ("DI Yogyakarta", "34"), ("DIY", "34"),
        ("Daerah Istimewa Yogyakarta", "34"), ("NTT", "53"), ("NTB", "52"), ("Sumut", "12"), ("Jabar", "32"),
        ("Kab Bekasi", "32.16"), ("Kab. Bekasi", "32.16"), ("kabupaten bekasi", "32.16"), ("Kota Bekasi", "32.75"),
        ("Gambir, Jakarta Pusat", "31.71.01"), ("Gambir Jakarta Pusat", "31.71.01"), ("Kec. Gambir", "31.71.01"),
        ("Kel Gambir", "31.71.01.1001"), ("Kec Gambir, Jakpus, DKI Jakarta 10110, Indonesia", "31.71.01"),
        ("Ma’rang", "73.10.08"), ("Ma'rang", "73.10.08"), ("Marang", "73.10.08"), ("Jaksel", "31.74"),
        ("Sukajadi, Pekanbaru", "14.71.01"), ("Kab. Deli Serdang, Sumut", "12.07"), ("Kodya Denpasar", "51.71"),
    ],
)  # fmt: skip
def test_a_place_is_found_first_as_people_call_it(words, first):
    assert places.search(words)[0].code == first


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("Jl. X 5, Kel. Gambir, Kec. Gambir, Jakarta Pusat, DKI Jakarta, 10110, Indonesia", "31.71.01.1001"),
        ("Jalan Merdeka 3, Gambir", "31.71.01"), ("Sukajadi, Kota Bandung", "32.73.07"),
        ("Sukajadi, Pekanbaru", "14.71.01"), ("Jl. Sudirman, Surabaya", "35.78"),
        ("Kuta, Badung, Bali 80361", "51.03.01"),
    ],
)  # fmt: skip
def test_a_part_of_an_address_counts_inside_what_the_later_parts_name(address, code):
    assert places.address(address).code == code


@pytest.mark.parametrize("address", ["Sukajadi, Bandung", "Sukajadi", "Bandung", "Jl. Asia Afrika, Bandung"])
def test_an_address_that_may_mean_several_places_is_refused(address):
    # openaustralia/planningalerts#1431: it went to another island
    with pytest.raises(Problem) as refused:
        places.address(address)
    assert (refused.value.code, refused.value.status) == ("address_ambiguous", 400)


@pytest.mark.parametrize("address", ["Gambir, Atlantis", "Entah di mana xyzzy", "", ",,;", "12345"])
def test_an_address_whose_largest_part_is_unknown_is_refused(address):
    with pytest.raises(Problem) as refused:
        places.address(address)
    assert refused.value.code == "address_not_found"


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("31.71", "WIB"), ("11", "WIB"), ("21", "WIB"), ("36", "WIB"), ("61", "WIB"), ("62.71", "WIB"),
        ("51.71", "WITA"),
        ("53", "WITA"), ("63", "WITA"), ("64", "WITA"), ("65", "WITA"), ("71", "WITA"), ("76", "WITA"), ("81", "WIT"),
        ("82", "WIT"), ("91", "WIT"), ("96", "WIT"), ("", "WIB"),
    ],
)  # fmt: skip
def test_every_province_has_its_zone(code, zone):
    assert str(zone_of(code)) == {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}[zone]
