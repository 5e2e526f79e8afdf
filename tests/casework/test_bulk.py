"""Many reports at once: chosen, done by the worker, told what was refused, and taken back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership, Team
from kentongan.casework import repeating
from kentongan.casework.models import Bulk, BulkItem, Template
from kentongan.foundation.outbox import drain
from kentongan.foundation.problems import Problem
from kentongan.notify.models import StaffMail
from kentongan.reports.audit import audit
from kentongan.reports.models import Priority, Report
from kentongan.reports.who import Actor, Who
from kentongan.subscribers import register
from tests.world import person, submission

pytestmark = pytest.mark.django_db
BODY, OTHER = "31.roads", "51.71"


def staff(role, email, body=BODY):
    member = person(email, name=email.partition("@")[0].title(), language="id")
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    return member


def no(_report, _step):
    """Nobody else works on these."""


@pytest.fixture
def desk(world):
    """Six reports of a body, its coordinator and officer."""
    register()
    for number in range(6):
        routing.submit(submission(text=f"Lubang {number}"), None)
    return {"sri": staff("coordinator", "sri@contoh.id"), "budi": staff("officer", "budi@contoh.id"),
            "all": list(Report.objects.order_by("pk"))}  # fmt: skip


def begin(by, rows, token=None, **wanted):
    chosen = [(one.code, one.seq) for one in rows]
    return casework.begin_bulk(by, BODY, token or uuid4(), wanted, chosen)


def told(bulk, by):
    return casework.bulk_of(by, bulk.pk).counts


def fresh():
    return list(Report.objects.order_by("pk"))


def test_many_are_given_and_what_changed_meanwhile_is_left_alone_and_told(desk):
    sri, budi = desk["sri"], desk["budi"]
    shown = fresh()
    reports.accept(shown[1].code, Who(budi, Actor.OFFICER, BODY))  # after the list was shown
    token = uuid4()
    bulk = begin(sri, shown, token, to=f"person:{budi.pk}", priority="high")
    assert begin(sri, shown, token, to="me").pk == bulk.pk, "a second press does nothing twice"
    reports.prioritise(shown[2].code, Who(budi, Actor.OFFICER, BODY), "low")  # after it was pressed
    assert casework.do_bulk(no) == 6
    assert casework.do_bulk(no) == 0
    assert told(bulk, sri) == {"done": 4, "failed": 2}
    troubles = casework.troubles(bulk, 10)
    assert [(one.report_id, one.why) for one in troubles] == [
        (shown[1].pk, "changed_meanwhile"), (shown[2].pk, "changed_meanwhile")
    ]  # fmt: skip
    assert "diubah orang lain" in troubles[0].words
    assert {(one.assignee_id, one.priority) for one in fresh()} == {(budi.pk, 3), (None, 2), (None, 1)}
    drain(1000)
    waiting = StaffMail.objects.filter(person=budi).get().waiting
    assert waiting, "noted for the digest: no mail of its own for each"
    # Taken back as one, but for what somebody has gone on with.
    reports.start(shown[3].code, Who(budi, Actor.OFFICER, BODY))
    casework.undo_bulk(sri, bulk.pk)
    with pytest.raises(Problem) as refused:
        casework.undo_bulk(sri, bulk.pk)
    assert refused.value.code == "wrong_state"
    casework.do_bulk(no)
    assert told(bulk, sri) == {"undone": 3, "kept": 1, "failed": 2}
    assert [one.assignee_id for one in fresh()] == [None, None, None, budi.pk, None, None]
    assert [one.priority for one in fresh()] == [2, 2, 1, 3, 2, 2]
    assert not list(audit())


@pytest.mark.parametrize(
    ("wanted", "state"),
    [
        ({"step": "accept", "text": "Kami terima"}, "accepted"), ({"step": "start"}, "in_progress"),
        ({"step": "refer", "text": "PLN"}, "referred"), ({"step": "reject", "text": "Bukan"}, "rejected"),
        ({"step": "resolve", "text": "Malam hari"}, "resolved"), ({"body": OTHER, "text": "Milik Anda"}, "forwarded"),
        ({"original": "first"}, "duplicate"),
    ],
)  # fmt: skip
def test_each_step_is_taken_with_all_and_taken_back(desk, wanted, state):
    sri, rows = desk["sri"], fresh()[1:4]
    if "original" in wanted:
        wanted = {"original": fresh()[0].code}
    before = [(one.state, one.body_id, one.original_id) for one in rows]
    bulk = begin(sri, rows, **wanted)
    casework.do_bulk(no)
    assert told(bulk, sri) == {"done": 3}
    assert {one.state for one in fresh()[1:4]} <= {state, "awaiting_partner"}
    casework.undo_bulk(sri, bulk.pk)
    casework.do_bulk(no)
    assert told(bulk, sri) == {"undone": 3}
    assert [(one.state, one.body_id, one.original_id) for one in fresh()[1:4]] == before
    assert not list(audit())


@pytest.mark.parametrize(
    ("wanted", "by_hand"),
    [
        ({"step": "accept"}, lambda code, who, _first: reports.accept(code, who)),
        ({"step": "start"}, lambda code, who, _first: reports.start(code, who)),
        ({"step": "reject", "text": "Bukan"}, lambda code, who, _first: reports.reject(code, who, "Tidak ada")),
        ({"body": OTHER, "text": "Milik Anda"}, None),
        ({"original": "first"}, lambda code, who, first: reports.merge(code, who, first)),
    ],
)
def test_what_is_so_already_is_no_failure(desk, wanted, by_hand):
    """As GLPI's #4611: an operation on many counted as failed where one of them had nothing to do."""
    first, done, left = fresh()[:3]
    if "original" in wanted:
        wanted = {"original": first.code}
    if by_hand:
        by_hand(done.code, Who(desk["budi"], Actor.OFFICER, BODY), first.code)
    else:
        wanted |= {"body": BODY}
    rows = [one for one in fresh() if one.pk in {done.pk, left.pk}]
    bulk = begin(desk["sri"], rows, **wanted)
    casework.do_bulk(no)
    assert told(bulk, desk["sri"]) == ({"same": 1, "done": 1} if by_hand else {"same": 2})


def test_repeats_are_joined_with_one_that_was_ticked_among_them(desk):
    """It was told as refused: whoever ticks all that are alike and names one of them means just this."""
    sri, rows = desk["sri"], fresh()[:3]
    bulk = begin(sri, rows, original=rows[1].code.replace("-", " ").lower())
    reports.prioritise(rows[1].code, Who(desk["budi"], Actor.OFFICER, BODY), "low")  # which concerns the repeats little
    casework.do_bulk(no)
    assert told(bulk, sri) == {"done": 2, "same": 1}
    assert [(one.state, one.original_id) for one in fresh()[:3]] == [
        ("duplicate", rows[1].pk), (rows[1].state, None), ("duplicate", rows[1].pk)
    ]  # fmt: skip


def test_what_else_is_asked_for_is_done_with_the_one_that_its_repeats_are_joined_with(desk):
    """It was told as so already, and kept its priority and its owner."""
    rows = fresh()[:3]
    begin(desk["sri"], rows[:2], original=rows[1].code, priority="high", to="me")
    bulk = begin(desk["sri"], rows[2:], original=rows[2].code, step="accept")  # a step goes before a joining
    casework.do_bulk(no)
    assert [(one.state, one.priority, one.assignee_id) for one in fresh()[1:3]] == [
        (rows[1].state, Priority.HIGH, desk["sri"].pk), ("accepted", Priority.NORMAL, None)
    ]  # fmt: skip
    assert told(bulk, desk["sri"]) == {"done": 1}


def test_all_of_a_filter_means_what_was_shown_not_what_came_in_since(desk):
    sri, upto = desk["sri"], casework.newest_report()
    late = routing.submit(submission(text="Baru"), None).report
    asked = casework.read_filter({"category": ["road_damage"]})
    bulk = casework.begin_bulk(sri, BODY, uuid4(), {"priority": "urgent"}, asked, upto=upto)
    casework.do_bulk(no)
    assert told(bulk, sri) == {"done": 6}
    assert {one.priority for one in fresh() if one.pk != late.pk} == {4}
    assert Report.objects.get(pk=late.pk).priority == 2
    same = casework.begin_bulk(sri, BODY, uuid4(), {"priority": "urgent"}, asked, upto=upto)
    casework.do_bulk(no)
    assert told(same, sri) == {"same": 6}


def in_pieces_of_two(monkeypatch):
    """However busy the machine is: a piece that takes long ends early, so that others of SQLite can write."""
    monkeypatch.setattr(repeating, "TOGETHER", 2)
    monkeypatch.setattr(repeating, "PIECE", dict.fromkeys(repeating.PIECE, 60.0))


def test_a_worker_that_is_killed_in_the_middle_goes_on_and_does_none_twice(desk, monkeypatch):
    sri, did, real = desk["sri"], [], repeating._one

    class Killed(BaseException):
        """As SIGKILL: nothing is tidied up."""

    def dies(*given):
        real(*given)
        did.append(1)
        if len(did) == 3:
            raise Killed

    bulk = begin(sri, fresh(), step="accept")
    in_pieces_of_two(monkeypatch)
    monkeypatch.setattr(repeating, "_one", dies)
    with pytest.raises(Killed):
        casework.do_bulk(no)
    assert told(bulk, sri) == {"done": 2, "waits": 4}
    casework.do_bulk(no)
    assert told(bulk, sri) == {"done": 6}
    assert all(one.entries.filter(kind="accepted").count() == 1 for one in fresh())


def test_whoever_loses_the_role_in_the_middle_stops_the_rest(desk, monkeypatch):
    sri, real, did = desk["sri"], repeating._one, []
    token = uuid4()
    bulk = begin(sri, fresh(), token, step="start")

    def dismissed(*given):
        real(*given)
        did.append(1)
        if len(did) == 2:
            Membership.objects.filter(person=sri).update(until=timezone.now() - timedelta(seconds=1))

    in_pieces_of_two(monkeypatch)
    monkeypatch.setattr(repeating, "_one", dismissed)
    casework.do_bulk(no)
    monkeypatch.undo()
    bulk.refresh_from_db()
    assert (bulk.stage, bulk.why) == (Bulk.Stage.STOPPED, "role_ended")
    assert told(bulk, desk["budi"]) == {"done": 2, "left": 4}
    with pytest.raises(Problem) as refused:
        casework.undo_bulk(sri, bulk.pk)
    assert refused.value.code == "not_found"
    with pytest.raises(Problem) as refused:  # what others did a coordinator takes back
        casework.undo_bulk(desk["budi"], bulk.pk)
    assert refused.value.code == "forbidden"
    chief = staff("administrator", "kepala@contoh.id")
    casework.undo_bulk(chief, bulk.pk)
    casework.do_bulk(no)
    assert told(bulk, chief) == {"undone": 2, "left": 4}


def test_whoever_loses_the_role_on_the_way_back_leaves_the_rest_to_a_colleague(desk):
    sri, rows = desk["sri"], fresh()
    bulk = begin(sri, rows[:2], step="start")
    casework.do_bulk(no)
    casework.undo_bulk(sri, bulk.pk)
    Membership.objects.filter(person=sri).update(until=timezone.now() - timedelta(seconds=1))
    casework.do_bulk(no)
    chief = staff("coordinator", "kepala@contoh.id")
    assert told(bulk, chief) == {"done": 2}
    casework.undo_bulk(chief, bulk.pk)
    casework.do_bulk(no)
    bulk.refresh_from_db()
    assert (told(bulk, chief), bulk.stage, bulk.why) == ({"undone": 2}, Bulk.Stage.UNDONE, "")


def test_a_small_one_does_not_wait_for_all_of_a_large_one(desk, monkeypatch):
    large = begin(desk["sri"], fresh()[:4], priority="low")
    small = begin(desk["budi"], fresh()[4:5], to="me")
    real, order = repeating._one, []

    def noted(bulk, *given):
        order.append(bulk.pk)
        real(bulk, *given)

    monkeypatch.setattr(repeating, "TOGETHER", 1)
    monkeypatch.setattr(repeating, "_one", noted)
    casework.do_bulk(no)
    assert order[:3] == [large.pk, small.pk, large.pk]


def test_twenty_may_be_under_way_and_those_of_long_ago_are_forgotten(desk):
    for _number in range(20):
        bulk = begin(desk["sri"], fresh()[:1], priority="low")
    with pytest.raises(Problem) as refused:
        begin(desk["sri"], fresh()[:1], priority="low")
    assert (refused.value.code, refused.value.field) == ("too_many", "do")
    Bulk.objects.update(made_at=timezone.now() - timedelta(days=200))
    Bulk.objects.exclude(pk=bulk.pk).update(stage=Bulk.Stage.DONE)
    assert casework.sweep_bulks() == 38
    assert [one.bulk_id for one in BulkItem.objects.all()] == [bulk.pk]


def test_fields_that_no_template_asks_for_are_not_kept(desk):
    template = casework.save_template(desk["sri"], BODY, "", {"name": "Mulai", "text_id": "{works}"})
    values = {"works": "Tambal", "lain": "x", "nol\0": "x"}
    bulk = begin(desk["sri"], fresh()[:1], template=str(template.pk), version="1", values=values)
    assert Bulk.objects.get(pk=bulk.pk).deed["values"] == {"works": "Tambal"}


def test_a_template_is_filled_for_each_and_refused_before_where_a_field_is_open(desk):
    sri, team = desk["sri"], Team.objects.create(body_id=BODY, name="Regu")
    given = {"name": "Mulai", "text_id": "{laporan}: {works}", "step": "start", "to": f"team:{team.pk}"}
    template = casework.save_template(sri, BODY, "", given)
    wanted = {"template": str(template.pk), "version": "1", "values": {"works": " "}}
    with pytest.raises(Problem) as refused:
        begin(sri, fresh(), **wanted)
    assert (refused.value.code, refused.value.field) == ("unfilled_field", "use-field-works")
    assert not Bulk.objects.exists()
    reports.resolve(fresh()[0].code, Who(sri, Actor.OFFICER, BODY), no_photo_reason="Malam")
    bulk = begin(sri, fresh(), **{**wanted, "values": {"works": "Tambal"}})
    casework.do_bulk(no)
    assert told(bulk, sri) == {"done": 5, "failed": 1}
    assert fresh()[1].entries.last().text == f"{fresh()[1].code}: Tambal"
    assert casework.templates(sri, BODY)[0].used == 5
    casework.undo_bulk(sri, bulk.pk)
    casework.do_bulk(no)
    assert {(one.state, one.team_id) for one in fresh()[1:]} == {("routed", None)}


def test_what_nobody_can_do_is_refused_at_once(desk):
    rows, sri, budi = fresh(), desk["sri"], desk["budi"]
    for by, wanted, code in (
        (sri, {}, "nothing_wanted"), (sri, {"step": "undo"}, "bad_step"), (sri, {"priority": "x"}, "bad_priority"),
        (sri, {"step": "reject", "text": " "}, "text_required"), (sri, {"to": "person:0"}, "bad_assignee"),
        (sri, {"body": "x", "text": "x"}, "unknown_body"), (sri, {"original": "x"}, "bad_original"),
        (budi, {"to": "nobody"}, "forbidden"), (budi, {"original": rows[0].code}, "forbidden"),
        (staff("viewer", "lihat@contoh.id"), {"to": "me"}, "forbidden"), (person(), {"to": "me"}, "forbidden"),
        (sri, {"template": "0"}, "not_found"),
    ):  # fmt: skip
        with pytest.raises(Problem) as refused:
            begin(by, rows, **wanted)
        assert refused.value.code == code, wanted
    with pytest.raises(Problem) as refused:
        begin(sri, [], to="me")
    assert refused.value.code == "nothing_chosen"
    Report.objects.filter(pk=rows[0].pk).update(body=OTHER)  # of another body, written into the form by hand
    bulk = begin(budi, rows[:2], to="me")
    assert BulkItem.objects.filter(bulk=bulk).count() == 1


def test_the_pages_lead_from_the_queue_to_the_report_of_what_was_done(desk):
    client = Client()
    client.force_login(desk["sri"])
    queue = client.get(f"/console/?body={BODY}").content.decode()
    one = fresh()[0]
    assert f'value="{one.code}:{one.seq}"' in queue
    assert "Semua 6 dari daftar ini" in queue
    rows = [f"{each.code}:{each.seq}" for each in fresh()[:2]]
    chosen = client.get("/console/bulk/new", {"body": BODY, "row": rows}).content.decode()
    token = chosen.partition('name="token" value="')[2][:36]
    form = {"body": BODY, "token": token, "row": rows, "do": "step", "step": "reject", "text": ""}
    bad = client.post("/console/bulk/begin", form)
    assert bad.status_code == 422
    assert 'href="#step-text"' in bad.content.decode()
    assert token in bad.content.decode()
    form["text"] = "Bukan kewenangan"
    made = client.post("/console/bulk/begin", form)
    assert client.post("/console/bulk/begin", form)["Location"] == made["Location"]
    assert "0 dari 2" in client.get(made["Location"]).content.decode()
    casework.do_bulk(no)
    assert "Tarik semuanya kembali" in client.get(made["Location"]).content.decode()
    client.post(f"{made['Location']}/undo")
    casework.do_bulk(no)
    page = client.get(made["Location"]).content.decode()
    assert "Ditarik kembali" in page
    everything = client.get("/console/bulk/new", {"body": BODY, "all": "1", "asked": "priority=low"}).content.decode()
    assert "tandai paling sedikit satu" in everything
    assert "Tutup tanpa" in client.get("/console/bulk", {"body": BODY}).content.decode()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"do": "assign", "to": "me"}, "Dikerjakan: Sri"),
        ({"do": "assign", "to": "nobody"}, "Dikerjakan: Belum ada"),
        ({"do": "prioritise", "priority": "high"}, "Prioritas: Tinggi"),
        ({"do": "transfer", "body_to": OTHER, "text": "Wilayah mereka"}, "Diteruskan ke: "),
        ({"do": "merge", "original": 0}, "Digabungkan dengan: "),
    ],
)
def test_the_page_of_many_at_once_says_in_words_what_is_done_with_each(desk, form, told):
    client, rows = Client(), [f"{one.code}:{one.seq}" for one in fresh()[:2]]
    client.force_login(desk["sri"])
    if "original" in form:
        form, told = form | {"original": fresh()[0].code}, told + fresh()[0].code
    if "body_to" in form:
        told += bodies.get(OTHER).name
    made = client.post("/console/bulk/begin", {"body": BODY, "token": str(uuid4()), "row": rows} | form)
    assert made.status_code == 302, made.content.decode()
    assert told in client.get(made["Location"]).content.decode()


def test_a_form_of_many_at_once_without_its_number_is_refused_in_words_and_begins_nothing(desk):
    client, rows = Client(), [f"{one.code}:{one.seq}" for one in fresh()[:2]]
    client.force_login(desk["sri"])
    refused = client.post("/console/bulk/begin", {"body": BODY, "token": "x", "row": rows, "do": "assign", "to": "me"})
    assert refused.status_code == 422
    assert "Pilih lagi laporannya" in refused.content.decode()
    assert not Bulk.objects.exists()


def test_the_page_of_many_at_once_names_the_template_until_that_is_gone(desk):
    client, rows = Client(), [f"{one.code}:{one.seq}" for one in fresh()[:2]]
    client.force_login(desk["sri"])
    template = casework.save_template(desk["sri"], BODY, "", {"name": "Mulai", "text_id": "{works}", "step": "start"})
    form = {"body": BODY, "token": str(uuid4()), "row": rows, "do": "template", "template": template.pk, "version": "1"}
    left = client.post("/console/bulk/begin", form | {"field-works": ""})
    assert left.status_code == 422, "nothing is sent with a field left open"
    made = client.post("/console/bulk/begin", form | {"field-works": "Tambal"})
    assert "Templat: Mulai" in client.get(made["Location"]).content.decode()
    Template.objects.all().delete()
    assert "Templat: –" in client.get(made["Location"]).content.decode()
