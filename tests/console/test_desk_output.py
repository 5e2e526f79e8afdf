"""Saved views with their counts, and what a coordinator takes along: tables, calendars, the same for programs."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from math import cos, pi, sin
from urllib.parse import parse_qs, urlencode
from zipfile import BadZipFile, ZipFile

import pytest
from django.utils import timezone

from kentongan import bodies, casework, routing
from kentongan.bodies.models import Body, Membership
from kentongan.casework.models import View
from kentongan.console import tables, workbooks
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.casework.test_casework import staff
from tests.world import person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, world):
    client.force_login(staff("coordinator"))
    return client


def made(text="Lubang", **columns):
    report = routing.submit(submission(text=text), None).report
    Report.objects.filter(pk=report.pk).update(**columns)
    return report


def saved(desk, name="Pagi", asked="priority=urgent", **more):
    return desk.post("/console/views", {"body": "31.roads", "name": name, "asked": asked, **more})


def test_a_view_keeps_its_filter_and_says_how_many_are_in_it(desk):
    made(priority=4)
    made(priority=2)
    assert saved(desk)["Location"] == "/console/?body=31.roads&priority=urgent"
    page = desk.get("/console/?body=31.roads").content.decode()
    assert re.search(r'href="\?body=31.roads&amp;priority=urgent"[^>]*>\s*<svg.*?</svg>Pagi <span class="tag">1<', page)


def test_a_long_filter_is_kept_whole_and_one_longer_than_any_is_refused_and_never_cut(desk):
    """Cut at 4,000 characters, the shape lost its last corners, and what was done with all of the list went further."""
    turned = [2 * pi * at / 100 for at in range(100)]
    shape = ";".join(f"{106.123456789 + cos(at) / 9:.9f},{-6.123456789 + sin(at) / 9:.9f}" for at in turned)
    asked = urlencode({"q": "🕳️" * 50, "street": "ꦗ" * 60, "stars": "2", "shape": shape, "sort": "-age"})
    assert len(asked) > 4_000
    saved(desk, asked=asked)
    kept, meant = (casework.read_filter(parse_qs(one)) for one in (View.objects.get().asked, asked))
    assert kept == meant
    chosen = {"body": "31.roads", "all": "1", "asked": asked + "&area=" + "3" * 12_000}
    assert desk.get("/console/bulk/new", chosen | {"asked": asked}).status_code == 200
    assert desk.get("/console/bulk/new", chosen).status_code == 422
    assert saved(desk, asked=chosen["asked"]).status_code == 422


def test_my_views_are_mine_and_those_of_the_body_a_coordinator_keeps(desk, client):
    saved(desk, "Punya saya")
    saved(desk, "Semua", shared="1")
    desk.get("/console/?body=31.roads")  # reads the messages that they are kept
    client.force_login(staff("officer"))
    page = client.get("/console/?body=31.roads").content.decode()
    assert "Semua" in page
    assert "Punya saya" not in page
    assert saved(client, "Lain", shared="1").status_code == 403
    mine, shared = View.objects.get(name="Punya saya"), View.objects.get(name="Semua")
    assert client.post(f"/console/views/{mine.pk}/end").status_code == 404
    assert client.post(f"/console/views/{shared.pk}/end").status_code == 403
    client.force_login(Person.objects.get(email="coordinator@contoh.id"))
    assert client.post(f"/console/views/{shared.pk}/end").status_code == 302
    assert not View.objects.filter(name="Semua").exists()


def test_a_view_from_before_a_change_of_categories_says_so_and_the_queue_goes_on(desk):
    report = made()
    saved(desk, "Lama", "category=waste")
    View.objects.update(asked="category=hilang")
    page = desk.get("/console/?body=31.roads").content.decode()
    assert report.code in page
    assert "Tampilan “Lama” tidak dapat ditampilkan lagi." in page
    assert "Kategori “hilang” sudah tidak ada" in page


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\0b"])
def test_a_view_without_a_usable_name_is_not_kept_and_the_list_stays(desk, name):
    answer = desk.post("/console/views", {"body": "31.roads", "name": name, "asked": "age=today"}, follow=True)
    assert answer.status_code == 200
    assert "paling banyak 60 huruf" in answer.content.decode()
    assert not View.objects.exists()


def test_the_same_name_replaces_the_view_and_there_is_an_end_to_them(desk):
    for _time in range(2):
        saved(desk, "Pagi", "age=today")
    assert View.objects.count() == 1
    for number in range(20):
        saved(desk, f"Ke-{number}")
    assert View.objects.count() == 20


def rows(answer):
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:])))


def test_a_table_is_named_by_the_day_at_its_desk(desk, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 23, 30, tzinfo=UTC))  # half past six in Jakarta
    answer = desk.get("/console/table.csv?body=31.roads")
    assert answer["Content-Disposition"] == 'attachment; filename="laporan-31.roads-20261201.csv"'


def test_the_list_is_taken_along_as_csv_as_it_is_filtered_and_sorted(desk):
    first, second = made("Satu"), made("Dua, dengan\nbaris")
    made("Lain", state="resolved")
    header, *found = rows(desk.get("/console/table.csv?body=31.roads&sort=-age"))
    assert header[:4] == ["Kode", "Status", "Kategori", "Isi laporan"]
    assert [row[0] for row in found] == [second.code, first.code]
    assert found[0][3] == "Dua, dengan\nbaris"
    assert found[0][7] == "106.82"
    assert found[0][8] == "-6.17"  # a number below zero is no formula


@pytest.mark.parametrize("text", ["=1+1", "+62", "-2", "@SUM(A1)", "\tx", "  =1", "＝1", '=HYPERLINK("http://x")'])
def test_no_text_of_a_citizen_is_a_formula(desk, text):
    report = made()
    Report.objects.filter(pk=report.pk).update(text=text)
    assert rows(desk.get("/console/table.csv?body=31.roads"))[1][3] == f"'{text}"
    sheet = workbook(desk)
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Lubang;=1+1", "Lubang;'=1+1"),
        ('Lubang; "=1+1', "Lubang;' \"=1+1"),
        ("Lubang\n=1+1", "Lubang\n'=1+1"),
        ("Lubang\t@SUM(A1)", "Lubang\t'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("Lubang; dalam, 50 cm - 60 cm\nbahaya", "Lubang; dalam, 50 cm - 60 cm\nbahaya"),
    ],
)
def test_no_part_of_a_text_is_a_formula_where_cells_are_split_at_semicolons(desk, text, told):
    """As spreadsheets do in Indonesia, where the comma is the decimal sign (OWASP/www-community#443)."""
    Report.objects.filter(pk=made().pk).update(text=text)
    assert rows(desk.get("/console/table.csv?body=31.roads"))[1][3] == told


def test_the_queue_of_a_body_names_who_works_on_it_below(desk, client):
    below = person("tukang@contoh.id", name="Wayan")
    Membership.objects.create(person=below, body_id="31.roads", role="officer")
    above = person("gubernur@contoh.id", name="Ibu")
    Membership.objects.create(person=above, body_id="31", role="coordinator")
    made(assignee=below)
    client.force_login(above)
    page = client.get(f"/console/?body=31&assignee={below.pk}").content.decode()
    assert "Dikerjakan: Wayan" in page
    assert "Petugas yang sudah keluar" not in page
    assert rows(client.get("/console/table.csv?body=31"))[1][13] == "Wayan"


def test_times_of_a_table_are_those_of_the_region_of_the_body(client, world):
    Body.objects.create(code="id.timur", name_id="Balai Timur", name_en="East", level="regional_office", area_code="91")
    bodies.invalidate()
    member = person("timur@contoh.id")
    Membership.objects.create(person=member, body_id="id.timur", role="officer")
    made(body_id="id.timur")
    client.force_login(member)
    assert rows(client.get("/console/table.csv?body=id.timur"))[1][9].endswith("+09:00")


@pytest.mark.parametrize("name", ["Pagi\u202e", "\u200ePagi", "Pagi\x07"])
def test_the_name_of_a_view_turns_no_letters_around(desk, name):
    saved(desk, name)
    assert View.objects.get().name == "Pagi"


def test_there_is_no_table_of_another_kind(desk):
    assert desk.get("/console/table.exe?body=31.roads").status_code == 404


def workbook(desk):
    answer = desk.get("/console/table.xlsx?body=31.roads")
    assert answer["Content-Type"] == tables.XLSX
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_the_workbook_has_the_same_rows(desk):
    report = made("Lubang <besar> & dalam \x01")
    sheet = workbook(desk)
    assert report.code in sheet
    assert "Lubang &lt;besar&gt; &amp; dalam" in sheet


def test_a_workbook_leaves_while_it_is_made_and_is_none_where_it_breaks_off():
    lines = iter([[f"Baris {number}", number, None, "_x0041_"] for number in range(3 * workbooks.TOGETHER)])
    pieces = workbooks.written(lines)
    first = next(pieces)
    assert next(lines)[1] == workbooks.TOGETHER, "the rest is not read yet"
    with ZipFile(io.BytesIO(first + b"".join(pieces))) as book:
        assert book.testzip() is None
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row>") == 3 * workbooks.TOGETHER - 1
    assert "_x005F_x0041_" in sheet
    assert "<c><v>1499</v></c><c/>" in sheet
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(first))


def test_a_table_that_is_too_long_says_so(desk, monkeypatch):
    monkeypatch.setattr(tables, "MOST", 2)
    for number in range(3):
        made(f"Nomor {number}")
    found = rows(desk.get("/console/table.csv?body=31.roads"))
    assert len(found) == 4
    assert found[3] == ["Masih ada lagi: saring daftarnya, lalu unduh sisanya."]


def test_a_letter_that_is_left_out_hides_no_formula():
    assert "".join(tables._csv([["\0=1+1"]])).strip("\ufeff\r\n") == "'=1+1"


def test_who_stops_working_there_gets_no_further_piece(desk, monkeypatch):
    monkeypatch.setattr("kentongan.casework.queues.PIECE", 1)
    for _number in range(2):
        made()
    member = Person.objects.get(email="coordinator@contoh.id")
    pieces = casework.every(member, "31.roads", casework.Filter(), 10)
    next(pieces)
    Membership.objects.filter(person=member).update(until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Exception, match="forbidden"):
        next(pieces)


def test_who_is_dismissed_while_a_table_is_sent_gets_no_further_piece(desk, monkeypatch):
    monkeypatch.setattr("kentongan.casework.queues.PIECE", 1)
    monkeypatch.setattr(tables, "LINES", 1)
    for _number in range(4):
        made()
    pieces = iter(desk.get("/console/table.csv?body=31.roads").streaming_content)
    assert b"Kode" in next(pieces) + next(pieces)
    Membership.objects.update(until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Exception, match="forbidden"):
        list(pieces)


def calendar(desk):
    page = unescape(desk.get("/console/?body=31.roads").content.decode())
    return re.search(r"/console/calendar/[^\"]*", page)[0]


def components(told):
    """The properties of each event, read as RFC 5545 has them; AssertionError where a program would refuse them."""
    assert told.endswith("\r\n")
    assert "\n" not in told.replace("\r\n", "")
    lines = [re.fullmatch(r"([A-Z-]+)((?:;[A-Z]+=[^:;]+)*):(.*)", one) for one in
             told.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")]  # fmt: skip
    assert all(lines), "each is a name and a value"
    found, inside = [{}], []
    for name, _parameters, value in (one.groups() for one in lines):
        if name == "BEGIN":
            inside.append(value)
            found += [{}] if value == "VEVENT" else []
        elif name == "END":
            assert inside.pop() == value
        else:
            now = found[-1] if inside[-1] == "VEVENT" else found[0]
            assert name not in now, "said once"
            now[name] = value
    assert not inside
    assert {"VERSION", "PRODID", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"} <= found[0].keys()
    for one in found[1:]:
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE"} <= one.keys()
        assert all(re.fullmatch(r"\d{8}T\d{6}Z", one[name]) for name in ("DTSTAMP", "DTSTART", "DTEND"))
        assert one["DTSTART"] < one["DTEND"]
    assert len({one["UID"] for one in found[1:]}) == len(found) - 1
    return found[1:]


def test_deadlines_come_into_a_calendar_without_a_session_and_without_words_of_citizens(desk, client):
    due = timezone.now().replace(microsecond=0) + timedelta(days=1)
    report, hidden = made("Rahasia warga", deadline_at=due), made(deadline_at=due, is_restricted=True)
    made(deadline_at=None)
    saved(desk, "Ini; itu, dan lagi", "sort=-age")
    at = calendar(desk)
    client.logout()
    told = client.get(at).content.decode()
    assert told.count("BEGIN:VEVENT") == 2
    assert "X-WR-CALNAME:Ini\\; itu\\, dan lagi" in told
    assert f"DTEND:{due:%Y%m%dT%H%M%SZ}" in told
    assert "Rahasia warga" not in told
    assert f"SUMMARY:{hidden.code} Tenggat laporan yang tidak terbuka" in told
    assert f"SUMMARY:{report.code} Jalan rusak" in told
    assert all(len(line.encode()) <= 75 for line in told.split("\r\n"))
    # An event stays the same one however often a program asks (sendou-ink/sendou.ink#2888).
    assert [one["UID"] for one in components(told)] == [
        one["UID"] for one in components(client.get(at).content.decode())
    ]


def test_what_is_long_overdue_leaves_room_for_deadlines_to_come(desk, monkeypatch):
    """kanboard/kanboard#964; the limit is reached by a body that is far behind."""
    monkeypatch.setattr(tables, "MOST_EVENTS", 3)
    now = timezone.now()
    for days in (-90, -60, -45):
        made(deadline_at=now + timedelta(days=days))
    late, soon = made(deadline_at=now - timedelta(days=2)), made(deadline_at=now + timedelta(days=2))
    stands = made(deadline_at=now + timedelta(days=1), asked_at=now)
    saved(desk)
    View.objects.update(asked="")
    told = desk.get(calendar(desk)).content.decode()
    assert [one.code in told for one in (late, soon, stands)] == [True, True, False]
    assert told.count("BEGIN:VEVENT") == 2


@pytest.mark.parametrize("how", ["view", "role", "other"])
def test_a_calendar_ends_with_its_view_and_with_the_role(desk, how):
    saved(desk)
    at = calendar(desk)
    if how == "view":
        View.objects.all().delete()
    elif how == "role":
        Membership.objects.update(until=timezone.now() - timedelta(seconds=1))
    else:
        at = at[:-8] + ("0000" if at[-8:-4] != "0000" else "1111") + at[-4:]
    assert desk.get(at).status_code == 404


def test_programs_read_the_queue_by_the_same_filters(desk):
    urgent = made(priority=4)
    made(priority=2)
    told = desk.get("/api/v1/desk/reports?body=31.roads&priority=urgent&priority=high").json()
    assert [one["code"] for one in told["items"]] == [urgent.code]
    assert (told["count"], told["more"], told["next"]) == (1, False, "")
    first = desk.get("/api/v1/desk/reports?body=31.roads&limit=1").json()
    second = desk.get(f"/api/v1/desk/reports?body=31.roads&limit=1&cursor={first['next']}").json()
    assert first["items"][0]["code"] == urgent.code
    assert second["items"][0]["priority"] == "normal"
    refused = desk.get("/api/v1/desk/reports?body=31.roads&category=hilang")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_filter")
    assert desk.get("/api/v1/desk/reports?body=51.71").status_code == 403
