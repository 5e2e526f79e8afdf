"""A body asks its own questions of a kind of report: written in the console, asked in the form, kept with it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from kentongan import bodies, casework, catalogue, reports, routing
from kentongan.bodies.models import Membership, OwnQuestion
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Hiding, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.reading import plain
from tests.world import BEKASI, STREET, person, submission

pytestmark = pytest.mark.usefixtures("world")
PAGE = "/console/bodies/31.roads/questions"
ASKED = {"category": "road_damage", "datatype": "string", "words_id": "Nomor rumah terdekat?", "words_en": "House?"}
CHOICE = {
    "category": "road_damage", "datatype": "singlevaluelist", "words_id": "Seberapa dalam?", "required": "on",
    "values": "Semata kaki | To the ankle\nSelutut | To the knee",
}  # fmt: skip


@pytest.fixture
def admin(client: Client) -> Person:
    """Of the roads of Jakarta, signed in."""
    made = person("pengurus@contoh.id")
    Membership.objects.create(person=made, body_id="31.roads", role="administrator")
    client.force_login(made)
    return made


def words_step(category: str = "road_damage") -> tuple[Client, str]:
    """The last step of somebody without an account, and what it shows."""
    client = Client()
    lon, lat = STREET
    client.post("/report/new", {"step": "place", "point": f"{lon},{lat}", "lon": lon, "lat": lat})
    client.post("/report/new", {"step": "kind", "category": category, "text": ""})
    return client, client.get("/report/new?step=words").content.decode()


def sending(page: str, **said: Any) -> dict[str, Any]:
    """What the last step posts: its hidden fields, and what was written."""
    hidden = {
        name: page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]
        for name in ("of", "submission_id", "asked", "asked_of")
    }
    return {"step": "words", "text": "Lubang besar", "privacy": "public", "send": "1", **hidden, **said}


def test_a_question_is_asked_of_who_reports_to_the_body_answered_and_read_by_its_officer(
    client: Client, admin: Person
) -> None:
    assert client.post(PAGE, ASKED).status_code == 302
    assert client.post(PAGE, CHOICE | {"required": ""}).status_code == 302
    citizen, page = words_step()
    assert page.index("Seberapa besar kerusakannya?") < page.index("Nomor rumah terdekat?") < page.index("Seberapa dal")
    answers = {"answer_nomor_rumah_terdekat": "12A", "answer_seberapa_dalam": "selutut"}
    sent = citizen.post("/report/new", sending(page, **answers))
    report = Report.objects.get()
    assert sent["Location"].endswith(report.code)
    assert report.answers == {"nomor_rumah_terdekat": "12A", "seberapa_dalam": "selutut"}
    desk = plain(client.get(f"/console/reports/{report.code}"))
    assert "Nomor rumah terdekat? 12A" in desk
    assert "Seberapa dalam? Selutut" in desk
    assert "Seberapa dal" not in words_step("waste")[1]
    elsewhere = routing.submit(submission(at=BEKASI), None).report
    assert Report.objects.get(asked__isnull=True) == elsewhere  # NULL, and no JSON of it


def test_what_was_asked_stays_readable_when_the_question_is_changed_ended_and_the_kind_gone(
    client: Client, admin: Person
) -> None:
    client.post(PAGE, CHOICE)
    report = routing.submit(submission(answers={"seberapa_dalam": "selutut", "size": "large"}), None).report
    (question,) = casework.questions_of(admin, "31.roads")
    changed = {"question": question.pk, "words_id": "Tingginya?", "values": "Semata kaki\nSedada", "required": "on"}
    assert client.post(PAGE, changed).status_code == 302
    again = OwnQuestion.objects.get()
    assert [one["key"] for one in again.values] == ["semata_kaki", "sedada"]
    client.post(PAGE, {"question": question.pk, "do": "end"})
    Category.objects.filter(code="road_damage").update(questions=[])
    catalogue.invalidate()
    desk = plain(client.get(f"/console/reports/{report.code}"))
    assert "Seberapa dalam? Selutut" in desk
    assert "Seberapa besar kerusakannya? Lebih dari satu langkah" in desk
    page = plain(client.get(PAGE))
    assert "Tingginya?" in page[page.index("Tidak ditanyakan lagi") :]
    client.post(PAGE, {"question": question.pk, "do": "again"})
    assert "Tingginya?" in words_step()[1]


def test_a_required_question_is_asked_again_with_all_that_was_written_kept(client: Client, admin: Person) -> None:
    client.post(PAGE, CHOICE)
    client.post(PAGE, ASKED)
    citizen, page = words_step()
    sent = citizen.post("/report/new", sending(page, answer_nomor_rumah_terdekat="12A"))
    assert sent["Location"].endswith("step=words")
    again = citizen.get(sent["Location"]).content.decode()
    assert 'id="answer_seberapa_dalam-error"' in again
    assert 'value="12A"' in again
    assert "Lubang besar" in again
    assert not Report.objects.exists()
    citizen.post("/report/new", sending(again, answer_nomor_rumah_terdekat="12A", answer_seberapa_dalam="selutut"))
    assert Report.objects.get().answers == {"nomor_rumah_terdekat": "12A", "seberapa_dalam": "selutut"}


def test_times_and_numbers_are_taken_as_a_form_writes_them(client: Client, admin: Person) -> None:
    for datatype, words in (("datetime", "Sejak kapan?"), ("number", "Berapa meter?"), ("multivaluelist", "Apa saja?")):
        client.post(PAGE, CHOICE | {"datatype": datatype, "words_id": words})
    citizen, page = words_step()
    assert page.count('type="checkbox" name="answer_apa_saja"') == 2
    answers = {"answer_sejak_kapan": "2026-11-24T08:30", "answer_berapa_meter": "1,5", "answer_apa_saja": ["selutut"]}
    citizen.post("/report/new", sending(page, **answers))
    kept = {"sejak_kapan": "2026-11-24T08:30:00+07:00", "berapa_meter": 1.5, "apa_saja": ["selutut"]}
    assert Report.objects.get().answers == kept
    desk = plain(client.get(f"/console/reports/{Report.objects.get().code}"))
    assert "Sejak kapan? 24 November 2026, 08:30" in desk
    assert "Berapa meter? 1,5" in desk


def test_only_whoever_was_told_of_a_required_question_must_answer_it(client: Client, admin: Person) -> None:
    client.post(PAGE, CHOICE)
    assert routing.submit(submission(), None).created  # an alert, a peer, mail: nobody asked them
    for told_of in (None, ("seberapa_dalam",)):
        with pytest.raises(Problem) as refused:
            routing.submit(submission(told_of=told_of), None)
        assert (refused.value.code, refused.value.field) == ("bad_answer", "answers.seberapa_dalam")
    assert routing.submit(submission(told_of=("lain",)), None).created
    assert routing.submit(submission(at=BEKASI, told_of=None), None).created  # of another body


def test_a_phone_that_waited_sends_its_answers_though_the_question_has_changed(client: Client, admin: Person) -> None:
    client.post(PAGE, CHOICE)
    client.post(PAGE, ASKED)
    gone, kept = OwnQuestion.objects.order_by("pk")
    kept_answers = '{"seberapa_dalam": "selutut", "nomor_rumah_terdekat": "12A", "bukan_apa": "x", "size": ""}'
    client.post(PAGE, {"question": gone.pk, "words_id": "Seberapa dalam?", "values": "Sedada\nSeleher"})
    client.post(PAGE, {"question": kept.pk, "do": "end"})
    client.post(PAGE, CHOICE | {"words_id": "Sejak kapan?", "datatype": "string"})  # required, and nobody was asked
    phone = Client()
    said = {
        "submission_id": str(uuid4()), "category": "road_damage", "lon": STREET[0], "lat": STREET[1], "text": "Lubang",
        "answers": kept_answers,
    }  # fmt: skip
    assert phone.post("/report/waiting", said).status_code == 201
    report = Report.objects.get()
    assert report.answers == {"seberapa_dalam": "selutut", "nomor_rumah_terdekat": "12A"}
    desk = plain(client.get(f"/console/reports/{report.code}"))
    assert "Seberapa dalam? selutut" in desk
    assert "Nomor rumah terdekat? 12A" in desk
    for broken in ("{", "[1]", '{"size": {"a": 1}}', '"x"', "[" * 5000, '{"size": "\\ud800"}'):
        assert (
            phone.post("/report/waiting", said | {"submission_id": str(uuid4()), "answers": broken}).status_code == 201
        )


def test_questions_of_a_body_above_come_first_and_another_body_asks_its_own(client: Client, admin: Person) -> None:
    above = person("gubernur@contoh.id")
    Membership.objects.create(person=above, body_id="31", role="administrator")
    casework.save_question(admin, "31.roads", ASKED)
    casework.save_question(above, "31", {"category": "roads_traffic", "datatype": "text", "words_id": "Ceritakan."})
    kind = catalogue.get("road_damage")
    assert [one["code"] for one in reports.asked_by("31.roads", kind)] == ["ceritakan", "nomor_rumah_terdekat"]
    assert [one["code"] for one in reports.asked_by("31", kind)] == ["ceritakan"]
    assert reports.asked_by("id.pu", kind) == []
    bodies.end_partnership("31")
    assert reports.asked_by("31.roads", kind) == []  # nobody there reads it


def test_what_another_body_asks_under_the_same_name_changes_no_answer(client: Client, admin: Person) -> None:
    boss = person("pu@contoh.id")
    Membership.objects.create(person=boss, body_id="id.pu", role="administrator")
    client.post(PAGE, ASKED | {"code": "rumah", "required": "on"})
    casework.save_question(boss, "id.pu", CHOICE | {"datatype": "multivaluelist", "code": "rumah"})
    citizen, page = words_step()
    citizen.post("/report/new", sending(page, answer_rumah="12A"))
    assert Report.objects.get().answers == {"rumah": "12A"}


def test_what_waited_on_a_phone_is_read_as_the_receiving_body_asks_it(client: Client, admin: Person) -> None:
    boss = person("pu@contoh.id")
    Membership.objects.create(person=boss, body_id="id.pu", role="administrator")
    client.post(PAGE, ASKED | {"code": "lebar", "datatype": "number"})
    casework.save_question(boss, "id.pu", ASKED | {"code": "lebar"})  # newer, and in words
    said = {
        "submission_id": str(uuid4()), "category": "road_damage", "lon": STREET[0], "lat": STREET[1], "text": "Lubang",
        "answers": '{"lebar": "1,5"}',
    }  # fmt: skip
    assert Client().post("/report/waiting", said).status_code == 201
    assert Report.objects.get().answers == {"lebar": 1.5}


def test_what_only_staff_were_to_read_never_becomes_public(client: Client, admin: Person) -> None:
    client.post(PAGE, ASKED | {"code": "rumah"})
    question = OwnQuestion.objects.get()
    again = client.post(PAGE, {"question": question.pk, **ASKED, "public": "on"})
    assert again.status_code == 422
    assert "hanya petugas yang membaca jawabannya" in again.content.decode()
    assert not OwnQuestion.objects.get().public


def test_public_answers_are_hidden_with_the_words_of_a_report(client: Client, admin: Person) -> None:
    client.post(PAGE, ASKED | {"code": "rumah", "public": "on"})
    client.post(PAGE, ASKED | {"code": "telepon", "datatype": "number", "words_id": "Telepon?", "public": "on"})
    answers = {"rumah": "Rumah Bu Darmo", "telepon": 81234567890}
    made = [
        routing.submit(submission(answers=answers, text=text), None).report for text in ("Lubang", "Lubang", "Lubang")
    ]
    officer = Who(admin, Actor.OFFICER, "31.roads")
    reports.hide(made[0].code, officer, "text:0", "personal_data")
    reports.hide(made[1].code, officer, "text:0", "personal_data", words="81234567890\nBu Darmo")
    told = [Client().get(f"/api/v1/reports/{one.code}").content.decode() for one in made]
    assert ["Darmo" in one for one in told] == [False, False, True]
    assert ["81234567890" in one for one in told] == [False, False, True]
    reports.show_again(
        Hiding.objects.get(report=made[0]), Who(person("k@contoh.id"), Actor.OFFICER, "31.roads"), "Boleh"
    )
    assert Report.objects.get(pk=made[0].pk).answers == answers


def test_the_order_is_changed_one_step_at_a_time_within_a_kind(client: Client, admin: Person) -> None:
    made = [casework.save_question(admin, "31.roads", ASKED | {"words_id": words}) for words in ("Satu", "Dua", "Tiga")]
    casework.save_question(admin, "31.roads", ASKED | {"category": "waste", "words_id": "Lain"})

    def order() -> list[str]:
        return [one["code"] for one in reports.asked_by("31.roads", catalogue.get("road_damage"))]

    client.post(PAGE, {"question": made[2].pk, "do": "up"})
    assert order() == ["satu", "tiga", "dua"]
    client.post(PAGE, {"question": made[0].pk, "do": "down"})
    client.post(PAGE, {"question": made[2].pk, "do": "up"})  # first already
    assert order() == ["tiga", "satu", "dua"]
    assert client.post(PAGE, {"question": "99999", "do": "up"}).status_code == 404
    assert client.post(PAGE, {"question": "x" * 50, "do": "end"}).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"words_id": ""}, "words_id"), ({"words_id": "\u202e\u200f"}, "words_id"), ({"words_id": "\0"}, "words_id"),
        ({"words_id": "x" * 10_000}, "words_id"), ({"words_en": "x" * 151}, "words_en"),
        ({"category": "tidak_ada"}, "category"), ({"category": "\0"}, "category"),
        ({"datatype": "html"}, "datatype"), ({"datatype": ""}, "datatype"),
        ({"code": "size"}, "code"), ({"code": "asset_id"}, "code"), ({"code": "Nomor Rumah"}, "code"),
        ({"code": "x" * 41}, "code"), ({"code": "1a"}, "code"), ({"code": "ada\0"}, "code"),
        ({"code": "kembar"}, "code"),
        ({"datatype": "singlevaluelist", "values": ""}, "values"),
        ({"datatype": "singlevaluelist", "values": "Satu saja"}, "values"),
        ({"datatype": "singlevaluelist", "values": "\n".join(f"Pilihan {n}" for n in range(60))}, "values"),
        ({"datatype": "multivaluelist", "values": "Sama\nLain\nSAMA"}, "values"),
        ({"datatype": "multivaluelist", "values": "| English\nSatu"}, "values"),
        ({"datatype": "multivaluelist", "values": "Satu\n" + "x" * 81}, "values"),
        ({"datatype": "multivaluelist", "values": "x" * 100_000}, "values"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_at_its_field_with_the_words_kept(
    client: Client, admin: Person, given: dict[str, str], field: str
) -> None:
    casework.save_question(admin, "31.roads", ASKED | {"code": "kembar", "category": "roads_traffic"})
    page = client.post(PAGE, {**ASKED, "words_en": "Kept words", **given})
    assert page.status_code == 422
    shown = page.content.decode()
    assert f'id="{field}-error"' in shown
    assert "Kept words" in shown or field == "words_en"
    assert OwnQuestion.objects.count() == 1


def test_words_are_cleaned_and_shown_as_words_never_as_html(client: Client, admin: Person) -> None:
    evil = "<b onclick=x>\u202eNomor\u200f\0 rumah</b>"
    options = "<script>a</script> | &amp;\nB\u0000\u202e\r\n\n  C  |  Sea  \n| \n"
    client.post(PAGE, {**CHOICE, "words_id": evil, "values": options})
    question = OwnQuestion.objects.get()
    assert (question.words_id, question.code) == ("<b onclick=x>Nomor rumah</b>", "b_onclick_x_nomor_rumah_b")
    assert [(one["key"], one["name"]["id"], one["name"]["en"]) for one in question.values] == [
        ("script_a_script", "<script>a</script>", "&amp;"), ("b", "B", "B"), ("c", "C", "Sea"),
    ]  # fmt: skip
    _citizen, page = words_step()
    assert "<b onclick" not in page
    assert "&lt;b onclick=x&gt;Nomor rumah&lt;/b&gt;" in page
    assert "<script>a" not in client.get(PAGE).content.decode()


def test_names_for_programs_are_made_free_of_each_other_and_of_the_catalogues(admin: Person) -> None:
    made = [casework.save_question(admin, "31.roads", ASKED | {"words_id": "Size"}).code for _again in range(3)]
    assert made == ["size_2", "size_3", "size_4"]
    assert casework.save_question(admin, "31.roads", ASKED | {"words_id": "何番地？"}).code == "tanya"
    assert casework.save_question(admin, "31.roads", ASKED | {"words_id": "3 angka"}).code == "tanya_3_angka"
    long = casework.save_question(admin, "31.roads", ASKED | {"words_id": "panjang " * 18}).code
    assert len(long) <= 40
    options = casework.save_question(admin, "31.roads", CHOICE | {"values": "A+\nA-\n何\n番"}).values
    assert [one["key"] for one in options] == ["a", "a_2", "pilihan", "pilihan_2"]


def test_a_body_asks_at_most_twenty_of_a_kind_and_what_is_ended_makes_room(client: Client, admin: Person) -> None:
    made = [casework.save_question(admin, "31.roads", ASKED | {"words_id": f"Tanya {n}"}) for n in range(20)]
    refused = client.post(PAGE, ASKED)
    assert refused.status_code == 422
    assert 'id="category-error"' in refused.content.decode()
    casework.end_question(admin, "31.roads", str(made[0].pk))
    assert client.post(PAGE, ASKED).status_code == 302
    with pytest.raises(Problem) as full:
        casework.ask_again(admin, "31.roads", str(made[0].pk))
    assert full.value.code == "too_many"


def test_a_name_that_the_catalogue_takes_later_is_asked_by_the_catalogue_alone(admin: Person) -> None:
    casework.save_question(admin, "31.roads", ASKED | {"code": "lebar"})
    kind = Category.objects.get(code="road_damage")
    kind.questions = [*kind.questions, kind.questions[0] | {"code": "lebar"}]
    kind.save()
    catalogue.invalidate()
    assert reports.asked_by("31.roads", catalogue.get("road_damage")) == []
    assert routing.submit(submission(answers={"lebar": "large"}), None).report.answers == {"lebar": "large"}


def test_only_administrators_of_the_body_write_its_questions(admin: Person) -> None:
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31.roads", role="coordinator")
    own = casework.save_question(admin, "31.roads", ASKED)
    for who, body in ((officer, "31.roads"), (admin, "31"), (admin, "51.71")):
        for act in (
            lambda who, body: casework.save_question(who, body, ASKED),
            lambda who, body: casework.end_question(who, body, str(own.pk)),
            lambda who, body: casework.move_question(who, body, str(own.pk), up=True),
            casework.questions_of,
        ):
            with pytest.raises(Problem) as refused:
                act(who, body)
            assert refused.value.code == "forbidden"
    above = person("gubernur@contoh.id")
    Membership.objects.create(person=above, body_id="31", role="administrator")
    with pytest.raises(Problem) as refused:
        casework.end_question(above, "31", str(own.pk))  # of another body, whose page it is not
    assert refused.value.code == "not_found"


def test_answers_of_nobodys_question_and_wrong_ones_are_refused_by_name(admin: Person) -> None:
    casework.save_question(admin, "31.roads", CHOICE)
    for answers, field in (
        ({"tidak_ada": "x"}, "answers"), ({"seberapa_dalam": "langit"}, "answers.seberapa_dalam"),
        ({"seberapa_dalam": ["selutut"]}, "answers.seberapa_dalam"), (["x"], "answers"),
    ):  # fmt: skip
        with pytest.raises(Problem) as refused:
            routing.submit(submission(answers=answers), None)
        assert (refused.value.code, refused.value.field) == ("bad_answer", field)
    there = routing.submit(submission(at=BEKASI, answers={"seberapa_dalam": "selutut"}), None).report
    assert there.asked[0]["body"] == "31.roads"  # asked by the one, received by the other: readable there too


def test_a_transferred_report_keeps_its_answers_and_the_new_body_requires_nothing(admin: Person) -> None:
    casework.save_question(admin, "31.roads", ASKED)
    other = person("pu@contoh.id")
    Membership.objects.create(person=other, body_id="id.pu", role="administrator")
    casework.save_question(other, "id.pu", CHOICE)
    report = routing.submit(submission(answers={"nomor_rumah_terdekat": "12A"}), None).report
    who = casework.who(admin, report, "transfer")
    reports.transfer(report.code, who, "id.pu", "Jalan nasional.")
    report.refresh_from_db()
    assert report.body_id == "id.pu"
    assert reports.in_their_words(reports.answered(report)) == [("Nomor rumah terdekat?", "12A")]
