"""The first letter shows where the report lies: inside of it, small, and without it nothing is lost."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kentongan import basemap, bodies, reports, routing
from kentongan.basemap import drawing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.notify import deliver
from kentongan.notify.models import Message
from kentongan.places.osm.taking import take
from kentongan.reports.models import Report
from tests.basemap.town import MENTENG, write
from tests.notify.test_notify import Server, officer, server, tell_all
from tests.places.streets import menteng
from tests.world import BEKASI, person, submission

__all__ = ["officer", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("town") / "town.pmtiles")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(config(), "data", tmp_path)
    return tmp_path


@pytest.fixture
def map_file(folder: Path, town: Path) -> None:
    basemap.put(town, lambda *_told: None)


def sent(server: Server):
    tell_all()
    deliver()
    return server.taken


def parts(mail) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def made(**given) -> Report:
    return routing.submit(submission(**{"at": MENTENG, **given}), person()).report


@pytest.mark.usefixtures("map_file")
def test_the_first_letter_has_the_whole_text_first_and_a_small_map_that_asks_nothing_of_anybody(server):
    made()
    (mail,) = sent(server)
    assert parts(mail) == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
    plain, page, picture = (part for part in mail.walk() if not part.is_multipart())
    words = plain.get_payload(decode=True).decode()
    assert words.replace("\r\n", "\n").strip() == Message.objects.get().body.strip()
    html = page.get_payload(decode=True).decode()
    assert re.findall(r'(?:src|background)="([^"]*)"', html) == ["cid:map"]
    assert "url(" not in html
    assert re.findall(r'href="([^"]*)"', html) == [f"http://127.0.0.1:8000/r/{Report.objects.get().code}"]
    assert 'alt="Peta: penanda menunjukkan tempat laporan Anda."' in html
    assert '<html lang="id">' in html
    content = picture.get_payload(decode=True)
    assert len(content) <= 30_000
    assert Image.open(io.BytesIO(content)).size == (320, 200)
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<map>", "inline")


@pytest.mark.usefixtures("map_file")
def test_what_a_person_wrote_stays_text_in_the_page(server):
    report = made(text="Lubang")
    Message.objects.all().delete()
    tell_all()
    Message.objects.update(body=f'<img src="https://jahat.example/x.png"> & {report.code}')
    deliver()
    (mail,) = server.taken
    html = (
        next(part for part in mail.walk() if part.get_content_type() == "text/html").get_payload(decode=True).decode()
    )
    assert "&lt;img src=" in html
    assert html.count("<img") == 1


@pytest.mark.usefixtures("map_file")
def test_later_letters_and_those_to_staff_are_text_alone(server, officer):
    report = made()
    reports.accept(report.code, officer)
    reports.resolve(report.code, officer, "Sudah ditambal", no_photo_reason="Malam")
    first, *later = sent(server)
    assert "image/png" in parts(first)
    assert [parts(one) for one in later] == [["text/plain"], ["text/plain"]]


@pytest.mark.usefixtures("map_file")
@pytest.mark.parametrize(
    "given", [{"at": (106.81, -6.1601)}, {"category": "corruption"}, {"category": "harmful_content"}]
)
def test_where_no_street_is_seen_or_the_place_is_nobodys_business_there_is_no_picture(server, given):
    if given.get("category") == "harmful_content":
        given = {**given, "at": None, "url": "https://contoh.id/x"}
    made(**given)
    (mail,) = sent(server)
    assert parts(mail) == ["text/plain"]


def test_without_any_map_the_letter_is_text(server, folder):
    made()
    (mail,) = sent(server)
    assert parts(mail) == ["text/plain"]


def test_streets_of_openstreetmap_do_as_well(server, folder, monkeypatch):
    before = Path(os.environ["KENTONGAN_PLACES_INDEX"])
    (folder / "places.index").write_bytes(before.read_bytes())
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(folder / "places.index"))
    take(menteng().write(folder / "menteng.osm"), lambda *_told: None)
    made()
    (mail,) = sent(server)
    assert "image/png" in parts(mail)


@pytest.mark.usefixtures("map_file")
@pytest.mark.parametrize("fault", [Problem("busy", 503, "x"), OSError("gone"), ValueError("broken")])
def test_whatever_is_wrong_with_the_map_the_letter_goes(server, monkeypatch, fault):
    def fails(*_given):
        raise fault

    monkeypatch.setattr(drawing, "scene", fails)
    made()
    (mail,) = sent(server)
    assert parts(mail) == ["text/plain"]


def test_a_picture_that_is_too_large_has_fewer_colours_or_is_left_out(map_file):
    view = basemap.View(16, *MENTENG, 320, 200)
    whole = basemap.for_a_letter(view, 30_000)
    smaller = basemap.for_a_letter(view, len(whole) - 1)
    assert len(smaller) < len(whole)
    assert basemap.for_a_letter(view, 100) is None


def test_a_letter_of_a_body_has_its_logo_and_colour_inside_and_no_letter_of_another(server):
    drawn = io.BytesIO()
    Image.effect_noise((200, 100), 20).convert("RGB").quantize(16).save(drawn, "PNG")
    bodies.set_logo("31", drawn.getvalue(), (200, 100), "")
    bodies.set_accent("31", "#ffd400", "")
    made()
    routing.submit(submission(at=BEKASI), person("lain@contoh.id"))
    mails = {parts(mail)[-1]: mail for mail in sent(server)}
    assert sorted(mails) == ["image/png", "text/plain"]
    mail = mails["image/png"]
    assert parts(mail) == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
    plain, page, logo = (part for part in mail.walk() if not part.is_multipart())
    html = page.get_payload(decode=True).decode()
    assert re.findall(r'(?:src|background)="([^"]*)"', html) == ["cid:logo"]
    assert f"solid {bodies.shades('#ffd400', bodies.DAY).sea}" in html
    assert "Jakarta" in html
    assert "<" not in plain.get_payload(decode=True).decode()
    content = logo.get_payload(decode=True)
    assert len(content) <= 12_000
    assert max(Image.open(io.BytesIO(content)).size) <= 160


def test_a_logo_that_a_letter_cannot_carry_stays_away_and_the_letter_goes(server):
    drawn = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (190, 320, 3), dtype=np.uint8)
    Image.fromarray(noise).save(drawn, "PNG")
    bodies.set_logo("31", drawn.getvalue(), (320, 190), "")
    made()
    (mail,) = sent(server)
    assert parts(mail) == ["text/plain"]
