"""Work order and case file: what stands on the paper, for whom, how much, and what never does."""

from __future__ import annotations

import io
import re
import threading
import time
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from kentongan import bodies, reports, routing
from kentongan.console import casefile, paper
from kentongan.reports.derivatives import derivative_name
from kentongan.reports.models import Entry, Report
from tests.casework.test_casework import staff
from tests.pictures import picture
from tests.world import STREET, lamps, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(world):
    reporter = person("warga@contoh.id", name="Nama Rahasia")
    photos = tuple(reports.add_photo(picture(number), reporter).pk for number in range(2))
    text = "Lubang سوراخ di jalan 中文 <b>50%</b>\n\n=SUM(1)\u202e"
    return routing.submit(submission(text=text, photos=photos), reporter).report


def sari():
    officer = staff("officer")
    officer.name = "Sari Contoh"
    officer.save()
    return officer


def printed(client, report, what, **asked):
    answer = client.get(f"/console/reports/{report.code}/{what}.pdf", asked)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(answer.content)).pages


def words(pages):
    return " ".join("\n".join(page.extract_text() for page in pages).split())


def test_the_work_order_says_what_and_where_with_map_and_photos_and_never_who_reported_it(
    client, report, monkeypatch
):  # fmt: skip
    monkeypatch.setattr(casefile.basemap, "has_streets", lambda view: True)
    officer = sari()
    client.force_login(officer)
    reports.assign(report.code, reports.Who(officer, reports.Actor.OFFICER, report.body_id), officer)
    document = printed(client, report, "work-order")
    told = words(document)
    for part in (report.code, "Perintah kerja", "Gambir", "-6.170000, 106.820000", "Sari Contoh", "<b>50%</b>", "WIB",
                 "Tidak dapat dikerjakan karena", "Nama dan tanda tangan"):  # fmt: skip
        assert part in told, part
    assert len(document) <= 2
    assert sum(len(page.images) for page in document) == 4  # the code, the map, two photos
    assert "▯▯" in told
    assert "tidak dapat dicetak" in told
    for who in ("Nama Rahasia", "warga@contoh.id"):
        assert who not in told


def test_the_case_file_can_be_given_away_without_what_is_for_staff_alone(client, report):
    officer = sari()
    client.force_login(officer)
    who = reports.Who(officer, reports.Actor.OFFICER, report.body_id)
    reports.accept(report.code, who, "Kami periksa")
    reports.note(report.code, who, "Hanya untuk kami", internal=True)
    reports.prioritise(report.code, who, "urgent")
    reports.comment(
        report.code, reports.Who(person("lain@contoh.id", name="Nama Lain"), reports.Actor.CITIZEN), "Betul"
    )
    inside, outside = (words(printed(client, report, "case-file", **asked)) for asked in ({}, {"notes": "no"}))
    assert all(part in inside for part in ("Hanya untuk kami", "[internal]", "Mendesak", "Sari Contoh", "Kami periksa"))
    assert "Kami periksa" in outside
    assert "Betul" in outside
    assert not [part for part in ("Hanya untuk kami", "Mendesak") if part in outside]
    # Passed on, those who had it follow it: who works on it now, and how pressing it is, is the other body's own.
    reports.transfer(report.code, who, "31.water", "Pipa")
    theirs = reports.Who(person("air@contoh.id", name="Petugas Air"), reports.Actor.OFFICER, "31.water")
    reports.assign(report.code, theirs, theirs.person)
    reports.prioritise(report.code, theirs, "urgent")
    followed = [words(printed(client, report, what)) for what in ("case-file", "work-order")]
    assert not [part for part in ("Petugas Air", "Yang menangani") if part in " ".join(followed)]
    assert "Mendesak" not in followed[1]
    assert outside.count("Sari Contoh") == outside.count("oleh Sari Contoh")  # who made the paper, at its foot
    assert "Nama Lain" not in inside + outside


def test_what_is_long_has_an_end_and_says_so(client, report, monkeypatch):
    monkeypatch.setattr(paper, "MOST_PAGES", 2)
    monkeypatch.setattr(casefile, "MOST_ENTRIES", 60)
    client.force_login(staff("officer"))
    now = timezone.now()
    Entry.objects.bulk_create(
        Entry(report=report, seq=100 + at, kind="commented", actor="citizen", text=f"Kata {at} " + "panjang" * 40,
              at=now + timedelta(seconds=at)) for at in range(70)
    )  # fmt: skip
    document = printed(client, report, "case-file")
    assert len(document) == 2
    assert "Sisanya tidak muat dalam 2 halaman" in words(document[1:])


def test_a_photo_that_cannot_be_shown_and_a_secret_report_are_said(client, report):
    client.force_login(staff("officer"))
    Report.objects.filter(pk=report.pk).update(is_restricted=True, privacy="secret")
    first = report.photos.first()
    type(first).objects.filter(pk=first.pk).update(marks=["broken"], ready=False)
    told = words(printed(client, report, "work-order"))
    assert "TIDAK UNTUK UMUM" in told
    assert "Tidak dicetak di sini: 1." in told


def test_one_is_made_at_a_time_and_who_would_wait_too_long_is_told(client, report, monkeypatch):
    monkeypatch.setattr(paper, "PATIENCE", 0.01)
    client.force_login(staff("officer"))
    began = time.monotonic()
    with paper.turn():
        answer = client.get(f"/console/reports/{report.code}/work-order.pdf")
    assert answer.status_code == 503
    assert time.monotonic() - began < 30
    assert printed(client, report, "work-order")


def test_who_finds_others_waiting_already_is_told_at_once(client, report, monkeypatch):
    monkeypatch.setattr(paper, "_waiting", threading.BoundedSemaphore(1))
    client.force_login(staff("officer"))
    with paper.turn():
        assert client.get(f"/console/reports/{report.code}/work-order.pdf").status_code == 503
    assert printed(client, report, "work-order")


def test_what_does_not_fit_into_the_file_is_counted(client, report, monkeypatch):
    monkeypatch.setattr(casefile, "MOST_ENTRIES", 1)
    monkeypatch.setattr(casefile, "MOST_BYTES", 100)
    client.force_login(staff("officer"))
    told, left = words(printed(client, report, "case-file")), report.entries.count() - 1
    assert f"{left} lagi ada di halaman laporan" in told
    assert "Tidak dicetak di sini: 2. Lihat halaman laporan." in told, "the photos"


def test_a_photo_whose_file_is_lost_or_damaged_is_not_found_and_the_paper_is_made_without_it(client, report):
    client.force_login(staff("officer"))
    lost, cut = report.photos.order_by("pk")
    original = lost.original
    with default_storage.open(original) as file:
        content = file.read()
    default_storage.delete(original)
    type(lost).objects.filter(pk=lost.pk).update(phash="0" * 16)
    assert client.get(f"/console/photos/{lost.pk}/large").status_code == 404, "nothing to make it of"
    default_storage.save(original, ContentFile(content))
    for photo in (lost, cut):
        reports.photo_file(photo, "large", now=True).close()
    with default_storage.open(derivative_name(cut, "large"), "r+b") as file:
        file.truncate(100)
    default_storage.delete(derivative_name(lost, "large"))
    assert client.get(f"/console/photos/{lost.pk}/large").status_code == 404
    for what in ("case-file", "work-order"):
        told = words(printed(client, report, what))
        assert "Tidak dicetak di sini: 2. Lihat halaman laporan." in told
        assert "lagi ada di halaman" not in told, "nor is a lost one there"
    with default_storage.open(derivative_name(cut, "large"), "r+b") as file:
        file.truncate(0)
    assert client.get(f"/console/photos/{cut.pk}/large").status_code == 404, "an empty file is no photo"


def test_a_lamp_is_named_on_the_paper_and_where_no_place_or_reason_is_known_none_is_printed(client, world):
    lamps(("PJU-1", "Jl. Merdeka", 3))
    lamp = routing.submit(submission("street_light", at=STREET, asset_id="PJU-1"), None).report
    client.force_login(staff("officer", lamp.body_id))
    told = words(printed(client, lamp, "case-file"))
    assert "Jl. Merdeka (PJU-1)" in told
    assert "Mengapa ke sini" in told
    Report.objects.filter(pk=lamp.pk).update(lon=None, lat=None, decision={})
    told = words(printed(client, lamp, "case-file"))
    assert lamp.code in told
    assert "Koordinat" not in told
    assert "Mengapa ke sini" not in told


WORDS = (
    "", "\n\n\n", "a" * 600, "ا" * 300, "שלום abc 123 " * 30, "\ud7ff😀🇮🇩👩\u200d👩\u200d👧 e\u0301",
    "\u0007\u200b\u2028\ufeff", "ꦲꦏ᭄ꦱꦫ", "{nb} %d **tebal** __x__ [a](http://x)", "\t\ttab\u00a0x",
    "\u202eterbalik\u2066x",
)  # fmt: skip


def test_any_words_make_a_page():
    made = paper.Paper("Judul", "Badan", "Kaki", language="id", at=timezone.now())
    for text in WORDS:
        made.words(text)
        made.facts([("Nama " * 30, text), (text[:400], "isi")])
        made.heading(text[:300])
    pages = PdfReader(io.BytesIO(made.finished())).pages
    assert len(pages) > 1
    told = words(pages)
    assert "**tebal** __x__ [a](http://x)" in told
    assert "terbalikx" in told
    assert paper.ABSENT * 3 in told


def test_where_nothing_can_draw_it_no_pdf_is_offered_and_its_address_says_so(client, report, monkeypatch):
    client.force_login(sari())
    page, address = f"/console/reports/{report.code}", f"/console/reports/{report.code}/work-order.pdf"
    assert address in client.get(page).content.decode()
    monkeypatch.setattr("kentongan.console.desk.find_spec", lambda _name: None)
    assert address not in client.get(page).content.decode()
    assert client.get(address).status_code == 501


def test_the_paper_has_the_logo_and_the_colour_of_the_body_on_every_page(client, report):
    client.force_login(sari())
    logo = io.BytesIO()
    Image.new("RGB", (90, 30), (200, 10, 10)).quantize(4).save(logo, "PNG")
    before = printed(client, report, "work-order")
    bodies.set_logo("31", logo.getvalue(), (90, 30), "")
    bodies.set_accent("31", "#ffd400", "")
    after = printed(client, report, "work-order")
    for page, was in zip(after, before, strict=True):
        assert len(page.images) == len(was.images) + 1
        strokes = re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) RG", page.get_contents().get_data().decode("latin-1"))
        said = {"#" + "".join(f"{round(float(part) * 255):02x}" for part in one) for one in strokes}
        assert bodies.shades("#ffd400", bodies.DAY).sea in said
