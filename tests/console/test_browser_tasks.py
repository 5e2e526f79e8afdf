"""An officer's round on a phone whose network is cut twice: photo, note and result arrive once, conflicts are shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import reports, routing
from kentongan.bodies.models import Membership
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.who import Who
from tests.browser import IN_A_BROWSER, PHONE, chromium, until_so
from tests.pictures import picture
from tests.world import STREET, load_world, person, submission

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
LON, LAT = STREET
# A camera that shows a street: headless browsers have none.
CAMERA = """
    const drawn = document.createElement("canvas");
    drawn.width = 640; drawn.height = 480;
    window.streams = [];
    if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => {
        const paint = drawn.getContext("2d");
        setInterval(() => {
            paint.fillStyle = `hsl(${Math.random() * 360} 60% 50%)`;
            paint.fillRect(Math.random() * 600, Math.random() * 400, 200, 200);
        }, 20);
        const stream = drawn.captureStream(30);
        window.streams.push(stream);
        return stream;
    };
    Object.defineProperty(navigator, "storage", { value: { persist: async () => true } });
"""
SMALL = """[...document.querySelectorAll("#work :is(button, summary, [type=file], .sides label), .task :is(a, button)")]
    .filter((one) => one.offsetHeight && one.offsetHeight < 48).map((one) => one.outerHTML.slice(0, 90))"""


@pytest.fixture
def codes(transactional_db: None) -> list[str]:
    """Three tasks in a row, the nearest first, each with the reporter's photo."""
    load_world()
    officer = person("budi@contoh.id", name="Budi")
    Membership.objects.create(person=officer, body_id="31.roads", role="officer")
    made = []
    for at in range(3):
        photo = reports.add_photo(picture(at), None)
        sent = submission(at=(LON, LAT + 0.0005 * at), text=f"Lubang {at}", photos=(photo.pk,))
        made.append(routing.submit(sent, None).report.code)
    Report.objects.filter(code__in=made).update(assignee=officer)
    return made


def open_task(page: Any, code: str) -> None:
    page.click(f"[id='{code}'] [data-work]")
    until_so(page, "document.querySelector('#work video').videoWidth > 0")
    page.wait_for_selector("[data-standing-here]:not([hidden])")


def shoot(page: Any) -> None:
    page.click("[data-shutter]")
    page.wait_for_selector("#work [data-photos] img")


def test_an_officers_round_with_the_network_cut_twice(chromium: Any, live_server: Any, codes: list[str]) -> None:
    first, second, third = codes
    client = Client()
    client.force_login(Person.objects.get(email="budi@contoh.id"))
    context = chromium.new_context(
        viewport=PHONE, locale="id-ID", geolocation={"longitude": LON, "latitude": LAT}, permissions=["geolocation"],
    )  # fmt: skip
    context.add_init_script(CAMERA)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(live_server.url + "/console/tasks")
    until_so(page, "Boolean(navigator.serviceWorker.controller)")
    until_so(
        page,
        "async () => (await (await caches.open('kentongan-own')).keys())"
        ".filter((one) => one.url.includes('/thumb')).length === 3"
        " && await (await caches.open('kentongan-own')).match('/console/tasks')",
    )

    # Without a network: the page opens, and the result takes three touches.
    context.set_offline(True)
    page.goto(live_server.url + "/console/tasks")
    page.wait_for_selector("h1:has-text('Tugas saya')")
    assert page.locator(".task").count() == 3
    assert page.locator(f"[id='{first}'] .before").evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
    open_task(page, first)
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator("img.ghost").is_visible()
    shoot(page)
    page.click("[data-do=resolve]")
    page.wait_for_selector("[data-unsent] >> text=Menunggu dikirim")
    assert not page.locator(f"[id='{first}'] [data-work]").is_visible()
    assert page.evaluate(
        "window.streams.every((one) => one.getTracks().every((track) => track.readyState === 'ended'))"
    )
    # A begun one outlives the page: the note and the photo from before are there again.
    open_task(page, second)
    page.check("[name=role][value=before]")
    shoot(page)
    page.fill("#field-text", "Ditambal sebagian")
    until_so(
        page,
        """async () => {
        const base = await new Promise((done) => {
            const asked = indexedDB.open("kentongan", 1);
            asked.onsuccess = () => done(asked.result);
        });
        const asked = base.transaction("draft").objectStore("draft").getAll();
        const kept = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
        base.close();
        return kept.some((one) => one.text === "Ditambal sebagian" && one.photos.length);
    }""",
    )
    page.reload()
    page.wait_for_selector("[data-unsent] >> text=Menunggu dikirim")

    # Back: it is sent by itself, and the page that the phone keeps is made anew.
    context.set_offline(False)
    page.wait_for_selector("text=sudah sampai")
    page.wait_for_selector(f"[id='{first}']", state="detached")
    done = reports.find(first)
    assert (done.state, done.photos.filter(role="after").count()) == ("resolved", 1)
    assert done.entries.get(kind="resolved").data["site"] == "here"
    until_so(
        page,
        f"async () => !(await (await (await caches.open('kentongan-own')).match('/console/tasks')).text())"
        f".includes('{first}')",
    )

    # Cut again, while two are finished; a colleague ends one of them meanwhile.
    context.set_offline(True)
    open_task(page, second)
    assert page.input_value("#field-text") == "Ditambal sebagian"
    assert page.locator("#work [data-photos] img").count() == 1
    page.check("[name=role][value=after]")
    page.click("[data-shutter]")
    until_so(page, "document.querySelectorAll('#work [data-photos] img').length === 2")
    page.click("[data-do=resolve]")
    page.wait_for_selector("#work", state="hidden")
    open_task(page, third)
    page.fill("#field-text", "Sudah rapi")
    shoot(page)
    page.click("[data-do=resolve]")
    page.wait_for_selector("#work", state="hidden")
    sri = person("sri@contoh.id", name="Sri")
    Membership.objects.create(person=sri, body_id="31.roads", role="officer")
    reports.resolve(third, Who(sri, reports.Actor.OFFICER, "31.roads"), "Dari meja", no_photo_reason="gelap")
    context.set_offline(False)
    page.wait_for_selector("[data-unsent] >> text=Sri sudah mengakhiri laporan ini")
    assert page.locator("[data-unsent] >> text=Sudah rapi").is_visible()
    assert (
        page.locator("[data-unsent] .notice.warn img").evaluate("(one) => one.decode().then(() => one.naturalWidth)")
        > 0
    )
    page.wait_for_selector(f"[id='{second}']", state="detached")
    other = reports.find(second)
    assert sorted(other.photos.values_list("role", flat=True)) == ["after", "before", "report"]
    assert other.entries.filter(kind="resolved").count() == 1

    # Signed out, the phone keeps no tasks; what was not taken waits for its writer alone.
    page.goto(live_server.url + "/accounts/logout/")
    page.locator("main form button").click()
    until_so(page, "async () => !(await (await caches.open('kentongan-own')).match('/console/tasks'))")
    page.goto(live_server.url + "/")
    assert page.locator("text=Sudah rapi").count() == 0
    kept = page.evaluate("""async () => {
        const { all } = await import("/static/js/waiting.js");
        return (await all()).map(({ text }) => text);
    }""")
    assert kept == ["Sudah rapi"]

    # What everybody sees of it: the two pictures over each other, by keyboard, by mouse, and side by side without help.
    page.goto(f"{live_server.url}/r/{second}")
    page.wait_for_selector(".compare.over")
    cut = "document.querySelector('.compare').style.getPropertyValue('--cut')"
    slider = page.get_by_role("slider", name="Bandingkan")
    slider.focus()
    for key, left in (("Home", "0%"), ("End", "100%"), ("ArrowLeft", "99%")):
        page.keyboard.press(key)
        assert page.evaluate(cut) == left
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + 40)
    assert 23 <= int(page.evaluate(cut)[:-1]) <= 27
    assert page.locator(".compare img.before").evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 320
    context.close()
    plain = chromium.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    plain.goto(f"{live_server.url}/r/{second}")
    left, right = (plain.locator(f".compare img.{side}").bounding_box() for side in ("before", "after"))
    assert left["x"] + left["width"] < right["x"]
    assert not plain.locator(".compare input").is_visible()
    plain.context.close()
    assert faults == []


def test_whoever_was_dismissed_meanwhile_reads_why_and_keeps_words_and_photos_to_hand_over(
    chromium: Any, live_server: Any, codes: list[str]
) -> None:
    client = Client()
    client.force_login(Person.objects.get(email="budi@contoh.id"))
    context = chromium.new_context(
        viewport=PHONE, locale="id-ID", geolocation={"longitude": LON, "latitude": LAT}, permissions=["geolocation"],
    )  # fmt: skip
    context.add_init_script(CAMERA)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(live_server.url + "/console/tasks")
    until_so(page, "Boolean(navigator.serviceWorker.controller)")
    context.set_offline(True)
    open_task(page, codes[0])
    shoot(page)
    page.fill("#field-text", "Sudah ditambal")
    page.click("[data-do=resolve]")
    page.wait_for_selector("[data-unsent] >> text=Menunggu dikirim")
    Membership.objects.update(until=timezone.now())
    context.set_offline(False)
    page.goto(live_server.url + "/console/tasks")
    told = page.locator("#waiting .notice.warn")
    told.get_by_text("Anda tidak lagi bekerja di instansi mana pun").wait_for()
    assert told.get_by_text("Sudah ditambal").is_visible()
    with page.expect_download() as saved:
        told.get_by_text("Simpan foto 1").click()
    assert saved.value.suggested_filename == f"{codes[0]}-1.jpg"
    told.get_by_text("Hapus").click()
    told.get_by_text("Yakin hapus?").wait_for()
    # Added again, it goes as it is.
    Membership.objects.update(until=None)
    told.locator("[data-send]").click()
    page.wait_for_selector("#waiting [data-sent]")
    assert Report.objects.get(code=codes[0]).state == "resolved"
