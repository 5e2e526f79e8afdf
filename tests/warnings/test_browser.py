"""A flood warning drawn, confirmed, received on a phone with the page closed, updated and taken back, in a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import bodies, notify, warnings
from kentongan.bodies.models import Membership
from kentongan.foundation import outbox
from kentongan.notify.models import Push
from kentongan.subscribers import register
from kentongan.warnings.models import Warning
from tests.browser import DESK, IN_A_BROWSER, PHONE, chromium_with_push, turned
from tests.notify.push_service import Browser, PushService, service
from tests.web.test_browser_access import AXE as AXE_FILE
from tests.web.test_browser_access import LEFT_OUT, LOOK, SQUEEZED, STANDARDS
from tests.world import load_world, person

__all__ = ["chromium_with_push", "service"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
# No push service answers a browser in a test: the subscription is one of ours.
SUBSCRIBED = """(said) => {
    let kept = null;
    const made = { ...said, toJSON: () => said, unsubscribe: async () => { kept = null; return true; } };
    PushManager.prototype.getSubscription = async () => kept;
    PushManager.prototype.subscribe = async () => { kept = made; return made; };
}"""


def session(who: Any, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(who)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


def told(phone: Browser, taken: PushService) -> list[dict[str, Any]]:
    """What the worker does next, and what the phone's browser makes of it."""
    register()
    while outbox.drain():
        pass
    Push.objects.update(due_at=timezone.now())
    before = len(taken.taken)
    notify.deliver_pushes()
    return [json.loads(phone.opened(body)) for _path, _headers, body in taken.taken[before:]]


def delivered(page: Any, url: str, said: dict[str, Any]) -> dict[str, Any]:
    """A message of the push service, at the site's worker in the browser; what it shows."""
    line = page.context.new_cdp_session(page)

    def heard(event: str, method: str, **given: Any) -> Any:
        told: list[Any] = []
        line.on(event, lambda one: told.append(one) if one.get("registrations", one) else None)
        line.send(method, given)
        for _ in range(1500):
            if told:
                return told[-1]
            page.wait_for_timeout(20)
        raise AssertionError(f"{event} was not heard")

    known = heard("ServiceWorker.workerRegistrationUpdated", "ServiceWorker.enable")
    line.send("BackgroundService.startObserving", {"service": "notifications"})
    line.send("BackgroundService.setRecording", {"service": "notifications", "shouldRecord": True})
    pushed = {"origin": url, "registrationId": known["registrations"][-1]["registrationId"], "data": json.dumps(said)}
    heard("BackgroundService.backgroundServiceEventReceived", "ServiceWorker.deliverPushMessage", **pushed)
    # Only now: whoever asks while a notification is noted and not shown yet has Chromium take it for one that is gone.
    shown = """async (title) => (await (await navigator.serviceWorker.ready).getNotifications())
        .filter((one) => one.title === title)
        .map((one) => ({ title: one.title, body: one.body, path: one.data.path }))[0]"""
    return dict(page.evaluate(shown, said["title"]))


def test_a_warning_is_drawn_confirmed_received_on_a_phone_updated_and_taken_back(
    chromium_with_push: Any, live_server: Any, service: PushService
) -> None:
    load_world()
    head, citizen, phone = person("kepala@contoh.id"), person("warga@contoh.id"), Browser()
    Membership.objects.create(person=head, body=bodies.get("31"), role="coordinator")
    warnings.give("31")
    # The citizen follows a place and has this phone told; the browser is asked only now.
    context = chromium_with_push.new_context(viewport=PHONE, locale="id-ID", bypass_csp=True)
    context.grant_permissions(["notifications"], origin=live_server.url)
    context.add_cookies([session(citizen, live_server.url)])
    page = context.new_page()
    page.add_init_script(f"({SUBSCRIBED})({json.dumps(phone.said(f'{service.origin}/phone'))})")
    page.add_init_script(path=AXE_FILE)
    page.goto(f"{live_server.url}/account/notices")
    page.fill("#place", "Gambir")
    page.click("button[value=follow]")
    if page.locator("input[name=code][value='31.71.01']").count():
        page.check("input[name=code][value='31.71.01']", force=True)
        page.click("button[value=follow]")
    page.wait_for_selector("text=Anda mengikuti")
    page.click("[data-join]")
    page.wait_for_selector("text=Ponsel yang diberi tahu")
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) + page.evaluate(SQUEEZED) == []
    # At the desk: touched corners are an area; the next page says whom it reaches.
    desk = chromium_with_push.new_context(viewport=DESK, locale="id-ID", bypass_csp=True)
    desk.add_cookies([session(head, live_server.url)])
    work = desk.new_page()
    work.add_init_script(path=AXE_FILE)
    work.goto(f"{live_server.url}/console/warnings/new")
    work.fill("#codes", "Gambir")
    place = work.locator("[data-map]")
    place.scroll_into_view_if_needed()
    work.wait_for_selector("[data-map][data-drawn]", timeout=60_000)
    for x, y in ((200, 100), (260, 100), (260, 160)):
        place.click(position={"x": x, "y": y})
    work.wait_for_function("document.querySelector('#polygon').value.split(' ').length === 3")
    work.click("[data-clear]")
    assert work.input_value("#polygon") == ""
    for name in ("headline", "description"):
        work.fill(f"#{name}_id", "Banjir di Gambir")
        work.fill(f"#{name}_en", "Flood in Gambir")
    assert work.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []
    work.click("text=Lihat siapa yang dijangkau")
    work.wait_for_selector("text=1 orang diberi tahu")
    assert work.evaluate(LOOK, [STANDARDS, LEFT_OUT]) == []
    work.click("button[value=publish]")
    work.wait_for_selector("text=Sudah terbit")
    (first,) = told(phone, service)
    shown = delivered(page, live_server.url, first)
    assert shown == {"title": "Banjir di Gambir", "body": shown["body"], "path": first["path"]}
    page.goto(f"{live_server.url}{first['path']}")
    assert "Berlaku" in page.inner_text("main")
    assert page.evaluate(LOOK, [STANDARDS, LEFT_OUT]) + page.evaluate(SQUEEZED) == []
    # Updated, then taken back with a reason that the phone's page reads.
    turned(work, PHONE).click("text=Perbarui")
    work.fill("#headline_id", "Banjir meluas")
    work.click("text=Lihat siapa yang dijangkau")
    work.click("button[value=publish]")
    work.wait_for_selector("text=Sudah terbit")
    assert [one["title"] for one in told(phone, service)] == ["Pembaruan: Banjir meluas"]
    turned(page, DESK).goto(live_server.url)
    page.click("text=Banjir meluas >> nth=0")
    work.fill("#reason", "Air sudah surut")
    work.click("button[value=cancel]")
    work.wait_for_selector("text=Sudah dicabut")
    assert [one["title"] for one in told(phone, service)] == ["Dicabut: Banjir meluas"]
    page.reload()
    assert "Air sudah surut" in page.inner_text("main")
    assert Warning.objects.count() == 3
    context.close()
    desk.close()
