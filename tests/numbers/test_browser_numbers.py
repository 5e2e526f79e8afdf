"""A phone that has looked at the numbers once has them without a network, near itself and with what is open now."""

from __future__ import annotations

from pathlib import Path

import pytest

from kentongan import numbers
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.world import STREET, load_world

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
KEPT = """async () => {
    while (!(await (await caches.open("kentongan-numbers")).keys()).length)
        await new Promise((done) => setTimeout(done, 100));
}"""
TABLE = """kind,number,name,area,source,checked,lon,lat,hours
clinic,021 555 0001,Klinik Jauh,31,contoh,2020-01-31,106.9,-6.25,24/7
clinic,021 555 0002,Klinik Dekat,31,contoh,2020-01-31,106.8271,-6.186,Mo 00:00-00:01; Tu-Su off
"""


def test_the_numbers_of_the_province_are_on_the_phone_without_a_network(
    chromium, live_server, transactional_db, tmp_path: Path
):
    load_world()
    path = tmp_path / "angka.csv"
    path.write_text(TABLE, encoding="utf-8")
    numbers.load(path)
    where = {"longitude": STREET[0], "latitude": STREET[1]}
    context = chromium.new_context(viewport=PHONE, locale="id-ID", geolocation=where, permissions=["geolocation"])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(live_server.url + "/nomor")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.click("[data-here]")
    page.wait_for_url("**/nomor?lon=*")
    assert page.locator("a[href='tel:0215550001']").is_visible()
    page.evaluate(KEPT)
    context.set_offline(True)
    page.goto(live_server.url + "/nomor")
    page.wait_for_selector("text=Klinik Jauh")
    page.click("[data-here]")
    near = page.locator("section", has_text="Klinik Dekat").locator("li b")
    page.wait_for_selector("[data-distance]:not([hidden])")
    assert near.all_inner_texts() == ["Klinik Dekat", "Klinik Jauh"]
    assert page.locator("li", has_text="Klinik Jauh").locator("[data-next]").is_visible()
    assert page.locator("li", has_text="Klinik Dekat").locator("[data-open=no]").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert faults == []
