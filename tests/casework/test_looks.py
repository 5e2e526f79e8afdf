"""Every look at a hidden name is read by the administrators of who looked."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.people.models import Person
from tests.reading import read
from tests.world import person, submission

pytestmark = pytest.mark.usefixtures("world")


def staff(name: str, body: str, role: str) -> Person:
    made = person(f"{name}@contoh.id", name=name)
    Membership.objects.create(person=made, body_id=body, role=role)
    return made


def test_a_bodys_administrators_read_who_looked_when_and_why_wherever_the_report_is_now(client: Client) -> None:
    officer, admin = staff("Petugas Satu", "31.roads", "officer"), staff("Pengurus Satu", "31", "administrator")
    taker, keeper = staff("Pengurus Dua", "id.pu", "administrator"), Person.objects.create_superuser("p@contoh.id")
    report = routing.submit(submission(), person()).report
    reports.look_at_identity(report.code, casework.who(officer, report, "identity"), "Menelepon pelapor")
    reports.look_at_identity(report.code, reports.Who(keeper, reports.Actor.OFFICER), "Permintaan polisi")
    report = reports.transfer(report.code, casework.who(officer, report, "transfer"), "id.pu", "Jalan nasional")
    reports.look_at_identity(report.code, casework.who(taker, report, "identity"), "Bertanya lokasi")
    ours = [one.entry.text for one in casework.looks(admin, "31.roads")]
    assert ours == ["Menelepon pelapor"]
    assert [one.entry.text for one in casework.looks(taker, "id.pu")] == ["Bertanya lokasi", "Permintaan polisi"]
    client.force_login(admin)
    page = read(client.get("/console/bodies/31/looks"))
    assert "Petugas Satu" in page
    assert "Menelepon pelapor" in page
    assert "warga@contoh.id" not in page  # who looked, never at whom
    assert "Belum ada yang melihat." in read(client.get("/console/bodies/31/looks?before=1"))
    for who in (officer, taker):
        client.force_login(who)
        assert client.get("/console/bodies/31/looks").status_code == 403


def test_of_a_report_that_is_secret_now_no_code_is_told_to_who_may_not_open_it() -> None:
    officer, admin = staff("Petugas Satu", "31.roads", "officer"), staff("Pengurus Satu", "31", "administrator")
    report = routing.submit(submission(), person()).report
    reports.look_at_identity(report.code, casework.who(officer, report, "identity"), "Menelepon pelapor")
    report = reports.transfer(report.code, casework.who(officer, report, "transfer"), "id.pu", "Jalan nasional")
    type(report).objects.filter(pk=report.pk).update(is_restricted=True)
    assert [one.code for one in casework.looks(admin, "31")] == [""]
