"""A journey in a real browser: begun, passed on as a link, seen live, arrived; one press ends the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan import community
from kentongan.community.models import Share
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.web.test_browser_access import session
from tests.world import STREET, load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
AT_HOME = {"longitude": 106.8210, "latitude": -6.1790, "accuracy": 12}


def test_a_journey_is_shared_seen_and_ended(chromium: Any, live_server: Any, transactional_db: None) -> None:
    load_world()
    sri, faults = person("sri@contoh.id", name="Sri"), []
    here = {"longitude": STREET[0], "latitude": STREET[1], "accuracy": 12}
    phone = chromium.new_context(viewport=PHONE, locale="id-ID", geolocation=here, permissions=["geolocation"])
    phone.add_cookies([session("sri@contoh.id", live_server.url)])
    mine, theirs = phone.new_page(), chromium.new_context(viewport=PHONE, locale="id-ID").new_page()
    for page in (mine, theirs):
        page.on("pageerror", lambda fault: faults.append(str(fault)))
    mine.goto(f"{live_server.url}/keluarga")
    mine.fill("#to", f"{AT_HOME['latitude']}, {AT_HOME['longitude']}")
    mine.fill("#arrive_in", "30")
    mine.fill("#name", "Ibu")
    mine.click("[name=do][value=begin]")
    with mine.expect_response("**/keluarga/place") as sent:
        mine.wait_for_selector("[data-sent]:not([hidden])")
    assert sent.value.status == 200
    link = mine.get_attribute("[data-pass]", "data-pass")
    theirs.goto(link.replace(link.split("/keluarga")[0], live_server.url))
    assert "Sri" not in theirs.content()
    theirs.click("text=Lihat lokasinya")
    theirs.wait_for_selector("text=Di jalan")
    assert "Sri" in theirs.inner_text("h1")
    assert "±\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}m" in theirs.inner_text("main")
    assert theirs.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    mine.reload()
    assert "melihat" in mine.inner_text("[data-live=eyes]")
    assert "Dibuka di 1 perangkat" in mine.inner_text("[data-live=eyes]")
    mine.goto(f"{live_server.url}/mine")
    assert "1 orang dapat melihat lokasi Anda" in mine.inner_text("[data-seen-by]")
    Share.objects.update(at=timezone.now() - timedelta(minutes=1))  # the phone has travelled for a minute
    for age in (20, 0):
        community.place(sri, {"lon": 106.8210, "lat": -6.1790, "accuracy": 12, "age": age}, Share.objects.get().device)
    theirs.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    theirs.wait_for_selector("text=Sudah sampai")
    assert theirs.query_selector("img.alert-map") is None
    mine.goto(f"{live_server.url}/keluarga")
    mine.click("[name=do][value=begin]")
    mine.click("[name=do][value=end]")
    mine.wait_for_selector("[data-begin]")
    assert community.running(sri) is None
    assert faults == []
    phone.close()
    theirs.context.close()
