"""Templates and macros: filled by the report and the officer, used in one go, told by the stars of reporters."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership, Team
from kentongan.casework.models import Template, TemplateUse
from kentongan.foundation.outbox import drain
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from kentongan.reports.models import Report
from kentongan.subscribers import register
from tests.world import person, submission

pytestmark = pytest.mark.django_db
BODY = "31.roads"
WORDS = "Terima kasih atas laporan {laporan}. {works} di {tempat} mulai {tanggal}. {works}!"


def staff(role="officer", body=BODY, email=None):
    member = person(email or f"{role}@contoh.id", name=role.title())
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    return member


def no(_report, _step):
    """Nobody else works on these."""


def use(by, report, template, values=None, version=None):
    now = Report.objects.get(pk=report.pk)
    key, version = str(template.pk), str(template.version if version is None else version)
    return casework.use_template(by, now, key, version, values or {}, no, expected_seq=now.seq)


def kinds(report):
    return list(report.entries.order_by("seq").values_list("kind", flat=True))


@pytest.fixture
def scene(world):
    register()
    reporter = person("warga@contoh.id", name="Ni Made")
    report = routing.submit(submission(text="Lubang besar di jalan"), reporter).report
    drain(1000)
    Message.objects.all().delete()
    return {"report": report, "sri": staff("coordinator"), "budi": staff(), "reporter": reporter}


def made(scene, **given):
    return casework.save_template(scene["sri"], BODY, "", {"name": "Perbaikan", **given})


def test_a_field_nobody_fills_is_named_and_nothing_is_sent(scene):
    template, before = made(scene, text_id=WORDS, note="Untuk {works}", priority="high"), kinds(scene["report"])
    for values in ({}, {"works": "  "}, {"street": "x"}, {"Works": "x"}):
        with pytest.raises(Problem) as refused:
            use(scene["budi"], scene["report"], template, values)
        assert (refused.value.code, refused.value.extra["fields"]) == ("unfilled_field", ["works"])
        assert "{works}" in str(refused.value.detail)
    assert kinds(scene["report"]) == before
    scene["report"].refresh_from_db()
    assert scene["report"].priority == 2
    use(scene["budi"], scene["report"], template, {"works": "Penambalan {tanggal} $& \\1"})
    said = scene["report"].entries.order_by("seq").last().text
    assert said.count("Penambalan {tanggal} $& \\1") == 2, "each place of a field is filled, and a value is only words"
    assert scene["report"].code in said
    assert "{works}" not in said
    assert kinds(scene["report"])[len(before) :] == ["prioritised", "noted", "noted"]


def test_two_who_have_one_template_open_do_not_overwrite_each_other_unseen(scene):
    template, client = made(scene, text_id="Mulai."), Client()
    client.force_login(scene["sri"])
    address, given = f"/console/bodies/{BODY}/templates", {"template": template.pk, "name": "Perbaikan", "version": "1"}
    assert client.post(address, {**given, "text_id": "Punya Sri"}).status_code == 302
    late = client.post(address, {**given, "text_id": "Punya Budi"})
    assert (late.status_code, Template.objects.get().text_id) == (409, "Punya Sri")
    assert "Punya Budi" in late.content.decode()
    assert 'name="version" value="2"' in late.content.decode()
    assert client.post(address, {**given, "text_id": "Punya Budi", "version": "2"}).status_code == 302


def test_a_macro_is_one_click_one_mail_and_all_or_nothing(scene):
    report, team = scene["report"], Team.objects.create(body_id=BODY, name="Regu")
    macro = made(
        scene, text_id="Kami mulai.", note="Bawa kerucut", step="start", to=f"team:{team.pk}", priority="urgent"
    )
    before = len(kinds(report))
    use(scene["sri"], report, macro)
    assert kinds(report)[before:] == ["prioritised", "assigned", "noted", "started"]
    drain(1000)
    assert [one.to_person for one in Message.objects.all()] == [scene["reporter"]], "one mail for all of it"
    with pytest.raises(Problem) as refused:  # it has begun already: neither the note is kept
        use(scene["sri"], report, macro)
    assert refused.value.code == "wrong_state"
    assert kinds(report)[before:] == ["prioritised", "assigned", "noted", "started"]
    other = made(scene, name="Tutup", text_id="Bukan kewenangan.", step="reject", to=f"team:{team.pk}")
    Report.objects.filter(pk=report.pk).update(team=None, state="routed")
    with pytest.raises(Problem) as refused:  # an officer gives work to nobody else, by a macro neither
        use(scene["budi"], report, other)
    assert refused.value.code == "forbidden"
    assert reports.find(report.code, scene["sri"]).state == "routed"
    assert TemplateUse.objects.count() == 1


def test_what_was_changed_or_archived_meanwhile_is_not_sent_unseen(scene):
    template = made(scene, text_id="Lama")
    casework.save_template(scene["sri"], BODY, str(template.pk), {"name": "Perbaikan", "text_id": "Baru"})
    with pytest.raises(Problem) as refused:
        use(scene["budi"], scene["report"], template)
    assert refused.value.code == "template_changed"
    template.refresh_from_db()
    use(scene["budi"], scene["report"], template)
    assert casework.end_template(scene["sri"], BODY, str(template.pk)) is True, "it was used: archived"
    with pytest.raises(Problem) as refused:
        use(scene["budi"], scene["report"], template)
    assert refused.value.code == "not_found"
    again = made(scene, text_id="Baru")  # its name is free
    assert casework.end_template(scene["sri"], BODY, str(again.pk)) is False
    assert not Template.objects.filter(pk=again.pk).exists()


def test_the_stars_of_its_reports_stand_with_their_denominators(scene):
    template, spare = made(scene, text_id="Selesai"), made(scene, name="Lain", text_id="Lain")
    others = [routing.submit(submission(), None).report for _ in range(2)]
    Report.objects.filter(pk__in=[one.pk for one in others]).update(body=BODY)
    for one in (scene["report"], *others):
        use(scene["sri"], one, template)
        use(scene["sri"], one, template)  # twice on one report counts once
    Report.objects.filter(pk=scene["report"].pk).update(stars=5)
    Report.objects.filter(pk=others[0].pk).update(stars=2)
    told = {one.template.pk: (one.used, one.rated, one.stars) for one in casework.templates(scene["sri"], BODY)}
    assert told == {template.pk: (3, 2, 3.5), spare.pk: (0, 0, None)}


def test_the_language_is_the_reporters_where_all_may_know_it(scene):
    template = made(scene, text_id="Halo {jalan}", text_en="Hello {date}")
    assert casework.offers(scene["budi"], scene["report"])[0].text.startswith("Halo")
    scene["reporter"].language = "en"
    scene["reporter"].save()
    shown = reports.find(scene["report"].code, scene["budi"])
    assert casework.offers(scene["budi"], shown)[0].text.startswith("Hello ")
    assert casework.offers(scene["budi"], shown)[0].asked == []
    shown.privacy = "anonymous"  # English words would tell who is hidden
    assert casework.offers(scene["budi"], shown)[0].text.startswith("Halo")
    assert casework.offers(person("lain@contoh.id"), shown) == []
    assert template.version == 1


def test_templates_are_offered_by_category_then_by_words(scene):
    made(scene, name="Umum", text_id="Terima kasih")
    made(scene, name="Lampu", text_id="Lampu", categories=["street_light"])
    made(scene, name="Berlubang", text_id="Jalan yang berlubang ditambal")
    made(scene, name="Zebra", text_id="Jalan", categories=[scene["report"].category_id])
    casework.save_template(staff("administrator", "31"), "31", "", {"name": "Provinsi", "text_id": "Dari provinsi"})
    offered = casework.offers(scene["budi"], scene["report"])
    assert [one.template.name for one in offered] == ["Zebra", "Berlubang", "Provinsi", "Umum", "Lampu"]
    assert [one.fits for one in offered] == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "bad_name", "name"), ({"name": "x" * 61}, "bad_name", "name"),
        ({}, "empty_template", "text_id"), ({"text_en": "a {b"}, "bad_field", "text_en"),
        ({"text_id": "{Nama Kerja}"}, "bad_field", "text_id"), ({"text_id": "{{x}}"}, "bad_field", "text_id"),
        ({"note": "}"}, "bad_field", "note"), ({"text_id": "x" * 2001}, "text_too_long", "text_id"),
        ({"step": "reject"}, "text_required", "text_id"), ({"step": "confirm"}, "bad_step", "step"),
        ({"priority": "x"}, "bad_priority", "priority"), ({"to": "person:0"}, "bad_assignee", "to"),
        ({"to": "x"}, "bad_assignee", "to"), ({"text_id": "x", "categories": ["x"]}, "bad_category", "categories"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused_beside_its_field(world, given, code, field):
    with pytest.raises(Problem) as refused:
        casework.save_template(staff("coordinator"), BODY, "", {"name": "Nama", **given})
    assert (refused.value.code, refused.value.field) == (code, field)
    with pytest.raises(Problem) as refused:
        casework.save_template(staff(), BODY, "", {"name": "Nama", "text_id": "x"})
    assert refused.value.code == "forbidden"


def test_the_pages_keep_what_was_typed_and_send_no_empty_field(scene):
    sri, report, client = scene["sri"], scene["report"], Client()
    client.force_login(sri)
    address, at = f"/console/bodies/{BODY}/templates", f"/console/reports/{report.code}"
    bad = client.post(address, {"name": "Tambal", "text_id": "Halo {x", "categories": ["road_damage"]})
    assert bad.status_code == 422
    assert "Halo {x" in bad.content.decode()
    good = client.post(address, {"name": "Tambal", "text_id": WORDS, "step": "accept"}, follow=True).content.decode()
    assert "Templat disimpan." in good
    template = Template.objects.get()
    page = client.get(at).content.decode()
    assert 'data-field="works"' in page
    assert report.code in page.partition('id="words-')[2][:300]
    sent = {"template": str(template.pk), "version": "1", "expected_seq": str(report.seq)}
    again = client.post(f"{at}/template", {**sent, "field-works": ""})
    assert again.status_code == 422
    assert 'href="#use-field-works"' in again.content.decode()
    assert 'id="use-field-works"' in again.content.decode()
    # What was put into an answer is not sent with a field that is left open.
    left = client.post(
        f"{at}/steps/note",
        {**sent, "text": "Saya tulis ini. {works} di sana {dan}", "visibility": "public"},
    )
    assert left.status_code == 422
    assert "Saya tulis ini. {works} di sana" in left.content.decode()
    assert len(kinds(report)) == report.seq
    client.post(f"{at}/steps/note", {**sent, "text": "Tambalan di sana {dan}", "visibility": "public"})
    assert TemplateUse.objects.count() == 1
    sent["expected_seq"] = str(Report.objects.get(pk=report.pk).seq)
    done = client.post(f"{at}/template", {**sent, "field-works": "Tambalan"}, follow=True).content.decode()
    assert "Dilakukan sesuai templat." in done
    assert "dari 0" not in client.get(address).content.decode()
    assert "Dipakai pada 1 laporan" in client.get(address).content.decode()


def test_the_page_of_templates_says_in_words_what_each_does_and_into_whose_hands_it_gives(scene):
    team, client = Team.objects.create(body_id=BODY, name="Regu"), Client()
    client.force_login(scene["sri"])
    nameless = staff(email="tanpa.nama@contoh.id")
    type(nameless).objects.filter(pk=nameless.pk).update(name="")
    given = {"name": "Segera", "text_id": "Kami cek", "note": "Cek dulu", "priority": "high", "to": f"team:{team.pk}"}
    template = made(scene, **given)
    address = f"/console/bodies/{BODY}/templates"
    page = client.get(address).content.decode()
    for words in ("Prioritas: Tinggi", "Dikerjakan: Regu", "Catatan untuk petugas kami"):
        assert words in page
    for to, words in (
        ("me", "Siapa pun yang memakainya"), (f"person:{scene['budi'].pk}", "Officer"),
        (f"person:{nameless.pk}", "tanpa.nama@contoh.id"), ("person:999999", "Petugas yang sudah keluar"),
    ):  # fmt: skip
        Template.objects.filter(pk=template.pk).update(to=to)
        assert f"Dikerjakan: {words}" in client.get(address).content.decode(), "who has no name is there all the same"


def test_a_template_is_thrown_away_unless_reporters_read_it(scene):
    client, address = Client(), f"/console/bodies/{BODY}/templates"
    client.force_login(scene["sri"])
    unused = made(scene, name="Salah", text_id="Halo", step="")
    gone = client.post(address, {"do": "end", "template": unused.pk}, follow=True).content.decode()
    assert "Dihapus: belum pernah dipakai." in gone
    assert not Template.objects.exists()
    kept = made(scene, name="Baik", text_id="Kami cek", step="")
    use(scene["budi"], scene["report"], kept)
    assert "Diarsipkan" in client.post(address, {"do": "end", "template": kept.pk}, follow=True).content.decode()
    assert Template.objects.get().ended_at
