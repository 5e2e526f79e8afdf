"""The citizens' pages: both languages, the form without JavaScript, bad input that loses nothing."""

from __future__ import annotations

import gzip
import io
import os
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from kentongan import bodies, catalogue, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation import prepared
from kentongan.foundation.config import config
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.web.packed import PackedStatic
from tests.reading import read
from tests.world import BEKASI, STREET

pytestmark = pytest.mark.django_db
JAKARTA, NO_PARTNER = STREET, BEKASI


@pytest.fixture(autouse=True)
def _loaded(world: None) -> None: ...


@pytest.fixture
def person() -> Person:
    return Person.objects.create_user("warga@bali.test", "rahasia-sekali")


def made(person: Person | None = None, at: tuple[float, float] = JAKARTA, **more: str) -> routing.Submitted:
    said = {"category": "road_damage", "text": "Lubang besar di tikungan", **more}
    return routing.submit(reports.Submission(submission_id=uuid4(), lon=at[0], lat=at[1], **said), person)


def picture(**saved: object) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 80).convert("RGB").save(out, "JPEG", **saved)
    return SimpleUploadedFile("jalan.jpg", out.getvalue(), "image/jpeg")


def post(client: Client, step: str, follow: bool = True, **said: object) -> str:
    page = client.post("/report/new", {"step": step, **said}, follow=follow)
    assert page.status_code in {200, 302}
    return read(page)


@pytest.mark.parametrize(("language", "word"), [("id", "Lapor</a>"), ("en", "Report</a>")])
def test_every_page_in_both_languages(client: Client, language: str, word: str) -> None:
    report = made().report
    client.post("/report/new", {"step": "place", "lon": JAKARTA[0], "lat": JAKARTA[1]})
    client.post("/report/new", {"step": "kind", "category": "road_damage"})
    pages = ["/", "/mine", f"/r/{report.code}", "/area/31.71", "/area/32.16", "/body/31", "/accounts/login/"]
    pages += [f"/report/new?step={step}" for step in ("photo", "place", "kind", "words")]
    pages += ["/accounts/signup/", "/accounts/login/code/", "/styleguide", f"/body/{report.body_id}"]
    for address in pages:
        answer = client.get(address, headers={"accept-language": language})
        page = read(answer)
        assert answer.status_code == 200, address
        assert f'<html lang="{language}"' in page, address
        assert word in page, address
        assert " style=" not in page, address
        assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))", page), address


def test_form_without_javascript_from_photo_to_report(client: Client) -> None:
    assert "draft_photo" not in post(client, "photo", photos=[picture()])
    assert len(client.session["draft"]["photos"]) == 1
    page = post(client, "place", search="1", place="Gambir")
    point = re.search(r'name="point" value="([^"]+)"', page)
    assert point is not None
    post(client, "place", point=point.group(1))
    assert "road_damage" in post(client, "kind", suggest="1", text="jalan berlubang")
    page = post(client, "kind", category="road_damage", text="jalan berlubang")
    assert "jalan berlubang" in page
    assert "Akan diterima oleh" in page
    answer = client.post(
        "/report/new", {"step": "words", "text": "Jalan berlubang dalam", "privacy": "public", "send": "1"}
    )
    report = Report.objects.get()
    assert answer["Location"] == f"/r/{report.code}"
    assert report.photo_count == 1
    assert "draft" not in client.session


def photographed(at: str, place: tuple[float, float] = JAKARTA) -> SimpleUploadedFile:
    """A photo whose camera wrote time (in western Indonesia) and place."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = at
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] = (place[0], 0, 0), "E"
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] = (-place[1], 0, 0), "S"
    return picture(exif=exif)


def test_time_and_place_of_a_photo_are_shown_to_be_confirmed(client: Client) -> None:
    client.cookies.load({"django_language": "en"})
    page = post(client, "photo", photos=photographed("2026:01:02 08:30:00"))
    assert "Where the photo was taken<br><small>Gambir, Gambir</small>" in page
    post(client, "place", use=f"{JAKARTA[0]},{JAKARTA[1]}")
    page = post(client, "kind", category="road_damage")
    assert "Your photo says 2 January 2026, 08:30" in page
    assert 'name="seen" value="2026-01-02T08:30"' in page
    page = post(client, "words", text="Lubang", privacy="public", seen="2026-01-02T07:45", send="1")
    assert "2 January 2026, 07:45" in page
    assert Report.objects.get().occurred_at == datetime(2026, 1, 2, 0, 45, tzinfo=UTC)


def test_a_person_may_leave_the_photos_time_out(client: Client) -> None:
    post(client, "photo", photos=photographed("2026:01:02 08:30:00"))
    post(client, "place", use=f"{JAKARTA[0]},{JAKARTA[1]}")
    post(client, "kind", category="road_damage")
    assert 'name="seen" value=""' in post(client, "words", text="Lubang", privacy="public", seen="")
    post(client, "words", text="Lubang", privacy="public", seen="", send="1")
    assert Report.objects.get().occurred_at is None


@pytest.mark.parametrize("seen", ["2999-01-01T00:00", "yesterday", "0001-01-01T00:00", "\u202e"])
def test_a_time_that_cannot_be_is_told_beside_its_field(client: Client, seen: str) -> None:
    post(client, "place", lon=str(JAKARTA[0]), lat=str(JAKARTA[1]))
    post(client, "kind", category="road_damage")
    page = post(client, "words", text="Lubang", privacy="public", seen=seen, send="1")
    assert 'href="#occurred_at"' in page
    assert "Lubang" in page
    assert Report.objects.count() == 0


def test_a_second_tap_gives_the_same_report(client: Client) -> None:
    post(client, "place", lon=str(JAKARTA[0]), lat=str(JAKARTA[1]))
    post(client, "kind", category="road_damage")
    submission_id = client.session["draft"]["submission_id"]
    said = {
        "step": "words",
        "text": "Lubang",
        "privacy": "public",
        "send": "1",
        "submission_id": submission_id,
    }
    first, second = client.post("/report/new", said), client.post("/report/new", said)
    assert first["Location"] == second["Location"]
    assert Report.objects.count() == 1


def test_bad_input_keeps_what_was_written(client: Client) -> None:
    post(client, "place", lon=str(JAKARTA[0]), lat=str(JAKARTA[1]))
    post(client, "kind", category="road_damage")
    long = "a" * 100_000
    page = post(client, "words", text=long, privacy="secret", send="1")
    assert 'id="errors"' in page
    assert 'href="#text"' in page
    assert 'aria-invalid="true"' in page
    assert long in page
    assert 'value="secret" checked' in page
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    "said",
    [
        {"step": "place", "lon": "abc", "lat": "1"},
        {"step": "place", "lon": "0", "lat": "0"},
        {"step": "place", "lon": "nan", "lat": "inf"},
        {"step": "place", "lon": "-6.2", "lat": "106.8"},
        {"step": "place", "lon": "10", "lat": "50"},
        {"step": "place"},
        {"step": "place", "point": "x,y"},
        {"step": "kind", "category": "no_such_thing"},
        {"step": "words", "text": "", "send": "1"},
        {"step": "words", "text": "\u202e\x00", "privacy": "nobody", "send": "1"},
    ],
)
def test_bad_input_is_told_beside_its_field_and_never_a_500(client: Client, said: dict[str, str]) -> None:
    page = client.post("/report/new", said, follow=True)
    assert page.status_code == 200
    assert 'id="errors"' in page.content.decode()
    assert Report.objects.count() == 0


def test_a_file_that_is_no_photo_is_refused_with_words(client: Client) -> None:
    page = post(client, "photo", photos=[SimpleUploadedFile("a.jpg", b"not a photo", "image/jpeg")])
    assert 'id="photos-error"' in page


def test_a_step_that_does_not_exist_and_a_code_that_does_not(client: Client) -> None:
    assert client.post("/report/new", {"step": "nowhere"}).status_code == 302
    for address in (
        "/r/XXXX-XXXX",
        "/area/99.99",
        "/body/no.such",
        f"/r/XXXX-XXXX/photo/{uuid4()}/large",
        "/r/-",
    ):
        assert client.get(address).status_code == 404, address


def test_report_page_is_small_and_says_state_body_and_why(client: Client) -> None:
    report = made().report
    answer = client.get(f"/r/{report.code}")
    page = answer.content.decode()
    assert len(answer.content) <= 60_000
    assert page.index("status is-waiting large") < page.index(str(report.body.name)) < page.index("timeline")
    assert "Mengapa ke sini?" in page
    assert report.decision["reasons"][0]["text"]["id"] in page.replace("&#x27;", "'").replace("&quot;", '"')
    assert client.get(f"/r/{report.code.lower()}").status_code == 301


def test_no_partner_is_said_honestly_with_the_number(client: Client) -> None:
    report = made(at=NO_PARTNER).report
    made(at=NO_PARTNER, text="Lubang lain")
    page = client.get(f"/r/{report.code}").content.decode()
    assert "belum menjadi mitra" in page
    assert "2 laporan menunggu" in page
    assert "Tenggat" not in page  # nobody has promised an answer, to whatever reads it
    assert client.get(f"/api/v1/reports/{report.code}").json()["deadline_at"] is None
    [told] = client.get(f"/open311/v2/requests/{report.code}.json").json()
    assert told["expected_datetime"] is None


def test_a_report_without_an_account_is_claimed_after_signing_in(client: Client, person: Person) -> None:
    post(client, "place", lon=str(JAKARTA[0]), lat=str(JAKARTA[1]))
    post(client, "kind", category="road_damage")
    post(client, "words", text="Lubang", privacy="secret", send="1")
    report = Report.objects.get()
    assert client.get(f"/r/{report.code}").status_code == 200
    assert Client().get(f"/r/{report.code}").status_code == 404
    client.force_login(person)
    assert report.code in client.get("/mine").content.decode()
    report.refresh_from_db()
    assert report.reporter == person


def test_the_reporter_sees_who_looked_and_strangers_do_not(client: Client, person: Person) -> None:
    code = made(person).report.code
    keeper = Person.objects.create_superuser("pengelola@uji.test", "rahasia-sekali")
    officer = reports.Who(person=keeper, actor=Actor.OFFICER, body="31.roads")
    reports.look_at_identity(code, officer, "Perlu menelepon")
    reports.look_at_identity(code, reports.Who(keeper, Actor.OFFICER), "Diminta pengadilan")
    assert "identitas" not in client.get(f"/r/{code}").content.decode()
    client.force_login(person)
    page = client.get(f"/r/{code}").content.decode()
    assert "Pengelola platform ·" in page
    assert "Diminta pengadilan" in page
    assert "Dinas Bina Marga Provinsi DKI Jakarta ·" in page


def test_support_comment_and_signing_in_first(client: Client, person: Person) -> None:
    report = made().report
    assert "/accounts/login/" in client.post(f"/r/{report.code}/support")["Location"]
    client.force_login(person)
    client.post(f"/r/{report.code}/support")
    client.post(f"/r/{report.code}/support")
    client.post(f"/r/{report.code}/comment", {"text": "Di depan sekolah"})
    report.refresh_from_db()
    assert (report.support_count, report.comment_count) == (1, 1)
    assert "Di depan sekolah" in client.get(f"/r/{report.code}").content.decode()
    assert client.post(f"/r/{report.code}/explode").status_code == 404


def test_the_reporter_reopens_rates_and_keeps_words_when_refused(client: Client, person: Person) -> None:
    report = made(person).report
    officer = reports.Who(Person.objects.create_user("petugas@jakarta.test"), Actor.OFFICER, report.body_id)
    client.force_login(person)
    page = client.post(f"/r/{report.code}/contest", {"text": "Masih berlubang"}, follow=True).content.decode()
    assert 'id="errors"' in page
    reports.resolve(report.code, officer, "Sudah ditambal", no_photo_reason="Malam hari")
    page = client.get(f"/r/{report.code}").content.decode()
    assert "status is-done large" in page
    assert reverse("report_act", args=[report.code, "confirm"]) in page
    client.post(f"/r/{report.code}/contest", {"text": "Masih berlubang", "photos": [picture()]})
    page = client.get(f"/r/{report.code}").content.decode()
    assert "status is-waiting large" in page
    assert "Masih berlubang" in page
    reports.resolve(report.code, officer, "Kini benar", no_photo_reason="Malam hari")
    client.post(f"/r/{report.code}/rate", {"stars": "5"})
    report.refresh_from_db()
    assert (report.stars, report.status) == (5, "done")
    photo = report.photos.get()
    image = client.get(f"/r/{report.code}/photo/{photo.pk}/large")
    assert image["Content-Type"] == "image/jpeg"
    assert client.get(f"/r/{report.code}/photo/{photo.pk}/original").status_code == 404


def test_a_duplicate_nearby_is_offered_before_sending(client: Client) -> None:
    report = made().report
    post(client, "place", lon=str(JAKARTA[0]), lat=str(JAKARTA[1]))
    page = post(client, "kind", category="road_damage", text="lubang besar")
    assert reverse("report_act", args=[report.code, "support"]) in page


def test_online_content_needs_no_place(client: Client) -> None:
    kinds = post(client, "place", placeless="1")
    assert 'value="harmful_content"' in kinds
    assert 'value="road_damage"' not in kinds  # nothing is offered that is refused afterwards
    worded = post(client, "kind", suggest="1", text="iklan penipuan di jalan berlubang")
    assert 'value="online_scam"' in worded
    assert 'value="road_damage"' not in worded
    follow = re.search(r'data-suggest="([^"]+)"', worded)[1]
    found = client.get(f"{follow}&text=jalan+berlubang+penipuan").json()["items"]
    assert found
    assert not any(catalogue.get(one["code"]).needs_place for one in found)
    page = post(client, "kind", category="harmful_content")
    assert 'name="url"' in page
    draft = client.session["draft"]["submission_id"]
    post(client, "words", text="Penipuan", url="https://contoh.test/a", privacy="public", send="1")
    report = Report.objects.get()
    assert report.body_id == "id.komdigi"
    back = client.get(f"/report/new?draft={draft}&step=words", follow=True)  # by the key of the browser
    assert back.redirect_chain[-1][0] == f"/r/{report.code}"
    assert "sudah terkirim" in read(back)


@pytest.mark.parametrize("known", ["", "© OpenStreetMap"])
def test_the_search_promises_only_what_is_found_here(
    client: Client, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    monkeypatch.setitem(engines["jinja2"].env.globals, "streets_by", lambda: known)
    assert ("kode pos" in post(client, "photo")) == bool(known)


def test_area_lists_filter_by_status(client: Client) -> None:
    report = made().report
    assert report.code in client.get(f"/area/{report.regency_code}").content.decode()
    assert report.code not in client.get(f"/area/{report.regency_code}?status=done").content.decode()
    assert client.get(f"/area/{report.regency_code}?cursor=zzz").status_code == 200


def test_outlines_are_geojson(client: Client) -> None:
    assert client.get("/map/outline/province.json").json()["type"] == "FeatureCollection"
    assert client.get("/map/outline/nowhere.json").status_code == 404
    assert client.get("/map/places/31.json").json()["province"] == "31"
    assert client.get("/map/places/31.71.json").status_code == 404
    packed = client.get("/map/places/35.json", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < 200_000


def test_suggestions_follow_the_words(client: Client) -> None:
    codes = [one["code"] for one in client.get("/report/suggest?text=jalan+berlubang").json()["items"]]
    assert codes[0] == "road_damage"


def test_names_for_the_map_come_from_the_gazetteer(client: Client) -> None:
    names = [name for _lon, _lat, name, _code in client.get("/map/names/10/815/529.json").json()["names"]]
    assert "Gambir" in names
    assert client.get("/map/names/11/0/0.json").status_code == 404
    assert client.get("/map/names/4/99/0.json").status_code == 404


def test_strangers_cannot_flood_and_lose_no_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 1)
    pages = []
    for number in range(2):
        post(client, "place", lon=str(JAKARTA[0]), lat=str(JAKARTA[1]))
        post(client, "kind", category="road_damage")
        pages.append(post(client, "words", text=f"Lubang ke-{number}", privacy="public", send="1"))
    assert Report.objects.count() == 1
    assert 'id="errors"' in pages[1]
    assert "Lubang ke-1" in pages[1]


def test_where_an_account_is_asked_for_the_form_leads_to_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "anonymous_reports", False)
    assert client.get("/report/new")["Location"].startswith("/accounts/login/")


def test_account_pages_of_a_signed_in_person(client: Client, person: Person) -> None:
    client.force_login(person)
    for address in ("/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/accounts/2fa/"):
        assert client.get(address, follow=True).status_code == 200, address


def test_whoever_is_signed_in_finds_all_that_is_theirs_behind_the_person_in_the_head(
    client: Client, person: Person
) -> None:
    client.force_login(person)
    head = client.get("/").content.decode()
    assert re.search(r'<a class="quiet" href="/account">', head)
    shown = client.get("/account").content.decode()
    own = ("/account/notices", "/account/safety", "/account/sessions", "/account/erase", "/keluarga", "/lingkungan")
    signing = ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/", "/mine/tokens")
    for page in own + signing:
        assert f'href="{page}"' in shown, page
    assert 'href="/account"' in client.get("/accounts/email/", follow=True).content.decode().split("</header>")[1]


def test_static_files_leave_packed_unless_they_have_changed_since(rf, tmp_path):
    style = tmp_path / "style.css"
    style.write_text("a { color: red }" * 100)
    twin = tmp_path / "style.css.gz"
    twin.write_bytes(gzip.compress(style.read_bytes()))

    def sent(age):
        os.utime(twin, (style.stat().st_atime, style.stat().st_mtime + age))
        middleware = PackedStatic(lambda request: HttpResponse(status=404))
        middleware.add_files(str(tmp_path), prefix="probe/")
        return middleware(rf.get("/probe/style.css", headers={"accept-encoding": "gzip"}))

    assert sent(1)["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in sent(-1)


def test_a_page_asks_once_whether_its_reader_works_somewhere(
    client: Client, world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, rows = [], prepared.rows
    monkeypatch.setattr(prepared, "rows", lambda query, *given: asked.append(query) or rows(query, *given))
    officer = Person.objects.create_user("petugas@contoh.id", "kentongan-uji")
    Membership.objects.create(person=officer, body=bodies.get("31"), role="officer")
    client.force_login(officer)
    shown = client.get("/").content.decode()
    assert shown.count('href="/console/"') == 2  # above, and in the tab bar of a phone
    assert sum("bodies_membership" in one for one in asked) == 1


def test_the_map_of_all_reports_begins_where_somebody_looks(client: Client) -> None:
    report = made().report
    page = read(client.get("/", {"place": "Jl. Uji", "at": f"{JAKARTA[0]},{JAKARTA[1]}"}))
    assert "Laporan dalam satu kilometer dari Jl. Uji" in page
    assert report.code in page
    assert f'data-lon="{JAKARTA[0]}"' in page
    assert 'data-zoom="16"' in page
    far = read(client.get("/", {"at": "115.22,-8.65"}))
    assert report.code not in far
    assert client.get("/", {"place": "Gambir, Jakarta Pusat"})["Location"].startswith("/area/31.71")
    assert "tidak ditemukan" in read(client.get("/", {"place": "tempat yang tidak ada sama sekali"})).lower()
    assert client.get("/", {"place": "\x00<script>" * 99, "at": "'"}).status_code == 200
