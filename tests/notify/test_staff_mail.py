"""Staff learn by mail what is new at their bodies: counted, as they chose, and only what they may read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from kentongan import bodies, notify, places, reports, routing
from kentongan.bodies.models import Calendar, Membership, Team
from kentongan.foundation import outbox
from kentongan.notify.models import Message, StaffMail
from kentongan.notify.staff import LISTED, stop_token
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.notify.test_notify import server
from tests.pictures import picture
from tests.world import BEKASI, DENPASAR, person, submission

__all__ = ["server"]
pytestmark = pytest.mark.django_db
# Tomorrow in Jakarta (13.00 in Denpasar): what the tables fill in by themselves has the time of the machine.
NOON = (datetime.now(UTC) + timedelta(days=1)).replace(hour=5, minute=0, second=0, microsecond=0)


@pytest.fixture
def clock():
    """The time, which the test moves on: `clock.time = …`."""
    with mock.patch.object(timezone, "now") as now:
        now.side_effect = lambda: now.time
        now.time = NOON
        yield now


@pytest.fixture
def officer(clock, world):
    register()
    return staff()


def staff(email="petugas@contoh.id", body="31.roads", role="officer", **fields):
    member = person(email, **fields)
    Membership.objects.create(person=member, body=bodies.get(body), role=role, since=NOON - timedelta(days=1))
    return member


def made(reporter=None, **given) -> Report:
    report = routing.submit(submission(**given), reporter).report
    drain()
    return report


def drain() -> None:
    while outbox.drain():
        pass


def morning(clock, hours=20) -> list[Message]:
    """What staff are written to until the next day."""
    known = set(Message.objects.values_list("pk", flat=True))
    clock.time += timedelta(hours=hours)
    drain()
    notify.write_to_staff()
    return list(Message.objects.exclude(pk__in=known).exclude(staff_of=[]).order_by("pk"))


def officer_at(body="31.roads") -> Who:
    return Who(None, Actor.OFFICER, body)


def test_whoever_joins_a_body_gets_one_mail_in_the_morning_with_what_is_new(officer, clock):
    first, second = made(text="Lubang satu"), made(text="Lubang dua")
    assert notify.write_to_staff() == 0  # it is noon
    (mail,) = morning(clock)
    assert mail.address == officer.email
    assert "2 laporan baru" in mail.subject
    for report in (first, second):
        assert f"{report.code} · Jalan rusak" in mail.body
        assert f"/console/reports/{report.code}" in mail.body
    assert morning(clock, 24) == []  # nothing new: no mail


def test_the_digest_comes_at_seven_of_the_zone_of_the_body(officer, clock):
    staff("denpasar@contoh.id", "51.71")
    made()
    made(at=DENPASAR, category="waste")
    clock.time = NOON.replace(hour=22, minute=59)  # 06.59 in Denpasar
    assert notify.write_to_staff() == 0
    clock.time += timedelta(minutes=1)
    assert notify.write_to_staff() == 1
    mail = Message.objects.exclude(staff_of=[]).get()
    assert mail.address == "denpasar@contoh.id"
    assert "pukul 07.00 WITA" in mail.body
    clock.time += timedelta(hours=1)
    assert notify.write_to_staff() == 1


def test_a_line_says_the_street_where_it_is_known(officer, clock):
    report = made()
    Report.objects.filter(pk=report.pk).update(address=places.Address("Jl. Uji", landmark="SDN Uji").kept())
    assert f"{report.code} · Jalan rusak · Jl. Uji, dekat SDN Uji, Kel. Gambir" in morning(clock)[0].body


def test_a_mail_is_in_the_language_of_the_person(officer, clock):
    staff("kate@contoh.id", language="en")
    made()
    texts = {mail.address: mail for mail in morning(clock)}
    assert "1 new report" in texts["kate@contoh.id"].subject
    assert "once a day at 07:00 WIB" in texts["kate@contoh.id"].body
    assert "1 laporan baru" in texts[officer.email].subject


def test_each_kind_of_news_is_told_and_may_be_left_out(officer, clock):
    reporter = person("pelapor@contoh.id")
    done, talked = made(reporter), made(reporter, text="Lain")
    reports.resolve(done.code, officer_at(), no_photo_reason="Malam")
    (mail,) = morning(clock)
    reports.reopen(done.code, Who(reporter, Actor.REPORTER), "Belum")
    reports.comment(talked.code, Who(reporter, Actor.REPORTER), "Ada kabar?")
    Report.objects.filter(pk=talked.pk).update(deadline_at=clock.time + timedelta(hours=30))
    (mail,) = morning(clock, 24)
    assert "1 hasil dibantah, kabar untuk 1 laporan, 1 tenggat dekat" in mail.subject
    notify.choose(officer, "daily", ["new"])
    reports.comment(talked.code, Who(reporter, Actor.REPORTER), "Halo?")
    assert morning(clock, 24) == []


@pytest.mark.parametrize("ends", [reports.resolve, reports.reject])
def test_the_end_of_all_parts_of_a_split_is_told_to_those_who_have_the_whole(officer, clock, ends):
    whole = made()
    morning(clock)
    asked = [reports.Share("31.water", "Sedot"), reports.Share("31.roads", "Tambal")]
    for part in reports.parts_of(reports.split(whole.code, officer_at(), asked)):
        clock.time += timedelta(minutes=1)
        given = {"no_photo_reason": "Gelap"} if ends is reports.resolve else {}
        ends(part.code, officer_at(part.body_id), "Selesai", **given)
    (mail,) = morning(clock, 24)
    assert "kabar" in mail.subject
    assert whole.code in mail.body


@pytest.mark.parametrize("holds", ["original", "joined", "team of the original"])
def test_who_has_a_report_in_hand_is_told_that_it_was_joined_with_another(officer, clock, holds):
    """zammad/zammad#3105, RotherOSS/otobo#1678: only the list of the other changed, or nobody heard at all."""
    staff("rekan@contoh.id")
    team = Team.objects.create(body_id="31.roads", name="Tambal")
    team.members.add(officer)
    original, joined = made(), made(text="Lubang yang sama")
    held = joined if holds == "joined" else original
    reports.assign(held.code, officer_at(), team if "team" in holds else officer)
    morning(clock)
    reports.merge(joined.code, officer_at(), original.code)
    told = [mail for mail in morning(clock, 24) if "1 laporan untuk Anda" in mail.subject]
    assert [mail.address for mail in told] == [officer.email]
    assert held.code in told[0].body
    reports.unmerge(joined.code, officer_at())
    reports.merge(joined.code, Who(officer, Actor.OFFICER, "31.roads"), original.code)
    assert [mail for mail in morning(clock, 24) if "untuk Anda" in mail.subject] == []


def test_a_deadline_is_told_once_when_it_is_near_and_once_when_it_has_passed(officer, clock):
    report = made()
    Report.objects.update(deadline_at=NOON + timedelta(hours=30))
    (mail,) = morning(clock)
    assert "1 laporan baru, 1 tenggat dekat" in mail.subject
    assert ", 18:00 WIB" in mail.body
    (mail,) = morning(clock, 24)
    assert "1 lewat tenggat" in mail.subject
    assert morning(clock, 24) == []
    assert report.code in mail.body


def test_what_is_passed_up_to_somebody_stands_once_in_the_mail_of_that_morning(officer, clock):
    """Overdue since the evening and escalated in the night, it stood there twice, as overdue and as long overdue."""
    Membership.objects.update(role="coordinator")
    Calendar.objects.create(body_id="31.roads", escalate_to="coordinators", escalate_hours=4)
    bodies.promises_changed()
    report = made()
    Report.objects.update(deadline_at=NOON + timedelta(hours=30))
    morning(clock)
    (mail,) = morning(clock, 24)
    assert mail.subject.endswith("1 laporan lewat tenggat yang naik ke Anda")
    assert mail.body.count(f"- {report.code}") == 1


def test_nobody_is_told_of_what_they_did_themselves_nor_of_what_colleagues_do(officer, clock):
    report = made()
    morning(clock)
    reports.resolve(report.code, Who(officer, Actor.OFFICER, "31.roads"), no_photo_reason="Malam")
    reports.reopen(report.code, Who(None, Actor.OFFICER, "31.roads"), "Keliru")
    reports.note(report.code, officer_at(), "Hanya untuk kita", internal=True)
    reports.comment(report.code, Who(officer, Actor.CITIZEN), "Saya sendiri")
    assert [mail for mail in morning(clock, 24) if "lewat" not in mail.subject] == []


def test_a_flood_is_counted_and_the_joining_of_a_region_is_one_line(clock, world):
    register()
    staff("bekasi@contoh.id", "32.16")
    for number in range(25):
        made(at=BEKASI, category="waste", text=f"Sampah {number}")
    assert morning(clock) == []  # they wait openly: the body has not joined
    bodies.make_partner("32.16")
    routing.hand_over("32.16")
    drain()
    for number in range(23):
        made(at=BEKASI, category="waste", text=f"Baru {number}")
    (mail,) = [mail for mail in morning(clock, 24) if mail.address == "bekasi@contoh.id"]
    assert "23 laporan baru, 25 laporan yang tadinya menunggu" in mail.subject
    listed = mail.body.split("25 laporan yang tadinya menunggu")[0]
    assert listed.count("/console/reports/") == LISTED
    assert "dan 3 lagi di antrean Anda" in mail.body


def test_at_once_is_within_a_minute_and_never_more_than_one_mail_in_five(officer, clock):
    notify.choose(officer, "at_once", list(notify.Kind))
    made()
    assert notify.write_to_staff() == 1
    assert "minta segera dikabari" in Message.objects.exclude(staff_of=[]).get().body
    for _ in range(3):
        made()
    clock.time += timedelta(minutes=4)
    assert notify.write_to_staff() == 0
    clock.time += timedelta(minutes=1)
    assert notify.write_to_staff() == 1
    assert "3 laporan baru" in Message.objects.latest("pk").subject


def test_who_chose_no_mail_gets_none_and_begins_anew_when_they_want_it_again(officer, clock):
    notify.choose(officer, "off", list(notify.Kind))
    made()
    assert morning(clock) == []
    notify.choose(officer, "daily", list(notify.Kind))
    assert morning(clock, 24) == []
    later = made(text="Sesudahnya")
    (mail,) = morning(clock, 24)
    assert mail.body.count("/console/reports/") == 1
    assert later.code in mail.body


def test_the_name_of_the_reporter_and_what_a_secret_report_is_about_stand_in_no_mail(officer, clock):
    reporter = person("pelapor@contoh.id", name="Ni Made Rahasia")
    made(reporter)
    hidden = made(reporter, privacy="secret", text="Petugas meminta uang")
    (mail,) = morning(clock)
    assert "Ni Made" not in mail.body
    assert "pelapor@" not in mail.body
    assert "meminta uang" not in mail.body
    assert f"{hidden.code} · rahasia" in mail.body
    assert mail.body.count("Jalan rusak") == mail.body.count("/console/reports/") - mail.body.count(hidden.code) // 2


@pytest.mark.parametrize("loss", ["role", "account", "address"])
def test_whoever_may_not_read_it_any_more_gets_no_mail(officer, clock, loss):
    made()
    if loss == "role":
        Membership.objects.update(until=NOON)
    elif loss == "account":
        type(officer).objects.filter(pk=officer.pk).update(is_active=False)
    else:
        EmailAddress.objects.filter(user=officer).update(verified=False)
    assert morning(clock) == []


def test_what_was_passed_on_meanwhile_is_told_to_those_who_have_it(officer, clock):
    report = made()
    reports.transfer(report.code, officer_at(), "51.71", "Bukan kami")
    drain()
    assert morning(clock) == []


def test_whoever_leaves_while_the_mail_server_is_away_gets_nothing(officer, clock, server):
    made()
    (mail,) = morning(clock)
    Membership.objects.update(until=clock.time)
    clock.time += timedelta(minutes=1)
    notify.deliver()
    assert [one["To"] for one in server.taken] == []
    mail.refresh_from_db()
    assert mail.given_up


def test_a_mail_can_be_ended_by_the_mail_program_alone(officer, clock, server, settings):
    made()
    (mail,) = morning(clock)
    assert notify.deliver() == 1
    taken = BytesParser(policy=policy.default).parsebytes(server.taken[0].as_bytes())
    assert taken["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert taken["Message-ID"] == f"<staff.{officer.pk}.1@127.0.0.1>"
    link = re.fullmatch(r"<(https?://[^>]+)>", taken["List-Unsubscribe"].strip()).group(1)
    assert link in mail.body
    path = "/" + link.split("/", 3)[3]
    stranger = Client(enforce_csrf_checks=True)
    assert "Sekali tekan" in stranger.get(path).content.decode()
    assert StaffMail.objects.get().how == "daily"  # a GET, which scanners make too, changes nothing
    answer = stranger.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "tidak menerima surel ini lagi" in answer.content.decode()
    assert StaffMail.objects.get().how == "off"
    assert stranger.post(path).status_code == 200  # twice is as well
    made()
    assert morning(clock, 24) == []


@pytest.mark.parametrize("token", ["1", "1-0", "x", "99999999999999999999-a", "-", "%00"])
def test_a_link_that_is_not_ours_ends_nothing(officer, clock, client, token):
    assert client.post(f"/console/mail/stop/{token}").status_code == 404


def test_the_link_of_somebody_whose_account_is_gone_ends_nothing(officer, clock, client):
    token = stop_token(officer.pk + 1000)
    assert client.post(f"/console/mail/stop/{token}").status_code == 404


def test_a_mail_that_fails_goes_again_under_the_same_id(officer, clock, server):
    made()
    morning(clock)
    server.refuse = ["451 later"]
    assert notify.deliver() == 0
    clock.time += timedelta(minutes=5)
    assert notify.deliver() == 1
    assert len(server.taken) == 1
    assert server.taken[0]["Message-ID"] == f"<staff.{officer.pk}.1@127.0.0.1>"


def test_events_that_come_again_and_two_workers_write_nothing_twice(officer, clock):
    report = made()
    event = {"report": report.pk, "seq": 2, "kind": "routed"}
    notify.gather([event, event])()
    notify.gather([event])()
    assert StaffMail.objects.get().waiting == {"31.roads": {"new": {"count": 1, "reports": [report.pk]}}}
    assert len(morning(clock)) == 1
    assert notify.write_to_staff() == 0


def test_an_officer_chooses_on_a_page(officer, clock, client):
    client.force_login(officer)
    page = client.get("/console/mail").content.decode()
    assert "Pukul 07.00 WIB" in page
    answer = client.post("/console/mail", {"how": "at_once", "kinds": ["new", "due"]}, follow=True)
    assert "Tersimpan." in answer.content.decode()
    row = StaffMail.objects.get()
    assert (row.how, row.without) == ("at_once", ["answered", "contested", "mine"])
    assert client.post("/console/mail", {"how": "sometimes"}).status_code == 422
    assert StaffMail.objects.get().how == "at_once"
    client.force_login(person())
    assert client.get("/console/mail").status_code == 403


@pytest.mark.parametrize("how", ["nobody", "staff", "off", "other_kinds", "unproven", "no_server"])
def test_the_body_is_said_to_be_told_only_where_somebody_is(clock, world, client, settings, how):
    register()
    settings.EMAIL_HOST = "" if how == "no_server" else "127.0.0.1"
    if how != "nobody":
        member = staff()
        if how == "off":
            notify.choose(member, "off", [])
        if how == "other_kinds":
            notify.choose(member, "daily", ["new"])
        if how == "unproven":
            EmailAddress.objects.filter(user=member).update(verified=False)
    report = made()
    reports.resolve(report.code, officer_at(), no_photo_reason="Malam")
    client.force_login(person("lain@contoh.id"))
    said = client.post(
        f"/r/{report.code}/contest", {"text": "Belum", "photos": picture()}, follow=True
    ).content.decode()
    assert "Keberatan dan foto Anda sudah tampil" in said
    assert ("Instansinya diberi tahu" in said) is (how == "staff")
