"""Internal notes stay with the body that wrote them; who passed a report on may follow it, and do nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.world import person, submission

pytestmark = pytest.mark.usefixtures("world")
OURS, THEIRS = "Hubungi Pak Lurah dulu", "Tunggu anggaran kami"


def officer(body: str) -> Person:
    """An officer of `body`."""
    who = person(f"petugas@{body}.contoh.id")
    Membership.objects.create(person=who, body_id=body, role="coordinator")
    return who


def passed_on(**given: object) -> tuple[Report, Person, Person]:
    """A report that its first body noted on and passed to the ministry, which noted on it too; their officers."""
    report = routing.submit(submission(**given), None).report
    giver, taker = officer(str(report.body_id)), officer("id.pu")
    reports.note(report.code, casework.who(giver, report), OURS, internal=True)
    report = reports.transfer(report.code, casework.who(giver, report, "transfer"), "id.pu", "Jalan nasional")
    reports.note(report.code, casework.who(taker, report), THEIRS, internal=True)
    return report, giver, taker


def words(report: Report, viewer: Person | None) -> set[str]:
    """What of the notes somebody reads in the timeline."""
    return {one.text for one in reports.timeline(report, viewer)} & {OURS, THEIRS}


def test_an_internal_note_is_read_by_the_body_that_wrote_it_and_by_no_other() -> None:
    report, giver, taker = passed_on()
    assert words(report, giver) == {OURS}
    assert words(report, taker) == {THEIRS}
    assert words(report, person("lain@contoh.id")) == words(report, None) == set()
    assert words(report, Person.objects.create_superuser("pengelola@contoh.id")) == {OURS, THEIRS}


def test_neither_page_nor_api_shows_the_next_body_the_notes_of_the_one_before(client: Client) -> None:
    report, giver, taker = passed_on()
    for who, reads, not_reads in ((taker, THEIRS, OURS), (giver, OURS, THEIRS)):
        client.force_login(who)
        for address in (
            f"/console/reports/{report.code}",
            f"/r/{report.code}",
            f"/api/v1/reports/{report.code}/timeline",
        ):
            page = client.get(address).content.decode()
            assert reads in page
            assert not_reads not in page
    client.force_login(taker)
    for address in (
        "/console/table.csv?body=id.pu", "/console/?body=id.pu", f"/open311/v2/requests/{report.code}.json",
        "/open311/v2/servicerequestupdates.json", f"/api/v1/reports/{report.code}",
    ):  # fmt: skip
        assert OURS not in client.get(address).getvalue().decode()
    assert (
        report.code not in client.get("/console/", {"body": "id.pu", "q": OURS}).content.decode()
    )  # nor is it found by it


def test_who_passed_a_report_on_follows_it_and_takes_no_step(client: Client) -> None:
    report, giver, _taker = passed_on()
    client.force_login(giver)
    page = client.get(f"/console/reports/{report.code}")
    assert page.status_code == 200
    assert f"/console/reports/{report.code}/steps/" not in page.content.decode()
    seq = Report.objects.get(pk=report.pk).seq
    for step in ("accept", "note", "transfer", "reject"):
        answer = client.post(
            f"/console/reports/{report.code}/steps/{step}", {"text": "x", "body": "51.71", "expected_seq": seq}
        )
        assert answer.status_code == 403
    assert client.post(f"/console/reports/{report.code}/identity", {"reason": "x"}).status_code == 403
    assert Report.objects.get(pk=report.pk).seq == seq
    client.force_login(officer("51.71"))
    assert client.get(f"/console/reports/{report.code}").status_code == 403


def test_nobody_follows_a_secret_report_that_was_passed_on(client: Client) -> None:
    report, giver, taker = passed_on(privacy="secret")
    client.force_login(giver)
    for address in (f"/console/reports/{report.code}", f"/r/{report.code}", f"/api/v1/reports/{report.code}"):
        assert client.get(address).status_code == 404
    client.force_login(taker)
    assert client.get(f"/console/reports/{report.code}").status_code == 200


def test_a_region_whose_code_reads_like_a_number_follows_what_it_passed_on(world):
    """SQLite gave "32.16" back as a number, so that regions and provinces lost sight of what they had given away."""
    for body in ("32.16", "31"):
        officer = person(f"petugas-{body}@contoh.id")
        Membership.objects.create(person=officer, body_id=body, role="officer")
        found = routing.submit(submission(), None).report
        told = reports.Told("declined", text="Bukan jalan kami", data={"peer": "tetangga"})
        reports.reroute(found.code, told, body)
        reports.reroute(found.code, told, "id.pu")
        assert casework.may_see(officer, reports.find(found.code, officer))
