"""Somebody who may do much finds every way on a phone, side by side or behind one word."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from kentongan.people.models import Person
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.world import load_world

__all__ = ["chromium"]
pytestmark = [pytest.mark.django_db(transaction=True), *IN_A_BROWSER]


def test_on_a_phone_no_way_lies_beyond_the_screen_or_on_another(live_server: Any, chromium: Any) -> None:
    load_world()
    client = Client()
    client.force_login(Person.objects.create_superuser("admin@example.org"))
    page = chromium.new_context(viewport=PHONE, locale="id").new_page()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/console/bodies")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    places = [one.bounding_box() for one in page.locator(".tabs > a > span, .tabs summary > span").all()]
    assert len(places) == 5
    assert all(one["x"] + one["width"] <= other["x"] for one, other in pairwise(places))
    bar = page.locator(".tabs")
    bar.get_by_text("Lainnya").click()
    bar.get_by_role("link", name="Peta").click()
    page.wait_for_url(f"{live_server.url}/")
