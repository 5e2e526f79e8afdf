"""How long a phone on a slow link waits for its first map, and what it costs: a real server, a real browser."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench.figures import Figure
from tests.basemap.town import write
from tests.browser import CHROMIUM, PHONE
from tests.instances import Instance
from tests.places.streets import menteng

SLOW, LATENCY = 400_000, 150  # bits a second; milliseconds to the server and back
AT = (106.8271, -6.1850)
MAKE = """
from uuid import uuid4
from kentongan import reports, routing
said = reports.Submission(submission_id=uuid4(), category="road_damage", text="Lubang besar", lon=lon, lat=lat)
answer = routing.submit(said, None).report.code
"""
PUT = """
from pathlib import Path
from kentongan import basemap
from kentongan.places.osm.taking import take
quietly = lambda *told: None
basemap.put(Path(path), quietly) if path.endswith("pmtiles") else take(Path(path), quietly)
answer = None
"""


def measure(work: Path) -> list[Figure]:
    """The first map of a report: with borders alone, as before; with streets near by; with a map file."""
    if CHROMIUM is None:
        print("maps: no Chromium here, nothing measured")
        return []
    from playwright.sync_api import sync_playwright

    here = Instance("maps", work / "maps", work / "maps" / "places.index")
    found = []
    try:
        code = here.run(MAKE, lon=AT[0], lat=AT[1])
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for what, file in (
                ("borders alone", None), ("streets near by", menteng().write(work / "menteng.osm")),
                ("a map file", write(work / "town.pmtiles")),
            ):  # fmt: skip
                if file is not None:
                    here.run(PUT, path=str(file))
                here.start("serve")  # anew, so that it keeps no page of before
                taken, sent = _first(browser, f"{here.url}/r/{code}")
                here.kill("serve")
                beside = f"{what}; 400 kbit/s, nothing kept in the browser"
                found.append(Figure(f"map: first, {what}", taken, "s", 15, False, beside))
                found.append(Figure(f"map: bytes, {what}", sent / 1000, "kB", 600, False, beside))
            browser.close()
    finally:
        here.close()
    return found


def _first(browser: Any, address: str) -> tuple[float, int]:
    """Seconds until the map of a page is drawn, and the bytes that came until then, by a browser that knew nothing."""
    context = browser.new_context(viewport=PHONE, locale="id-ID", service_workers="block")
    page, sent = context.new_page(), [0]
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": LATENCY, "downloadThroughput": SLOW / 8, "uploadThroughput": SLOW / 8,
    })  # fmt: skip
    line.on("Network.loadingFinished", lambda told: sent.__setitem__(0, sent[0] + int(told["encodedDataLength"])))
    began = time.monotonic()
    page.goto(address, timeout=120_000, wait_until="commit")
    page.wait_for_selector("[data-map]", timeout=120_000)
    page.locator("[data-map]").first.scroll_into_view_if_needed()
    page.wait_for_selector("[data-map][data-drawn=yes]", timeout=120_000)
    taken = time.monotonic() - began
    context.close()
    return taken, sent[0]
