"""The form in a real browser: photos leave small and told, the map is moved by a finger, pages are there offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pillow_heif
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from kentongan import reports, routing
from kentongan.bodies.models import Membership
from kentongan.reports.models import Photo, Report
from kentongan.reports.states import Actor
from tests.browser import IN_A_BROWSER, PHONE, chromium, until_so
from tests.camera_words import ODD
from tests.instances import until
from tests.pictures import taken_at_a_place
from tests.world import STREET, load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
MOST = 400_000  # bytes of a photo that leaves a phone


@pytest.fixture
def site(live_server: Any, transactional_db: None) -> str:
    load_world()
    return str(live_server.url)


@pytest.fixture
def phone(chromium: Any, site: str) -> Any:
    """A page on a phone with a touch screen; faults of scripts fail the test."""
    page = chromium.new_context(viewport=PHONE, locale="id-ID", has_touch=True, is_mobile=True).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    page.context.close()
    assert faults == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: Any) -> Path:
    """12 megapixels of detail: more than 5 MB."""
    path = tmp_path_factory.mktemp("photos") / "jalan.jpg"
    path.write_bytes(taken_at_a_place((4000, 3000), 90).read())
    assert path.stat().st_size > 5_000_000
    return path


def made(who: Any = None, text: str = "Lubang besar") -> Report:
    lon, lat = STREET
    said = reports.Submission(submission_id=uuid4(), category="road_damage", text=text, lon=lon, lat=lat)
    return routing.submit(said, who).report


def sign_in(page: Any, site: str, who: Any) -> None:
    client = Client()
    client.force_login(who)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])


def test_a_large_photo_leaves_small_upright_with_what_the_camera_told(phone: Any, site: str, large: Path) -> None:
    phone.goto(site + "/report/new")
    seen: list[str] = []
    phone.expose_function("seen", lambda doing: seen.append(doing))
    phone.evaluate("""() => {
        const box = document.querySelector("[data-progress]");
        const shut = () => (document.querySelector("[name=photos]").disabled ? " shut" : "");
        const look = () => box.querySelectorAll("[data-doing]:not([hidden])")
            .forEach((one) => seen(one.dataset.doing + shut()));
        new MutationObserver(look).observe(box, { attributes: true, subtree: true });
        globalThis.frames_seen = 0;
        const frame = () => { globalThis.frames_seen += 1; requestAnimationFrame(frame); };
        frame();
    }""")
    with phone.expect_navigation(url="**/report/new?step=place"):
        phone.set_input_files("[name=photos]", large)
    # A second photo that is chosen meanwhile would be lost, as the page leaves when the first has arrived.
    assert {"shrinking shut", "sending shut"} <= set(seen)
    photo = Photo.objects.get()
    assert photo.size <= MOST
    assert photo.height > photo.width  # it stood on its side
    assert (photo.lon, photo.lat) == pytest.approx((106.82, -6.17))
    assert photo.taken_at is not None
    assert photo.taken_at.isoformat() == "2026-11-20T01:30:00+00:00"
    with default_storage.open(photo.original) as stored, Image.open(stored) as image:
        assert image.info["comment"].startswith(b"Kentongan: made smaller on the phone from 3000x4000")
        assert image.getexif()[0x0112] == 1
    phone.wait_for_selector("text=Peta menunjukkan tempat foto Anda diambil")
    assert phone.input_value("[name=lon]").startswith("106.82")


def test_the_phone_reads_the_place_of_a_photo_as_the_server_does(phone: Any, site: str) -> None:
    phone.goto(site + "/report/new")
    read = phone.evaluate(
        """async (photos) => {
            const { exifOf, placeIn } = await import("/static/js/photo-told.js");
            const places = photos.map((photo) => placeIn(exifOf(Uint8Array.from(photo).buffer)));
            return places.map((place) => place && [place.lon, place.lat]);
        }""",
        [list(content) for content, _place in ODD.values()],
    )
    for (name, (_content, place)), found in zip(ODD.items(), read, strict=True):
        assert found == (place and pytest.approx(list(place), abs=2e-6)), name


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_kind_that_the_browser_cannot_make_small_goes_as_it_is_and_the_page_says_so(
    phone: Any, site: str, tmp_path: Path, kind: str
) -> None:
    pillow_heif.register_heif_opener()
    path = tmp_path / f"foto.{'heic' if kind == 'HEIF' else 'avif'}"
    Image.effect_noise((1200, 900), 90).convert("RGB").save(path, kind, quality=90)
    assert path.stat().st_size > MOST
    phone.goto(site + "/report/new")
    assert "image/avif" in phone.get_attribute("[name=photos]", "accept")
    seen: list[str] = []
    phone.expose_function("seen", lambda words: seen.append(words))
    phone.evaluate("""() => {
        const box = document.querySelector("[data-progress]");
        const look = () => box.querySelectorAll("[data-doing]:not([hidden])").forEach((one) => seen(one.textContent));
        new MutationObserver(look).observe(box, { attributes: true, subtree: true });
    }""")
    with phone.expect_navigation(url="**/report/new?step=place"):
        phone.set_input_files("[name=photos]", path)
    assert Photo.objects.get().size == path.stat().st_size
    assert any("dikirim apa adanya" in words and " MB" in words for words in seen)


def test_a_photo_beyond_the_limit_is_made_small_or_refused_unsent(phone: Any, site: str, tmp_path: Path) -> None:
    path = tmp_path / "foto.heic"
    path.write_bytes(bytes(20 * 1024 * 1024 + 1))
    phone.goto(site + "/report/new")
    sent: list[str] = []
    phone.on("request", lambda one: sent.append(one.method))
    phone.set_input_files("[name=photos]", path)
    phone.wait_for_selector("text=Ukuran foto paling besar 20 MB")
    assert phone.input_value("[name=photos]") == ""
    assert "POST" not in sent
    # Cameras of 200 megapixels write as much: what the phone can make small fits. Behind its end a JPEG may go on.
    path = path.with_suffix(".jpg")
    path.write_bytes(taken_at_a_place((1200, 900), 90).read() + bytes(20 * 1024 * 1024))
    with phone.expect_navigation(url="**/report/new?step=place"):
        phone.set_input_files("[name=photos]", path)
    assert Photo.objects.get().size <= MOST


def test_without_a_script_the_photo_goes_as_it_is(chromium: Any, site: str, large: Path) -> None:
    page = chromium.new_context(viewport=PHONE, locale="id-ID", java_script_enabled=False).new_page()
    page.goto(site + "/report/new")
    page.set_input_files("[name=photos]", large)
    with page.expect_navigation():
        page.click(".thumb .main")
    assert Photo.objects.get().size == large.stat().st_size
    page.context.close()


def drag(page: Any, selector: str, by: tuple[int, int]) -> None:
    """One finger on the middle of an element, moved."""
    box = page.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        at = {"x": x + by[0] * step / 8, "y": y + by[1] * step / 8}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        page.wait_for_timeout(30)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_one_finger_moves_the_map_where_the_place_is_asked_and_scrolls_elsewhere(phone: Any, site: str) -> None:
    phone.goto(site + "/report/new?step=place")
    phone.locator("[data-map]").scroll_into_view_if_needed()
    phone.wait_for_selector("[data-map][data-drawn]")
    drag(phone, "[data-map]", (60, 40))
    until_so(phone, "() => document.querySelector('[name=lon]').value !== ''")
    phone.wait_for_selector("text=Tempat di bawah penanda sudah dipilih")
    report = made()
    phone.goto(f"{site}/r/{report.code}")
    phone.locator("[data-map]").scroll_into_view_if_needed()
    phone.wait_for_selector("[data-map][data-drawn]")
    before = phone.evaluate("scrollY")
    drag(phone, "[data-map]", (0, -120))
    until_so(phone, f"() => scrollY !== {before}")


def test_reports_on_the_map_are_large_and_reached_by_keyboard_with_a_way_past(phone: Any, site: str) -> None:
    report = made()
    phone.goto(f"{site}/area/{report.village_code}")
    point = phone.locator(f"[data-map] a[href='/r/{report.code}']")
    phone.wait_for_selector("[data-map][data-drawn]")
    for _near in range(3):  # from far away many reports are one number
        phone.click(".maplibregl-ctrl-zoom-in")
        phone.wait_for_timeout(500)
    point.wait_for()
    box = point.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    assert "menunggu" in point.get_attribute("aria-label")
    past = phone.locator(".past-map a")
    past.focus()
    phone.keyboard.press("Enter")
    phone.keyboard.press("Tab")
    assert phone.evaluate("!document.querySelector('[data-map]').contains(document.activeElement)")
    point.focus()
    with phone.expect_navigation(url=f"**/r/{report.code}"):
        phone.keyboard.press("Enter")


def test_without_a_network_the_photo_tells_the_place(phone: Any, site: str, large: Path) -> None:
    phone.goto(site + "/report/new")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until_so(phone, "() => navigator.serviceWorker.controller")
    phone.context.set_offline(True)
    phone.goto(site + "/report/new")
    phone.wait_for_selector("text=Melapor tanpa jaringan")
    phone.set_input_files("#photos", large)
    phone.wait_for_selector("text=Tempatnya diambil dari foto Anda")
    assert phone.input_value("[name=lat]").startswith("-6.17")
    kept = phone.evaluate("""new Promise((done) => {
        indexedDB.open("kentongan", 1).onsuccess = ({ target }) => {
            const asked = target.result.transaction("draft").objectStore("draft").get("now");
            asked.onsuccess = () => done(asked.result.photos[0].blob.size);
        };
    })""")
    assert kept <= MOST


def test_my_reports_are_there_without_a_network_and_gone_after_signing_out(phone: Any, site: str) -> None:
    owner = person()
    report = made(owner, "Lubang milik warga")
    phone.goto(site + "/")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until_so(phone, "() => navigator.serviceWorker.controller")
    sign_in(phone, site, owner)
    phone.goto(site + "/mine")
    own = f"caches.open('kentongan-own').then((own) => own.match('/r/{report.code}')).then(Boolean)"
    until_so(phone, f"() => {own}")
    phone.context.set_offline(True)
    phone.goto(site + "/mine")
    phone.wait_for_selector("text=Lubang milik warga")
    phone.wait_for_selector("text=Ini yang tersimpan di ponsel")
    phone.goto(f"{site}/r/{report.code}")
    phone.wait_for_selector("text=Lubang milik warga")
    phone.context.set_offline(False)
    phone.goto(site + "/mine")
    with phone.expect_navigation():
        phone.click("form[action*=logout] button")
    until_so(phone, "() => caches.has('kentongan-own').then((has) => !has)")
    phone.context.set_offline(True)
    phone.goto(site + "/mine")
    assert phone.locator("text=Lubang milik warga").count() == 0


def test_what_was_kept_of_one_person_is_gone_when_another_is_here(phone: Any, site: str) -> None:
    first, second = person("a@contoh.id"), person("b@contoh.id")
    made(first, "Lubang milik yang pertama")
    phone.goto(site + "/")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until_so(phone, "() => navigator.serviceWorker.controller")
    sign_in(phone, site, first)
    phone.goto(site + "/mine")
    until_so(phone, "() => caches.open('kentongan-own').then((own) => own.match('/mine')).then(Boolean)")
    phone.context.clear_cookies()  # the session ended without a word
    sign_in(phone, site, second)
    phone.goto(site + "/")
    until_so(phone, "() => caches.has('kentongan-own').then((has) => !has)")


def test_no_opens_the_objection_and_begins_in_its_words(phone: Any, site: str) -> None:
    owner = person()
    report = made(owner)
    officer = reports.Who(None, Actor.OFFICER)
    for act in (reports.accept, reports.start):
        act(report.code, officer)
    reports.resolve(report.code, officer, "Sudah ditambal.", no_photo_reason="Gelap")
    sign_in(phone, site, owner)
    phone.goto(f"{site}/r/{report.code}")
    phone.click("text=Belum")
    phone.wait_for_selector("#contest[open] #contest-text:focus")


def test_kinds_are_suggested_while_the_person_writes(phone: Any, site: str) -> None:
    lon, lat = STREET
    phone.goto(site + "/report/new?step=place")
    phone.locator("details:has([name=lat]) summary").click()
    phone.fill("[name=lon]", str(lon))
    phone.fill("[name=lat]", str(lat))
    with phone.expect_navigation():
        phone.click(".thumb .main")
    phone.fill("[data-suggest-from]", "jalan berlubang")
    phone.wait_for_selector("[data-suggested] input[value=road_damage]:checked")


def test_an_officers_photo_of_the_result_leaves_the_phone_small_too(phone: Any, site: str, large: Path) -> None:
    officer, found = person("petugas@contoh.id"), made()
    Membership.objects.create(person=officer, body_id=found.body_id, role="officer")
    reports.accept(found.code, reports.Who(officer, Actor.OFFICER), "")
    sign_in(phone, site, officer)
    phone.goto(f"{site}/console/reports/{found.code}")
    phone.locator("#resolve").evaluate("one => { one.open = true; }")
    phone.set_input_files("#resolve-photos", large)
    until(lambda: phone.locator("#resolve-photos").evaluate("one => one.files[0].size") <= MOST)
    phone.click("#resolve form button:not([type=button])")
    phone.wait_for_load_state()
    photo = Photo.objects.get()
    assert photo.role == "after"
    assert photo.size <= MOST
