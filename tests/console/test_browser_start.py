"""A region that joins is led from its area to its first reports on one page, left and gone on with, in few steps."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan import bodies, casework, routing
from kentongan.bodies.models import Invitation, Membership
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.world import DENPASAR, load_world, person, submission

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
CITY = "51.71"
SECONDS = 20  # for reading and doing one thing: three quarters of a minute a field is what a slow typist takes
WITHIN = 15 * 60


class Hands:
    """What somebody does on a page, counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.done = page, 0

    def click(self, what: str) -> None:
        self.done += 1
        self.page.click(what)

    def fill(self, what: str, words: str) -> None:
        self.done += 1
        self.page.fill(what, words)

    def choose(self, what: str, value: str) -> None:
        self.done += 1
        self.page.select_option(what, value)


def test_a_regions_guided_start_takes_less_than_a_quarter_of_an_hour(chromium: Any, live_server: Any) -> None:
    load_world()
    admin = person("pengurus@contoh.id")
    Membership.objects.create(person=admin, body_id=CITY, role="administrator")
    client = Client()
    client.force_login(admin)
    context = chromium.new_context(viewport=PHONE, locale="id-ID")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    hands, address = Hands(page), f"{live_server.url}/console/bodies/{CITY}/start"
    page.goto(address)
    assert page.is_visible("#step-area form")
    hands.fill("#phone", "0361 555 0123")
    hands.fill("#website", "https://denpasarkota.go.id")
    hands.click("#step-area button.main")
    hands.fill("#name_id-new", "Dinas Kebersihan")
    hands.click("#department-new label:has([value=waste])")
    hands.click("#department-new button.main")
    hands.fill("#name_id-new", "Dinas Pekerjaan Umum")
    hands.click("#department-new label:has([value=roads])")
    hands.click("#department-new button.main")
    page.close()  # the telephone rings; a colleague's turn, or tomorrow
    page = hands.page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    assert page.is_visible("#department-new"), "it goes on where it was left"
    assert "Dinas Kebersihan" in page.inner_text("#step-departments")
    hands.click("#step-departments button[value=done]")
    hands.fill("#emails", "satu@contoh.id\ndua@contoh.id")
    hands.choose("#at", "51.71.kebersihan")
    hands.click("#step-staff form:nth-of-type(1) button")
    hands.click("#step-staff button[value=done]")
    assert "Dinas Pekerjaan Umum" in page.inner_text("#step-rules dl")
    hands.click("#step-rules button[value=done]")
    hands.choose("#try-category", "road_damage")
    hands.click("#step-test form:nth-of-type(1) button")
    assert "akan masuk ke Dinas Pekerjaan Umum" in page.inner_text("#tried")
    hands.click("#step-test a.main")
    hands.click("#step-backlog button[value=done]")
    assert "Semuanya siap" in page.inner_text("main")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    context.close()
    assert hands.done * SECONDS < WITHIN, hands.done
    assert casework.has_begun(bodies.get(CITY))
    assert Invitation.objects.filter(body="51.71.kebersihan").count() == 2
    assert routing.submit(submission(at=DENPASAR), None).report.body_id == "51.71.pekerjaanumum"
