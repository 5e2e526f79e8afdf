"""A neighbourhood in a real browser: joined by its code, a round missed, a neighbour in need, the drum by Web Audio."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan import community
from kentongan.community.neighbours import CheckIn, Group, Patrol, Round
from tests.browser import IN_A_BROWSER, PHONE, chromium
from tests.emergency.post import press
from tests.web.test_browser_access import session
from tests.world import STREET, load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


def test_a_round_is_missed_and_a_neighbour_in_need_is_answered(
    chromium: Any, live_server: Any, transactional_db: None
) -> None:
    load_world()
    person("sri@contoh.id", name="Bu Sri")
    guard, faults = person("jaga@contoh.id", name="Pak Jaga"), []
    here = {"longitude": STREET[0], "latitude": STREET[1], "accuracy": 12}

    def phone(email: str) -> Any:
        context = chromium.new_context(viewport=PHONE, locale="id-ID", geolocation=here, permissions=["geolocation"])
        context.add_cookies([session(email, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        return page

    head, watch = phone("sri@contoh.id"), phone("jaga@contoh.id")
    head.goto(f"{live_server.url}/lingkungan")
    head.fill("#name", "RT 05")
    head.click("[name=do][value=create]")
    head.wait_for_selector("h1:has-text('RT 05')")
    head.click("text=Untuk ketua")
    head.fill("#point", "Gapura")
    head.click("text=Tambah, di tempat saya berdiri")
    head.wait_for_load_state()
    head.click("text=Untuk ketua")
    head.fill("#round", "Ronda malam")
    head.fill("#starts", "00:00")
    head.fill("#minutes", "720")
    head.click("text=Tambah ronda")
    head.wait_for_load_state()
    rt = Group.objects.get()
    assert rt.points.get().lon == STREET[0]
    watch.goto(f"{live_server.url}/lingkungan/masuk/{community.invitation(rt)}")
    watch.click("main button.main")
    watch.wait_for_selector("h1:has-text('RT 05')")
    # A round that is on now, walked by where the phone is.
    now = timezone.now()
    on = Patrol.objects.create(
        round=Round.objects.get(), begins_at=now - timedelta(minutes=1), until=now + timedelta(hours=1)
    )
    watch.reload()
    watch.click("text=Saya di titik ronda")
    watch.wait_for_selector("[data-live=rounds] >> text=Gapura")
    assert CheckIn.objects.get(patrol=on).person == guard
    Patrol.objects.create(
        round=Round.objects.get(), begins_at=now - timedelta(hours=3), until=now - timedelta(minutes=1)
    )
    assert community.warn_missed() >= 1
    head.reload()
    assert "Terlewat" in head.inner_text("[data-live=rounds]")
    # Somebody needs help: the page strikes the drum once the sound is on, and stops when this member goes.
    press(guard)
    head.reload()
    head.click("[data-sound]")
    head.wait_for_selector("[data-alarm]")
    head.wait_for_selector("[data-sound-off]", state="hidden")
    assert "Pak Jaga" in head.inner_text("[data-live=needs]")
    head.click("text=Saya ke sana")
    head.wait_for_selector("[data-live=needs] >> text=sedang datang")
    assert head.query_selector("[data-alarm]") is None
    watch.reload()
    assert "Bu Sri" in watch.inner_text("[data-live=needs]")
    head.goto(f"{live_server.url}/lingkungan/isyarat")
    head.add_init_script("")
    struck = head.evaluate(
        """() => { let strokes = 0; const own = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function (at) { strokes += 1; return own.call(this, at); };
            document.querySelector('[data-beats="1 7 1"]').click();
            return new Promise((done) => setTimeout(() => done(strokes), 500)); }"""
    )
    assert struck == 2 * 9  # two tones for each of nine strokes
    assert head.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert faults == []
    head.context.close()
    watch.context.close()
