"""The map with streets in a real browser: from our own file, from OpenStreetMap's data, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kentongan import basemap, reports, routing
from kentongan.foundation.config import config
from kentongan.places.ground import ground_path
from kentongan.places.osm.taking import take
from tests.basemap.town import write
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.instances import until
from tests.places.streets import menteng
from tests.world import load_world

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
AT = (106.8271, -6.1850)


def quietly(_stage: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture
def site(live_server: Any, transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(config(), "data", tmp_path)
    load_world()
    return str(live_server.url)


def made() -> str:
    said = reports.Submission(submission_id=uuid4(), category="road_damage", text="Lubang besar", lon=AT[0], lat=AT[1])
    return str(routing.submit(said, None).report.code)


class Page:
    """A page that notes what its scripts complain about and what it asked for."""

    def __init__(self, chromium: Any, **context: Any) -> None:
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page = chromium.new_context(viewport=PHONE, locale="id-ID", **context).new_page()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("requestfinished", lambda asked: self.asked.append(asked.url))

    def drawn(self, address: str) -> Any:
        """The page once its map is drawn."""
        self.page.goto(address)
        self.page.locator("[data-map]").first.scroll_into_view_if_needed()
        self.page.wait_for_selector("[data-map][data-drawn=yes]", timeout=20_000)
        return self.page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_is_drawn_from_our_own_file_and_asks_nobody_else(chromium: Any, site: str, tmp_path: Path, theme: str):
    basemap.put(write(tmp_path / "town.pmtiles"), quietly)
    phone = Page(chromium, color_scheme=theme)
    page = phone.drawn(f"{site}/r/{made()}")
    until(lambda: any("/map/basemap.pmtiles" in one for one in phone.asked))
    page.wait_for_selector(".maplibregl-ctrl-attrib:has-text('OpenStreetMap')")
    assert all(one.startswith((site, "data:", "blob:")) for one in phone.asked)
    assert any(f"theme={theme}" in one for one in phone.asked)
    assert phone.faults == []


def test_a_damaged_file_leaves_the_page_with_the_borders_it_had(chromium: Any, site: str, tmp_path: Path, monkeypatch):
    basemap.put(write(tmp_path / "town.pmtiles"), quietly)
    monkeypatch.setattr("kentongan.web.map_files.basemap.style", lambda *_given: {"version": 8, "broken": True})
    phone = Page(chromium)
    phone.page.goto(f"{site}/r/{made()}")
    phone.page.wait_for_selector("[data-map]")
    assert phone.page.locator("h1").inner_text()


def test_beyond_what_the_file_covers_the_country_goes_on_with_borders_and_names(
    chromium: Any, site: str, tmp_path: Path
):
    basemap.put(write(tmp_path / "town.pmtiles"), quietly)
    phone = Page(chromium)
    page = phone.drawn(f"{site}/area/51.71")
    page.wait_for_selector(".place-name")
    assert "Denpasar" in " ".join(page.locator(".place-name").all_inner_texts())
    until(lambda: any("/map/outline/province.json" in one for one in phone.asked))
    page = phone.drawn(f"{site}/r/{made()}")  # in Menteng the file has names of its own
    page.wait_for_timeout(1500)
    assert page.locator(".place-name").count() == 0
    assert phone.faults == []


def test_without_a_file_the_streets_of_openstreetmap_are_drawn_near_by(chromium: Any, site: str, tmp_path: Path):
    had = ground_path().exists()
    assert not had
    take(menteng().write(tmp_path / "extract.osm"), quietly)
    try:
        phone = Page(chromium)
        page = phone.drawn(f"{site}/r/{made()}")
        for _time in range(2):
            page.locator(".maplibregl-ctrl-zoom-in").click()
            page.wait_for_timeout(600)
        until(lambda: any("/map/streets/" in one for one in phone.asked))
        assert phone.faults == []
    finally:
        ground_path().unlink()


def test_on_paper_and_without_scripts_the_still_picture_stands_for_the_map(chromium: Any, site: str, tmp_path: Path):
    basemap.put(write(tmp_path / "town.pmtiles"), quietly)
    code = made()
    plain = Page(chromium, java_script_enabled=False)
    plain.page.goto(f"{site}/r/{code}")
    picture = plain.page.locator(".map noscript img")
    assert "/map/static/16/106.82710,-6.18500/640x320.png" in picture.get_attribute("src")
    until(lambda: any("/map/static/" in one for one in plain.asked))
    paper = Page(chromium)
    paper.page.goto(f"{site}/r/{code}")
    paper.page.emulate_media(media="print")
    assert paper.page.locator(".on-paper").is_visible()
    assert not paper.page.locator("[data-map]").is_visible()


def test_a_link_to_a_report_is_shown_with_its_place(client: Any, site: str):
    answer = client.get(f"/r/{made()}").content.decode()
    assert 'property="og:image"' in answer
    assert "/map/static/16/106.82710,-6.18500/1200x630.png?pin=1" in answer
