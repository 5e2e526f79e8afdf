"""A phone of Bali in Jakarta, over two whole instances: pressed, owned, written both ways, not heard, heard, closed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import DESK, IN_A_BROWSER, PHONE, launched, turned
from tests.emergency.test_browser_alert import hold, ready
from tests.instances import Instance, introduce, until
from tests.world import STREET

pytestmark = IN_A_BROWSER
POST = """
from django.test import Client
from kentongan.bodies.models import Membership
from kentongan.emergency.models import Watch
from tests.world import person
from kentongan import bodies
bodies.make_partner("31")
Watch.objects.create(body_id="31", title="Posko Menteng", area_code="31")
budi = person("budi@contoh.id", name="Budi")
Membership.objects.create(person=budi, body_id="31", role="officer")
client = Client()
client.force_login(budi)
answer = client.cookies["sessionid"].value
"""
REACH = """
from kentongan.network import peers
from kentongan.network.models import Peer
peers.set_reach(Peer.objects.get(instance="jakarta"), "31")
"""
ALERT = """
from kentongan.emergency.models import Alert
from kentongan.emergency.stays import Letter
one = Alert.objects.get()
answer = [str(one.pk), one.state, one.result, one.positions.count() > 0, one.messages.count(), Letter.objects.count()]
"""


@pytest.fixture
def network(tmp_path: Any, _small_country: Any) -> Iterator[tuple[Instance, Instance]]:
    """Bali, whose phone it is, and Jakarta, which watches."""
    both = [Instance(name, tmp_path / name, _small_country) for name in ("bali", "jakarta")]
    try:
        for one in both:
            one.start()
        introduce(*both)
        yield both[0], both[1]
    finally:
        for one in both:
            one.close()


def walk(browser: Any, bali: Instance, jakarta: Instance, session: str) -> None:
    """From the press to the end, at both screens."""
    office = browser.new_context(viewport=DESK, locale="id-ID")
    office.add_cookies([{"name": "sessionid", "value": session, "url": jakarta.url}])
    desk = office.new_page()
    desk.goto(f"{jakarta.url}/console/alerts")
    desk.click("text=Mulai bertugas")
    desk.wait_for_selector("text=Anda sedang bertugas")
    place = {"longitude": STREET[0], "latitude": STREET[1], "accuracy": 15}
    pocket = browser.new_context(viewport=PHONE, locale="id-ID", permissions=["geolocation"], geolocation=place)
    phone = pocket.new_page()
    faults: list[str] = []
    phone.on("pageerror", lambda fault: faults.append(str(fault)))
    until(lambda: phone.goto(f"{bali.url}/darurat") and _watched(phone))
    hold(phone)
    phone.wait_for_selector("[data-abroad=received]:visible >> text=Jakarta")
    desk.wait_for_selector("[data-rings=yes]", state="attached")
    desk.click("text=Saya tangani")
    phone.wait_for_selector("text=Budi (Posko Menteng)")
    turned(phone, DESK).fill("#words", "Ada asap")
    phone.click("[data-words] button")
    desk.wait_for_selector("text=Ada asap")
    turned(desk, PHONE).fill("#say", "Tetap di luar")
    desk.click("button:has-text('Tulis') >> nth=0")
    phone.wait_for_selector("text=Tetap di luar")
    server = jakarta.processes["serve"]
    os.killpg(server.pid, signal.SIGSTOP)
    phone.wait_for_selector("[data-abroad=no_answer]:visible")
    os.killpg(server.pid, signal.SIGCONT)
    phone.wait_for_selector("[data-abroad=received]:visible")
    desk.click("summary:has-text('Tutup')")
    desk.check("input[value=helped]", force=True)
    desk.click("form[action$=close] button")
    phone.wait_for_selector("[data-step=closed]:has-text('Ditutup')")
    phone.wait_for_selector("[data-log] >> text=Budi (Posko Menteng)")
    turned(phone, PHONE)
    assert faults == []


def test_a_bali_phone_in_jakarta(network: tuple[Instance, Instance]) -> None:
    bali, jakarta = network
    session = jakarta.run(POST)
    bali.run(REACH)
    for browser in launched():
        walk(browser, bali, jakarta, session)
    until(lambda: bali.run(ALERT)[5] == 0)
    here, there = bali.run(ALERT), jakarta.run(ALERT)
    assert here[:3] == there[:3] == [here[0], "closed", "helped"]
    assert (here[3:5], there[3:5]) == ([True, 2], [True, 2])


def _watched(phone: Any) -> bool:
    """Whether the page says, before anything is pressed, who is on duty for the place."""
    ready(phone)
    time.sleep(0.5)
    return "Posko Menteng (Jakarta)" in phone.inner_text("#alert")
