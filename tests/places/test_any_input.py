"""Places, times, names, files and tags as others write them: read as they were meant, or refused by name."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.foundation.problems import Problem
from kentongan.places import addressing, fetching, files, inventory_files, loading, meaning, naming, plus_codes
from kentongan.places.inventory_files import Columns
from kentongan.places.osm import mapping, reading
from kentongan.places.written_times import moment
from kentongan.places.zones import WIB, WIT, WITA, zone_of
from tests.depth import few
from tests.inputs import moments, refused

LON, LAT = st.floats(95, 141), st.floats(-11, 6)


# --- points ---


@given(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9), st.sampled_from([4, 6, 8, 10]))
@few()
def test_a_plus_code_leads_back_to_the_field_that_it_was_made_of(lon: float, lat: float, digits: int) -> None:
    head = plus_codes._head(lon, lat, digits)
    written = f"{head.ljust(8, '0')[:8]}+{head[8:]}"
    found = plus_codes.read(f"Rumah {written.lower()}, Depok")
    assert found == plus_codes.PlusCode(head, 0, "Rumah Depok") or "," in (found.around if found else "")
    there = plus_codes.middle(head)
    size = plus_codes._PAIRS[digits // 2 - 1]
    assert there is not None
    assert abs(there[0] - lon) <= size / 2 + 1e-6
    assert abs(there[1] - lat) <= size / 2 + 1e-6
    if digits == 10:  # shortened, it is found again from anywhere near
        short = plus_codes.PlusCode(head[4:], 4, "")
        near = plus_codes.nearest(short, lon + 0.2 if lon < 179 else lon, lat - 0.2 if lat > -89 else lat)
        assert near == pytest.approx(there, abs=1e-6)


@given(st.text("23456789CFGHJMPQRVWX0+ ,/&?=é", max_size=20) | st.text(max_size=20))
@few(60)
def test_any_text_has_a_plus_code_on_the_globe_or_none(text: str) -> None:
    found = plus_codes.read(text)
    if found is not None:
        assert found.missing in {0, 2, 4, 6}
        there = plus_codes.nearest(found, 106.8, -6.2) if found.missing else plus_codes.middle(found.digits)
        assert there is None or (abs(there[0]) <= 181 and abs(there[1]) <= 90)


@given(st.floats(-200, 200), st.floats(-100, 100), st.text("0123456789.,-٣ ", max_size=16))
@few()
def test_a_chosen_point_is_one_on_the_globe_or_none(lon: float, lat: float, odd: str) -> None:
    found = meaning._point(f"{lon:.5f},{lat:.5f}")
    assert (found is not None) == (abs(round(lon, 5)) <= 180 and abs(round(lat, 5)) <= 90)
    there = meaning._point(odd)
    assert there is None or (abs(there[0]) <= 180 and abs(there[1]) <= 90)


# --- times ---

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
ZONES = st.sampled_from([("WIB", WIB), ("wita", WITA), ("WIT", WIT), ("UTC", UTC)])


@given(moments(1955, 2064), ZONES)
@few()
def test_a_time_is_read_in_whatever_of_our_ways_it_is_written(at: datetime, zone: tuple[str, Any]) -> None:
    at = at.replace(tzinfo=None, second=0, microsecond=0)
    word = MONTHS[at.month - 1]
    for written in (
        f"{at:%d/%m/%Y %H:%M}",
        f"{at:%d-%m-%Y %H.%M}",
        f"{at.day} {word} {at.year}, pukul {at:%H.%M}",
        f"{at:%Y-%m-%dT%H:%M}",
        f"{at:%Y/%m/%d %H:%M:%S}",
        f"{word} {at.day}, {at.year} {at:%I:%M %p}",
        f"{at.day} {word[:3]} {at.year} jam {at:%H:%M}",
        f"  {at:%d.%m.%Y}  {at:%H:%M}:00.0 ",
    ):
        assert moment(written) == at, written
        if at.hour >= 10 and ":" in written.replace(":00.0", ""):
            told = moment(f"{written} {zone[0]}")
            assert told is not None
            assert told == at.replace(tzinfo=zone[1]), written
    days = (at - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001  of a spreadsheet, which has no zone
    found = moment(f"{days:.8f}")
    assert found is not None
    assert abs(found - at) <= timedelta(seconds=1)


@given(
    st.lists(
        st.sampled_from(
            [
                "31",
                "12",
                "2026",
                "/",
                "-",
                ".",
                " ",
                ":",
                "Mei",
                "pukul",
                "WIB",
                "GMT+7",
                "T",
                "a.m.",
                "٣",
                "45000",
                ",5",
                "+99:99",
                "0001-01-01T00:00+14:00",
            ]
        ),
        max_size=9,
    ).map("".join)
    | st.text(max_size=20)
)
@few(60)
def test_any_text_is_a_time_or_none(written: str) -> None:
    found = moment(written)
    assert found is None or (isinstance(found, datetime) and moment(found.isoformat()) == found)


# --- names, addresses, zones ---

PARTS = [
    "Kab.",
    "Jl",
    "gang ",
    "Kota Adm. ",
    "Jaksel",
    "Mènteng",
    "12345",
    ",",
    ";",
    "(",
    ")",
    "'",
    "-",
    "\n",
    " ",
    "É",
    "ﬁ",
    "İ",
]
NAME = st.lists(st.sampled_from(PARTS), max_size=7).map("".join) | st.text(max_size=15)


@given(NAME)
@few(60)
def test_a_plain_name_is_plain_already_and_pieces_narrow_something_down(text: str) -> None:
    plain = naming.plain(text)
    assert naming.plain(plain) == plain == plain.strip()
    assert "  " not in plain
    for piece in naming.pieces(text):
        assert naming.plain(piece)
        assert piece in text
    name, kind = naming.read(text)
    assert kind == "" or kind in naming._KINDS.values()
    assert name == naming.plain(name)
    assert naming.shown(naming.shown(text)) == naming.shown(text)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(vars(addressing.NOWHERE), st.text(max_size=6))))
@few()
def test_what_is_kept_of_an_address_is_the_address(facts: dict[str, str]) -> None:
    made = addressing.Address(**facts)
    assert addressing.address_of(addressing.kept_facts(made.kept())) == made
    assert addressing.address_of({**facts, "later": "x"}) == made
    assert isinstance(addressing.street_text(made.kept()), str)


@given(st.integers(11, 97).map(str), st.text("0123456789.", max_size=8), st.text(max_size=3))
@few()
def test_an_area_has_the_zone_of_its_province_and_what_is_none_that_of_the_capital(
    code: str, rest: str, odd: str
) -> None:
    assert zone_of(f"{code}.{rest}") is zone_of(code)
    assert zone_of(odd) in {WIB, WITA, WIT}


# --- files ---

TAG = st.sampled_from(
    ["12", "KM 12,5", "nan", "-3", "٣", "yes", "no", "building_passage", "", "12345", " 10110 ", "1e9", "9" * 400]
)


@given(
    st.dictionaries(
        st.sampled_from(["distance", "pk", "ref", "bridge", "tunnel", "layer", "addr:postcode", "postal_code"]),
        TAG | st.text(max_size=4),
    )
)
@few(60)
def test_any_tags_say_a_kilometre_a_level_and_a_postcode_or_nothing(tags: dict[str, str]) -> None:
    kilometre = reading._kilometre(tags)
    assert kilometre == "" or 0 <= float(kilometre) < 5_000
    assert -5 <= reading._level(tags) <= 5
    assert reading._postcode(tags) == "" or (len(reading._postcode(tags)) == 5 and reading._postcode(tags).isdigit())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(-1e300, 1e300) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "code", "name", "geometries", "population"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
GEOMETRY = JSON | st.builds(
    lambda kind, at: {"type": kind, "coordinates": at},
    st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "x"]),
    st.sampled_from(
        [
            [106.8, -6.2],
            [[106.8, -6.2], [106.9, -6.1]],
            [[[106, -6], [107, -6], [107, -7], [106, -6]]],
            [],
            None,
            [1e308, 0],
        ]
    ),
)
FEATURE = st.builds(lambda properties, shape: {"properties": properties, "geometry": shape, "id": 7}, JSON, GEOMETRY)


@given(st.lists(FEATURE | JSON, max_size=3), JSON, st.sampled_from([".geojson", ".json.gz"]))
@few(shared=True)
def test_any_features_are_read_with_what_is_wrong_with_each_or_the_file_is_refused(
    tmp_path: Path, features: list[Any], system: Any, ending: str
) -> None:
    content = json.dumps({"features": features, "crs": {"properties": {"name": system}}}).encode()
    path = tmp_path / f"a{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    rows: list[files.Row] = []
    if refused(lambda: rows.extend(files.read(path)), "bad_file"):
        return
    assert [row.number for row in rows] == list(range(1, len(features) + 1))
    for row in rows:
        assert isinstance(loading._area_fault(row, "village", {"31.71.01"}), str)
        item = inventory_files._feature("x", row, Columns("code"))
        assert item.fault or (95 <= item.lon <= 142 and -12 <= item.lat <= 7)


@given(
    st.binary(max_size=40),
    st.sampled_from([".geojson", ".geojson.gz", ".csv", ".csv.gz", ".txt"]),
    st.sampled_from([b"", b"id,lon,lat\n", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\3\4", b"\x1f\x8b"]),
)
@few(60, shared=True)
def test_any_bytes_are_things_with_faults_or_a_file_that_is_refused(
    tmp_path: Path, content: bytes, ending: str, head: bytes
) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(head + content)
    refused(lambda: list(inventory_files.read(path, Columns())), "bad_file")


ID = st.text(
    st.characters(categories=["L", "N"], max_codepoint=0x24F) | st.sampled_from("-/ "), min_size=1, max_size=8
).filter(lambda one: one == one.strip() and "E+" not in one)
ROW = st.tuples(ID, st.text("Lampu é,;\"'", max_size=8), LON, LAT)


@given(
    st.lists(ROW, max_size=4), st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans()
)
@few(25, shared=True)
def test_a_table_of_things_is_read_as_a_spreadsheet_wrote_it(
    tmp_path: Path, rows: list[Any], separator: str, encoding: str, comma: bool
) -> None:
    made = io.StringIO(newline="")
    table = csv.writer(made, delimiter=separator)
    table.writerow(["ID", "Nama", "Bujur", "Lintang"])
    for own_id, name, lon, lat in rows:
        told = [f"{one:.6f}".replace(".", "," if comma else ".") for one in (lon, lat)]
        table.writerow([own_id, name, *told])
    path = tmp_path / "lampu.csv"
    path.write_bytes(made.getvalue().encode(encoding))
    found = [one for one in inventory_files.read(path, Columns("id")) if not one.fault]
    assert [(one.id, one.lon, one.lat) for one in found] == [
        (own_id, round(lon, 6), round(lat, 6)) for own_id, _name, lon, lat in rows
    ]


@given(JSON | st.dictionaries(st.sampled_from(["streets", "layers", "roads", "features", "landmarks"]), JSON))
@few(30, shared=True)
def test_any_mapping_of_tags_is_one_or_refused(tmp_path: Path, said: Any) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    refused(lambda: mapping.read_mapping(path), "bad_mapping")
    path.write_bytes(b"\xff: 2026-13-01")
    assert refused(lambda: mapping.read_mapping(path), "bad_mapping")


@example(float("nan"))
@given(st.none() | st.floats() | st.integers() | st.text(max_size=6) | st.booleans())
@few()
def test_a_count_of_people_is_a_whole_number_or_none(written: object) -> None:
    found = loading._number(written)
    assert found is None or 0 <= found < 2**31


RINGS = st.recursive(
    st.integers(-7, 107) | st.floats(-300, 300) | st.none(), lambda inner: st.lists(inner, max_size=5), max_leaves=16
).map(json.dumps) | st.sampled_from(["[,]", "[" * 5000, "[[[-6,106],[-6,107],[-7,107],[-6,106]]]"])


@given(RINGS)
@example("[,]")
@few(60)
def test_any_boundary_of_the_repository_is_a_shape_or_refused_with_its_code(rings: str) -> None:
    found: list[Any] = []
    if not refused(lambda: found.extend(fetching.villages(f"('31.71','a',1,2,'{rings}')")), "fetch_failed"):
        assert all(isinstance(shape, shapely.Geometry) and not shape.is_empty for _code, _name, shape in found)


def test_a_file_that_is_none_is_named() -> None:
    with pytest.raises(Problem, match="bad_file"):
        files.read(Path("/nowhere/at/all.geojson"))
