"""Who works on a report and how pressing it is, on the officer's page and without JavaScript."""

from __future__ import annotations

import pytest

from kentongan import bodies, reports, routing
from kentongan.bodies.models import Membership, Team
from tests.world import person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(world):
    return routing.submit(submission(), person(name="Ni Made")).report


def desk(client, role="officer", name="Budi", body="31.roads"):
    member = person(f"{name.lower()}@contoh.id", name=name)
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    client.force_login(member)
    return member


def take(client, report, step, seq=None, **given):
    seq = seq if seq is not None else reports.find(report.code, report.reporter).seq
    return client.post(f"/console/reports/{report.code}/steps/{step}", {"expected_seq": seq, **given}, follow=True)


def page(client, report):
    return client.get(f"/console/reports/{report.code}").content.decode()


def test_an_officer_takes_a_report_and_the_page_and_timeline_say_so(client, report):
    desk(client)
    before = page(client, report)
    assert "Belum ada" in before
    assert "Saya tangani" in before
    assert 'name="to" value="me"' in before
    assert 'id="assign-to"' not in before  # to others a coordinator gives it
    after = take(client, report, "assign", to="me").content.decode()
    assert "Dicatat siapa yang menangani." in after
    assert "Diserahkan kepada Budi" in after
    assert "Kembalikan" in after


def test_a_coordinator_chooses_among_staff_and_teams(client, report):
    made = person("sri@contoh.id", name="Sri")
    Membership.objects.create(person=made, body_id="31.roads", role="officer")
    team = Team.objects.create(body_id="31.roads", name="Tim Gambir")
    desk(client, "coordinator")
    assert "Tim Gambir" in page(client, report)
    after = take(client, report, "assign", to=f"team:{team.pk}").content.decode()
    assert "Diserahkan kepada Tim Gambir" in after
    after = take(client, report, "assign", to=f"person:{made.pk}").content.decode()
    assert "Diserahkan kepada Sri" in after


def test_a_priority_is_shown_to_staff(client, report):
    desk(client)
    after = take(client, report, "prioritise", priority="urgent").content.decode()
    assert after.count("Prioritas: Mendesak") == 2  # the tag, and the timeline


@pytest.mark.parametrize(
    ("step", "given", "words"),
    [
        ("assign", {"to": "person:0"}, "Pilih orang yang bertugas"),
        ("prioritise", {"priority": "x"}, "Pilih salah satu"),
    ],
)
def test_what_is_refused_stands_beside_its_field(client, report, step, given, words):
    desk(client, "coordinator")
    answer = take(client, report, step, **given)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_who_was_slower_reads_who_has_it_now(client, report):
    seq = reports.find(report.code, report.reporter).seq
    colleague = desk(client, "coordinator", "Sri")
    take(client, report, "assign", to="me")
    desk(client)
    answer = take(client, report, "assign", seq=seq, to="me")
    assert answer.status_code == 409
    assert f"Diserahkan kepada {colleague.name}" in answer.content.decode()


def test_those_who_passed_a_report_on_do_not_read_who_works_on_it(client, report):
    boss = desk(client, "coordinator", "Sri", "id.pu")
    giver = person("pemberi@contoh.id")
    Membership.objects.create(person=giver, body_id="31.roads", role="coordinator")
    reports.transfer(report.code, reports.Who(giver, reports.Actor.OFFICER, "31.roads"), "id.pu", "Jalan nasional")
    take(client, report, "assign", to="me")
    client.force_login(giver)
    shown = page(client, report)
    assert boss.name not in shown
    assert "Yang menangani" not in shown


def test_a_colleague_without_a_name_is_told_by_the_address_and_one_whose_account_is_gone_as_gone(client, report):
    member = desk(client, "coordinator")
    other = person("tanpa.nama@contoh.id", name="")
    Membership.objects.create(person=other, body=bodies.get("31.roads"), role="officer")
    take(client, report, "assign", to=f"person:{other.pk}")
    queue = client.get("/console/?body=31.roads").content.decode()
    assert "tanpa.nama@contoh.id" in queue
    assert "Tanpa nama" not in queue
    assert "Diserahkan kepada tanpa.nama@contoh.id" in page(client, report)
    reports.assign(report.code, reports.Who(member, reports.Actor.OFFICER, "31.roads"), None)
    other.delete()
    assert "Diserahkan kepada seseorang yang akunnya sudah dihapus" in page(client, report)


@pytest.mark.parametrize("in_team", [True, False])
def test_the_timeline_says_that_who_had_it_has_left_and_who_has_it_again(client, report, in_team):
    member = desk(client)
    team = Team.objects.create(body_id="31.roads", name="Regu Timur") if in_team else None
    reports.assign(report.code, reports.Who(member, reports.Actor.OFFICER, "31.roads"), member)
    reports.assign(report.code, reports.Who(None, reports.Actor.SYSTEM), team, why="left")
    said = "Yang menangani tidak lagi bertugas di sini"
    assert (f"{said}: kembali ke Regu Timur" in page(client, report)) is in_team
    assert said in page(client, report)
