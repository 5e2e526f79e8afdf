"""An officer sees that a result was wrong: takes it back, opens again, stands by it; joins with both in sight."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, reports, routing
from kentongan.cli.working import periodic
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.console.test_console import desk, officer, platform, report, staff, state, take
from tests.pictures import picture
from tests.world import BEKASI, person, submission

__all__ = ["desk", "officer", "platform", "report"]
pytestmark = pytest.mark.django_db


def page(client, report: Report, rest: str = "") -> str:
    return client.get(f"/console/reports/{report.code}{rest}").content.decode()


def test_a_result_pressed_by_mistake_is_taken_back_on_its_page(desk, report):
    take(desk, report, "resolve", no_photo_reason="Salah pencet")
    assert "/steps/undo" in page(desk, report)
    take(desk, report, "undo")
    assert state(report) == "routed"
    assert "/steps/undo" not in page(desk, report)


def test_an_officer_answers_an_objection_with_a_reason_and_everybody_reads_of_it(desk, client, report, officer):
    take(desk, report, "resolve", no_photo_reason="Sudah")
    proof = reports.add_photo(picture(), None)
    reports.contest(report.code, Who(person("lain@contoh.id"), Actor.CITIZEN), "Belum", photos=[proof.pk])
    assert "keberatan atas hasilnya" in client.get(f"/r/{report.code}").content.decode()
    assert "/steps/uphold" in page(desk, report)
    assert take(desk, report, "uphold", text="").status_code == 422
    take(desk, report, "uphold", text="Foto itu dari jalan lain")
    assert "/steps/uphold" not in page(desk, report)
    assert "Foto itu dari jalan lain" in client.get(f"/r/{report.code}").content.decode()


def test_an_ended_report_is_opened_again_by_its_body(desk, report):
    take(desk, report, "reject", text="Bukan jalan umum")
    take(desk, report, "reopen", text="Ternyata jalan umum")
    assert state(report) == "routed"


def test_both_reports_are_seen_with_their_distance_before_they_are_joined_and_after_it_is_undone(client, report):
    again = routing.submit(submission(text="Lubang yang sama", at=(106.8203, -6.17)), None).report
    client.force_login(staff("coordinator"))
    assert f"original={report.code}" in page(client, again, "/merge")
    shown = page(client, again, f"/merge?original={report.code.lower()}")
    assert "33 meter" in shown
    assert "Lubang besar di tengah jalan" in shown
    assert state(again) == "routed"
    take(client, again, "merge", original=report.code)
    assert state(again) == "duplicate"
    take(client, again, "unmerge")
    assert state(again) == "routed"


def test_what_cannot_be_joined_is_said_on_the_same_page(client, report):
    client.force_login(staff("coordinator"))
    answer = client.get(f"/console/reports/{report.code}/merge?original={report.code}")
    assert answer.status_code == 422
    answer = take(client, report, "merge", original="ZZZZ-ZZZ2")
    assert answer.status_code == 422
    assert "ZZZZ-ZZZ2" in answer.content.decode()


def test_a_secret_report_is_not_shown_to_those_who_may_not_see_it(client, report):
    secret = routing.submit(submission(at=BEKASI, privacy="secret"), person("rahasia@contoh.id")).report
    client.force_login(staff("coordinator"))
    shown = page(client, report, f"/merge?original={secret.code}")
    assert secret.text not in shown or secret.text == report.text
    assert "/steps/merge" not in shown


def test_an_officer_may_not_open_the_page_of_joins(desk, report):
    assert desk.get(f"/console/reports/{report.code}/merge").status_code == 403


def test_a_partnership_begins_and_ends_after_it_has_said_whom_it_concerns(platform):
    routing.submit(submission(at=BEKASI), person("bekasi@contoh.id"))
    assert platform.post("/console/bodies/32.16%00/partner", {"do": "begin"}).status_code == 422  # unknown
    asked = platform.get("/console/bodies/32.16/partner").content.decode()
    assert "1 laporan yang menunggu" in asked
    assert "1 pelapor dikabari" in asked
    platform.post("/console/bodies/32.16/partner", {"do": "begin"})
    assert "Akhiri kemitraan" in platform.get("/console/bodies/32.16/partner").content.decode()


def test_the_place_can_be_copied_and_travelled_to(desk, report):
    shown = page(desk, report)
    assert "-6.170000, 106.820000" in shown
    assert "geo:-6.17,106.82" in shown


def test_staff_begin_at_their_queue_and_everybody_else_at_the_map(client, officer):
    signed = {"login": officer.email, "password": "kentongan-uji"}
    assert client.post("/accounts/login/", signed)["Location"] == "/start"
    assert client.get("/start")["Location"] == "/console/"
    assert 'href="/console/"' in client.get("/").content.decode()
    client.logout()
    assert client.get("/start")["Location"] == "/"


def test_the_heading_names_what_is_listed(desk, report):
    shown = desk.get("/console/?body=31.roads&state=done").content.decode()
    assert "<h1>Selesai" in shown


def test_who_signs_in_from_the_map_begins_at_their_own_start_and_from_elsewhere_goes_on_there(client, report):
    assert 'href="/accounts/login/"' in client.get("/").content.decode()
    assert f'href="/accounts/login/?next=/r/{report.code}"' in client.get(f"/r/{report.code}").content.decode()


def test_after_a_day_a_result_is_opened_again_and_no_longer_taken_back(desk, report):
    take(desk, report, "resolve", no_photo_reason="Sudah")
    Entry.objects.filter(report=report, kind="resolved").update(at=timezone.now() - timedelta(hours=25))
    shown = page(desk, report)
    assert "/steps/undo" not in shown
    assert "/steps/reopen" in shown
    assert take(desk, report, "undo").status_code == 409
    assert state(report) == "resolved"


def test_a_worker_releases_in_time_what_bodies_that_have_left_had_in_hand(report):
    bodies.end_partnership("31")
    for job in periodic():
        if job.do is routing.release_left:
            job.do()
    assert state(report) == "awaiting_partner"
