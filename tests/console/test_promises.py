"""What staff and citizens are told about who hears of something is true, or is not said."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from kentongan import reports, routing
from kentongan.foundation.config import config
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.console.test_console import desk, officer, platform, state, take
from tests.pictures import picture
from tests.world import BEKASI, person, submission

__all__ = ["desk", "officer", "platform"]
pytestmark = pytest.mark.django_db


def after(client, report, step: str, **given) -> str:
    take(client, report, step, **given)
    return client.get(f"/console/reports/{report.code}").content.decode()


@pytest.mark.parametrize(
    ("step", "given", "done", "heard"),
    [
        ("accept", {}, "Diterima.", "Pelapor dikabari."),
        ("start", {}, "Pekerjaan dimulai.", "Pelapor dikabari."),
        ("resolve", {"no_photo_reason": "Gelap"}, "Selesai.", "Pelapor ditanya apakah setuju."),
        ("reject", {"text": "Jalan pribadi"}, "Ditutup tanpa perbaikan.", "Pelapor menerima alasan Anda."),
    ],
)
def test_the_reporter_is_said_to_hear_of_it_only_where_one_has_an_account(desk, step, given, done, heard):
    nobody, somebody = routing.submit(submission(), None).report, routing.submit(submission(), person()).report
    assert f"{done} {heard}" in after(desk, somebody, step, **given)
    shown = after(desk, nobody, step, **given)
    assert done in shown
    assert heard not in shown


def test_an_officer_who_reported_it_is_told_of_no_mail_to_themselves(desk, officer):
    mine = routing.submit(submission(), officer).report
    assert "Pelapor dikabari" not in after(desk, mine, "accept")


def test_a_public_note_promises_a_mail_only_where_somebody_gets_it(desk):
    nobody, somebody = routing.submit(submission(), None).report, routing.submit(submission(), person()).report
    assert "Pelapor menerima surel" in desk.get(f"/console/reports/{somebody.code}").content.decode()
    assert "Pelapor menerima surel" not in desk.get(f"/console/reports/{nobody.code}").content.decode()


@pytest.mark.parametrize("known", [True, False])
def test_a_new_partner_is_said_to_bring_news_only_where_a_reporter_waits(platform, known):
    routing.submit(submission("waste", BEKASI), person("warga@contoh.id") if known else None)
    platform.post("/console/bodies/32.16/partner", {"do": "begin"})
    said = platform.get("/console/bodies").content.decode()
    assert "sekarang menjadi mitra" in said
    assert ("Pelapornya dikabari" in said) is known


def test_nobody_is_said_to_have_been_told_where_a_result_is_doubted(client, officer):
    reporter = person("pelapor@contoh.id")
    report = routing.submit(submission(), reporter).report
    reports.resolve(report.code, Who(officer, Actor.OFFICER, "31.roads"), no_photo_reason="Sudah")
    client.force_login(person("lain@contoh.id"))
    proof = {"text": "Belum", "photos": picture()}
    said = client.post(f"/r/{report.code}/contest", proof, follow=True).content.decode()
    assert "Keberatan dan foto Anda sudah tampil" in said
    client.force_login(reporter)
    said = client.post(f"/r/{report.code}/contest", {"text": "Masih sama"}, follow=True).content.decode()
    assert "Laporan dibuka kembali" in said
    assert "sudah diberi tahu" not in said
    assert state(report) == "routed"


@pytest.mark.parametrize("why", ["unproven", "no_server"])
def test_a_reporter_whom_no_mail_reaches_is_not_said_to_be_told(desk, why, monkeypatch):
    report = routing.submit(submission(), person("pelapor@contoh.id")).report
    if why == "unproven":
        EmailAddress.objects.filter(user__email="pelapor@contoh.id").update(verified=False)
    else:
        monkeypatch.setattr(type(config()), "sends_mail", False)
    assert "Pelapor menerima surel" not in desk.get(f"/console/reports/{report.code}").content.decode()
    shown = after(desk, report, "accept")
    assert "Diterima." in shown
    assert "Pelapor dikabari" not in shown
