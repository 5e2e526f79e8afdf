"""An officer's day at the console, as pages: in Indonesian unless told otherwise, all without JavaScript."""

from __future__ import annotations

import io
import re
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from PIL import Image

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.catalogue.models import Category
from kentongan.foundation.outbox import Event
from kentongan.notify.models import Message
from kentongan.reports.models import Report
from tests.pictures import picture
from tests.reading import filled, read
from tests.world import BEKASI, STREET, lamps, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(world):
    return routing.submit(submission(), person(name="Ni Made")).report


def staff(role="officer", body="31.roads", email=None, **fields):
    member = person(email or f"{role}@contoh.id", **fields)
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    return member


@pytest.fixture
def officer(world):
    return staff(name="Budi")


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def platform(client, world):
    client.force_login(person("pusat@contoh.id", is_superuser=True, is_staff=True))
    return client


def photo():
    out = io.BytesIO()
    Image.effect_noise((640, 480), 80).convert("RGB").save(out, "JPEG")
    out.seek(0)
    out.name = "sesudah.jpg"
    return out


def take(client, report, step, **given):
    given.setdefault("expected_seq", reports.find(report.code, report.reporter).seq)
    return client.post(f"/console/reports/{report.code}/steps/{step}", given)


def state(report):
    report.refresh_from_db()
    return report.state


def test_a_stranger_is_sent_to_sign_in_and_back(client, report):
    answer = client.get(f"/console/reports/{report.code}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next=/console/reports/{report.code}"


def test_an_officer_is_greeted_by_name_and_lands_in_the_queue(client, officer):
    given = {"login": officer.email, "password": "kentongan-uji"}
    page = client.post("/accounts/login/?next=/console/", given, follow=True)
    assert page.request["PATH_INFO"] == "/console/"
    assert "Budi" in page.content.decode()


def test_the_queue_shows_what_waits_for_my_body(desk, report):
    page = desk.get("/console/").content.decode()
    assert report.code in page
    assert "Dinas Bina Marga" in page
    assert "Perlu ditangani" in page


def test_the_queue_of_an_empty_list_says_so(desk):
    assert "Saat ini tidak ada laporan" in desk.get("/console/?state=closed").content.decode()


def test_a_citizen_has_no_queue(client, world):
    client.force_login(person("orang@contoh.id"))
    answer = client.get("/console/")
    assert answer.status_code == 403
    assert "belum terdaftar sebagai petugas" in answer.content.decode()


def test_a_whole_day_with_one_report(desk, report):
    assert "Terima" in desk.get(f"/console/reports/{report.code}").content.decode()
    assert take(desk, report, "accept")["Location"] == f"/console/reports/{report.code}"
    take(desk, report, "start")
    take(desk, report, "note", text="Alat berat datang besok", visibility="public")
    take(desk, report, "note", text="Anggaran dari pos 3", visibility="internal")
    take(desk, report, "resolve", text="Ditambal", photos=photo())
    assert state(report) == "resolved"
    page = desk.get(f"/console/reports/{report.code}").content.decode()
    assert "Anggaran dari pos 3" in page
    assert "Budi" in page
    public = [entry.text for entry in reports.timeline(report)]
    assert "Alat berat datang besok" in public
    assert "Anggaran dari pos 3" not in public
    shown = re.search(r"/console/photos/[0-9a-f-]+/thumb", page)
    assert shown
    answer = desk.get(shown[0])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_a_result_without_photo_or_reason_is_asked_again_with_the_words_kept(desk, report):
    answer = take(desk, report, "resolve", text="Sudah ditambal kemarin sore")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Sudah ditambal kemarin sore" in page
    assert "#resolve-photos" in page
    assert state(report) == "routed"


def test_a_broken_photo_is_named_and_leaves_nothing_behind(desk, report):
    broken = io.BytesIO(b"not a photo at all")
    broken.name = "x.jpg"
    answer = take(desk, report, "resolve", text="Ditambal", photos=broken)
    assert answer.status_code == 415
    assert state(report) == "routed"


def test_two_officers_do_not_overwrite_each_other(desk, client, report):
    read = report.seq
    other = reports.Who(staff(email="ani@contoh.id", name="Ani"), reports.Actor.OFFICER, "31.roads")
    reports.reject(report.code, other, "Sudah ada dalam rencana 2027")
    answer = take(desk, report, "note", text="Kami datang besok", visibility="public", expected_seq=read)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Sudah ada dalam rencana 2027" in page
    assert "Ani" in page
    assert "Kami datang besok" in page
    assert not report.entries.filter(kind="noted").exists()


def test_words_survive_also_where_the_step_is_gone(desk, report):
    other = reports.Who(staff(email="ani@contoh.id"), reports.Actor.OFFICER, "31.roads")
    read = report.seq
    reports.reject(report.code, other, "Jalan pribadi")
    answer = take(desk, report, "resolve", text="Ditambal pukul 14", no_photo_reason="Hujan", expected_seq=read)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Ditambal pukul 14" in page
    assert "Hujan" in page


@pytest.mark.parametrize("seq", ["", "abc", "-1", "9" * 30])
def test_a_form_without_its_place_in_the_timeline_changes_nothing(desk, report, seq):
    assert take(desk, report, "accept", expected_seq=seq).status_code == 409
    assert state(report) == "routed"


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Laporan ini ada di instansi lain"), ("en", "This report is with another body")]
)
def test_an_officer_of_another_body_is_refused_in_their_language(client, report, language, words):
    client.force_login(staff(body="51.71"))
    for answer in (
        client.get(f"/console/reports/{report.code}", headers={"accept-language": language}),
        client.post(f"/console/reports/{report.code}/steps/accept", headers={"accept-language": language}),
    ):
        assert answer.status_code == 403
        assert words in answer.content.decode()
    assert state(report) == "routed"


def test_a_viewer_sees_no_buttons_and_cannot_post(client, report):
    client.force_login(staff("viewer"))
    page = client.get(f"/console/reports/{report.code}").content.decode()
    assert "/steps/" not in page
    assert take(client, report, "accept").status_code == 403


def test_a_report_is_passed_on_to_a_body_that_was_searched(desk, report):
    page = desk.get(f"/console/reports/{report.code}/transfer?q=bekasi").content.decode()
    assert 'value="32.16"' in page
    assert "Belum menjadi mitra" in page
    answer = take(desk, report, "transfer", body="32.16", text="Jalan ini milik kabupaten", q="bekasi")
    assert answer["Location"] == "/console/?body=31.roads"
    assert state(report) == "awaiting_partner"
    page = desk.get(f"/console/reports/{report.code}")  # to follow; no step is offered any more
    assert page.status_code == 200
    assert f"/console/reports/{report.code}/steps/" not in page.content.decode()


def test_a_transfer_without_note_or_body_is_asked_again(desk, report):
    without_note = take(desk, report, "transfer", body="51.71", q="denpasar")
    assert without_note.status_code == 422
    assert 'value="51.71" checked' in without_note.content.decode()
    without_body = take(desk, report, "transfer", text="Bukan kami", q="denpasar")
    assert without_body.status_code == 422
    assert "Bukan kami" in without_body.content.decode()
    assert take(desk, report, "transfer", body="tidak.ada", text="x").status_code == 422


def test_what_was_passed_on_can_be_returned(client, desk, report):
    take(desk, report, "transfer", body="31.water", text="Ini saluran air")
    client.force_login(staff(body="31.water", email="air@contoh.id"))
    take(client, report, "return", text="Ini jalan")
    report.refresh_from_db()
    assert (report.body_id, report.state) == ("31.roads", "forwarded")


def test_nothing_to_return_is_said(desk, report):
    answer = take(desk, report, "return", text="Bukan kami")
    assert answer.status_code == 409
    assert "Bukan kami" in answer.content.decode()


def test_a_rejection_needs_a_reason(desk, report):
    assert take(desk, report, "reject", text="  ").status_code == 422
    take(desk, report, "reject", text="Jalan milik pribadi")
    assert (state(report), report.ending) == ("rejected", "closed_without_fix")


def test_the_identity_takes_a_reason_and_is_logged(desk, report):
    page = desk.get(f"/console/reports/{report.code}").content.decode()
    assert "warga@contoh.id" not in page
    refused = desk.post(f"/console/reports/{report.code}/identity", {"reason": ""})
    assert refused.status_code == 422
    assert "warga@contoh.id" not in refused.content.decode()
    shown = desk.post(f"/console/reports/{report.code}/identity", {"reason": "Perlu bertemu"})
    assert "warga@contoh.id" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    (look,) = [entry for entry in reports.timeline(report, report.reporter) if entry.kind == "identity_seen"]
    assert look.text == "Perlu bertemu"


def test_an_anonymous_reporter_stays_hidden_from_officers(desk, world):
    hidden = routing.submit(submission(privacy="anonymous"), person("rahasia@contoh.id")).report
    answer = desk.post(f"/console/reports/{hidden.code}/identity", {"reason": "Perlu"})
    assert answer.status_code == 403
    assert "rahasia@contoh.id" not in answer.content.decode()


def test_the_administrator_of_the_platform_may_look_at_an_anonymous_reporter(platform):
    hidden = routing.submit(submission(privacy="anonymous"), person("rahasia@contoh.id")).report
    answer = platform.post(f"/console/reports/{hidden.code}/identity", {"reason": "Perintah pengadilan"})
    assert "rahasia@contoh.id" in answer.content.decode()
    assert hidden.entries.filter(kind="identity_seen").count() == 1


def test_reports_are_joined_by_a_coordinator(client, report):
    again = routing.submit(submission(text="Lubang yang sama"), person("lain@contoh.id")).report
    client.force_login(staff("coordinator"))
    assert take(client, again, "merge", original="ZZZZ").status_code == 422
    take(client, again, "merge", original=report.code.lower())
    assert state(again) == "duplicate"


@pytest.mark.parametrize("path", ["/console/bodies", "/console/categories", "/console/categories/waste"])
def test_administration_is_closed_to_officers(desk, path):
    assert desk.get(path).status_code == 403


def test_the_administrator_makes_a_regency_partner_and_its_reports_are_handed_over(platform):
    waiting = routing.submit(submission("waste", BEKASI), person()).report
    assert state(waiting) == "awaiting_partner"
    assert "/console/bodies/32.16/partner" in platform.get("/console/bodies?q=kabupaten bekasi").content.decode()
    platform.post("/console/bodies/32.16/partner", {"do": "begin"})
    assert Event.objects.filter(topic="body.partner", payload={"body": "32.16"}).exists()
    routing.hand_over("32.16")
    assert state(waiting) == "routed"
    platform.post("/console/bodies/32.16/partner", {"do": "end"})
    assert not bodies.get("32.16").is_partner


def test_staff_are_added_and_their_roles_ended(platform):
    new = person("baru@contoh.id")
    platform.post("/console/bodies/32.16/staff", {"email": "x@contoh.id", "role": "officer"})
    assert not Membership.objects.filter(person__email="x@contoh.id").exists()  # nobody yet: invited by mail
    platform.post("/console/bodies/32.16/staff", {"email": new.email, "role": "officer"})
    held = Membership.objects.get(person=new)
    assert "baru@contoh.id" in platform.get("/console/bodies/32.16/staff").content.decode()
    platform.post(f"/console/bodies/32.16/staff/{held.pk}/end")
    held.refresh_from_db()
    assert held.until


def test_a_category_is_edited(platform):
    page = platform.get("/console/categories/waste")
    questions = "- {code: size, datatype: number, required: false, description: {id: Berapa karung, en: How many bags}}"
    given = {**filled(page), "name_en": "Rubbish heap", "keywords_en": "rubbish\n\nheap ", "questions": questions}
    answer = platform.post("/console/categories/waste", given)
    assert answer.status_code == 302, answer.content.decode()
    changed = Category.objects.get(code="waste")
    assert (changed.name_en, changed.keywords_en) == ("Rubbish heap", ["rubbish", "heap"])
    assert changed.questions[0]["code"] == "size"


@pytest.mark.parametrize("questions", ["a: b: c", "code: x", "- {code: x}", "- [1]", "2026-13-01"])
def test_a_wrong_question_is_refused_and_kept_in_the_form(platform, questions):
    given = {**filled(platform.get("/console/categories/waste")), "questions": questions}
    answer = platform.post("/console/categories/waste", given)
    assert answer.status_code == 422
    assert 'id="id_questions-error"' in answer.content.decode()
    assert filled(answer)["questions"] == questions


def test_the_letter_box_of_the_demo_shows_every_mail(client, world):
    Message.objects.create(key="a", address="made@contoh.id", subject="Laporan diterima", body="Halo")
    Message.objects.create(key="b", address="lain@contoh.id", subject="Lain", body="Halo")
    page = client.get("/demo/mail?to=made@contoh.id").content.decode()
    assert "Laporan diterima" in page
    assert "lain@contoh.id" not in page


@pytest.mark.parametrize("code", ["XXXX-XXXX", "..%2F", "0"])
def test_an_unknown_report_is_not_found(desk, code):
    assert desk.get(f"/console/reports/{code}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/console/?body=%00", "/console/?body=tidak.ada", "/console/?body=31&state=%00",
        "/console/?body=31&cursor=%00",
        "/console/bodies?q=%00", "/console/bodies/%00/staff", "/console/bodies/tidak.ada/staff", "/demo/mail?to=%00",
        "/console/categories/%00", "/console/categories/tidak_ada", "/console/reports/%00",
        "/console/reports/%F0%9F%92%A5",
        "/console/photos/00000000-0000-0000-0000-000000000000/thumb", "/console/bodies?q=" + "a " * 300,
    ],
)  # fmt: skip
def test_strange_addresses_get_a_page_never_a_crash(platform, path):
    assert platform.get(path).status_code in {200, 404, 422}


@pytest.mark.parametrize("written", ["\0", "\u202eterbalik", "x" * 100_000, "<script>alert(1)</script>", "{{ 7 }}"])
@pytest.mark.parametrize(
    ("step", "field"), [("note", "text"), ("resolve", "no_photo_reason"), ("transfer", "body"), ("merge", "original")]
)
def test_strange_words_are_taken_or_refused_never_a_crash(client, report, step, field, written):
    client.force_login(staff("coordinator"))
    answer = take(client, report, step, **{field: written})
    assert answer.status_code in {302, 422}
    assert "<script>alert" not in client.get(f"/console/reports/{report.code}").content.decode()


def test_strange_staff_forms_are_refused_beside_the_field(platform):
    for email, role in (("\0", "officer"), ("x" * 5000, "officer"), ("pusat@contoh.id", "\0")):
        answer = platform.post("/console/bodies/31/staff", {"email": email, "role": role})
        assert answer.status_code == 422
    assert platform.post(f"/console/bodies/31/staff/{10**30}/end").status_code == 404


def test_the_queue_is_narrowed_down_to_a_place_and_keeps_it_from_tab_to_tab(desk, report):
    north = routing.submit(submission(at=(106.8200, -6.1560), text="Lubang di utara"), None).report
    other = routing.submit(submission(at=(106.8500, -6.1700), text="Lubang di timur"), None).report
    assert {report.code, north.code, other.code} <= set(re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}", listed(desk)))
    lon, lat = submission().lon, submission().lat
    page = listed(desk, place="Jl. Uji", at=f"{lon},{lat}")
    assert report.code in page
    assert north.code not in page
    assert "Hanya dalam satu kilometer dari Jl. Uji." in page
    assert "body=31.roads&amp;state=waiting&amp;place=Jl.+Uji" in page
    assert page.count("place=Jl.+Uji&amp;at=106.82%2C-6.17") >= 4  # in the tabs
    area = listed(desk, at="31.71.02")
    assert other.code in area
    assert report.code not in area
    assert "Hanya di Kec. " in area


def test_the_queue_takes_a_place_that_was_only_typed_and_says_where_there_is_none(desk, report):
    assert "Hanya di Kec. Gambir" in listed(desk, place="Gambir, Jakarta Pusat")
    assert "Tempat lain dengan nama ini?" in listed(desk, place="Gambir")
    nowhere = listed(desk, place="tempat yang tidak ada sama sekali")
    assert "tidak ditemukan" in nowhere or "Tidak ada tempat" in nowhere
    assert report.code in nowhere


@pytest.mark.parametrize(
    "at", ["x", "1,2,3", "999,0", "31.99", "nan,nan", "\x00", "' OR 1=1", "1e5,2", "٣١", "9" * 300]
)
def test_a_place_that_cannot_be_read_narrows_nothing_down(desk, report, at):
    assert report.code in listed(desk, at=at)


def listed(desk, **asked) -> str:
    answer = desk.get("/console/", {"body": "31.roads", **asked})
    assert answer.status_code == 200
    return answer.content.decode()


def test_filters_combine_are_named_above_the_list_and_go_one_by_one(desk, report):
    other = routing.submit(submission("waste", text="Sampah"), None).report
    Report.objects.filter(pk=other.pk).update(body_id="31.roads")
    page = listed(desk, category=["waste", "road_damage"], age="today")
    assert report.code in page
    assert other.code in page
    page = listed(desk, category="road_damage", age="today")
    assert other.code not in page
    rests = [unescape(one) for one in re.findall(r'<a class="tag" href="([^"]*)"', page)]
    assert rests == ["?body=31.roads&age=today", "?body=31.roads&category=road_damage"]
    assert other.code in desk.get(f"/console/{rests[0]}").content.decode()
    assert re.search(r"Sampah[^<]* <span class=\"soft\">1<", page)  # what the other choice would add
    assert "Dikirim hari ini" in page


def test_a_filter_from_before_a_change_of_categories_says_so_and_offers_the_list_without_it(desk, report):
    answer = desk.get("/console/?body=31.roads&category=lama&age=today")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Kategori “lama” sudah tidak ada" in page
    way = unescape(re.search(r'href="(\?[^"]*)"', page)[1])
    assert way == "?body=31.roads&age=today"
    assert report.code in desk.get(f"/console/{way}").content.decode()


def test_finished_work_stands_in_the_archive_and_not_among_what_is_to_be_done(desk, report, officer):
    reports.resolve(report.code, casework.who(officer, report), no_photo_reason="Malam hari")
    assert report.code not in listed(desk)
    page = listed(desk, state="archive")
    assert report.code in page
    assert "state=done" in page
    assert "state=done" not in listed(desk)


@pytest.fixture
def coordinator(client, world):
    client.force_login(staff("coordinator"))
    return client


def test_both_sides_of_a_merger_are_shown_with_photo_and_distance(coordinator):
    lon, lat = STREET
    pictures = [reports.add_photo(picture(number)) for number in (1, 2)]
    codes = [
        routing.submit(submission(at=(lon + at / 10_000, lat), photos=(one.pk,)), None).report.code
        for at, one in enumerate(pictures)
    ]
    page = read(coordinator.get(f"/console/reports/{codes[0]}/merge", {"original": codes[1]}))
    for code, one in zip(codes, pictures, strict=True):
        assert f"/r/{code}/photo/{one.pk}/thumb" in page
    assert "11 m" in page


def test_what_is_not_public_and_has_no_place_can_be_compared_too(client, world):
    client.force_login(staff("coordinator", "id.komdigi"))
    given = {"at": None, "url": "https://judi.example/a"}
    hidden = {**given, "privacy": "secret", "photos": (reports.add_photo(picture(3)).pk,)}
    first, second = (
        routing.submit(submission("harmful_content", **more), person(f"{at}@contoh.id")).report
        for at, more in enumerate((hidden, given))
    )
    answer = client.get(f"/console/reports/{first.code}/merge", {"original": second.code})
    assert answer.status_code == 200
    (kept,) = reports.photos(first)
    assert f"/console/photos/{kept.pk}/thumb" in read(answer)
    assert f"/r/{first.code}/photo/" not in read(answer)  # its public address is closed


def test_what_the_reporter_answered_is_told_in_words(desk, world):
    report = routing.submit(submission(answers={"size": "large"}), None).report
    question = report.category.questions[0]
    page = read(desk.get(f"/console/reports/{report.code}"))
    assert question["description"]["id"] in page
    assert next(one["name"]["id"] for one in question["values"] if one["key"] == "large") in page


def test_a_step_that_there_is_not_and_a_photo_that_there_is_not_are_not_found(desk, report):
    assert take(desk, report, "nonsense").status_code == 404
    assert desk.get(f"/console/photos/{uuid4()}/thumb").status_code == 404


def test_a_sixth_photo_of_a_result_is_refused_and_the_words_stay(desk, report):
    answer = take(desk, report, "resolve", text="Sudah ditambal", photos=[photo() for _ in range(6)])
    assert answer.status_code == 422
    assert "Sudah ditambal" in read(answer)
    assert state(report) == "routed"
    assert not reports.photos(report)


def test_the_administrator_of_the_platform_who_has_no_desk_begins_with_the_bodies(platform):
    assert platform.get("/console/")["Location"] == "/console/bodies"


@pytest.mark.parametrize("hours", ["0", "8761"])
def test_a_deadline_of_no_time_or_of_more_than_a_year_is_refused_beside_the_field(platform, hours):
    kind = Category.objects.get(code="road_damage")
    given = filled(platform.get("/console/categories/road_damage")) | {"deadline_hours": hours}
    answer = platform.post("/console/categories/road_damage", given)
    assert answer.status_code == 422
    assert "8760 jam" in read(answer)
    assert Category.objects.get(code="road_damage").deadline_hours == kind.deadline_hours


def test_whoever_does_not_manage_a_body_appoints_nobody_there(desk, world):
    answer = desk.post("/console/bodies/31/staff", {"email": "baru@contoh.id", "role": "officer"})
    assert answer.status_code == 403
    assert not Membership.objects.filter(body="31").exists()


def test_an_officer_reads_what_was_reported_of_the_same_lamp_as_far_as_they_may(client, world):
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30))

    def about(asset_id, **more):
        sent = submission("street_light", at=STREET, asset_id=asset_id, **more)
        return routing.submit(sent, person(f"{uuid4()}@contoh.id")).report

    old, other, now = about("PJU-1", text="Padam dulu"), about("PJU-2", text="Yang lain"), about("PJU-1", text="Padam")
    secret = about("PJU-1", text="Rahasia petugas", privacy="secret")
    client.force_login(staff(body=now.body_id))
    page = read(client.get(f"/console/reports/{now.code}"))
    history = page[page.index('id="history"') :]
    assert "Jl. Merdeka (PJU-1)" in page
    assert f"/r/{old.code}" in history
    assert f"/r/{secret.code}" in history  # it is their own body's
    assert f"/r/{other.code}" not in history
    assert f"/r/{now.code}" not in history
    Report.objects.filter(pk=secret.pk).update(body_id="id.pln")
    assert secret.code not in read(client.get(f"/console/reports/{now.code}"))
    assert secret.code not in read(Client().get(f"/r/{now.code}"))
    assert secret.code not in Client().get(f"/api/v1/reports/{now.code}").content.decode()
    assert 'id="history"' not in read(client.get(f"/console/reports/{about('', text='tanpa').code}"))


def test_what_narrows_the_queue_stands_above_it_and_each_can_be_taken_away(client, report):
    officer = person("petugas@contoh.id", name="Budi")
    Membership.objects.create(person=officer, body=bodies.get("31.roads"), role="officer")
    client.force_login(officer)
    said = "/console/?body=31.roads&channel=web&channel=peer&priority=high&priority=low"
    page = unescape(client.get(said).content.decode())
    links = [sorted(href.split("&")) for href in re.findall(r'href="(\?body=31\.roads[^"]*)"', page)]
    assert "Situs web" in page
    for left in ("priority=high&priority=low&channel=peer", "priority=low&channel=web&channel=peer"):
        assert sorted(["?body=31.roads", *left.split("&")]) in links
