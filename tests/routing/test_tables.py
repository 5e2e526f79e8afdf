"""Files of past reports as spreadsheets write them; after oroinc/crm#96 and what Excel does in Indonesia."""

from __future__ import annotations

import codecs
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from kentongan import routing
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report

MAPPING = """
source: uji
id: case_number
text: [title]
lon: longitude
lat: latitude
received_at: created
category: {column: kind, values: {Pothole: road_damage}, otherwise: other}
"""
ROWS = [
    ["case_number", "title", "longitude", "latitude", "created", "kind"],
    ["D1", "Lubang besar", "106,8272", "-6,1754", "2024-01-31 08:30:00", "Pothole"],
]
FINE = {("Lubang besar", 106.8272, -6.1754, "road_damage")}


@pytest.fixture
def bring(world, tmp_path):
    """Imports the bytes of a file; wrong rows are left out and told."""

    def imported(content, mapping=MAPPING, name="past.csv", skip=True):
        (tmp_path / "map.yaml").write_text(mapping)
        (tmp_path / name).write_bytes(content)
        return routing.import_file(
            tmp_path / name, routing.read_mapping(tmp_path / "map.yaml"), contested_for=timedelta(days=14),
            skip_invalid=skip,
        )  # fmt: skip

    return imported


def table(*rows, separator=";", end="\r\n"):
    return end.join(separator.join(row) for row in rows or ROWS) + end


def kept():
    return set(Report.objects.values_list("text", "lon", "lat", "category_id"))


@pytest.mark.parametrize(
    "content",
    [
        table().encode(), table(separator="\t").encode(), table(separator="|").encode(),
        ("sep=;\r\n" + table()).encode(), ('"sep=;"\r\n' + table()).encode(), codecs.BOM_UTF8 + table().encode(),
        table().encode("utf-16"), table().encode("utf-16-le"), codecs.BOM_UTF16_BE + table().encode("utf-16-be"),
        table(end="\r").replace("\r", "\n").encode(), ("\r\n;;;;;\r\n" + table()).encode(),
        table([f"  {one}\u00a0" for one in ROWS[0]], ROWS[1]).encode(),
        table(ROWS[0], [""] * 6, [], ROWS[1], [" "] * 6, ["", ""]).encode(),
        table(ROWS[0], [*ROWS[1], "", ""]).encode(), table(ROWS[0], [f" {one} " for one in ROWS[1]]).encode(),
        table(ROWS[0], [*ROWS[1][:3], "−6,1754", *ROWS[1][4:]]).encode(),
        table(ROWS[0], ROWS[1], ROWS[1]).encode(),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_writes_is_imported(bring, content):
    found = bring(content)
    assert (found.wrong, found.faults) == (0, [])
    assert kept() == FINE


def test_letters_of_western_windows_are_seen_or_said(bring):
    rows = [ROWS[0], ["D1", "Café 30°C – rusak", *ROWS[1][2:]]]
    bring(table(*rows).encode("cp1252"))
    assert Report.objects.get().text == "Café 30°C – rusak"
    bring(table(rows[0], ["D2", *rows[1][1:]]).encode("cp1252"), MAPPING + "encoding: cp1252\n")
    assert set(Report.objects.values_list("text", flat=True)) == {"Café 30°C – rusak"}


def test_one_row_with_letters_that_cannot_be_read_is_one_bad_row(bring):
    fine = [[f"D{number}", "Kafe “é”", *ROWS[1][2:]] for number in range(3)]
    broken = table(["X", "rusak \x00", *ROWS[1][2:]]).encode().replace(b"\x00", b"\xff")
    found = bring(table(ROWS[0], *fine).encode() + broken + table(["D9", *ROWS[1][1:]]).encode())
    assert (found.new, found.wrong) == (4, 1)
    assert found.faults[0].startswith("row 5: has letters that cannot be read")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (["X"], "1 fields, the header has 6"), (["X", *ROWS[1][1:], "too much"], "7 fields, the header has 6"),
        (["X", "panjang " * 30_000, *ROWS[1][2:]], "239999 characters"), (["", *ROWS[1][1:]], "case_number is empty"),
        (["X", ROWS[1][1], "106,82,72", *ROWS[1][3:]], "no number of degrees"),
        (["X", "Kiri", "106,8", "-6,1", "31/01/2024", "Pothole"], "no time such as"),
        (["D1", "Lain sama sekali", "106,9", *ROWS[1][3:]], "that of row 2, which tells another case"),
    ],
)  # fmt: skip
def test_one_bad_row_is_one_bad_row(bring, bad, why):
    last = ["D3", "Terakhir", *ROWS[1][2:]]
    found = bring(table(*ROWS, bad, last).encode())
    assert (found.new, found.wrong) == (2, 1)
    assert found.faults[0].startswith("row 3: ")
    assert why in found.faults[0]


def test_a_repeated_id_ends_an_import_that_leaves_nothing_out(bring):
    with pytest.raises(Problem, match="bad_row"):
        bring(table(*ROWS, ["D1", "Lain", *ROWS[1][2:]]).encode(), skip=False)


def test_a_field_may_have_line_ends_and_separators_in_quotes(bring):
    bring(table(ROWS[0], ["D1", '"Lubang; besar\r\ndi ""tikungan"""', *ROWS[1][2:]]).encode())
    assert Report.objects.get().text == 'Lubang; besar\ndi "tikungan"'


def test_times_are_read_as_the_mapping_says(bring):
    row = [*ROWS[1][:4], "31/01/2024 08.30", "Pothole"]
    bring(table(ROWS[0], row).encode(), MAPPING + 'time_format: "%d/%m/%Y %H.%M"\n')
    assert Report.objects.get().created_at == datetime(2024, 1, 31, 1, 30, tzinfo=UTC)


def test_a_time_without_zone_is_one_of_the_place(bring):
    bring(table(ROWS[0], ["B1", "Di Denpasar", "115,2167", "-8,65", *ROWS[1][4:]]).encode())
    assert Report.objects.get().created_at == datetime(2024, 1, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("more", ["encoding: klingon", "separator: ';;'", "time_zone: Mars/Olympus"])
def test_a_mapping_that_says_nonsense_is_refused_in_words(bring, more):
    with pytest.raises(Problem, match="bad_mapping"):
        bring(table().encode(), f"{MAPPING}{more}\n")


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"a;b\n1;2\n", "sep=;\r\n".encode("utf-16")])
def test_what_is_no_table_is_refused_in_words(bring, content):
    with pytest.raises(Problem, match="bad_file"):
        bring(content)


def test_packed_files_are_seen_by_their_letters_too(bring):
    bring(gzip.compress(table().encode("utf-16")), name="past.csv.gz")
    assert kept() == FINE
