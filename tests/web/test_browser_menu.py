"""The menu of a phone's bar goes as menus do: by Escape, by a touch beside it, when the keyboard leaves it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.web.test_browser_access import session
from tests.world import load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


def test_the_menu_of_the_bar_is_closed_by_escape_by_a_touch_beside_it_and_by_leaving_it(
    chromium: Any, live_server: Any, transactional_db: None
) -> None:
    load_world()
    person("platform@contoh.id", is_superuser=True)
    context = chromium.new_context(viewport=PHONE, locale="id-ID", has_touch=True)
    context.add_cookies([session("platform@contoh.id", live_server.url)])
    page = context.new_page()
    page.goto(f"{live_server.url}/console/alerts")
    word, inside = page.locator("[data-menu] summary"), page.locator("[data-menu] .card a").first
    word.tap()
    assert inside.is_visible()
    page.keyboard.press("Escape")
    assert not inside.is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"  # where the keyboard goes on
    page.keyboard.press("Enter")
    inside.focus()
    assert inside.is_visible()
    page.touchscreen.tap(180, 300)
    assert not inside.is_visible()
    word.tap()
    word.tap()
    assert not inside.is_visible()  # its own word closes it, and does not open it again
    word.tap()
    page.keyboard.press("Shift+Tab")  # the keyboard goes on to what is beside it
    assert not inside.is_visible()
    word.tap()
    inside.tap()
    page.wait_for_load_state()
    assert not page.locator("[data-menu] .card").is_visible()
    context.close()
