"""The page of a body's deadlines, as its administrator uses it without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, routing
from kentongan.bodies.models import Calendar, Membership, Promise
from kentongan.reports.models import Report
from tests.reading import filled
from tests.world import person, submission

pytestmark = pytest.mark.django_db
PAGE = "/console/bodies/31.roads/deadlines"


@pytest.fixture
def desk(client, world):
    member = person("kepala@contoh.id", name="Sri")
    Membership.objects.create(person=member, body_id="31.roads", role="administrator")
    client.force_login(member)
    return client


def calendar(**given):
    return {
        "workdays": ["0", "1", "2", "3", "4"], "opens": "", "closes": "", "national": "yes", "joint": "yes",
        "days_off": "", "tell": "all", "warn_hours": "24", "escalate_to": "nobody", "escalate_hours": "24", **given,
    }  # fmt: skip


def test_without_a_calendar_every_hour_counts_and_the_page_says_so(desk):
    assert "setiap jam setiap hari dihitung" in desk.get(PAGE).content.decode()


def test_a_calendar_is_saved_with_the_days_off_to_come_by_name(desk):
    page = desk.post(PAGE, calendar(days_off="2026-12-11, 2026-12-24"), follow=True).content.decode()
    assert Calendar.objects.get().days_off == ["2026-12-11", "2026-12-24"]
    assert "Hari libur berikutnya" in page
    assert "Tanpa kalender sendiri" in page
    desk.post(PAGE, {"do": "drop"})
    assert not Calendar.objects.exists()


def test_what_was_typed_stays_where_a_calendar_is_refused(desk):
    answer = desk.post(PAGE, calendar(days_off="besok", warn_hours="12", workdays=["6"]))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "bukan tanggal" in page
    assert ">besok</textarea>" in page
    assert filled(answer)["warn_hours"] == "12"
    assert not Calendar.objects.exists()


@pytest.mark.parametrize("opens", ["08:00+07:00", "08:00Z", "T08", "8", "pagi", "08:00\0"])
def test_hours_that_no_browser_sends_are_refused_beside_their_field(desk, opens):
    answer = desk.post(PAGE, calendar(opens=opens, closes="17:00"))
    assert answer.status_code == 422
    assert "Tulis kedua jam" in answer.content.decode()
    assert not Calendar.objects.exists()


def test_a_clock_that_stands_still_says_so_in_the_queue_too(desk):
    report = routing.submit(submission(), None).report
    now = timezone.now()
    Report.objects.filter(pk=report.pk).update(
        deadline_at=now - timedelta(hours=1), asked_at=now - timedelta(hours=6.2)
    )
    for page in (f"/console/reports/{report.code}", "/console/?body=31.roads"):
        told = desk.get(page).content.decode()
        assert "sisa 5 jam, waktu dihentikan" in told
        assert "lewat tenggat" not in told


def test_a_promise_is_made_replaced_and_ended(desk):
    for hours in ("24", "48"):
        page = desk.post(f"{PAGE}/promises", {"category": "road_damage", "solve_hours": hours}, follow=True)
    assert "selesai dalam 48 jam" in page.content.decode()
    made = Promise.objects.get()
    desk.post(f"{PAGE}/promises/{made.pk}/end")
    assert not Promise.objects.exists()
    assert desk.post(f"{PAGE}/promises/{made.pk}/end").status_code == 404


def test_a_promise_without_hours_is_refused_beside_its_field(desk):
    answer = desk.post(f"{PAGE}/promises", {"category": "road_damage"})
    assert answer.status_code == 422
    assert "Tulis dalam berapa jam" in answer.content.decode()


@pytest.mark.parametrize(
    ("due", "words"), [(50, "sisa 2 hari"), (5.2, "sisa 5 jam"), (-30, "lewat tenggat 30 jam"), (-0.5, "kurang dari")]
)
def test_how_long_is_left_stands_on_the_report_and_in_the_queue(desk, due, words):
    report = routing.submit(submission(), None).report
    Report.objects.filter(pk=report.pk).update(deadline_at=timezone.now() + timedelta(hours=due))
    for page in (f"/console/reports/{report.code}", "/console/?body=31.roads"):
        assert words in desk.get(page).content.decode()
    assert bodies.calendar("31.roads").workdays == list(range(7))
