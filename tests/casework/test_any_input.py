"""What administrators, officers and addresses say: read as it was meant, or refused with the field that is wrong."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from defusedxml.ElementTree import fromstring
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.bodies.abbreviations import spelled_out
from kentongan.bodies.clocks import Clock
from kentongan.casework import filling, own_options, paging, promising, rules
from kentongan.casework.columns import CARDS, COLUMNS, read_columns
from kentongan.casework.filters import SORTS, Filter, read_filter
from kentongan.casework.performance import _next, months
from kentongan.console import steps, tables, tasks, ways, workbooks
from kentongan.console.ways import LISTS
from kentongan.people.inviting import check_address
from tests.depth import few
from tests.inputs import moments, refused

ALL_SORTS = [*SORTS, *(f"-{one}" for one in SORTS)]


# --- the list: cursors, columns, filters, the way back ---

LAST = {
    "deadline": st.none() | moments(2000, 2200),
    "changed": moments(2000, 2200),
    "priority": st.integers(0, 4), "support": st.integers(0, 2**31), "category": st.text("abc_", max_size=8),
    "place": st.sampled_from(["", "31.71.01.1001"]),
}  # fmt: skip


@given(st.sampled_from([one for one in ALL_SORTS if "age" not in one]), st.integers(1, paging.BIGGEST), st.data())
@few()
def test_a_list_goes_on_after_the_row_that_its_cursor_was_made_of(sort: str, last: int, data: st.DataObject) -> None:
    value = data.draw(LAST[sort.removeprefix("-")])
    cursor = paging.starting(sort, value, last)
    assert paging.read(cursor, sort) == paging.After(value, last)
    other = data.draw(st.sampled_from(ALL_SORTS))
    assert other == sort or refused(lambda: paging.read(cursor, other), "bad_cursor")


@given(st.sampled_from(ALL_SORTS), st.text(max_size=20) | st.text("WyJhZ0Ii123=-_", max_size=40))
@few(60)
def test_any_cursor_is_a_row_or_refused(sort: str, cursor: str) -> None:
    found: list[Any] = []
    if not refused(lambda: found.append(paging.read(cursor, sort)), "bad_cursor") and found[0] is not None:
        assert 0 <= found[0].id <= paging.BIGGEST
        condition, values = paging.beyond(sort, found[0])
        assert condition.count("%s") == len(values)


@given(st.lists(st.sampled_from([*COLUMNS, CARDS, "x", " code ", ""]), max_size=5))
@few()
def test_columns_are_read_once_each_in_their_order_or_refused(named: list[str]) -> None:
    found: list[tuple[str, ...]] = []
    if not refused(lambda: found.append(read_columns(",".join(named))), "bad_filter"):
        assert set(found[0]) <= set(COLUMNS)
        assert len(set(found[0])) == len(found[0])
        assert read_columns(",".join(found[0]) or CARDS) == found[0]


PARTS = st.sampled_from(["state", "q", "area", "street", "age", "deadline", "priority", "assignee", "team", "channel",
                         "contested", "stars", "near", "shape", "sort", "order", "x"])  # fmt: skip
SAID = st.sampled_from(["open", "archive", "1", "5", "me", "none", "31.71", "106.8,-6.2,500", "0,0;1,0;0,1", "-age",
                        "web", "newest", "urgent", "today", "\0", "٣", "0,0;1,1;2,2", "999,0,1"])  # fmt: skip
SAID = SAID | st.text(max_size=6)
ASKED = st.lists(st.tuples(PARTS, SAID), max_size=5).map(urlencode)


@given(ASKED | st.text(max_size=20), st.sampled_from(["", "?", "/console/?", "http://[?", "https://a.id/console/?"]))
@few(80)
def test_any_address_of_a_list_is_a_filter_that_says_itself_or_refused(query: str, before: str) -> None:
    found: list[Filter] = []
    if not refused(lambda: found.append(rules.read_asked(before + query)), "bad_filter", "bad_state", "bad_step"):
        again: dict[str, list[str]] = {}
        for name, value in found[0].pairs():
            again.setdefault(name, []).append(value)
        assert read_filter(again) == found[0]
        assert found[0].assignee != "me"


WAYS = st.lists(
    st.sampled_from(["/", "console", "//", "\\", "evil.example", "?body=31", "#", "http:", "tasks", "reports", "@"]),
    max_size=5,
).map("".join)  # fmt: skip


@given(WAYS | st.text(max_size=20))
@example("/console/?body=31.roads")
@example("//evil.example/console/")
@few(80)
def test_the_way_back_leads_to_a_list_of_ours_or_nowhere(address: str) -> None:
    name = ways._list(address)
    assert name in {"", *LISTS}
    assert not name or (address.startswith("/console/") and not address.startswith("//"))


# --- what leaves: tables and calendars ---

CELL = st.lists(
    st.sampled_from(["=", "+", "-", "@", "＝", " ", '"', "'", ";", "\t", "\n", "\r", ",", "a", "\0", "_x0041_"]),
    max_size=6,
).map("".join)  # fmt: skip


@given(st.lists(CELL | st.integers() | st.none(), min_size=1, max_size=4))
@few(80)
def test_no_cell_of_a_table_is_read_as_a_formula_whatever_parts_its_cells(row: list[Any]) -> None:
    written = "".join(tables._csv([row])).removeprefix("\ufeff")
    for separator in ",;\t":
        for cells in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
            for cell in cells:
                begin = cell.lstrip(" \u00a0\"'")[:1]
                seen = cell.lstrip(" \u00a0")[:1]
                assert begin not in set("=+@＝") or seen == "'", cell


def sheet_of(book: bytes) -> list[list[str]]:
    """The cells of a workbook, as a program that reads it has them."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    root = fromstring(ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml"))
    rows = [["".join(cell.itertext()) for cell in row.iter(f"{space}c")] for row in root.iter(f"{space}row")]
    numbered = re.compile("_x([0-9A-Fa-f]{4})_")
    return [[numbered.sub(lambda found: chr(int(found[1], 16)), cell) for cell in row] for row in rows]


@given(st.lists(st.lists(CELL | st.integers(-(10**9), 10**9) | st.none(), max_size=3), max_size=3))
@few(20)
def test_a_workbook_says_what_was_written_into_it(rows: list[list[Any]]) -> None:
    found = sheet_of(b"".join(workbooks.written(rows)))
    legal = [
        ["" if one is None else one if isinstance(one, int) else one.replace("\0", "") for one in row] for row in rows
    ]
    assert found == [[str(one).replace("\r\n", "\n").replace("\r", "\n") for one in row] for row in legal]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
@few()
def test_a_line_of_a_calendar_is_folded_between_letters_and_unfolds_to_itself(line: str) -> None:
    folded = tables._folded(line)
    assert folded.replace("\r\n ", "") == line or "\r\n " in line
    if "\r\n " not in line:
        assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))
    escaped = tables._escaped(line)
    assert "\n" not in escaped
    plain = escaped.replace("\\\\", "\0\0")
    assert all(sign not in plain.replace(f"\\{sign}", "") for sign in ";,")


# --- calendars and promises ---


@given(st.lists(st.dates(), max_size=5), st.sampled_from([" ", ", ", ";\n", "\n"]), st.text(max_size=5))
@few()
def test_days_off_are_read_each_once_however_they_are_parted(days: list[date], between: str, odd: str) -> None:
    text = between.join(str(one) for one in days)
    assert promising._days_off(text) == sorted({str(one) for one in days})
    found: list[list[str]] = []
    if not refused(lambda: found.append(promising._days_off(f"{text} {odd}")), "bad_date", "too_many_days"):
        assert promising._days_off(" ".join(found[0])) == found[0]


HOUR = (
    st.times().map(lambda at: f"{at:%H:%M}")
    | st.sampled_from(["", "24:00", "00:00", "7:00", "٠٧:٠٠"])
    | st.text(max_size=6)
)


@given(HOUR, HOUR)
@few(60)
def test_hours_of_a_calendar_are_both_and_in_order_or_refused_and_a_clock_runs_by_them(opens: str, closes: str) -> None:
    found: list[tuple[time | None, time | None]] = []
    if refused(lambda: found.append(promising._opening(opens, closes)), "bad_hours"):
        return
    first, last = found[0]
    assert (first is None) == (last is None) == (not opens and not closes)
    clock = Clock(ZoneInfo("Asia/Jakarta"), opens=first, closes=last)
    since = datetime(2026, 11, 27, tzinfo=UTC)
    assert clock.between(since, clock.after(since, timedelta(hours=30))) == timedelta(hours=30)


@given(st.text("0123456789 -٣", max_size=7), st.integers(0, 1))
@few()
def test_hours_of_a_promise_are_a_whole_number_within_a_year_or_refused(written: str, least: int) -> None:
    found: list[int | None] = []
    if not refused(lambda: found.append(promising._number({"hours": written}, "hours", least=least)), "bad_number"):
        assert found[0] is None if not written.strip() else found[0] in range(least, promising.LONGEST + 1)


@given(st.lists(st.integers(-1, 8) | st.text("0123456٣ ", max_size=2), max_size=9))
@few()
def test_workdays_are_days_of_a_week_in_order_or_refused(given_: list[Any]) -> None:
    found: list[list[int]] = []
    if not refused(lambda: found.append(promising._workdays(given_)), "no_workdays"):
        assert found[0] == sorted({int(one) for one in given_ if str(one) in set("0123456")})


@given(moments(2005))
@few(20)
def test_the_months_that_can_be_asked_for_follow_each_other_by_the_clock_there(now: datetime) -> None:
    found = months(ZoneInfo("Asia/Jayapura"), now)
    local = now.astimezone(ZoneInfo("Asia/Jayapura"))
    numbers = [one.year * 12 + one.month for one in found]
    assert numbers == list(range(local.year * 12 + local.month, local.year * 12 + local.month - len(found), -1))
    assert all(_next(later) == earlier for earlier, later in pairwise(found))


# --- templates and questions ---

TEXT = st.lists(
    st.sampled_from(["{", "}", "{street}", "{jalan}", "{works_2}", "{Street}", "a", " ", "{}", "{{x}}"]), max_size=7
).map("".join)  # fmt: skip


@given(TEXT, st.dictionaries(st.sampled_from(["street", "jalan", "works_2", "x"]), TEXT))
@few(60)
def test_words_are_sent_with_all_fields_filled_or_not_at_all(text: str, values: dict[str, str]) -> None:
    named = filling.fields(text)
    if refused(lambda: filling.check_fields(text, "text"), "bad_field"):
        return
    if refused(lambda: filling.fill(text, values), "unfilled_field"):
        assert any(not values.get(one, "").strip() for one in named)
        return
    made, at = filling.fill(text, values), text
    for name in named:
        at = at.replace(f"{{{name}}}", f"\0{name}\0")
    for name in named:
        at = at.replace(f"\0{name}\0", values[name])  # in one pass: braces within a value are words
    assert made == at == filling.half_filled(text, values)


OPTION = st.lists(
    st.sampled_from(["Besar", "Kecil", "besar", "|", "Big", " ", "\n", "\t", "é", "ﬁ", "x" * 81, "!"]), max_size=9
)


@given(OPTION.map("".join), OPTION.map("".join))
@few(80)
def test_options_are_read_as_they_are_written_for_the_form_and_keep_their_keys(written: str, other: str) -> None:
    codes = ("values_required", "too_many", "too_long", "bad_values")
    before: list[Any] = []
    if refused(lambda: before.extend(own_options.read_options(written)), *codes):
        return
    assert len({one["key"] for one in before}) == len(before)
    assert own_options.read_options(own_options.written_options(before), before) == before
    after: list[Any] = []
    if not refused(lambda: after.extend(own_options.read_options(other, before)), *codes):
        keys = {one["name"]["id"].casefold(): one["key"] for one in before}
        assert all(keys.get(one["name"]["id"].casefold(), one["key"]) == one["key"] for one in after)
        assert len({one["key"] for one in after}) == len(after)


# --- forms of the desk ---

WRITTEN = st.text("0123456789٣ -.einfa+:TZ", max_size=12) | st.datetimes(timezones=st.none() | st.timezones()).map(str)


@given(WRITTEN, WRITTEN, WRITTEN)
@few(60)
def test_whatever_a_form_of_the_desk_says_is_a_number_that_was_read_and_a_place_on_earth(
    seq: str, degrees: str, said_at: str
) -> None:
    form = {"expected_seq": seq, "lon": degrees, "lat": "-6.2", "said_at": said_at, "accuracy": degrees}
    request: Any = RequestFactory().post("/", {**form, "submission_id": "0" * 32})
    found: list[int] = []
    if not refused(lambda: found.append(steps.expected_seq(request)), "changed_meanwhile"):
        assert 0 <= found[0] < 10**10
    sent = tasks._sent(request)
    assert sent.lon is None or abs(sent.lon) <= 180
    assert sent.said_at is None or sent.said_at.tzinfo is not None
    request = RequestFactory().post("/", {"submission_id": seq})
    refused(lambda: tasks._sent(request), "bad_result")


SHORT = st.lists(
    st.sampled_from(["dishub", "PU", "P.D.A.M.", "satpol pp", "Kab.", "bekasi", "-", "–", "é", " "]), max_size=6
)


@given(SHORT.map(" ".join) | st.text(max_size=12))
@few()
def test_a_body_is_found_by_what_was_written_and_by_a_bounded_number_of_readings(text: str) -> None:
    found = spelled_out(text)
    assert len(found) == len(set(found)) <= 1 + 4**3
    assert all(one == " ".join(one.split()) for one in found[:1])
    assert found[0] in spelled_out(found[0])


@given(st.emails() | st.text(max_size=12))
@few()
def test_an_address_of_an_account_is_kept_in_one_writing_or_refused(email: str) -> None:
    found: list[str] = []
    if not refused(lambda: found.append(check_address(email)), "bad_email"):
        assert check_address(f" {found[0].upper()} ") == found[0]


def test_a_refusal_is_told_from_a_fault() -> None:
    with pytest.raises(ZeroDivisionError):
        refused(lambda: 1 // 0, "x")
