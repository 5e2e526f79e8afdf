"""Places as people write, paste and call them; after public bug reports of other systems (number beside each)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places import naming, written, written_times
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
    "words",
    [
        "",
        "Jalan Merdeka 3",
        "6",
        "6°75'S 106°E",
        "N 6 N 106",
        "91 LS 106 BT",
        "6 LS 7 LS",
        "x" * 10_000,
        "https://goo.gl/a",
    ],
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
        ("Kuta, Badung, Bali 80361", "51.03.01"), ("Wonosari, Yogyakarta", "34.03.01"),
        ("Jl. Malioboro, Yogyakarta", "34.71"), ("Jakarta Pusat, Gambir", "31.71.01"),
        ("Kota Bandung, Sukajadi", "32.73.07"), ("Kota Atambua, Nusa Tenggara Timur", "53.04.12"),
        # pelias/pelias#272, #756, elyase/geotext#8: without a comma nothing was found
        ("Tanah Abang Jakarta Pusat", "31.71.07"), ("Jl. Sabang Menteng Jakpus 10340", "31.71.06"),
        ("RT 03/RW 05 Kel. Kebon Sirih Kec. Menteng Kota Jakarta Pusat 10340", "31.71.06.1005"),
        ("Jl. Diponegoro Surabaya Jawa Timur Indonesia", "35.78"), ("Kuta Badung, Bali", "51.03.01"),
        ("Jalan Gatot Subroto, Jakarta Selatan DKI Jakarta", "31.74"), ("Bekasi Kota", "32.75"),
        ("Bonipoi Kota Lama Kota Kupang", "53.71.06.1003"), ("Kampung Bali Tanah Abang", "31.71.07.1007"),
    ],
)  # fmt: skip
def test_a_part_of_an_address_counts_inside_what_the_later_parts_name(address, code):
    assert places.address(address).code == code


@pytest.mark.parametrize("address", ["Sukajadi, Bandung", "Sukajadi", "Bandung", "Jl. Asia Afrika, Bandung",
                                     "Sukajadi Bandung", "Kupang NTT"])  # fmt: skip
def test_an_address_that_may_mean_several_places_is_refused(address):
    # openaustralia/planningalerts#1431: it went to another island
    with pytest.raises(Problem) as refused:
        places.address(address)
    assert (refused.value.code, refused.value.status) == ("address_ambiguous", 400)


@pytest.mark.parametrize("address", ["Jakarta, Monas", "Kec. Gambir, Monas", "Kel. Senen, Kec. Gambir, Jakarta Pusat"])
def test_an_address_that_contradicts_itself_goes_to_no_other_island(address):
    # Monas is a square of Jakarta, and the name of one village, on Sulawesi, where these went.
    with pytest.raises(Problem) as refused:
        places.address(address)
    assert refused.value.code == "address_not_found"


@pytest.mark.parametrize(
    "address",
    ["Jl. Danau Toba", "Jl. Danau Toba Sumatera Utara", "Jalan Padang", "Jl. Raya Denpasar Gilimanuk",
     "Jalan Raya Semarang Solo Jawa Tengah", "Lapa Taman Bone Bone", "Warung Padang Denpasar",
     "Jl. Gambir Jakarta Pusat", "Kel. Senen Kec. Gambir Jakarta Pusat", "Gereja Papua", "Jalan Raya Kota Papua"],
)  # fmt: skip
def test_words_without_a_comma_that_may_name_a_street_or_a_shop_are_no_place(address):
    found = ""
    with pytest.raises(Problem) as refused:
        found = places.address(address).code
    assert (refused.value.code, found) == ("address_not_found", "")


def test_names_that_are_parts_of_each_other_are_not_read_in_thousands_of_ways(monkeypatch):
    asked, real = [], naming.called
    monkeypatch.setattr(naming, "called", lambda *given: asked.append(given) or real(*given))
    assert places.address("DKI Jakarta " * 12).code == "31"
    assert len(asked) < 2_000  # 25,000, and half a second


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


# Further ways of writing the same, none of them seen before the code was written (a third fell at first).
MORE = [
    "-6.1753924,106.8271528", "6.1753924 LS 106.8271528 BT", "S 6.1753924, E 106.8271528", "6.1753924S,106.8271528E",
    "Lat. -6.1753924 Long. 106.8271528", "Lat=-6.1753924&Lng=106.8271528", "lat -6.1753924, lng 106.8271528",
    "Latitude: -6.1753924\nLongitude: 106.8271528", "Garis lintang: -6.1753924, garis bujur: 106.8271528",
    "Longitude: 106.8271528 Latitude: -6.1753924", "Bujur 106,8271528 Lintang -6,1753924",
    "X: 106.8271528 Y: -6.1753924", "x=106.8271528, y=-6.1753924", "POINT(106.8271528 -6.1753924)",
    "POINT (106.8271528 -6.1753924)", "SRID=4326;POINT(106.8271528 -6.1753924)",
    '{"lat": -6.1753924, "lng": 106.8271528}', "[106.8271528, -6.1753924]", "LatLng(-6.1753924, 106.8271528)",
    '{"type":"Point","coordinates":[106.8271528,-6.1753924]}', "-6.1753924/106.8271528", "-6.1753924;106.8271528",
    "-6.1753924|106.8271528", "-6.1753924\t106.8271528", "-6.1753924, 106.8271528.", "-6.1753924°, 106.8271528°",
    "– 6.1753924 , 106.8271528", "6.1753924 Lintang Selatan, 106.8271528 Bujur Timur",
    "6.1753924 south, 106.8271528 east", "6.1753924° South 106.8271528° East", "6.1753924 L.S., 106.8271528 B.T.",
    "LS 6.1753924 BT 106.8271528", "LS: 6.1753924, BT: 106.8271528", "LS = 6.1753924 BT = 106.8271528",
    "https://www.google.com/maps/dir//-6.1753924,106.8271528/@-6.17,106.8,15z",
    "https://www.google.com/maps?q=loc:-6.1753924,106.8271528",
    "https://www.google.com/maps?q=loc:-6.1753924+106.8271528",
    "https://www.google.com/maps/@?api=1&map_action=map&center=-6.1753924%2C106.8271528",
    "https://maps.apple.com/?ll=-6.1753924,106.8271528&q=Monas",
    "https://maps.apple.com/place?coordinate=-6.1753924,106.8271528",
    "https://www.bing.com/maps?cp=-6.1753924~106.8271528&lvl=16",
    "https://waze.com/ul?ll=-6.1753924,106.8271528&navigate=yes",
    "https://www.waze.com/live-map/directions?to=ll.-6.1753924%2C106.8271528",
    "https://wego.here.com/?map=-6.1753924,106.8271528,15,normal",
    "https://yandex.com/maps/?ll=106.8271528%2C-6.1753924&z=17", "https://mapy.cz/?x=106.8271528&y=-6.1753924",
    "https://www.google.co.id/maps/@-6.1753924,106.8271528,3a,75y,90t",
    "https://share.here.com/l/-6.1753924,106.8271528,Monas",
    "https://osmand.net/map?pin=-6.1753924,106.8271528#16/-6.1/106.8",
    "Lokasi saya: https://maps.google.com/?q=-6.1753924,106.8271528",
    "Monas\nhttps://www.google.com/maps?q=-6.1753924,106.8271528 tolong",
    "https://maps.google.com/?q=-6.1753924,106.8271528 ini lokasinya", "-6.1753924, 106.8271528 (Monas)",
    "Monas -6.1753924, 106.8271528", "geo:0,0?q=-6.1753924,106.8271528(Monas)", "-6.1753924, 106.8271528, 12.5",
    "-6.1753924,106.8271528,17z", "−6,1753924° 106,8271528°", "GPS: -6.1753924, 106.8271528",
    "Koordinat : -6.1753924 , 106.8271528", "titik koordinat -6.1753924, 106.8271528",
    "-6.1753924,\u200e106.8271528", "６.1753924 S 106.8271528 E", "-6.1753924 , +106.8271528",
    "+106.8271528 -6.1753924", "-06.1753924, 106.8271528", "-6.17539240, 106.82715280",
    "6.1753924 S, 106.8271528 E (Monas)", "Monas, 6.1753924 LS 106.8271528 BT", "-6.1753924 dan 106.8271528",
    "-6·1753924, 106·8271528", "-6.1753924 & 106.8271528", "📍 -6.1753924, 106.8271528",
]  # fmt: skip
MORE_DEGREES = [
    "6° 10.523' S, 106° 49.629' E", "S6 10.523 E106 49.629", "6 10 31.4 S 106 49 37.7 E",
    "S 6 10 31.4, E 106 49 37.7", "6-10-31.4 S 106-49-37.7 E", "6:10:31.4S 106:49:37.7E",
    "06°10'31.4\" LS - 106°49'37.7\" BT", "06°10'31,4\"LS/106°49'37,7\"BT", "-6°10'31.4\", 106°49'37.7\"",
    "-6° 10' 31.4\" 106° 49' 37.7\"", "6°10′31.4″ Lintang Selatan 106°49′37.7″ Bujur Timur",
    "6 derajat 10 menit 31.4 detik LS, 106 derajat 49 menit 37.7 detik BT",
    "-6 10 31.4 106 49 37.7", "-6 10 31.4, 106 49 37.7", "-6° 10 31.4, 106° 49 37.7",  # IsraelHikingMap/Site#665
    # A fourth look found nothing in these ten.
    "06° 10' 31.4\" LS dan 106° 49' 37.7\" BT", "6d10m31.4s S 106d49m37.7s E", "S06°10.523 E106°49.629",
    "6 deg 10 min 31.4 sec S, 106 deg 49 min 37.7 sec E", "6° 10 min 31.4 sec S 106° 49 min 37.7 sec E",
    "https://www.google.com/maps/place/6%C2%B010'31.4%22S+106%C2%B049'37.7%22E/", "Monas 6°10'31.4\"S 106°49'37.7\"E",
    "https://www.google.com/maps/place/6%C2%B010%2731.4%22S+106%C2%B049%2737.7%22E",
    "6°10'31.4\"S 106°49'37.7\"E (Monas)", "Rumah saya: 6° 10' 31.4\" LS 106° 49' 37.7\" BT, pagar hijau",
]  # fmt: skip
NO_PLACE = [
    "ー6.1753924,106.8271528", "-6.1753924E0, 106.8271528", "0812-3456-7890", "08123456789", "3171010001", "31.71.01",
    "31.71.01.1001", "RT 05 RW 03", "RT 05/03", "RT.005/RW.003", "No. 12, 14", "Jl. Sudirman No. 5, RT 3 RW 4",
    "10110", "Km 12,5", "KM 57 tol Cikampek", "12/11/2026", "2026-11-26", "08.30", "jam 08.30", "5 S", "-6.17",
    "200.5, 300.1", "-6.1753924, 206.8", "Gang 3 T 5", "Blok A 5 T 12", "Rp 1.234,56", "100 E 200",
    "Jl. 17 Agustus 1945", "Blok S 5, E 12", "6° sampai 10°", "suhu 30° dan 31°",
    "5 dan 6", "6 10 31 106 49 37", "-6 10 71 106 49 37", "-62 812 34 567 89 10", "NaN, NaN", "1e5, 1e5",
    "Rp 5.000 dan 100.000", "Tel. 021.3456789, 106.8271528",
]  # fmt: skip
CALLED = {
    "Prov. Jawa Barat": "32", "Propinsi Jawa Barat": "32", "provinsi jawa barat": "32", "JAWA TIMUR": "35",
    "Jatim": "35", "Jateng": "33", "Sulsel": "73", "Kalbar": "61", "Babel": "19", "Kepri": "21", "Sumbar": "13",
    "Sulut": "71", "Malut": "82", "Kaltara": "65", "Bengkulu": "17", "NAD": "11", "Aceh": "11",
    "Kotamadya Bandung": "32.73", "Kota Adm. Jakarta Selatan": "31.74", "Kota Administrasi Jakarta Selatan": "31.74",
    "Kab. Adm. Kepulauan Seribu": "31.01", "Kep. Seribu": "31.01", "Kab.Bekasi": "32.16", "Kec.Gambir": "31.71.01",
    "Kel.Gambir": "31.71.01.1001", "kel gambir kec gambir": "31.71.01.1001", "jakarta-pusat": "31.71",
    "Gambir/Jakarta Pusat": "31.71.01", "Gambir - Jakarta Pusat": "31.71.01", "Yogya": "34.71", "Jogja": "34.71",
    "Kota Yogya": "34.71", "Jogjakarta": "34.71", "Kota Jogja": "34.71", "Solo": "33.72", "Kota Solo": "33.72",
    "Tangsel": "36.74", "Jaktim": "31.75", "Jakbar": "31.73", "Jakut": "31.72", "Jak-sel": "31.74",
    "D.I. Yogyakarta": "34", "D.K.I. Jakarta": "31", "N.T.T.": "53", "Kab. Gunung Kidul": "34.03",
    "Gunungkidul": "34.03", "Pare Pare": "73.72", "Pare-pare": "73.72", "Parepare": "73.72",
    "Pematang Siantar": "12.72", "Pematangsiantar": "12.72", "Tanjungpinang": "21.72", "Tanjung Pinang": "21.72",
    "Tj. Pinang": "21.72", "Tj Pinang": "21.72", "Bukit Tinggi": "13.75", "Bukittinggi": "13.75",
    "Kota Bekasi, Jabar": "32.75", "bekasi kota": "32.75", "bekasi kabupaten": "32.16", "Bandung Kota": "32.73",
    "Jakarta Pusat, DKI": "31.71", "JAKARTA  PUSAT": "31.71", "  gambir ": "31.71.01",
    "Gambir,Jakarta Pusat,DKI Jakarta,Indonesia": "31.71.01",
    "Kecamatan Gambir, Kota Administrasi Jakarta Pusat, Daerah Khusus Ibukota Jakarta": "31.71.01",
    "Daerah Khusus Jakarta": "31", "DKJ": "31", "Kab. Kutai Kertanegara": "64.02", "Kutai Kartanegara": "64.02",
    "Kukar": "64.02", "Toba Samosir": "12.12", "Labuan Bajo": "53.15.05.1025", "Kota Sorong": "96.71",
    "Ternate": "82.71", "Kota Tidore": "82.72", "Lubuklinggau": "16.73", "Lubuk Linggau": "16.73",
    "Prabumulih": "16.74", "Batu, Jatim": "35.79", "Kota Batu": "35.79", "Kab Pasuruan": "35.14",
    "Kota Pasuruan": "35.75", "Karang Asem": "51.07", "Karangasem": "51.07", "Gianyar, Bali": "51.04", "Bali": "51",
    "Ubud": "51.04.05", "Kuta, Bali": "51.03.01", "Sanur": "51.71.01.1006", "Cakung, Jaktim": "31.75.06",
    # A fourth look: these twelve were not found.
    "Prop. DKI Jakarta": "31", "Jakarta Raya": "31", "KBB": "32.17", "Bantul, Yogyakarta": "34.02", "Menado": "71.71",
    "Sleman, Jogja": "34.04", "Ujungpandang": "73.71", "50 Kota": "13.07", "Padang Sidempuan": "12.77",
    "Daerah Istimewa Aceh": "11", "South Jakarta": "31.74", "Gambir (Jakarta Pusat)": "31.71.01", "West Java": "32",
    # A fifth look: of 36 names these were not found.
    "PBD": "96", "Mks": "73.71", "IKN": "64.09.04", "Tanjung Priuk": "31.72.02", "Kebun Jeruk": "31.73.05",
    "Ps. Rebo": "31.75.05",
    # A sixth look: the short word of a city before one of its parts.
    "Jkt": "31", "Jkt Selatan": "31.74", "Smg Barat": "33.74.13", "Bdg Barat": "32.17",
}  # fmt: skip


@pytest.mark.parametrize("shared", MORE)
def test_a_place_that_a_phone_a_map_or_a_form_shares_is_that_place(shared):
    assert places.point(shared) == MONAS


@pytest.mark.parametrize("written", MORE_DEGREES)
def test_degrees_are_understood_with_blanks_strokes_or_words_between(written):
    assert places.point(written) == pytest.approx((106.82714, -6.175385), abs=2e-5)


@pytest.mark.parametrize("words", NO_PLACE)
def test_numbers_that_are_no_place_are_none(words):
    assert places.point(words) is None


@pytest.mark.parametrize("words", CALLED)
def test_a_place_is_found_first_under_each_of_its_names(words):
    assert places.search(words)[0].code == CALLED[words]


@pytest.mark.parametrize("written", ["-4.9954674220963176", "-6.17912345678901234567"])
def test_as_many_decimals_as_a_program_writes_are_read(written):
    assert places.degrees(written).value == pytest.approx(float(written), abs=1e-6)
    lon, lat = places.point(f"{written}, 110.49456540723773181")
    assert (lon, lat) == (pytest.approx(110.494565, abs=1e-6), pytest.approx(float(written), abs=1e-6))


# Copied out of the address line of a map, out of data or a message: the place, how near it was shown, and the rest.
SOUTH = [
    "-6.186,106.827,17z", "@-6.186,106.827,17z", "/@-6.186,106.827,17z", "-6.186,106.827,17.25z",
    "-6.186, 106.827, 17z", "−6.186,106.827,17z", "-6.186,106.827,500m", "-6.186,106.827,3a,75y,90t",
    "-6.186,106.827,17z/data=!3m1",
    "-6.186,106.827,17", "-6.186,106.827,0", "-6.186, 106.827, 12 m", "-6.186,106.827 17z", "6.186S,106.827E,17z",
    "17/-6.186/106.827", "#17/-6.186/106.827", "#map=17/-6.186/106.827", "map=17/-6.186/106.827", "-6.186/106.827/17",
    "-6.186,106.827&z=17", "-6.186,106.827?z=17", "q=-6.186,106.827", "?q=-6.186,106.827", "ll=-6.186,106.827",
    "loc:-6.186,106.827", "@-6.186,106.827", "!3d-6.186!4d106.827", "POINT(106.827 -6.186)", "POINT (106.827 -6.186)",
    "SRID=4326;POINT(106.827 -6.186)", '{"lat":-6.186,"lng":106.827}', '{"lat": -6.186, "lon": 106.827}',
    "lat=-6.186&lon=106.827", "mlat=-6.186&mlon=106.827", "X: 106.827, Y: -6.186", "<-6.186,106.827>",
    '"-6.186,106.827"', "-6.186, 106.827.", "-6.186, 106.827 (Monas)", "-6.186+106.827", "-6.186%2C106.827",
    "-6.186%2C106.827%2C17z", "lokasi: -6.186,106.827,17z", "saya di -6.186,106.827", "[106.827,-6.186]",
]  # fmt: skip
NORTH = [
    "3.595,98.672,17z", "@3.595,98.672,17z", "3.595, 98.672, 17z", "3.595,98.672,17", "17/3.595/98.672",
    "#map=17/3.595/98.672", "3.595/98.672/17", "3.595,98.672&z=17", "q=3.595,98.672", "?q=3.595,98.672",
    "POINT(98.672 3.595)", '{"lat":3.595,"lng":98.672}', "lng=98.672&lat=3.595", "lat=3.595&lon=98.672",
    "3.595%2C98.672", "3.595,98.672,500m", "3.595,98.672,3a,75y,90t", "3.595N,98.672E,17z", "!3d3.595!4d98.672",
    "mlat=3.595&mlon=98.672", "3.595,98.672 17z", "3.595,98.672,17z/data=!3m1!4b1",
]  # fmt: skip
NUMBERS = [
    "5,6,7z", "jalan 12/5/17", "7.5,100.5,3", "no 1.2, 3.4, 5", "10/11.5/12.5", "rt 1.02,100.03", "v1.2.3", "17z",
    "harga 5.500,100.000", "suhu -6.1 dan 106", "Rp 5.500, 100.000, 17", "blok 4/5.2/105.5", "17/8/2025",
    "10.5, 12.3, 17",
]  # fmt: skip


@pytest.mark.parametrize("copied", [*SOUTH, *NORTH])
def test_a_piece_of_the_address_of_a_map_is_the_place_it_shows(copied):
    assert places.point(copied) == ((106.827, -6.186) if copied in SOUTH else (98.672, 3.595))


@pytest.mark.parametrize("words", NUMBERS)
def test_numbers_with_others_behind_them_are_no_place(words):
    assert places.point(words) is None


def test_the_place_that_a_maps_address_names_goes_before_how_it_is_shown():
    shared = "https://www.google.com/maps/place/6%C2%B010'31.4%22S+106%C2%B049'37.7%22E/@-6.1800,106.8200,17z"
    assert places.point(shared) == pytest.approx((106.82714, -6.175389), abs=2e-5)


@pytest.mark.parametrize("when", ["Jum’at, 27 November 2026 pkl 10.30 WIB", "27/11/2026 pkl. 10.30 wib"])
def test_times_are_read_with_the_apostrophe_and_the_short_word_that_phones_write(when):
    assert written_times.moment(when) == datetime(2026, 11, 27, 3, 30, tzinfo=UTC)
