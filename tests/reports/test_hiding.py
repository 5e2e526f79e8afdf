"""What must not be public is gone from everywhere, says so, and comes back where its author was right."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.casework.searching import learn
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from kentongan.reports import cells, hiding
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Flag, Hiding, Photo, ReportCell
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.pictures import picture
from tests.world import person, submission

NUMBER, NAME = "0812-3456-7890", "Pak Darmo"
SAID = f"Lubang di depan rumah {NAME}, telepon {NUMBER}"


@pytest.fixture
def officer(world) -> Who:
    member = person("petugas@contoh.id", name="Budi")
    Membership.objects.create(person=member, body=bodies.get("31.roads"), role="officer")
    return Who(member, Actor.OFFICER, "31.roads")


@pytest.fixture
def report(officer):
    return routing.submit(submission(text=SAID), person("pelapor@contoh.id")).report


def every_answer(client, code: str) -> str:
    """All that a stranger is told of a report, by every way out."""
    ways = (
        f"/r/{code}", f"/r/{code}/hidden", f"/r/{code}/flag", f"/api/v1/reports/{code}",
        f"/api/v1/reports/{code}/timeline", "/api/v1/reports", f"/open311/v2/requests/{code}.json",
        "/open311/v2/requests.xml", f"/open311/v2/servicerequestupdates.json?service_request_id={code}",
        "/body/31.roads", "/",
    )  # fmt: skip
    return "".join(client.get(way).content.decode(errors="replace") for way in ways)


def refused(do, *given, **named) -> str:
    with pytest.raises(Problem) as fault:
        do(*given, **named)
    return fault.value.code


def told() -> list[tuple[str, str]]:
    register()
    while outbox.drain(100):
        pass
    return [(one.address, one.subject) for one in Message.objects.order_by("pk")]


def held_of(report) -> Hiding:
    return reports.hidings(report)[0]


@pytest.mark.django_db
def test_personal_data_is_taken_out_of_every_public_place_and_the_timeline_says_so(client, officer, report):
    learn([report.pk])
    assert NUMBER in every_answer(client, report.code)
    reports.hide(report.code, officer, "text:0", "personal_data", words=f"{NUMBER}\n{NAME}")
    shown = every_answer(client, report.code)
    assert NUMBER not in shown
    assert NAME not in shown
    assert "Lubang di depan rumah […], telepon […]" in shown
    assert "Data pribadi" in shown
    told()
    desk = casework.queue(officer.person, "31.roads", casework.Filter(words="darmo"))
    assert desk.items == []
    assert not any(NUMBER in json.dumps(one.data) + one.text for one in Entry.objects.all())
    assert NUMBER not in held_of(report).sealed
    assert refused(reports.flag, reports.find(report.code), "text:9", "spam") == "not_there"
    assert list(audit()) == []


@pytest.mark.django_db
def test_a_comment_is_hidden_whole_and_its_author_alone_is_told_and_objects_once(client, officer, report):
    author = person("komentar@contoh.id")
    reports.comment(report.code, Who(author, Actor.CITIZEN), "Camat bodoh sekali")
    seq = reports.find(report.code).seq
    reports.hide(report.code, officer, f"text:{seq}", "insult", text="Kata kasar")
    assert "bodoh" not in every_answer(client, report.code)
    assert [to for to, subject in told() if "disembunyikan" in subject] == ["komentar@contoh.id"]
    held = held_of(report)
    assert refused(reports.appeal, held, person("lain@contoh.id"), "x") == "not_author"
    reports.appeal(held, author, "Itu kritik, bukan hinaan")
    assert refused(reports.appeal, held, author, "lagi") == "appealed_before"
    assert "Itu kritik" not in every_answer(client, report.code)  # it may say again what was hidden
    assert refused(reports.show_again, held, officer, "Benar") == "own_hiding"
    judge = Who(person("kepala@contoh.id"), Actor.OFFICER, "31.roads")
    reports.show_again(held, judge, "Kritik boleh")
    assert "Camat bodoh sekali" in every_answer(client, report.code)
    assert refused(reports.keep_hidden, held, judge, "x") == "decided"
    assert casework.hidden_in_public("31.roads") == {"hidden": 1, "shown": 1, "appealed": 1}
    assert "1 hal pernah disembunyikan" in client.get("/body/31.roads").content.decode()


@pytest.mark.django_db
def test_an_objection_is_decided_by_an_administrator_and_what_stays_hidden_is_destroyed(officer, report):
    reports.hide(report.code, officer, "text:0", "spam")
    held = held_of(report)
    reports.appeal(held, report.reporter, "Bukan iklan")
    held.refresh_from_db()
    assert refused(casework.judge, officer.person, held) == "forbidden"
    platform = person("pusat@contoh.id", is_superuser=True)
    who = casework.judge(platform, held)
    assert who.body is None
    assert reports.original(held) == {"text": SAID}
    reports.keep_hidden(held, who, "Memang iklan")
    held.refresh_from_db()
    assert (held.sealed, reports.original(held)) == ("", {})
    assert [one.kind for one in reports.timeline(reports.find(report.code))][-3:] == [
        "hidden", "appealed", "kept_hidden",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_hidden_photo_loses_its_files_and_comes_back_without_its_metadata(client, officer):
    kept = reports.add_photo(picture(3))
    report = routing.submit(submission(photos=[kept.pk]), person("pelapor@contoh.id")).report
    client.get(f"/r/{report.code}/photo/{kept.pk}/large").close()
    before = Photo.objects.get(pk=kept.pk)
    reports.hide(report.code, officer, f"photo:{kept.pk}", "child")
    assert not Photo.objects.exists()
    assert not default_storage.exists(before.original)
    assert not default_storage.exists(f"photos/{kept.pk}-large.jpg")
    for way in (f"/r/{report.code}/photo/{kept.pk}/large", f"/api/v1/photos/{kept.pk}/large"):
        assert client.get(way).status_code == 404
    assert str(kept.pk) not in every_answer(client, report.code)
    reports.show_again(held_of(report), officer, "Keliru")
    again = Photo.objects.get()
    assert (again.pk, again.report_id, again.taken_at, again.role) == (kept.pk, report.pk, before.taken_at, "report")
    assert client.get(f"/r/{report.code}/photo/{kept.pk}/thumb").status_code == 200
    assert reports.find(report.code).photo_count == 1


@pytest.mark.django_db
def test_a_hidden_report_leaves_lists_map_and_search_and_its_page_says_by_whom_and_why(client, officer, report):
    told()
    reports.hide(report.code, officer, "report", "danger")
    told()
    assert not ReportCell.objects.filter(count__gt=0).exists()
    for way in ("/api/v1/reports", "/open311/v2/requests.json", "/body/31.roads", "/"):
        assert report.code not in client.get(way).content.decode()
    page = client.get(f"/r/{report.code}")
    assert page.status_code == 410
    assert "Membahayakan seseorang" in page.content.decode()
    assert "Lubang" not in page.content.decode()
    answer = client.get(f"/api/v1/reports/{report.code}")
    assert (answer.status_code, answer.json()["code"]) == (410, "hidden")
    assert client.get(f"/open311/v2/requests/{report.code}.json").status_code in {404, 410}
    client.force_login(report.reporter)
    assert client.get(f"/r/{report.code}").status_code == 200
    assert refused(reports.hide, report.code, officer, "report", "danger") == "hidden_before"
    reports.show_again(held_of(report), officer, "Sudah aman")
    told()
    client.logout()
    assert client.get(f"/r/{report.code}").status_code == 200
    cells_now = {(one.resolution, one.status, one.count) for one in ReportCell.objects.filter(count__gt=0)}
    cells.recount()
    assert cells_now == {(one.resolution, one.status, one.count) for one in ReportCell.objects.filter(count__gt=0)}


@pytest.mark.django_db
def test_what_was_taken_out_later_stays_out_when_the_first_is_shown_again(officer, report):
    reports.hide(report.code, officer, "text:0", "personal_data", words=NAME)
    first = held_of(report)
    reports.hide(report.code, officer, "text:0", "personal_data", words=NUMBER)
    second = held_of(report)
    reports.show_again(first, officer, "Nama jalan, bukan orang")
    assert reports.find(report.code).text == SAID.replace(NUMBER, "[…]")
    reports.show_again(second, officer, "Nomor kantor")
    assert NUMBER in reports.find(report.code).text


@pytest.mark.django_db
def test_the_words_of_a_note_leave_the_reasons_of_the_decision_too(client, officer, report):
    reports.transfer(report.code, officer, "id.pu", f"Tanya {NAME} di rumahnya")
    seq = reports.find(report.code).entries.get(kind="transferred").seq
    assert NAME in json.dumps(reports.find(report.code).decision)
    who = Who(person("pu@contoh.id"), Actor.OFFICER, "id.pu")
    reports.hide(report.code, who, f"text:{seq}", "personal_data", words=NAME)
    reports.hide(report.code, who, "text:0", "personal_data", words=NAME)
    assert NAME not in every_answer(client, report.code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"target": "text:99"}, "not_there"), ({"target": "photo:1"}, "bad_target"), ({"target": ""}, "bad_target"),
        ({"reason": "kritik"}, "bad_reason"), ({"words": "tidak ada"}, "bad_words"), ({"words": "a"}, "bad_words"),
        ({"target": "photo:00000000-0000-0000-0000-000000000000"}, "not_there"),
        ({"expected_seq": 1}, "changed_meanwhile"),
    ],
)  # fmt: skip
def test_what_cannot_be_hidden_is_refused_and_nothing_changes(officer, report, given, code):
    asked = {"target": "text:0", "reason": "spam", **given}
    target, reason = asked.pop("target"), asked.pop("reason")
    before = reports.find(report.code).seq
    assert refused(reports.hide, report.code, officer, target, reason, **asked) == code
    assert reports.find(report.code).seq == before
    assert not Hiding.objects.exists()


@pytest.mark.django_db
def test_what_was_hidden_is_destroyed_when_nobody_can_object_any_more(officer, report):
    reports.hide(report.code, officer, "text:0", "spam")
    assert reports.destroy_sealed() == 0
    Hiding.objects.update(at=timezone.now() - timedelta(days=31))
    assert refused(reports.appeal, held_of(report), report.reporter, "x") == "too_late"
    assert reports.destroy_sealed() == 1
    assert refused(reports.show_again, held_of(report), officer, "x") == "destroyed"


@pytest.mark.django_db
def test_people_flag_and_officers_look_hide_or_leave(client, officer, report):
    page = client.get(f"/r/{report.code}").content.decode()
    assert "Laporkan isi ini" in page
    wrong = client.post(f"/r/{report.code}/flag", {"target": "text:0", "text": "Nomor orang"})
    assert wrong.status_code == 422
    assert "Nomor orang" in wrong.content.decode()
    said = {"target": "text:0", "reason": "personal_data", "text": "Nomor orang"}
    assert client.post(f"/r/{report.code}/flag", said).status_code == 302
    assert "Nomor orang" not in every_answer(client, report.code)
    client.force_login(officer.person)
    assert "Ditandai warga" in client.get("/console/?body=31.roads").content.decode()
    listed = client.get("/console/flags?body=31.roads").content.decode()
    assert "Nomor orang" in listed
    assert "Data pribadi" in listed
    client.post(f"/console/reports/{report.code}/flags/keep", {"target": "text:0"})
    assert not Flag.objects.filter(settled_at=None).exists()
    reports.flag(reports.find(report.code), "text:0", "personal_data", "", report.reporter)
    reports.flag(reports.find(report.code), "text:0", "insult", "", report.reporter)
    assert Flag.objects.filter(settled_at=None).count() == 1
    seq = reports.find(report.code).seq
    given = {"target": "text:0", "reason": "personal_data", "words": NUMBER, "text": "", "expected_seq": seq}
    lost = client.post(f"/console/reports/{report.code}/hide", given | {"words": "salah kata"})
    assert lost.status_code == 422
    assert "salah kata" in lost.content.decode()
    reports.comment(report.code, Who(report.reporter, Actor.REPORTER), f"Hubungi +62 {NUMBER[1:]}")
    given["expected_seq"] += 1
    again = client.post(f"/console/reports/{report.code}/hide", given, follow=True)
    assert "masih ada di teks lain" in again.content.decode()
    assert f'value="text:{given["expected_seq"]}"' in again.content.decode()
    assert not Flag.objects.filter(settled_at=None).exists()


@pytest.mark.django_db
def test_an_author_without_an_account_objects_by_the_link_of_the_report(client, officer):
    sent = routing.submit(submission(text=SAID), None)
    reports.hide(sent.report.code, officer, "text:0", "spam")
    held = held_of(sent.report)
    assert f'value="{held.pk}"' not in client.get(f"/r/{sent.report.code}/hidden").content.decode()
    client.post(f"/claim/{sent.claim_token}", {"here": "1"})
    page = client.get(f"/r/{sent.report.code}/hidden").content.decode()
    assert f'value="{held.pk}"' in page
    empty = client.post(f"/r/{sent.report.code}/hidden", {"hiding": held.pk, "text": " "})
    assert empty.status_code == 422
    assert client.post(f"/r/{sent.report.code}/hidden", {"hiding": held.pk, "text": "Bukan"}).status_code == 302
    boss = person("kepala@contoh.id")
    Membership.objects.create(person=boss, body=bodies.get("31.roads"), role="administrator")
    client.force_login(officer.person)
    assert SAID not in client.get(f"/console/hidings/{held.pk}").content.decode()
    client.force_login(boss)
    assert SAID in client.get(f"/console/hidings/{held.pk}").content.decode()
    assert client.post(f"/console/hidings/{held.pk}", {"do": "show", "text": ""}).status_code == 422
    assert client.post(f"/console/hidings/{held.pk}", {"do": "show", "text": "Benar"}).status_code == 302
    assert reports.find(sent.report.code).text == SAID


@pytest.mark.parametrize(
    ("part", "said", "left"),
    [
        (NUMBER, "0812-3456-7890, WA +62 812 3456 7890, 081234567890.", "[…], WA […], […]."),
        ("3171012345678901", "NIK 3171012345678901, KK 31710123456789012", "NIK […], KK 31710123456789012"),
        ("Pak Darmo", "PAK DARMO bilang pak\ndarmo", "[…] bilang […]"),
        ("a.b(c", "a.b(c axb(c", "[…] axb(c"),
    ],
)
def test_words_go_wherever_they_stand_and_however_they_are_written(part, said, left):
    assert hiding.without({"a": [said]}, (part,)) == {"a": [left]}


@pytest.mark.django_db
def test_a_mail_that_still_waits_leaves_without_what_was_hidden(officer, report):
    reports.note(report.code, officer, f"Hubungi {NUMBER}")
    seq = reports.find(report.code).seq
    told()
    assert NUMBER in Message.objects.get(entry__kind="noted").body
    reports.hide(report.code, officer, f"text:{seq}", "personal_data", words=NUMBER)
    told()
    mail = Message.objects.get(entry__kind="noted")
    assert (NUMBER in mail.body, "Hubungi […]" in mail.body) == (False, True)
    assert mail.address == "pelapor@contoh.id"


@pytest.mark.django_db
def test_an_officer_hides_on_the_page_and_an_objection_is_decided_once(client, officer, report):
    client.force_login(officer.person)
    given = {"target": "text:0", "reason": "personal_data", "words": NUMBER, "text": "", "expected_seq": report.seq}
    told = client.post(f"/console/reports/{report.code}/hide", given, follow=True)
    assert "Disembunyikan. Riwayat menyebut oleh siapa dan mengapa" in told.content.decode()
    assert NUMBER not in every_answer(client, report.code)
    held = held_of(report)
    reports.appeal(held, report.reporter, "Itu nomor umum")
    boss = person("kepala@contoh.id")
    Membership.objects.create(person=boss, body=bodies.get("31.roads"), role="administrator")
    client.force_login(boss)
    page = f"/console/hidings/{held.pk}"
    empty = client.post(page, {"do": "keep", "text": " "})
    assert empty.status_code == 422
    assert 'href="#judge-text"' in empty.content.decode()
    kept = client.post(page, {"do": "keep", "text": "Nomor pribadi"}, follow=True).content.decode()
    assert "Diputuskan." in kept
    assert "Nomor pribadi" in kept
    late = client.post(page, {"text": "Tampilkan lagi"})
    assert late.status_code == 409
    assert "Ini sudah diputuskan." in late.content.decode()
    assert NUMBER not in every_answer(client, report.code)
