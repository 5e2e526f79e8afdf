"""The button in a real browser: press to owned to closed, nobody on duty, a lost network, silence and duress."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from kentongan import emergency
from kentongan.bodies.models import Membership
from kentongan.emergency.models import Alert, Entry
from tests.browser import DESK, IN_A_BROWSER, PHONE, chromium, turned, until_so
from tests.emergency.post import kept, operator, post, silence
from tests.pictures import taken_at_a_place
from tests.world import STREET, load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(transactional_db: None, live_server: Any) -> Any:
    """Jakarta with a post, and its operator."""
    load_world()
    town = type("Town", (), {})()
    town.url, town.post, town.budi = live_server.url, post(), operator()
    return town


@pytest.fixture
def opened(chromium: Any) -> Any:
    """Pages of their own, all without a fault of a script."""
    faults: list[str] = []
    contexts = []

    def open_page(url: str, email: str = "", size: Any = PHONE, where: Any = STREET) -> Any:
        given = {"geolocation": {"longitude": where[0], "latitude": where[1], "accuracy": 15}} if where else {}
        context = chromium.new_context(
            viewport=size, locale="id-ID", permissions=["geolocation"] if where else [], **given
        )
        contexts.append(context)
        if email:
            client = Client()
            client.force_login(person_named(email))
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def person_named(email: str) -> Any:
    from kentongan.people.models import Person

    return Person.objects.get(email=email)


def ready(page: Any) -> Any:
    page.wait_for_selector("#alert[data-ready]")
    return page


def hold(page: Any, milliseconds: int = 3400) -> None:
    box = page.locator("[data-hold]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    page.mouse.up()


def test_press_is_owned_closed_and_its_person_reads_the_log(town: Any, opened: Any) -> None:
    sari = operator("sari@contoh.id", "Sari", role="viewer")
    given = {"call_sign": "Unit 3", "kind": "ambulance", "area": "31"}
    Membership.objects.filter(person=town.budi).update(role="coordinator")
    emergency.keep_unit(town.budi, town.post.pk, given, [str(sari.pk)])
    desk = opened(f"{town.url}/console/alerts", "budi@contoh.id", DESK)
    unit = opened(f"{town.url}/console/unit", "sari@contoh.id", where=(STREET[0], STREET[1] - 0.005))
    unit.click("button:has-text('Siap')")
    unit.wait_for_selector("[data-told-at]:not(:text-is('–'))")  # where it is was told
    desk.click("text=Mulai bertugas")
    desk.wait_for_selector("text=Anda sedang bertugas")
    phone = ready(opened(f"{town.url}/darurat"))
    phone.evaluate("Date.now = ((real) => () => real() - 7_200_000)(Date.now)")  # a clock that is two hours slow
    phone.wait_for_selector("text=Sedang dijaga")
    hold(phone, 900)
    phone.wait_for_selector("text=Terlalu cepat dilepas")
    assert not Alert.objects.exists()
    hold(phone)
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    desk.wait_for_selector("[data-rings=yes]", state="attached")
    desk.click("text=Saya tangani")
    phone.wait_for_selector("text=Budi (Posko Menteng)")
    turned(desk, PHONE).click("button:has-text('Kirim Unit 3')")  # an operator on the way, a caller at a desk
    unit.wait_for_selector("text=Anda diminta ke sana")
    unit.click("button:has-text('Kami berangkat')")
    coming = phone.wait_for_selector("li:has-text('Unit 3 menuju Anda, kira-kira')").inner_text()
    assert int(coming.partition("kira-kira")[2].split()[0]) < 30  # by the server's clock, not by the phone's
    turned(phone, DESK).fill("#words", "Ada asap, nomor saya 081234567890")
    phone.click("[data-words] button")
    desk.wait_for_selector("text=Ada asap")
    desk.wait_for_selector("a[href='tel:081234567890']")
    photo = {"name": "asap.jpg", "mimeType": "image/jpeg", "buffer": taken_at_a_place((1600, 1200), 95).getvalue()}
    phone.set_input_files("#media", photo)
    phone.wait_for_selector("[data-media-sent=yes]:has-text('Sudah sampai')")
    (media,) = Alert.objects.get().media.all()
    assert len(media.sealed) < 600_000 < len(photo["buffer"])  # made small on the phone
    under_way: list[Any] = []
    phone.route("**/media", lambda route: under_way.append(route))
    with phone.expect_request("**/media"):
        phone.set_input_files("#media", photo)
    assert not phone.is_visible("[data-media-sent=yes]")  # that was the one before
    under_way[0].abort()
    desk.fill("#say", "Tetap di luar")
    desk.click("button:has-text('Tulis') >> nth=0")
    phone.wait_for_selector("text=Tetap di luar")
    unit.click("button[value=there]")
    phone.wait_for_selector("li:has-text('Bantuan sudah di tempat')")
    desk.click("summary:has-text('Tutup')")
    desk.check("input[value=helped]", force=True)
    desk.click("form[action$=close] button")
    phone.wait_for_selector("[data-step=closed]:has-text('Ditutup')")
    phone.wait_for_selector("text=Melihat lokasi dan pesan Anda")
    assert "Budi (Posko Menteng)" in phone.inner_text("[data-log]")
    assert "Sebuah unit menuju Anda" in phone.inner_text("[data-log]")
    unit.wait_for_selector("button[value=available][aria-pressed=true]")  # free again by itself
    alert = Alert.objects.get()
    assert (alert.state, alert.result) == ("closed", "helped")
    turned(phone, PHONE)


def test_where_nobody_is_on_duty_the_phone_says_so_before_while_and_after(town: Any, opened: Any) -> None:
    phone = ready(opened(f"{town.url}/darurat"))
    phone.wait_for_selector("text=Tempat ini sedang tidak dijaga")
    box = phone.locator("[data-hold]").bounding_box()
    phone.mouse.move(box["x"] + 80, box["y"] + 80)
    phone.mouse.down()
    phone.wait_for_timeout(800)
    assert phone.is_visible("text=Tempat ini sedang tidak dijaga")
    assert not phone.is_visible("text=Sedang dijaga")
    phone.mouse.move(5, 5)  # slid away
    phone.mouse.up()
    hold(phone)
    phone.wait_for_selector("text=Jangan menunggu: telepon")
    assert phone.is_visible("a[href='tel:112']")
    assert "106.8" in phone.get_attribute("a[data-sms]", "href")
    assert Alert.objects.get().watch == town.post


def test_without_a_network_the_alert_waits_on_the_phone_and_is_sent_once(town: Any, opened: Any) -> None:
    phone = ready(opened(f"{town.url}/darurat"))
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until_so(phone, "navigator.serviceWorker.controller")
    phone.reload()
    ready(phone)
    phone.context.set_offline(True)
    phone.goto(f"{town.url}/darurat")  # the phone has the page itself
    ready(phone)
    phone.wait_for_selector("text=Tidak ada jaringan")
    hold(phone)
    phone.wait_for_selector("text=Mengirim")
    phone.reload()  # it outlives the page
    ready(phone)
    phone.wait_for_selector("text=Mengirim")
    assert not phone.is_visible("[data-say=received]")
    assert not Alert.objects.exists()
    phone.context.set_offline(False)
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    phone.wait_for_timeout(1500)
    assert Alert.objects.count() == Entry.objects.filter(kind="received").count() == 1


def test_an_answer_that_is_lost_after_the_alert_was_stored_makes_no_second_one(town: Any, opened: Any) -> None:
    phone = ready(opened(f"{town.url}/darurat"))
    lost = []

    def lose(route: Any) -> None:
        if len(lost) < 2:
            route.fetch()  # the server has it
            lost.append(1)
            route.abort()  # and its answer never comes
        else:
            route.continue_()

    phone.route("**/api/v1/alerts", lose)
    hold(phone)
    phone.wait_for_selector("text=Mengirim")
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    assert len(lost) == 2
    assert Alert.objects.count() == 1


@pytest.mark.parametrize("store", ["throw new Error('no room')", "return new EventTarget()"])  # refuses; never answers
def test_a_phone_that_can_keep_nothing_sends_its_alert_all_the_same(town: Any, opened: Any, store: str) -> None:
    phone = ready(opened(f"{town.url}/darurat"))
    phone.add_init_script(
        f"IDBFactory.prototype.open = () => {{ {store} }};"
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
        # A page that was put to sleep keeps the turn to send, and nobody says which worker there is.
        "navigator.locks.request('kentongan-alerts', () => new Promise(() => {}));"
        "navigator.serviceWorker.getRegistration = () => new Promise(() => {});"
    )
    phone.reload()
    ready(phone)
    hold(phone)
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    emergency.acknowledge(Alert.objects.get().pk, town.budi)
    phone.wait_for_selector("text=Budi (Posko Menteng)")
    emergency.set_out(Alert.objects.get().pk, town.budi, "Unit 3")
    silence(town.budi)
    emergency.release_silent()
    phone.wait_for_selector("[data-owned=no]")  # help is on the way, and nobody is said to have it
    assert phone.is_visible("text=Unit 3")
    assert Alert.objects.count() == 1


def test_silent_looks_harmless_and_a_duress_code_ends_it_on_the_screen_only(town: Any, opened: Any) -> None:
    who = person("warga@contoh.id")
    emergency.choose(who, "1234", "9876")
    emergency.begin_duty(town.budi, town.post.pk)
    phone = opened(f"{town.url}/darurat", "warga@contoh.id")
    ready(phone)
    phone.evaluate("window.trembled = 0; navigator.vibrate = () => { window.trembled += 1; return true; }; 0")
    phone.check("#silent")
    hold(phone)
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    assert phone.evaluate("window.trembled") == 0
    assert phone.evaluate("getComputedStyle(document.querySelector('.alert-steps')).fontSize") == "17px"
    alert = Alert.objects.get()
    assert (alert.silent, alert.person, alert.remarks) == (True, who, [])
    turned(phone, DESK).click("summary:has-text('Batalkan panggilan')")
    phone.fill("#code", "0000")
    phone.click("text=Ya, batalkan")
    phone.wait_for_selector("text=Kodenya salah")
    phone.fill("#code", "9876")
    phone.click("text=Ya, batalkan")
    phone.wait_for_selector("li:has-text('Dibatalkan')")
    alert = kept(alert.pk)
    assert (alert.state, alert.duress) == ("cancelled", True)
    assert emergency.called(town.budi) == {alert.pk}
    emergency.acknowledge(alert.pk, town.budi)
    phone.reload()
    ready(phone)
    phone.wait_for_selector("li:has-text('Dibatalkan')")
    assert "Budi" not in phone.inner_text("main")
    assert "duress" not in json.dumps(phone.evaluate("Object.entries(localStorage)"))


def test_who_cannot_hold_or_runs_no_script_sends_one_by_a_form(town: Any, chromium: Any) -> None:
    context = chromium.new_context(viewport=PHONE, locale="id-ID", java_script_enabled=False)
    phone = context.new_page()
    phone.goto(f"{town.url}/darurat")
    assert "tidak menjalankan skrip" in phone.inner_text("main")
    phone.click("summary:has-text('tidak dapat menahan')")
    phone.fill("#plain-text", "Jalan Uji 7, ada api")
    phone.click("text=Kirim panggilan darurat sekarang")
    assert "Diterima" in phone.inner_text("main")
    alert = Alert.objects.get()
    assert [one["text"] for one in emergency.messages(alert)] == ["Jalan Uji 7, ada api"]
    phone.click("summary:has-text('Batalkan')")
    phone.click("text=Ya, batalkan")
    assert "Dibatalkan" in phone.inner_text("main")
    context.close()
