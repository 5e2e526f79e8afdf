"""Files of past reports as spreadsheets write them; after oroinc/crm#96 and what Excel does in Indonesia."""

from __future__ import annotations

import codecs
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from kentongan import routing
from kentongan.foundation.problems import Problem
from kentongan.places import written_times
from kentongan.places.zones import WIB
from kentongan.reports.models import Report
from kentongan.routing.past_files import read

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
        (["X", "Kiri", "106,8", "-6,1", "1/31/2024", "Pothole"], "no time such as"),
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


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_told_how_to_become_a_table(bring, begins):
    with pytest.raises(Problem, match="bad_file") as refused:
        bring(begins + b"\0" * 100)
    assert "save it as CSV" in refused.value.detail


def test_packed_files_are_seen_by_their_letters_too(bring):
    bring(gzip.compress(table().encode("utf-16")), name="past.csv.gz")
    assert kept() == FINE


def changed(**said):
    at = {"number": 0, "text": 1, "lon": 2, "lat": 3, "at": 4, "kind": 5}
    row = list(ROWS[1])
    for name, value in said.items():
        row[at[name]] = value
    return row


def quoted(separator, rows=ROWS):
    return "\r\n".join(separator.join(f'"{field}"' for field in row) for row in rows)


# Invented after the first ones had been mended: 12 of the first 34 fell, and 14 of the 17 that came later.
FURTHER = {
    "quotes around all": quoted(";").encode(),
    "quotes, commas and a mark": codecs.BOM_UTF8 + quoted(",").encode(),
    "a title above": ("Laporan Warga 2024;;;;;\r\n" + table()).encode(),
    "titles, a date and an empty row above": ("Laporan\r\nDicetak;1 Feb;;;;\r\n;;;;;\r\n" + table()).encode(),
    "names in capitals": table([one.upper() for one in ROWS[0]], ROWS[1]).encode(),
    "names with blanks": table([one.replace("_", " ").title() for one in ROWS[0]], ROWS[1]).encode(),
    "a separator behind each row": "\r\n".join(";".join(row) + ";" for row in ROWS).encode(),
    "no end of line": table().rstrip().encode(),
    "line ends of an old Mac": table(end="\r").encode(),
    "Excel's Unicode text": table(separator="\t").encode("utf-16"),
    "the end mark of DOS": (table() + "\x1a").encode(),
    "padded with zeros": table().encode() + b"\0" * 20,
    "line ends doubled": table().replace("\r\n", "\r\r\n").encode(),
    "sep in capitals": ("SEP=;\r\n" + table()).encode(),
    "sep is a tab": ("sep=\t\r\n" + table(separator="\t")).encode(),
    "sep behind a mark": codecs.BOM_UTF8 + ("sep=;\r\n" + table()).encode(),
    "sep in UTF-16": ("sep=;\r\n" + table()).encode("utf-16"),
    "two marks": codecs.BOM_UTF8 * 2 + table().encode(),
    "marks that nobody sees": table([f"{one}\u200b" for one in ROWS[0]], ROWS[1]).encode(),
    "a number as text": table(ROWS[0], changed(number='="D1"')).encode(),
    "the mark of text": table(ROWS[0], changed(lon="'106,8272", lat="'-6,1754")).encode(),
    "degree signs": table(ROWS[0], changed(lon="106,8272°", lat="-6,1754°")).encode(),
    "sides": table(ROWS[0], changed(lon="106,8272 BT", lat="6,1754 LS")).encode(),
    "a plus": table(ROWS[0], changed(lon="+106,8272")).encode(),
    "a blank that does not break": table(ROWS[0], changed(lon="106,8272\u00a0")).encode(),
    "powers of ten": table(ROWS[0], changed(lon="1,068272E+02", lat="-6,1754E+00")).encode(),
    "a dash for a minus": table(ROWS[0], changed(lat="–6,1754")).encode(),
    "columns called the same": table([*ROWS[0], "catatan", "catatan"], [*ROWS[1], "a", "b"]).encode(),
    "columns without a name": table([*ROWS[0], "", ""], [*ROWS[1], "1", "2"]).encode(),
    "an empty column in front": "\r\n".join(";" + ";".join(row) for row in ROWS).encode(),
    "the header again": table(*ROWS, ROWS[0]).encode(),
    "sep says the wrong one": ("sep=,\r\n" + table()).encode(),
    "sep with a blank": ("sep= ;\r\n" + table()).encode(),
    "a number as text that is quoted": table(ROWS[0], changed(number='"=""D1"""', kind='="Pothole"')).encode(),
    "all as text": table(ROWS[0], [f'="{one}"' for one in ROWS[1]]).encode(),
    "fields padded with zeros": table(ROWS[0], [f"{one}\0\0" for one in ROWS[1]]).encode(),
    "marks that nobody sees in the fields": table(ROWS[0], [f"\u200e{one}\ufeff" for one in ROWS[1]]).encode(),
    "a mark before a second file": (table() + "\ufeff" + table()).encode(),
    "two files with sep": ("sep=;\r\n" + table()).encode() * 2,
    "two files in UTF-16": table().encode("utf-16") * 2,
    "two files, the columns in another order": (
        table() + table(*[one[::-1] for one in (ROWS[0], changed(number="D2"))])
    ).encode(),
    "the same number as text and not": table(ROWS[0], ROWS[1], changed(number='="D1"')).encode(),
    "a quote in the header": table([*ROWS[0], 'lebar 5"'], [*ROWS[1], "1"]).encode(),
    "a quote in a title": ('Lubang 5" dan lebih\r\n' + table()).encode(),
    "empty cells left out at the end": table([*ROWS[0], "catatan", ""], ROWS[1]).encode(),
    "UTF-32": table().encode("utf-32"),
    "line ends of an old Mac, quoted": quoted(";").replace("\r\n", "\r").encode(),
    "line ends of three kinds": (table(ROWS[0]) + table(ROWS[1], end="\r") + table(ROWS[1], end="\n")).encode(),
    "a kind in small letters": table(ROWS[0], changed(kind="pothole")).encode(),
    "a kind in capitals": table(ROWS[0], changed(kind="POTHOLE")).encode(),
    "a blank behind each separator, and quotes": "\r\n".join(
        ", ".join(f'"{one}"' for one in row) for row in ROWS
    ).encode(),
    "names with dots": table([one.replace("_", ".") for one in ROWS[0]], ROWS[1]).encode(),
    "names with hyphens": table([one.replace("_", "-") for one in ROWS[0]], ROWS[1]).encode(),
    "names of what must be filled in": table([f"{one} *" for one in ROWS[0]], ROWS[1]).encode(),
    "names with colons and units": table([f"{one} (°):" for one in ROWS[0]], ROWS[1]).encode(),
    "packed, whatever its name": gzip.compress(table().encode()),
    "a kind with blanks": table(ROWS[0], changed(kind=" Pothole\u00a0")).encode(),
}


@pytest.mark.parametrize("how", FURTHER)
def test_whatever_a_program_made_of_the_table_it_is_imported(bring, how):
    found = bring(FURTHER[how])
    assert (found.wrong, found.faults) == (0, [])
    assert kept() == FINE


FINE_ROW = changed(number="D2")


@pytest.mark.parametrize(
    "bad",
    [
        changed(text='"Lubang besar'), changed(kind='"Pothole'), changed(number='"D1'), ['"', "", "", "", "", ""],
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [[], [changed(number="D4", text='"Parit; kotor"')]])
def test_a_quote_that_is_not_closed_costs_its_own_row_only(bring, bad, after):
    found = bring(table(ROWS[0], bad, FINE_ROW, changed(number="D3"), *after).encode())
    assert (found.new, found.wrong) == (2 + len(after), 1)
    assert found.faults[0].startswith("row 2: ")
    assert not Report.objects.filter(text__contains="D3").exists()


def test_a_quote_that_is_not_closed_costs_no_longer_file(bring, monkeypatch):
    monkeypatch.setattr("kentongan.foundation.tables.LONGEST", 2_000)
    found = bring(table(ROWS[0], changed(text='"Lubang'), *[changed(number=f"E{at}") for at in range(200)]).encode())
    assert (found.new, found.wrong, found.faults) == (200, 1, ["row 2: a quote is opened in it and not closed"])


def test_line_ends_in_quotes_stay_one_row_also_where_their_last_line_looks_like_one(bring):
    rows = [["title", "case_number", *ROWS[0][2:]], ['"Lubang\r\nbesar"', "D1", *ROWS[1][2:]]]
    found = bring(table(*rows).encode())
    assert (found.new, found.wrong, Report.objects.get().text) == (1, 0, "Lubang\nbesar")


def test_a_number_that_a_spreadsheet_has_cut_is_told_and_one_kept_as_text_is_itself(bring):
    cut = [changed(number=one) for one in ("3,27E+15", "1.00E+05", "1E+17")]
    kept_ = [changed(number=one) for one in ("1e5", "E5", '="00123"', "123", "1.000")]
    found = bring(table(ROWS[0], *cut, *kept_).encode())
    assert (found.new, found.wrong) == (5, 3)
    assert "has lost digits in a spreadsheet" in found.faults[0]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("letter", ["\uac00", "\u0416"])
def test_utf_16_without_a_mark_is_seen_where_only_the_header_is_of_plain_letters(bring, letter, encoding):
    rows = [changed(number=f"D{at}", text=letter * 300) for at in range(20)]
    assert bring(table(ROWS[0], *rows).encode(encoding)).new == 20


@pytest.mark.parametrize(
    "row",
    [
        changed(at="0000-01-01"), changed(at="00/01/1900 0:00"), changed(at="0001-01-01T00:00:00+09:00"),
        changed(at="9999-12-31T23:59:59-09:00"), changed(at="44.927"), changed(at="31/01/2024 24.00"),
        changed(lon="1_06,8272"), changed(lon="106.827,2"), changed(lon="106827200", lat="-6175400"),
        [*ROWS[1][:5]], [*ROWS[1], *ROWS[1]], changed(text="“Lubang; besar”"), [";".join(ROWS[1]).join('""')],
    ],
)  # fmt: skip
def test_what_nobody_can_read_for_sure_is_one_bad_row(bring, row):
    found = bring(table(ROWS[0], row, FINE_ROW).encode())
    assert (found.new, found.wrong) == (1, 1)


def test_rows_are_counted_as_the_spreadsheet_counts_them(bring):
    found = bring(("Laporan\r\n;;;;;\r\n" + table(*ROWS, changed(number="D2", lon="x"))).encode())
    assert found.faults[0].startswith("row 5: ")


@pytest.mark.parametrize(
    "written",
    [
        "31/01/2024 08:30", "31/1/2024 8:30", "31-01-2024 08:30", "31.01.2024 08.30", "2024/01/31 08:30",
        "2024-01-31 8:30", "2024-01-31 08.30.00", "2024-01-31T08:30:00.000", "2024-01-31 01:30:00 UTC",
        "2024-01-31T01:30:00Z", "2024-01-31T08:30:00+0700", "2024-01-31 08:30:00 WIB", "31 Januari 2024 08:30",
        "31 Jan 2024 08:30", "Rabu, 31 Januari 2024 08:30 WIB", "45322,3541666667", "45322.3541666667",
        "31/01/2024 08:30:00 AM", "31/1/2024 pukul 08.30 WIB", "31 January 2024, 08:30", "31-Jan-2024 08:30",
        "2024-01-31 08:30:00.0000000", "20240131T083000", "2024-01-31T08:30", "31/01/2024  10:30 WIT",
        "Rab, 31 Jan 2024 08:30", "2024-01-31 08:30:00 GMT+7", "2024-01-31 08:30:00 UTC+07:00",
        "January 31, 2024 08:30", "Wed Jan 31 2024 08:30:00 GMT+0700 (Western Indonesia Time)",
        "Wed, 31 Jan 2024 08:30:00 +0700", "31/01/2024 08:30 +07:00", "31/01/2024 09:30+08",
        "Rab. 31 Jan 2024, 08.30 WIB",
    ],
)  # fmt: skip
def test_times_are_read_as_people_and_programs_here_write_them(written):
    at = written_times.moment(written)
    assert at is not None
    assert (at if at.tzinfo else at.replace(tzinfo=WIB)) == datetime(2024, 1, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "", "31/01/24 08:30", "1/31/2024 8:30", "01/31/2024 08:30:00 AM", "1706664600", "00/00/0000",
        "0000-00-00 00:00:00", "2024-02-30 08:00", "########", "2024-01-31 24:00", "2024-01-31 08:30:60", "kemarin",
        "31 Foo 2024", "31/01/2024 13:30 PM", "31-01/2024", "99999", "12345", "#N/A", "=NOW()", "31/01/2024 WIB WIB",
        "31/01/2024 08:30 GMT+77", "31/01/2024 08:30 +99:99", "Foo 31 2024 08:30", "08:30 +0700",
    ],
)  # fmt: skip
def test_times_that_nobody_can_know_are_told(written):
    assert written_times.moment(written) is None


@pytest.mark.parametrize(
    "lon",
    ["1.068.272", "106,82,72", "", "-", "#N/A", "#REF!", "NULL", "NaN", "inf", "1e400", "0", "999", "=A1+B1",
     "106 8272", "6,17 LS"],
)  # fmt: skip
def test_a_longitude_that_is_none_is_told(bring, lon):
    found = bring(table(ROWS[0], changed(lon=lon), changed(number="D2")).encode())
    assert (found.new, found.wrong) == (1, 1)


def test_a_packed_file_that_was_cut_short_is_refused_in_words(bring):
    packed = gzip.compress(table(ROWS[0], *[[f"D{at}", *ROWS[1][1:]] for at in range(500)]).encode())
    with pytest.raises(Problem, match="bad_file") as refused:
        bring(packed[: len(packed) // 2], name="past.csv.gz")
    assert "cannot be read as CSV" in refused.value.detail


def test_a_time_that_is_still_to_come_where_it_was_is_told(bring):
    # An hour from now in Jakarta is an hour ago in Papua: only the place says which was meant.
    later = (datetime.now(WIB) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    found = bring(table(ROWS[0], [*ROWS[1][:4], later, "Pothole"]).encode())
    assert (found.new, found.wrong) == (0, 1)
    assert "lies in the future" in found.faults[0]


def test_a_row_with_a_zone_in_one_of_its_times_is_told_what_to_say(bring):
    rows = [[*ROWS[0], "ended"], [*ROWS[1], "2024-02-01T08:30:00Z"]]
    found = bring(table(*rows).encode(), MAPPING + "ended_at: ended\n")
    assert "name `time_zone` in the mapping" in found.faults[0]
    assert bring(table(*rows).encode(), MAPPING + "ended_at: ended\ntime_zone: Asia/Jakarta\n").new == 1


def test_a_case_where_no_boundary_is_loaded_goes_to_the_nearest_village_and_says_so(bring):
    assert bring(table(ROWS[0], [*ROWS[1][:2], "112,7378", "-7,2459", *ROWS[1][4:]]).encode()).new == 1
    report = Report.objects.get()
    assert (report.place_quality, report.area_codes[:2]) == ("approximate", ["35", "35.78"])


def test_whoever_imports_a_long_file_is_told_how_far_it_is(bring, tmp_path):
    bring(table().encode())
    rows = table(ROWS[0], *[[f"D{at}", *ROWS[1][1:]] for at in range(2100)])
    (tmp_path / "long.csv").write_text(rows)
    told = []
    mapping = routing.read_mapping(tmp_path / "map.yaml")
    found = list(read(tmp_path / "long.csv", mapping, lambda done, of: told.append((done, of))))
    assert len(found) == 2100
    assert len(told) == 3
    assert told == sorted(told)
    assert told[-1] == (len(rows), len(rows))
