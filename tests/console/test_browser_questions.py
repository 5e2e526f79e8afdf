"""An administrator asks something of their own in the console, a citizen answers on a phone, an officer reads it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan.bodies.models import Membership, OwnQuestion
from kentongan.reports.models import Report
from tests.browser import IN_A_BROWSER, PHONE, chromium, until_so
from tests.own import asks, asks_depth
from tests.world import STREET, load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
DESK = {"width": 1280, "height": 900}


def signed_in(browser: Any, site: str, role: str, size: dict[str, int]) -> Any:
    """A page of somebody who works at the roads of Jakarta."""
    who = person(f"{role}@contoh.id")
    Membership.objects.create(person=who, body_id="31.roads", role=role)
    client = Client()
    client.force_login(who)
    context = browser.new_context(viewport=size, locale="id-ID")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return context.new_page()


def at_the_last_step(phone: Any, site: str) -> None:
    """A phone whose person has said where it is and what."""
    phone.goto(f"{site}/report/new?step=place")
    phone.evaluate(
        """([lon, lat]) => { document.querySelector('[name=lon]').value = lon;
        document.querySelector('[name=lat]').value = lat; }""",
        list(STREET),
    )
    phone.click(".thumb .main")
    phone.wait_for_url("**step=kind")
    phone.wait_for_selector("[name=category][value=road_damage]", state="attached")
    phone.evaluate("document.querySelector('[value=road_damage]').closest('details')?.setAttribute('open', '')")
    phone.check("[name=category][value=road_damage]")
    phone.click(".thumb .main")
    phone.wait_for_url("**step=words")


def test_a_question_is_written_at_the_desk_answered_on_a_phone_and_read_by_an_officer(
    chromium: Any, live_server: Any
) -> None:
    load_world()
    site = str(live_server.url)
    page = signed_in(chromium, site, "administrator", DESK)
    page.goto(f"{site}/console/bodies/31.roads/questions")
    page.select_option("#q-category", "road_damage")
    page.fill("#q-words_id", "Seberapa dalam airnya?")
    page.select_option("#q-datatype", "singlevaluelist")
    page.fill("#q-values", "Semata kaki | To the ankle\nSelutut | To the knee")
    page.check("[name=required] >> nth=0")
    page.click("text=Simpan pertanyaan")
    page.fill("#q-words_id", "Nomor rumah terdekat?")
    page.select_option("#q-category", "road_damage")
    page.click("section.card button.main")
    assert OwnQuestion.objects.count() == 2
    page.click("summary:has-text('Nomor rumah terdekat?')")
    page.click("details[open] button[value=up]")
    first = page.inner_text("details.card summary >> nth=0")
    assert "Nomor rumah terdekat?" in first

    phone = chromium.new_context(viewport=PHONE, locale="id-ID", has_touch=True, is_mobile=True).new_page()
    at_the_last_step(phone, site)
    phone.fill("[name=text]", "Lubang terendam")
    phone.fill("#answer_nomor_rumah_terdekat", "12A")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.click("button[name=send]")
    assert "perlu dijawab" in phone.inner_text("#errors")
    assert phone.input_value("#answer_nomor_rumah_terdekat") == "12A"
    phone.select_option("#answer_seberapa_dalam_airnya", "selutut")
    phone.click("button[name=send]")
    phone.wait_for_url("**/r/**")
    assert "Selutut" in phone.inner_text("main")

    officer = signed_in(chromium, site, "officer", PHONE)
    officer.goto(f"{site}/console/")
    assert "Seberapa dalam airnya? Selutut" in officer.inner_text("main")
    officer.goto(f"{site}/console/reports/{Report.objects.get().code}")
    assert "12A" in officer.inner_text("main")


def test_what_was_answered_goes_along_where_the_network_ends(chromium: Any, live_server: Any) -> None:
    load_world()
    site = str(live_server.url)
    asks()
    asks_depth(datatype="multivaluelist")
    context = chromium.new_context(viewport=PHONE, locale="id-ID", has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.goto(f"{site}/report/new")
    until_so(phone, "navigator.serviceWorker.ready.then(() => caches.match('/report/offline'))")
    at_the_last_step(phone, site)
    phone.fill("[name=text]", "Lubang terendam")
    phone.fill("#answer_house", "12A")
    phone.check("[name=answer_depth][value=ankle]")
    phone.check("[name=answer_depth][value=knee]")
    context.set_offline(True)
    phone.click("button[name=send]")
    phone.wait_for_selector("text=Melapor tanpa jaringan")
    until_so(phone, f"document.querySelector('[name=lon]').value === '{STREET[0]}'")
    phone.click(".thumb .main")
    phone.wait_for_selector("text=Menunggu dikirim")
    context.set_offline(False)
    phone.wait_for_selector("text=sudah terkirim")
    assert Report.objects.get().answers == {"house": "12A", "depth": ["ankle", "knee"]}
