"""Somebody who leaves the map open sees what is reported meanwhile, without loading the page again."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan import routing
from kentongan.foundation import outbox
from kentongan.subscribers import register
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.world import load_world, submission

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> None:
    load_world()


@pytest.mark.parametrize("path", ["/", "/area/31", "/body/31.roads"])
def test_a_report_that_comes_in_meanwhile_stands_in_the_list_the_numbers_and_on_the_map(
    chromium: Any, live_server: Any, world: None, path: str
) -> None:
    register()
    page = chromium.new_context(viewport=PHONE, locale="id-ID").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.clock.install()
    page.goto(live_server.url + path)
    assert page.locator(".item").count() == 0
    code = routing.submit(submission(), None).report.code
    while outbox.drain():
        pass
    if page.locator("[data-map]").count():
        with page.expect_request(lambda one: "/api/v1/map/" in one.url):
            page.clock.fast_forward(21_000)
    else:
        page.clock.fast_forward(21_000)
    page.wait_for_selector(f'.item a[href="/r/{code}"]')
    assert page.locator(".numbers .is-waiting b").inner_text() == "1"
    assert faults == []


def test_what_has_the_focus_does_not_move_away(chromium: Any, live_server: Any, world: None) -> None:
    code = routing.submit(submission(), None).report.code
    page = chromium.new_context(viewport=PHONE, locale="id-ID").new_page()
    page.clock.install()
    page.goto(live_server.url)
    page.focus(f'.item a[href="/r/{code}"]')
    other = routing.submit(submission(), None).report.code
    page.clock.fast_forward(21_000)
    page.locator(".numbers .is-waiting b", has_text="2").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/r/{code}"
    page.evaluate("document.activeElement.blur()")
    page.clock.fast_forward(21_000)
    page.wait_for_selector(f'.item a[href="/r/{other}"]')
