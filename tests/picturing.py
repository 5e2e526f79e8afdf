"""The pictures of the tutorials, taken from a running demonstration: `script/take-pictures`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser import CHROMIUM

FOLDER = Path(__file__).parents[1] / "docs/pictures"
MOST = 60_000  # bytes of one
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
TALL = {"width": 1280, "height": 1250}  # a place, its messages and the units
NARROWEST = 880  # pixels to which a picture of the desk is made smaller
ARGS = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


def queue(page: Any) -> None:
    """The coordinator's morning, the most pressing first."""
    page.goto("/console/?body=31&sort=deadline&q=contoh")
    page.wait_for_timeout(4000)  # the map draws itself


def give(page: Any) -> None:
    """One report, into whose hands it is given."""
    page.goto(f"/console/reports/{code(page, 'Teuku Umar')}")
    page.click("#hands details summary")
    page.locator("#hands").scroll_into_view_if_needed()
    page.wait_for_timeout(4000)


def contested(page: Any) -> None:
    """What a neighbour says of a result."""
    page.goto(f"/console/reports/{code(page, 'Sumenep', contested='1')}")
    page.wait_for_timeout(2000)


def many(page: Any) -> None:
    """Two ticked reports, and what can be done with them."""
    rows = [f"row={one['code']}:{one['seq']}" for one in listed(page, "Probolinggo")]
    page.goto(f"/console/bulk/new?body=31&{'&'.join(rows)}")
    page.wait_for_timeout(1000)


def tour(page: Any) -> None:
    """The round of the first officer."""
    page.goto("/console/tasks")
    page.wait_for_timeout(1500)


def camera(page: Any) -> None:
    """The photo from before lies over the picture of the camera."""
    tour(page)
    page.click("[data-work] >> nth=0")
    page.wait_for_timeout(3000)


def month(page: Any) -> None:
    """What she has finished."""
    page.goto("/console/performance")
    page.wait_for_timeout(500)


def button(page: Any) -> None:
    """The button, for a place that somebody watches."""
    page.goto("/darurat")
    with signed_in(page.context.browser, origin(page), COORDINATOR, DESK) as desk:
        on_duty(desk)
        page.reload()
        page.wait_for_selector("[data-watched=yes]:visible")


def received(page: Any) -> None:
    """What the phone says of an alert that somebody has taken."""
    page.goto("/darurat")
    with signed_in(page.context.browser, origin(page), COORDINATOR, DESK) as desk:
        on_duty(desk)
        answered(page, desk)


def console(page: Any) -> None:
    """An alert on the operator's screen: trail, run card, units."""
    with signed_in(page.context.browser, origin(page), CITIZEN, PHONE) as phone:
        phone.goto("/darurat")
        on_duty(page)
        answered(phone, page)
        page.wait_for_timeout(2000)  # the map draws itself


def neighbourhood(page: Any) -> None:
    """The group that the citizen is head of."""
    page.goto("/lingkungan")
    page.click("main .list a >> nth=0")
    page.wait_for_selector("#neighbourhood")


def family(page: Any) -> None:
    """Where somebody is who shares a journey with the citizen."""
    page.goto("/keluarga")
    page.click("[data-live=others] a >> nth=0")
    if page.locator("main button.main").count():
        page.click("main button.main")
    page.wait_for_selector("[data-live=sight]")
    page.wait_for_timeout(2000)


def warning(page: Any) -> None:
    """The exercise that is in force in Gambir."""
    page.goto("/area/31.71.01")
    page.click("text=LATIHAN >> nth=0")
    page.wait_for_timeout(3000)


def on_duty(desk: Any) -> None:
    """The operator's page, on duty."""
    desk.goto("/console/alerts")
    if desk.locator("button:has-text('Mulai bertugas')").count():
        desk.click("button:has-text('Mulai bertugas') >> nth=0")
    desk.wait_for_selector("text=Anda sedang bertugas")


def answered(phone: Any, desk: Any) -> None:
    """The phone presses, and the operator takes it."""
    phone.reload()
    phone.wait_for_selector("[data-watched=yes]:visible")
    box = phone.locator("[data-hold]").bounding_box()
    phone.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    phone.mouse.down()
    phone.wait_for_selector("[data-part=live]:visible")
    phone.mouse.up()
    phone.wait_for_selector("[data-step^=received]:visible")
    desk.click("button:has-text('Saya tangani') >> nth=0")
    phone.wait_for_selector("[data-owned=yes]:visible")


def origin(page: Any) -> str:
    """The demonstration's address."""
    return "/".join(page.url.split("/")[:3])


COORDINATOR, OFFICER, CITIZEN = (
    ("petugas.jakarta@demo.example", "kentongan-jakarta"), ("sari.jakarta@demo.example", "kentongan-sari"),
    ("warga.bali@demo.example", "kentongan-warga"),
)  # fmt: skip
SHOTS: dict[str, tuple[tuple[str, str], dict[str, int], Callable[[Any], None]]] = {
    "officer-queue": (COORDINATOR, DESK, queue), "officer-give": (COORDINATOR, DESK, give),
    "officer-contested": (COORDINATOR, DESK, contested), "officer-many": (COORDINATOR, DESK, many),
    "officer-round": (OFFICER, PHONE, tour), "officer-camera": (OFFICER, PHONE, camera),
    "officer-month": (OFFICER, PHONE, month),
    "safety-neighbourhood": (CITIZEN, PHONE, neighbourhood), "safety-family": (CITIZEN, PHONE, family),
    "safety-warning": (CITIZEN, PHONE, warning),
    "safety-duty": (COORDINATOR, DESK, on_duty), "safety-button": (CITIZEN, PHONE, button),
    "safety-alert": (COORDINATOR, TALL, console), "safety-received": (CITIZEN, PHONE, received),
}  # fmt: skip


def listed(page: Any, words: str, **asked: str) -> list[dict[str, Any]]:
    """Reports of Jakarta's queue with these words."""
    answer = page.request.get("/api/v1/desk/reports", params={"body": "31", "q": words, **asked})
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def code(page: Any, words: str, **asked: str) -> str:
    """The code of the one report with these words. Raises SystemExit where the demonstration has it not."""
    found = listed(page, words, **asked)
    if not found:
        raise SystemExit(f"take-pictures: no report about {words}: take them from a fresh demonstration.")
    return str(found[0]["code"])


@contextmanager
def signed_in(browser: Any, address: str, account: tuple[str, str], size: dict[str, int]) -> Iterator[Any]:
    """A page of somebody who has signed in."""
    context = browser.new_context(
        viewport=size, locale="id-ID", timezone_id="Asia/Jakarta", base_url=address,
        permissions=["camera", "geolocation"], geolocation={"longitude": 106.8262, "latitude": -6.1872, "accuracy": 15},
    )  # fmt: skip
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", account[0])
    page.fill("[name=password]", account[1])
    page.press("[name=password]", "Enter")
    page.wait_for_load_state()
    yield page
    context.close()


def small(shot: bytes) -> bytes:
    """The picture as WebP of at most `MOST` bytes."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    if image.width > NARROWEST:
        image = image.resize((NARROWEST, image.height * NARROWEST // image.width), Image.Resampling.LANCZOS)
    for quality in (80, 65, 50, 35, 20):
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST:
            break
    return out.getvalue()


def main(address: str, *only: str) -> None:
    """Takes all of them, or those whose names begin with one of these words."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for name, (account, size, walk) in SHOTS.items():
            if only and not name.startswith(only):
                continue
            with signed_in(browser, address, account, size) as page:
                walk(page)
                (FOLDER / f"{name}.webp").write_bytes(small(page.screenshot()))
                print(f"docs/pictures/{name}.webp")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:] or ["http://127.0.0.1:8000"])
