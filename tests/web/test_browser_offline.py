"""A phone that loses the network keeps the report, photos too, and sends it by itself, once: in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from kentongan.reports.models import Report
from tests.browser import IN_A_BROWSER, PHONE, chromium, until_so
from tests.pictures import picture
from tests.world import STREET, load_world

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(chromium, live_server, transactional_db):
    """A page on a phone that has been here before: the worker has kept what it needs."""
    load_world()
    lon, lat = STREET
    context = chromium.new_context(
        viewport=PHONE, locale="id-ID", geolocation={"longitude": lon, "latitude": lat}, permissions=["geolocation"],
    )  # fmt: skip
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))
    page.address = live_server.url
    page.goto(page.address + "/report/new")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until_so(page, "navigator.serviceWorker.controller")
    yield page
    assert page.faults == []


def photo(folder: Path) -> Path:
    path = folder / "lubang.jpg"
    path.write_bytes(picture(3).read())
    return path


def write(page, words: str) -> None:
    page.click("[data-locate]")
    page.wait_for_selector("[data-located]:not([hidden])")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("input[name=category][value=road_damage]").check(force=True)
    page.fill("textarea[name=text]", words)


def test_a_report_written_without_a_network_is_kept_and_sends_itself_with_its_photo(phone, tmp_path: Path) -> None:
    phone.context.set_offline(True)
    phone.goto(phone.address + "/report/new")
    phone.wait_for_selector("text=Melapor tanpa jaringan")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.set_input_files("#photos", photo(tmp_path))
    phone.wait_for_selector("[data-photos] img")
    write(phone, "Lubang di tikungan")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=Menunggu dikirim")
    phone.reload()  # it outlives the page
    phone.wait_for_selector("text=Menunggu dikirim")
    assert not Report.objects.exists()
    phone.context.set_offline(False)
    phone.wait_for_selector("text=sudah terkirim")
    report = Report.objects.get()
    assert (report.text, report.photos.count()) == ("Lubang di tikungan", 1)
    phone.click("[data-sent] a")
    phone.wait_for_selector("text=Lubang di tikungan")


def test_a_form_whose_network_ends_half_way_goes_on_without_it(phone, tmp_path: Path) -> None:
    with phone.expect_navigation():
        phone.set_input_files("[name=photos]", photo(tmp_path))
    phone.wait_for_selector("[data-locate]:not([hidden])")
    phone.context.set_offline(True)
    phone.locator("details:has([name=lat]) summary").click()
    phone.fill("[name=lon]", str(STREET[0]))
    phone.fill("[name=lat]", str(STREET[1]))
    phone.click(".thumb .main")
    phone.wait_for_selector("text=Melapor tanpa jaringan")
    until_so(phone, f"document.querySelector('[name=lon]').value === '{STREET[0]}'")
    phone.wait_for_selector("[data-photos] img")
    assert phone.locator("[data-photos] img").count() == 1
    write(phone, "Lubang dalam")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=Menunggu dikirim")
    phone.context.set_offline(False)
    phone.wait_for_selector("text=sudah terkirim")
    assert Report.objects.get().photos.count() == 1
    phone.goto(phone.address + "/report/new?step=words")
    assert phone.locator("text=Lubang dalam").count() == 0  # the next report begins empty


def test_an_answer_that_is_lost_makes_no_second_report(phone) -> None:
    phone.goto(phone.address + "/report/offline")
    taken = []

    def lose_first(route):
        answer = route.fetch()
        taken.append(answer.status)
        if len(taken) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    phone.context.route(
        "**/report/waiting", lambda route: lose_first(route) if route.request.method == "POST" else route.continue_()
    )
    write(phone, "Lubang besar")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=Menunggu dikirim")
    phone.click("[data-send]")
    phone.wait_for_selector("text=sudah terkirim")
    assert taken == [201, 200]
    assert Report.objects.count() == 1


def test_what_is_not_taken_says_why_and_can_be_put_right(phone) -> None:
    phone.goto(phone.address + "/report/offline")
    write(phone, "Lubang di luar negeri")
    phone.locator("details:has([name=lat])").evaluate("(one) => { one.open = true; }")
    phone.fill("[name=lon]", "2.35")
    phone.fill("[name=lat]", "48.85")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=di luar Indonesia")
    phone.click("[data-mend]")
    until_so(phone, "document.querySelector('textarea[name=text]')?.value === 'Lubang di luar negeri'")
    write(phone, "Lubang di Gambir")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=sudah terkirim")
    assert Report.objects.get().text == "Lubang di Gambir"


def test_a_kind_that_is_never_public_says_so_without_a_network_and_keeps_the_reporter_hidden(phone) -> None:
    phone.goto(phone.address + "/report/offline")
    write(phone, "Kejadian semalam")
    assert not phone.locator("#privacy-never").is_visible()
    assert phone.locator("#privacy input:checked").input_value() == "public"
    phone.locator("input[name=category][value=crime]").evaluate("""one => {
        one.closest("details").open = true;
        one.click();
    }""")
    assert phone.locator("#privacy-never").is_visible()
    assert not phone.locator("#privacy").is_visible()
    assert phone.locator("#privacy-never input:checked").input_value() == "secret"
    phone.locator("input[name=category][value=road_damage]").evaluate("one => one.click()")
    assert phone.locator("#privacy input:checked").input_value() == "public"
    phone.locator("input[name=category][value=crime]").evaluate("one => one.click()")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=sudah terkirim")
    report = Report.objects.get()
    assert (report.category_id, report.privacy, report.is_restricted) == ("crime", "secret", True)
