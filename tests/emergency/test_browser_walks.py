"""Whole walks of the button: nobody is on duty until somebody comes, and the only server is killed in the middle."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from kentongan.emergency.models import Alert
from tests.browser import DESK, IN_A_BROWSER, PHONE, launched, turned
from tests.emergency.test_browser_abroad import POST
from tests.emergency.test_browser_alert import chromium, hold, opened, ready, town
from tests.emergency.test_escalation import later
from tests.instances import Instance
from tests.world import STREET, build_country

__all__ = ["chromium", "opened", "town"]
pytestmark = IN_A_BROWSER
COUNT = """
from kentongan.emergency.models import Alert, Entry
answer = [Alert.objects.count(), Entry.objects.filter(kind="received").count(), Alert.objects.get().state]
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nobody_is_on_duty_and_who_comes_later_finds_the_alert_and_takes_it(town: Any, opened: Any, size: Any) -> None:
    phone = ready(opened(f"{town.url}/darurat", size=size))
    phone.wait_for_selector("text=Tempat ini sedang tidak dijaga")
    hold(phone)
    phone.wait_for_selector("text=Jangan menunggu: telepon")
    assert phone.is_visible("a[href='tel:112']")
    assert phone.is_visible("[data-step=received]:has-text('Belum ditangani')")
    desk = opened(f"{town.url}/console/alerts", "budi@contoh.id", size)  # an operator may have but a phone, too
    desk.click("text=Mulai bertugas")
    desk.wait_for_selector("text=Anda sedang bertugas")
    assert later(Alert.objects.get(), 600) == 1  # the worker calls whoever is on duty now
    desk.wait_for_selector("[data-rings=yes]", state="attached")
    phone.wait_for_selector("text=Jangan menunggu: telepon", state="hidden")  # somebody sits there now
    desk.click("text=Saya tangani")
    phone.wait_for_selector("text=Budi (Posko Menteng)")
    assert desk.evaluate("document.documentElement.scrollWidth") <= size["width"]
    desk.click("summary:has-text('Tutup')")
    desk.check("input[value=helped]", force=True)
    desk.click("form[action$=close] button")
    phone.wait_for_selector("[data-step=closed]:has-text('Ditutup')")
    assert "Budi (Posko Menteng)" in phone.inner_text("[data-log]")
    assert phone.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.both
def test_the_only_server_is_killed_between_the_press_and_its_acknowledgement(tmp_path: Any) -> None:
    build_country(tmp_path / "places.index")
    instance = Instance("jakarta", tmp_path / "jakarta", tmp_path / "places.index")
    try:
        session = instance.run(POST)
        instance.start("serve")
        for browser in launched():
            killed_in_between(browser, instance, session)
        assert instance.run(COUNT) == [1, 1, "acknowledged"]
    finally:
        instance.close()


def killed_in_between(browser: Any, instance: Instance, session: str) -> None:
    """The server has the press and is killed before it can answer; another comes, and the phone needs nobody."""
    office = browser.new_context(viewport=DESK, locale="id-ID")
    office.add_cookies([{"name": "sessionid", "value": session, "url": instance.url}])
    desk = office.new_page()
    desk.goto(f"{instance.url}/console/alerts")
    desk.click("text=Mulai bertugas")
    desk.wait_for_selector("text=Anda sedang bertugas")
    place = {"longitude": STREET[0], "latitude": STREET[1], "accuracy": 15}
    pocket = browser.new_context(viewport=PHONE, locale="id-ID", permissions=["geolocation"], geolocation=place)
    phone, faults = pocket.new_page(), list[str]()
    phone.on("pageerror", lambda fault: faults.append(str(fault)))
    phone.goto(f"{instance.url}/darurat")
    ready(phone)
    phone.wait_for_selector("text=Sedang dijaga")
    os.killpg(instance.processes["serve"].pid, signal.SIGSTOP)
    with phone.expect_request("**/api/v1/alerts"):
        hold(phone)
    instance.kill("serve")
    phone.wait_for_selector("[data-tries]:visible:has-text('Telepon 112')")
    assert phone.is_visible("text=Mengirim")
    assert not phone.is_visible("text=Diterima")
    instance.start("serve")
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    phone.wait_for_selector("[data-tries]:visible", state="hidden")
    desk.goto(f"{instance.url}/console/alerts")  # whose page the server's death has emptied, too
    turned(desk, PHONE).click("text=Saya tangani")
    turned(phone, DESK).wait_for_selector("text=Budi (Posko Menteng)")
    assert faults == []
