"""Hold until safe, and the timer, in a real browser whose clock is moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency.models import Alert, Timer
from tests.browser import DESK, IN_A_BROWSER, PHONE, chromium, turned
from tests.emergency.test_browser_alert import opened, ready, town
from tests.world import person

__all__ = ["chromium", "opened", "town"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


def press(page: Any) -> None:
    page.locator("[data-safe-hold]").scroll_into_view_if_needed()
    box = page.locator("[data-safe-hold]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_selector("text=Jangan dilepas")


def let_go(page: Any) -> None:
    page.mouse.up()
    page.wait_for_selector("p:has-text('Panggilan darurat dikirim dalam'):visible")


def unfolded(page: Any) -> Any:
    ready(page)
    page.click("summary:has-text('Saya merasa tidak aman')")
    return page


def test_who_lets_go_and_does_not_say_that_all_is_well_has_alerted_once(town: Any, opened: Any) -> None:
    phone = unfolded(opened(f"{town.url}/darurat"))
    phone.clock.install()
    press(phone)
    phone.clock.run_for(30_000)
    assert not Timer.objects.exists()  # while it is held nothing is sent
    let_go(phone)
    phone.click("text=Saya aman")
    phone.wait_for_selector("text=tidak ada panggilan yang dikirim")
    phone.clock.run_for(15_000)
    assert (Alert.objects.count(), Timer.objects.filter(ended_at=None).count()) == (0, 0)
    press(phone)
    let_go(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.clock.run_for(11_000)
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    emergency.alert_due()  # the server's own, had the phone been broken
    assert [str(one.pk) for one in Alert.objects.all()] == [str(Timer.objects.get(alert__isnull=False).pk)]


def test_without_a_network_the_hold_alerts_once_it_is_back_and_no_timer_is_promised(town: Any, opened: Any) -> None:
    phone = unfolded(opened(f"{town.url}/darurat"))
    phone.clock.install()
    phone.context.set_offline(True)
    phone.click("text=Mulai penghitung waktu")
    phone.wait_for_selector("text=Tidak ada jaringan: penghitung waktu belum berjalan")
    press(phone)
    let_go(phone)
    phone.clock.run_for(11_000)
    phone.wait_for_selector("text=Mengirim")
    phone.context.set_offline(False)
    phone.clock.run_for(20_000)
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    assert Alert.objects.count() == 1


def test_a_timer_stays_over_a_reload_takes_the_code_and_becomes_the_alert_on_the_screen(town: Any, opened: Any) -> None:
    emergency.choose(person("warga@contoh.id"), "1234", "9876")
    phone = unfolded(opened(f"{town.url}/darurat", "warga@contoh.id"))
    phone.select_option("#minutes", "60")
    phone.fill("#timer-text", "Pulang lewat kebun")
    phone.click("text=Mulai penghitung waktu")
    phone.wait_for_selector("text=Sudah disimpan server")
    phone.reload()
    ready(phone)
    phone.wait_for_selector("text=Tanpa jawaban Anda, panggilan darurat dikirim pukul")
    turned(phone, DESK).fill("#safe-code", "1111")
    phone.click("text=Saya aman")
    phone.wait_for_selector("text=Kodenya salah")
    phone.fill("#safe-code", "1234")
    phone.click("text=Tambah 30 menit")
    for _ in range(100):
        if phone.input_value("#safe-code") == "":
            break
        phone.wait_for_timeout(100)
    assert Timer.objects.get().ended_at is None
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert emergency.alert_due() == 1
    phone.clock.install()
    phone.clock.fast_forward("02:00:00")
    phone.wait_for_selector("[data-step^=received]:has-text('Diterima')")
    phone.wait_for_selector("text=Pulang lewat kebun")
