"""The box for a place in a real browser: by keys, by touch, by ear; and the same form without a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kentongan import routing
from kentongan.bodies.models import Membership
from kentongan.places.osm.taking import take
from tests.browser import IN_A_BROWSER, PHONE, chromium, until_so
from tests.instances import until
from tests.places.streets import menteng
from tests.web.test_browser_access import AXE, LEFT_OUT, LOOK, STANDARDS, session
from tests.world import load_world, person, submission

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
OPTIONS = "#place-list [role=option]"


@pytest.fixture
def site(live_server: Any, transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    load_world()
    take(menteng().write(tmp_path / "extract.osm"), lambda *_told: None)
    return str(live_server.url)


@pytest.fixture
def page(chromium: Any, site: str) -> Any:
    """A page on a phone, with axe; faults of scripts fail the test."""
    context = chromium.new_context(viewport=PHONE, locale="id-ID", bypass_csp=True)
    context.add_init_script(path=AXE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    context.close()
    assert faults == []


def typed(page: Any, text: str) -> None:
    page.locator("#place").press_sequentially(text, delay=20)
    page.locator(OPTIONS).first.wait_for()


def box(page: Any, name: str) -> str:
    return str(page.input_value(f"[name={name}]"))


def test_that_nothing_was_found_is_seen_not_only_heard(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    page.locator("#place").press_sequentially("jl xqzw", delay=20)
    told = page.get_by_text("Tidak ada tempat yang ditemukan.")
    told.wait_for()
    assert told.bounding_box()["height"] > 10
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []
    page.fill("#place", "")
    told.wait_for(state="detached")


def test_a_place_is_chosen_by_keys_alone_and_heard(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    assert page.get_attribute("#place", "aria-expanded") == "false"
    typed(page, "jln agus sal")
    assert page.get_by_role("combobox", expanded=True).count() == 1
    assert page.get_by_role("listbox").count() == 1
    assert "1 tempat ditemukan" in page.locator(".finder [role=status]").inner_text()
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#place", "aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    assert "Jl. H. Agus Salim" in page.locator(f"#{active}").inner_text()
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []
    page.keyboard.press("Enter")
    assert page.url.endswith("step=place")  # chosen, not sent
    assert page.get_attribute("#place", "aria-expanded") == "false"
    assert (round(float(box(page, "lon")), 3), round(float(box(page, "lat")), 2)) == (106.827, -6.19)
    assert "Jl. H. Agus Salim" in page.locator("[data-shows=found]").inner_text()
    page.locator(".thumb .main").click()
    page.wait_for_url("**step=kind")


def test_the_arrows_go_around_escape_closes_and_tab_chooses_nothing(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    typed(page, "menteng")
    number = page.locator(OPTIONS).count()
    page.keyboard.press("ArrowUp")
    assert page.get_attribute("#place", "aria-activedescendant") == f"place-list-{number - 1}"
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#place", "aria-activedescendant") == "place-list-0"
    page.keyboard.press("Escape")
    assert page.locator("#place-list").is_hidden()
    assert page.get_attribute("#place", "aria-activedescendant") is None
    assert page.input_value("#place") == "menteng"
    page.keyboard.press("ArrowDown")
    assert page.locator("#place-list").is_visible()
    page.keyboard.press("Tab")
    assert page.locator("#place-list").is_hidden()
    assert box(page, "lon") == ""


def test_a_touch_chooses_and_the_map_goes_there(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    typed(page, "gg sampit")
    page.locator(OPTIONS).first.click()
    assert page.get_attribute("[data-map]", "data-zoom") == "16"
    assert page.get_attribute("[data-map]", "data-lon") == box(page, "lon").rstrip("0")


def test_enter_without_a_choice_searches_and_does_not_press_another_button(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    page.fill("#place", "kebon sirih")
    page.keyboard.press("Enter")
    page.wait_for_url("**place=kebon**")
    assert "Jl. Kebon Sirih" in page.locator("#found").inner_text()
    # What is ticked is taken before the boxes: it must not outlive coordinates that are written afterwards.
    page.locator("input[name=point]").first.check(force=True)
    page.locator("details:has(input[name=lat]) summary").click()
    page.fill("input[name=lat]", "-6.1872")
    assert page.locator("input[name=point]:checked").count() == 0


def test_what_is_typed_is_text_and_never_markup(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    page.locator("#place").press_sequentially("<b>kebon sirih</b>", delay=5)
    page.locator(OPTIONS).first.wait_for()
    assert page.locator("#place-list b").count() == 0


def test_without_a_script_streets_are_found_by_the_form(site: str) -> None:
    client = Client()
    answer = client.post("/report/new", {"step": "place", "search": "1", "place": "jl agus slaim"}, follow=True)
    words = answer.content.decode()
    assert "Jl. H. Agus Salim" in words
    assert 'value="jl agus slaim"' in words


def test_on_the_map_of_all_reports_a_chosen_place_is_shown(page: Any, site: str) -> None:
    page.goto(site + "/")
    typed(page, "kebonsirih")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#place-list [aria-selected=true]").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**at=106.8**" if "Jl." in chosen else "**/area/**")
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []


def test_in_the_queue_a_chosen_place_narrows_the_list_down(page: Any, site: str) -> None:
    report = routing.submit(submission(), None).report
    Membership.objects.create(person=person("petugas@contoh.id"), body_id="31.roads", role="officer")
    page.context.add_cookies([session("petugas@contoh.id", site)])
    page.goto(site + "/console/?body=31.roads&state=waiting")
    assert report.code in page.inner_text("main")
    page.click(".sift summary")
    typed(page, "jl agus salim")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**at=106.82**")
    assert "state=waiting" in page.url
    assert "Hanya dalam satu kilometer dari Jl. H. Agus Salim" in page.inner_text("main")
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []
    page.click(".sift summary")
    page.fill("#place", "gambir")  # another is typed: the chosen one no longer counts
    page.keyboard.press("Enter")
    page.wait_for_url("**place=gambir**")
    assert "Gambir" in page.inner_text("main")


def test_without_a_network_places_of_the_province_are_found_on_the_phone(page: Any, site: str) -> None:
    page.goto(site + "/report/new?step=place")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until_so(page, "navigator.serviceWorker.controller")
    typed(page, "jl agus salim")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".thumb .main").click()
    page.wait_for_url("**step=kind")
    kept = "caches.open('kentongan-places').then((store) => store.keys()).then((all) => all.length)"
    until(lambda: page.evaluate(kept) == 1)
    page.context.set_offline(True)
    page.goto(site + "/report/new")
    page.wait_for_selector("[data-kept-places]:not([hidden])")
    assert "kB" in page.locator("[data-kept-size]").inner_text()
    page.locator("#place").press_sequentially("jln thamrin", delay=10)
    page.locator(OPTIONS).first.wait_for()
    page.keyboard.press("Enter")  # nothing is chosen: and nothing is sent
    assert page.locator("[data-kept]").is_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-located]:not([hidden])")
    page.locator("summary", has_text="koordinat").click()
    assert box(page, "lon").startswith("106.82")
    page.context.set_offline(False)
