"""The queue at a desk, in a real browser: by keyboard alone, with its map, and news that move nothing."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan import routing
from kentongan.bodies.models import Membership
from kentongan.reports.models import Report
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.web.test_browser_access import session
from tests.world import load_world, person, submission

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(chromium: Any, live_server: Any, transactional_db: None) -> Any:
    load_world()
    for number in range(3):
        routing.submit(submission(text=f"Lubang {number}", at=(106.82 + number / 900, -6.17)), None)
    Report.objects.update(body_id="31.roads")
    Membership.objects.create(person=person("petugas@contoh.id"), body_id="31.roads", role="coordinator")

    def opened(size: dict[str, int], address: str = "/console/?body=31.roads") -> Any:
        context = chromium.new_context(viewport=size, locale="id-ID", has_touch=size == PHONE)
        context.add_cookies([session("petugas@contoh.id", live_server.url)])
        page = context.new_page()
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        return page

    return opened


WIDE = {"width": 1280, "height": 800}
TOPS = "[...document.querySelectorAll('[data-row]')].map((one) => one.getBoundingClientRect().top)"
FOCUSED = "document.activeElement.closest('[data-row]')?.dataset.row ?? document.activeElement.id"


# As many ways as an officer has who is of a unit, watches for alerts and warns.
TWICE = "document.querySelector('.top nav').append(...document.querySelector('.top nav').cloneNode(true).children)"
TICKED = "[...document.querySelectorAll('[name=row]:checked')].map((one) => one.value.split(':')[0])"


def codes() -> list[str]:
    return list(Report.objects.order_by("pk").values_list("code", flat=True))


def test_every_report_is_reached_and_opened_by_keyboard_and_the_keys_are_told_and_put_away(desk: Any) -> None:
    page, all_codes = desk(WIDE), codes()
    seen = []
    for key in ("j", "j", "j", "j", "k"):
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
    assert seen == [all_codes[0], all_codes[1], all_codes[2], all_codes[2], all_codes[1]]
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")  # closed a moment later, and no key counts until then
    page.keyboard.press("/")
    assert page.evaluate(FOCUSED) == "q"
    page.keyboard.type("jk?o")  # letters where somebody writes
    assert page.input_value("#q") == "jk?o"
    page.locator("#q").blur()
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) not in all_codes  # wherever the browser put the focus when the help was closed
    page.keyboard.press("?")
    page.locator("#keys-on").check()
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    page.evaluate("document.activeElement.blur()")
    for key in ("j", "x", "j", "x", "k", "x", "j"):
        page.keyboard.press(key)
    assert page.evaluate(TICKED) == [all_codes[1]]
    assert page.locator("#ticked").inner_text() == "(1)"
    page.locator(".tick").nth(1).click()
    assert page.evaluate(TICKED) == []
    page.evaluate(TWICE)
    for width in (1024, 768):  # a tablet, both ways up
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"**/console/reports/{all_codes[0]}*")


def test_a_row_and_its_point_on_the_map_light_up_together(desk: Any) -> None:
    page = desk(WIDE)
    page.wait_for_selector("#desk-map .point", state="attached", timeout=30_000)
    assert page.locator("#desk-map .point").count() == 3
    page.locator("[data-row]").nth(1).hover()
    assert page.locator("#desk-map .point.lit").count() == 1
    page.locator("#desk-map .point").nth(2).focus()
    assert page.locator("[data-row].lit").last.get_attribute("data-row") == codes()[2]
    around(page, 1, page.mouse.click)
    assert [one.get_attribute("data-row") for one in page.locator("[data-row]").all()] == [codes()[1]]
    # Nothing inside: the map stays, for another shape; two quick clicks are one corner, and sides may not cross.
    page.goto(page.url.split("?")[0] + "?body=31.roads&shape=106.1,-6.1%3B106.2,-6.1%3B106.2,-6.2")
    page.locator("#draw").click()
    box = page.locator("#desk-map").bounding_box()
    for x, y in ((0.3, 0.3), (0.7, 0.7), (0.7, 0.3), (0.3, 0.7)):
        page.mouse.dblclick(box["x"] + x * box["width"], box["y"] + y * box["height"])
    assert page.locator("#draw-tools b").inner_text() == "4"
    assert page.locator("[data-crossed]").is_visible()
    assert page.locator("[data-draw=show]").is_disabled()
    page.locator("[data-draw=back]").click()
    assert page.locator("[data-draw=show]").is_enabled()


def test_on_a_phone_the_list_comes_first_and_the_map_when_it_is_asked_for(desk: Any) -> None:
    page = desk(PHONE)
    # The first report stands on the first screen, and a finger ticks it: its heading's link covers the row.
    assert page.locator("[data-row]").first.bounding_box()["y"] < 0.75 * PHONE["height"]
    assert not page.locator("#bulk").is_visible()
    page.locator(".tick").first.tap()
    assert page.locator("#bulk").is_visible()
    assert page.evaluate(TICKED) == [codes()[0]]
    page.locator(".tick").first.tap()
    assert not page.locator("#desk-map").is_visible()
    page.locator("#map-toggle").click()
    assert page.locator("#desk-map").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.wait_for_selector("#desk-map .point", state="attached", timeout=30_000)  # it came into view by itself
    around(page, 0, page.touchscreen.tap)
    assert [one.get_attribute("data-row") for one in page.locator("[data-row]").all()] == [codes()[0]]


def around(page: Any, number: int, tap: Any) -> None:
    """Draws a shape around one of the points and asks for what is inside."""
    page.locator("#draw").click()
    box = page.locator(f"#desk-map .point[aria-label^='{codes()[number]}']").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for right, down in ((-25, -30), (25, -30), (25, 30), (-25, 30)):
        tap(x + right, y + down)
        page.wait_for_timeout(350)  # a second tap within 300 ms would be a double one
    assert page.locator("#draw-tools b").inner_text() == "4"
    assert "reports/" not in page.url  # a tap on a point draws
    page.locator("[data-draw=show]").click()
    page.wait_for_url("**shape=*")


def test_news_are_written_in_their_place_and_no_row_moves(desk: Any) -> None:
    page, all_codes = desk(WIDE, "/console/?body=31.roads&sort=-age"), codes()
    page.locator(".tick").nth(1).check()  # stays ticked where its row is written anew (zammad#901)
    page.locator(".tick").nth(1).blur()
    before = page.evaluate(TOPS)
    Report.objects.filter(code=all_codes[1]).update(support_count=7)
    Report.objects.filter(code=all_codes[2]).update(state="resolved")
    new = routing.submit(submission(text="Baru"), None).report
    Report.objects.filter(pk=new.pk).update(body_id="31.roads")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#news:not([hidden])")
    rows = page.locator("[data-row]")
    assert [one.get_attribute("data-row") for one in rows.all()] == all_codes[::-1]
    assert "7" in rows.nth(1).inner_text()
    assert "gone" in (rows.nth(0).get_attribute("class") or "")
    assert page.locator("#news b").inner_text() == "1"
    assert page.evaluate(TICKED) == [all_codes[1]]
    assert page.evaluate(TOPS) == pytest.approx(before, abs=1)
    page.locator("#news a").click()
    page.wait_for_load_state()
    assert new.code in page.content()


def test_an_answer_outlives_a_reload_and_a_cut_network_and_is_gone_once_it_is_sent(desk: Any) -> None:
    """As after osTicket-1.7#359 (signed out, the answer gone) and osTicket#4985 (another form took it along)."""
    code = codes()[0]
    page = desk(PHONE, f"/console/reports/{code}")
    page.click("#note summary")
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        page.fill("#note-text", "Kami datang besok")
    page.reload()
    assert page.input_value("#note-text") == "Kami datang besok"
    assert page.locator("#note").get_attribute("open") is not None
    page.context.set_offline(True)
    page.fill("#note-text", "Kami datang besok pagi")
    page.wait_for_timeout(1700)  # the server could not be told
    page.context.set_offline(False)
    page.reload()
    assert page.input_value("#note-text") == "Kami datang besok pagi"
    page.check("#note [name=visibility][value=internal]", force=True)
    with page.expect_navigation():
        page.click("#note form button")
    page.wait_for_load_state("networkidle")
    assert page.input_value("#note-text") == ""
    assert page.evaluate("localStorage.length") == 0
    # What can be taken back for a minute goes with it.
    page.clock.install()
    with page.expect_navigation():
        page.click("form[action*='/steps/accept'] button")
    assert page.locator("[data-regret]").is_visible()
    page.clock.fast_forward(61_000)
    assert page.locator("[data-regret]").count() == 0
    page.context.close()
