"""The button by keyboard alone, on a screen enlarged to 320 px, where nothing trembles, moves or says where it is."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan import emergency
from kentongan.emergency.models import Alert
from tests.browser import IN_A_BROWSER, until_so
from tests.emergency.test_browser_alert import chromium, opened, ready, town

__all__ = ["chromium", "opened", "town"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
POOR = """
    delete Navigator.prototype.vibrate;
    delete window.Notification;
    Object.defineProperty(navigator, 'wakeLock', { value: undefined });
    navigator.getBattery = undefined;
"""


def test_a_keyboard_alone_presses_lets_go_hears_and_cancels(town: Any, opened: Any) -> None:
    emergency.begin_duty(town.budi, town.post.pk)
    page = opened(f"{town.url}/darurat", size={"width": 320, "height": 568}, where=None)  # no permission to look
    page.add_init_script(POOR)
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    ready(page)
    page.wait_for_selector("text=Belum diketahui apakah dijaga")
    for key in ("Enter", "Space"):
        page.focus("[data-hold]")
        page.keyboard.down(key)
        page.wait_for_selector("text=Terus tahan")
        page.keyboard.up(key)
        page.wait_for_selector("text=Terlalu cepat dilepas")
    assert not Alert.objects.exists()
    page.keyboard.down("Space")
    page.wait_for_selector("section[data-part=live]:visible")
    page.keyboard.up("Space")
    page.wait_for_selector("[role=status] [data-step^=received]:has-text('Diterima')")
    assert page.evaluate("document.activeElement.dataset.part") == "live"  # not back at the beginning of the page
    page.wait_for_selector("text=belum memberi tahu lokasinya")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.focus("summary:has-text('Batalkan panggilan')")
    page.keyboard.press("Enter")
    page.focus("[data-cancel] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("li:has-text('Dibatalkan')")
    page.focus("[data-again]")
    page.keyboard.press("Enter")
    page.focus("summary:has-text('Saya merasa tidak aman')")
    page.keyboard.press("Enter")
    page.focus("[data-safe-hold]")
    page.keyboard.down("Space")
    page.wait_for_selector("text=Jangan dilepas")
    page.keyboard.up("Space")
    page.wait_for_selector("[role=status]:has-text('Panggilan darurat dikirim dalam'):visible")
    until_so(page, "document.activeElement.textContent.includes('Saya aman')")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=tidak ada panggilan yang dikirim")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert Alert.objects.count() == 1
