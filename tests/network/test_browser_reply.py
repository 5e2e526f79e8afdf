"""The page behind the link of a mail, in a real browser: on a phone, on a desk, and without JavaScript.

With KENTONGAN_PICTURES=1 the pictures of the documentation are saved on the way.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kentongan.network.models import HandOver
from kentongan.reports.models import Report
from tests.browser import IN_A_BROWSER, chromium
from tests.network.test_dialect_email import link_in, mailbox, sent, server
from tests.pictures import picture
from tests.web.test_browser_walk import ROOT
from tests.world import load_world

__all__ = ["chromium", "mailbox", "server"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
SIZES = {"phone": (360, 740), "desk": (1280, 900)}


@pytest.fixture
def world(transactional_db) -> None:
    load_world()


def keep(page, name: str) -> None:
    if os.environ.get("KENTONGAN_PICTURES"):
        page.screenshot(path=ROOT / "docs/pictures" / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_an_office_answers_from_its_mail_without_scripts(
    size: str, chromium, live_server, server, mailbox, tmp_path: Path
) -> None:
    report = sent()
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="id-ID", java_script_enabled=False
    )  # fmt: skip
    page = context.new_page()
    page.goto(live_server.url + link_in(server.taken[0]))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    keep(page, f"reply-{size}")
    page.fill("#accept-text", "Besok pagi kami angkut.")
    page.click("button[value=accept]")
    page.wait_for_selector("text=Terima kasih. Jawaban sudah tampil")
    photo = tmp_path / "sesudah.jpg"
    photo.write_bytes(picture(2).read())
    page.set_input_files("#resolve-photos", photo)
    page.click("button[value=resolve]")
    page.wait_for_selector("text=Terima kasih. Jawaban sudah tampil")
    assert page.locator(".photos img").count() == 1
    page.click("button[lang=en]")
    page.wait_for_selector("text=Answer the reporter")
    assert Report.objects.get(pk=report.pk).state == "resolved"
    assert HandOver.objects.get().state == "accepted"
