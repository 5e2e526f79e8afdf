"""Whole walks on phone and desk with a moved clock: a patrol nobody finished; a journey that is late, and ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from kentongan import community
from kentongan.community.models import Share
from kentongan.community.neighbours import Group
from kentongan.notify.models import Message
from tests.browser import DESK, IN_A_BROWSER, PHONE, chromium, until_so
from tests.web.test_browser_access import session
from tests.world import STREET, load_world, person

__all__ = ["chromium"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
HERE = {"longitude": STREET[0], "latitude": STREET[1], "accuracy": 12}
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"  # as when a page is seen again
JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the server's clock on from the real one by so much."""
    real = timezone.now

    def move(by: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + by)

    return move


@pytest.fixture
def device(chromium: Any, live_server: Any, transactional_db: None) -> Any:
    """Pages of their own for people with these addresses, all without a fault of a script."""
    load_world()
    faults, contexts = list[str](), []

    def opened(path: str, email: str, size: dict[str, int]) -> Any:
        context = chromium.new_context(viewport=size, locale="id-ID", geolocation=HERE, permissions=["geolocation"])
        contexts.append(context)
        if email:
            context.add_cookies([session(email, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(live_server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def told(email: str) -> list[str]:
    return list(Message.objects.filter(to_person__email=email).order_by("pk").values_list("subject", flat=True))


@SIZES
def test_a_patrol_is_begun_left_unfinished_and_missed(device: Any, later: Any, size: dict[str, int]) -> None:
    person("sri@contoh.id", name="Bu Sri")
    person("jaga@contoh.id", name="Pak Jaga")
    person("dwi@contoh.id", name="Dwi")
    head = device("/lingkungan", "sri@contoh.id", size)
    head.fill("#name", "RT 05")
    head.click("[name=do][value=create]")
    begins = datetime.now(JAKARTA) + timedelta(hours=1)
    for fill, press in (
        ({"#point": "Gapura"}, "text=Tambah, di tempat saya berdiri"),
        ({"#point": "Balai warga"}, "text=Tambah, hanya dengan kode QR"),
        ({"#round": "Ronda malam", "#starts": f"{begins:%H:%M}", "#minutes": "30"}, "text=Tambah ronda"),
    ):
        head.wait_for_selector("h1:has-text('RT 05')")
        head.click("text=Untuk ketua")
        for field, words in fill.items():
            head.fill(field, words)
        head.click(press)
        head.wait_for_load_state()
    head.wait_for_selector("text=Tidak ada ronda sekarang")
    rt = Group.objects.get()
    for email in ("jaga@contoh.id", "dwi@contoh.id"):
        community.join(_named(email), community.invitation(rt))
    community.name_role(community.member(_named("sri@contoh.id"), rt.pk), _member(rt, "jaga@contoh.id"), "guard")
    later(timedelta(hours=1, minutes=5))
    guard = device(f"/lingkungan/{rt.pk}", "jaga@contoh.id", size)
    guard.wait_for_selector("[data-live=rounds] >> text=Sedang berjalan")
    guard.click("text=Saya di titik ronda")
    guard.wait_for_selector("[data-live=rounds] >> text=Pak Jaga")
    assert community.warn_missed() == 0
    later(timedelta(hours=1, minutes=35))
    assert community.warn_missed() == 1
    for page in (head, guard):  # nobody loads it anew
        page.evaluate(LOOK_AGAIN)
        page.wait_for_selector("[data-live=rounds] >> text=Terlewat")
        assert "Gapura" in page.inner_text("[data-live=rounds]")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert [told(f"{name}@contoh.id") for name in ("sri", "jaga", "dwi")] == [["Ronda terlewat: RT 05"]] * 2 + [[]]


@SIZES
def test_a_journey_is_late_and_ended_by_one_press(device: Any, later: Any, size: dict[str, int]) -> None:
    person("sri@contoh.id", name="Sri")
    person("ibu@contoh.id", name="Ibu")
    mine = device("/keluarga", "sri@contoh.id", size)
    mine.fill("#to", "-6.3000, 106.8200")  # two hours on foot
    mine.fill("#arrive_in", "30")
    mine.fill("#email", "ibu@contoh.id")
    mine.click("[name=do][value=begin]")
    mine.wait_for_selector("[data-sent]:not([hidden])")
    theirs = device("/keluarga", "ibu@contoh.id", size)
    theirs.click("main a:has-text('Sri')")  # an account that was named: no link, nothing to agree to
    theirs.wait_for_selector("text=Di jalan")
    assert theirs.is_visible("img.alert-map")
    later(timedelta(minutes=40))
    theirs.evaluate(LOOK_AGAIN)
    theirs.wait_for_selector("[data-live=sight] >> text=Terlambat")
    mine.reload()
    mine.wait_for_selector("[data-live=eyes] >> text=melihat")
    mine.click("button[value=end]")
    mine.wait_for_selector("[data-begin]")
    theirs.evaluate(LOOK_AGAIN)
    theirs.wait_for_selector("text=Tidak ada lagi yang ditampilkan")
    assert not theirs.query_selector("img.alert-map")
    for page in (mine, theirs):
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    later(timedelta(hours=26))
    community.end_due()
    assert not Share.objects.exists()


def test_a_viewer_whose_clock_is_wrong_reads_how_old_a_place_is_all_the_same(device: Any) -> None:
    """element-web#22437: one clock a minute slow, and a share was over for the other."""
    sri = person("sri@contoh.id", name="Sri")
    person("ibu@contoh.id", name="Ibu")
    community.begin(sri, 60, device="hp")
    community.add(sri, "", "ibu@contoh.id")
    community.place(sri, {"lon": STREET[0], "lat": STREET[1], "accuracy": 12, "age": 0}, "hp")
    Share.objects.update(at=timezone.now() - timedelta(minutes=20))
    page = device("/keluarga", "ibu@contoh.id", PHONE)
    page.add_init_script("const real = Date.now; Date.now = () => real() - 3_600_000;")  # an hour slow
    page.click("main a:has-text('Sri')")
    page.wait_for_load_state()
    with page.expect_response("**/keluarga/lihat/**"):
        page.evaluate(LOOK_AGAIN)
    until_so(page, "document.querySelector('[data-age]').textContent.includes('20 menit')")


def _named(email: str) -> Any:
    from kentongan.people.models import Person

    return Person.objects.get(email=email)


def _member(group: Group, email: str) -> int:
    return int(group.members.get(person__email=email).pk)
