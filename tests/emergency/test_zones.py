"""By whose clock times are told: in Jayapura it is two hours later than in Jakarta, and a shift begins by its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kentongan import emergency
from kentongan.emergency import phones
from kentongan.emergency.fleet import Shift
from kentongan.emergency.models import Alert, Relay
from kentongan.emergency.zones import zone_of_alert, zone_of_post
from kentongan.notify.models import Message
from kentongan.warnings.standing import Standing
from kentongan.web.tags import day
from tests.emergency.post import on_duty, operator, post, press
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
CAME = datetime(2026, 12, 31, 15, 30, 5, tzinfo=UTC)  # 22.30 in Jakarta, the new year in Jayapura
JAYAPURA = ZoneInfo("Asia/Jayapura")


@pytest.fixture
def where():
    return post("91")


@pytest.fixture
def budi(where):
    return on_duty(operator(role="coordinator"), where)


@pytest.fixture
def alert(where):
    made = press(person("siti@contoh.id")).alert
    Alert.objects.update(created_at=CAME, area_code="91.71.03.1001", watch=where)
    made.refresh_from_db()
    return made


def page(who, name: str, *args) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client.get(reverse(name, args=args)).text


def test_the_zone_is_that_of_the_place_then_of_the_post_then_of_its_body(where, alert):
    assert (str(zone_of_post(where)), str(zone_of_alert(alert))) == ("Asia/Jayapura", "Asia/Jayapura")
    alert.area_code = ""
    assert str(zone_of_alert(alert)) == "Asia/Jayapura"
    alert.watch = None
    assert str(zone_of_alert(alert)) == "Asia/Jakarta"
    assert str(zone_of_post(post("", "31"))) == "Asia/Jakarta"


def test_pages_and_letters_tell_when_it_came_by_the_clock_of_the_place(budi, alert, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert "00:30:05 WIT" in page(budi, "console:alerts")
    assert "1 Jan 00:30:05 WIT" in page(budi, "console:alert", alert.pk)
    assert "1 January 2027 00:30:05 WIT" in page(budi, "console:alert_log", alert.pk)
    assert "00:30:05 WIT" in page(alert.person, "alert", alert.pk)
    assert "1 January 2027 00:30:05 WIT" in page(alert.person, "safety")
    alert.rounds = 2
    assert phones._of_alert(alert, "en").body == "Posko Menteng: somebody waits since 00:30 WIT."
    Relay.objects.create(alert=alert, to="mail", address="posko@contoh.id", due_at=timezone.now())
    emergency.deliver()
    assert ["00:30:05 WIT" in one.body for one in mailoutbox] == [True]


def test_a_shift_is_written_shown_and_told_by_the_clock_of_the_post(where, budi):
    tomorrow = timezone.localdate(timezone=JAYAPURA) + timedelta(days=1)
    given = {"day": tomorrow.isoformat(), "from": "07:00", "to": "15:00"}
    (made,) = emergency.add_shift(budi, where.pk, budi.pk, given)
    assert made.begins_at.astimezone(UTC) == datetime(*tomorrow.timetuple()[:3], tzinfo=UTC) - timedelta(hours=2)
    emergency.hand_over(budi, where.pk, "Pos 2 tutup")
    shown = page(budi, "console:shifts")
    assert "07:00–15:00 WIT" in shown
    assert f"{timezone.now().astimezone(JAYAPURA):%H}:" in shown
    assert [one.ends_at.astimezone(JAYAPURA).hour for one in emergency.gaps(where, timezone.now())][-1:] == [0]
    Shift.objects.update(begins_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1))
    emergency.tell_gaps()
    assert " WIT" in Message.objects.first().body


def test_a_warning_tells_until_when_it_holds_by_the_clock_of_its_first_area():
    one = Standing(None, "flood", "Severe", False, CAME, {}, {}, {}, ("91.71", "31"))
    assert day(one.expires, "j M Y, H:i T", one.zone) == "1 Jan 2027, 00:30 WIT"
