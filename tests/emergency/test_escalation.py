"""An alert that nobody has calls the next by itself: with the clock moved, and gateways that are real servers."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from kentongan import emergency
from kentongan.cli.lanes import Alerts
from kentongan.emergency import timers
from kentongan.emergency.models import Alert, Call, Relay, Rule, Timer
from kentongan.foundation.sealing import seal
from tests.emergency.post import kept, on_duty, operator, post, press, send
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def later(alert: Alert, seconds: float) -> int:
    """So many seconds after the alert came, as the worker sees it; how many it called the next for."""
    moved = timedelta(seconds=seconds)
    now = kept(alert.pk)
    Alert.objects.filter(pk=alert.pk).update(
        called_from=now.created_at - moved, step_at=now.step_at and timezone.now() - timedelta(seconds=1)
    )
    return emergency.call_due()


def told(alert: Alert) -> list[tuple[str, int]]:
    return [(one.data["to"], one.data["number"]) for one in alert.entries.filter(kind="called").order_by("seq")]


def test_without_rules_all_are_called_then_wider_posts_then_mail_to_the_staff():
    near, wide = post("31.71"), post("", "31", "Pusat")
    budi, sari = on_duty(operator(), near), on_duty(operator("sari@contoh.id", "Sari"), wide)
    alert = press().alert
    assert told(alert) == [("all", 1)]
    assert (emergency.called(budi), emergency.called(sari)) == ({alert.pk}, set())
    assert emergency.call_due() == 0  # not yet
    later(alert, 21)
    assert emergency.called(sari) == {alert.pk}
    later(alert, 61)
    assert told(alert) == [("all", 1), ("wider", 1), ("mail", 2)]
    assert set(Relay.objects.values_list("address", flat=True)) == {"budi@contoh.id", "sari@contoh.id"}


def test_one_is_called_first_then_the_next_and_who_has_least_to_do_before_others():
    where = post()
    for at in (0, 15):
        Rule.objects.create(watch=where, after=at, to="one")
    budi, sari = on_duty(operator(), where), on_duty(operator("sari@contoh.id", "Sari"), where)
    busy = press().alert
    emergency.acknowledge(busy.pk, budi)
    alert = press().alert
    assert (emergency.called(budi), emergency.called(sari)) == (set(), {alert.pk})
    later(alert, 16)
    assert emergency.called(budi) == {alert.pk}


def test_all_are_called_anew_also_where_the_post_has_fewer_rules_than_were_followed():
    where = post()
    alert = press().alert
    later(alert, 61)
    Rule.objects.create(watch=where, after=0, to="all")
    assert kept(alert.pk).steps > 1
    late = on_duty(operator(), where)
    Call.objects.all().delete()  # of coming on duty
    later(alert, 180)
    assert emergency.called(late) == {alert.pk}


def test_whom_somebody_has_calls_nobody_any_more():
    budi = on_duty(operator(), post())
    alert = press().alert
    emergency.acknowledge(alert.pk, budi)
    assert kept(alert.pk).step_at is None
    assert later(alert, 500) == 0
    assert not Relay.objects.exists()


def test_who_comes_on_duty_late_is_called_for_what_still_waits():
    where = post()
    alert = press().alert
    assert told(alert) == [("all", 0)]
    later(alert, 100)
    budi = on_duty(operator(), where)
    assert emergency.called(budi) == {alert.pk}  # at once, not with the next rule
    later(alert, 200)
    assert emergency.called(budi) == {alert.pk}
    emergency.acknowledge(alert.pk, budi)
    assert emergency.called(on_duty(operator("sari@contoh.id", "Sari"), where)) == set()  # somebody has it


def test_a_place_that_nobody_watches_is_waited_for_without_a_fault():
    alert = press(lon=2.35, lat=48.85).alert
    for seconds in (1, 30, 100, 1000):
        later(alert, seconds)
    assert kept(alert.pk).state == "received"
    assert not emergency.told(kept(alert.pk))["watched"]


class Hook(http.server.BaseHTTPRequestHandler):
    """A gateway that fails once, then takes what comes."""

    taken: list = []
    failing = 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Hook.failing:
            Hook.failing -= 1
            self.send_response(503)
        else:
            Hook.taken.append((dict(self.headers), body))
            self.send_response(200)
        self.end_headers()

    def log_message(self, *given):
        """Silent."""


@pytest.fixture
def hook():
    Hook.taken, Hook.failing = [], 1
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


def test_a_webhook_is_signed_told_again_until_it_is_taken_and_names_no_place_and_no_person(hook):
    where = post()
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    Rule.objects.create(watch=where, after=0, to="webhook", address=hook, secret=seal(secret))
    press(person("warga@contoh.id", name="Bu Siti"))
    lane = Alerts("w")
    assert emergency.deliver() == 0  # it failed
    Relay.objects.update(due_at=timezone.now())
    assert lane.step() == 1
    assert emergency.deliver() == 0  # once
    headers, body = Hook.taken[0]
    said = Webhook(secret).verify(body.decode(), {name.lower(): value for name, value in headers.items()})
    assert said["type"] == "alert.unanswered"
    assert said["data"]["area_code"].startswith("31.71")
    assert not any(word in body.decode() for word in ("106.82", "Siti", "warga"))


def test_the_staff_get_a_mail_with_a_link_and_no_place(mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    where = post()
    Rule.objects.create(watch=where, after=0, to="mail", address="posko@contoh.id")
    alert = press().alert
    assert emergency.deliver() == 1
    (letter,) = mailoutbox
    assert letter.to == ["posko@contoh.id"]
    assert f"/console/alerts/{alert.pk}" in letter.body
    assert "106.82" not in letter.body + letter.subject
    assert letter.extra_headers["Message-ID"].startswith(f"<alert.{alert.pk}.")  # the same on a repeat


def test_a_flood_from_one_sender_is_all_on_the_consoles_and_in_few_mails():
    where = post()
    Rule.objects.create(watch=where, after=0, to="mail", address="posko@contoh.id")
    for _press in range(25):
        press(address="10.9.9.9")
    assert Alert.objects.count() == 25
    assert Relay.objects.count() == 10  # none for those that are marked
    press(address="10.1.1.1")  # somebody else
    assert Relay.objects.count() == 11


def test_a_drill_is_told_to_nobody_outside():
    where = post()
    Rule.objects.create(watch=where, after=0, to="mail", address="posko@contoh.id")
    emergency.begin_exercise(on_duty(operator(), where), where)
    assert not Relay.objects.exists()


def test_a_timer_that_nobody_ends_becomes_an_alert_with_its_place_words_and_claim():
    budi = on_duty(operator(), post())
    claim, timer = "t" * 30, str(uuid4())
    said = {"timer_id": timer, "minutes": 30, "text": "Pulang lewat kebun", "lon": 106.82, "lat": -6.17}
    assert send("timers", said, claim).status_code == 201
    assert send("timers", {**said, "minutes": 60}, claim).status_code == 200
    assert send("timers", said, "u" * 30).status_code == 404
    assert emergency.alert_due() == 0
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert emergency.alert_due() == 1
    assert emergency.alert_due() == 0
    alert = kept(timer)
    assert emergency.called(budi) == {alert.pk}
    assert emergency.messages(alert)[0]["text"] == "Pulang lewat kebun"
    assert "timer" in alert.remarks
    assert emergency.open_for(alert.pk, None, claim) == alert
    assert "Pulang" not in json.dumps(list(Timer.objects.values()), default=str)


def test_a_timer_that_is_answered_does_nothing():
    claim, timer = "t" * 30, str(uuid4())
    send("timers", {"timer_id": timer, "minutes": 1}, claim)
    assert send(f"timers/{timer}/end", {}, claim).json()["ended_at"]
    Timer.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert emergency.alert_due() == 0
    assert send("timers", {"timer_id": timer, "minutes": 5}, claim).status_code == 409
    for wrong in ({"minutes": 0}, {"minutes": 2000}, {"minutes": "x"}, {"minutes": True}, {}):
        assert send("timers", {"timer_id": str(uuid4()), **wrong}, claim).status_code == 422
    assert send("timers", {"timer_id": str(uuid4()), "minutes": 5}).json()["code"] == "no_claim"
    assert timedelta(hours=24) == timers.LONGEST
