"""What a body has set up goes along to another installation: judged there as if it were written there."""

from __future__ import annotations

from datetime import time
from typing import Any

import orjson
import pytest
from django.utils import timezone
from pydantic import ValidationError

from kentongan import casework
from kentongan.bodies.models import Calendar, OwnKind, OwnQuestion, Promise
from kentongan.casework.models import Rule, Template
from kentongan.network.leaving.setups import SetupLine

pytestmark = pytest.mark.usefixtures("world")
BODY = "31.roads"
OPTIONS = [
    {"key": "selutut", "name": {"id": "Selutut", "en": "To the knee"}},
    {"key": "lebih", "name": {"id": "Lebih dalam", "en": "Deeper"}},
]  # fmt: skip
TOLD = {"transfer_text": "Bukan jalan kami."}
KEPT = (OwnKind, OwnQuestion, Template, Rule, Calendar, Promise)


def set_up() -> None:
    """Something of each sort, and what names people."""
    asked = {"body_id": BODY, "category": "road_damage"}
    OwnKind.objects.create(**asked, taken=False, words_id="Hubungi kelurahan.")
    question = {"datatype": "singlevaluelist", "words_id": "Seberapa dalam?", "values": OPTIONS}
    OwnQuestion.objects.create(**asked, **question, code="dalam", public=True)
    OwnQuestion.objects.create(**asked, **question, code="dalam", ended_at=timezone.now())
    Template.objects.create(body_id=BODY, name="Ditambal", text_id="{street} sudah.", step="resolve", to="team:7")
    Template.objects.create(body_id=BODY, name="Saya", categories=["road_damage"], to="me", priority="high")
    steps = {"priority": "high", "assign": "person:7", "notify": "team:7"}
    made = {"body_id": BODY, "event": "arrived", "version": 4, "rehearsed": 4, "is_on": True}
    Rule.objects.create(**made, name="Lubang", asked="category=road_damage", steps=steps)
    Rule.objects.create(**made, name="Milik Budi", asked="assignee=7", steps=steps)
    Rule.objects.create(**made, name="Tak dipegang", asked="assignee=none", steps={"transfer": "31", **TOLD})
    Rule.objects.create(**made, name="Hanya memberi", steps={"assign": "team:7"})
    Calendar.objects.create(
        body_id=BODY, workdays=[0, 1], opens=time(8), closes=time(16), days_off=["2027-02-17"], tell="hands"
    )
    Promise.objects.create(body_id=BODY, priority=4, answer_hours=4)


def carried() -> dict[str, Any]:
    """What another installation reads."""
    return SetupLine.model_validate_json(orjson.dumps(casework.setup_of(BODY))).model_dump()


def test_all_of_it_arrives_but_for_people_and_rules_are_off_until_they_are_tried() -> None:
    set_up()
    before = carried()
    assert casework.kinds_named(casework.setup_of(BODY)) == {"road_damage"}
    assert casework.bodies_named(casework.setup_of(BODY)) == {"31"}  # else the rule would find nobody there
    for model in KEPT:
        model.objects.all().delete()
    assert casework.bring_setup(BODY, before) == 0
    assert carried() == before
    assert [len(before[name]) for name in ("questions", "templates", "calendar")] == [2, 2, 1]
    assert Rule.objects.get(name="Tak dipegang").asked == "assignee=none"  # names nobody
    rule = Rule.objects.exclude(name="Tak dipegang").get()
    assert (rule.name, rule.is_on, rule.steps, rule.versions.count()) == ("Lubang", False, {"priority": "high"}, 1)
    assert {one.to for one in Template.objects.all()} == {"", "me"}
    Template.objects.filter(name="Saya").delete()  # looked after here by now: a second import leaves it alone
    assert casework.bring_setup(BODY, before) == 0
    assert Template.objects.count() == 1


def test_what_could_not_be_written_here_is_passed_over_alone() -> None:
    wrong = {
        "kinds": [{"category": "tidak_ada"}, {"category": "road_damage", "taken": False}, {"category": "waste"}],
        "questions": [{"category": "tidak_ada", "code": "a", "datatype": "text", "words_id": "A"}],
        "templates": [{"name": "Kosong"}, {"name": "Baik", "text_id": "Sudah."}, {"name": "Baik", "text_id": "Lagi."}],
        "automation": [
            {"name": "A", "event": "arrived", "steps": {"transfer": "gone.body", "transfer_text": "x"}},
            {"name": "B", "event": "tidak", "steps": {"priority": "high"}},
            {"name": "C", "event": "arrived", "asked": "category=tidak_ada", "steps": {"priority": "high"}},
        ],
        "calendar": [{"opens": "16:00:00", "closes": "08:00:00"}],
        "promises": [{"category": "tidak_ada", "answer_hours": 1}],
    }
    told = SetupLine.model_validate(wrong).model_dump()
    assert casework.bring_setup(BODY, told) == 10
    assert [model.objects.filter(body=BODY).count() for model in KEPT] == [0, 0, 1, 0, 0, 0]


def test_what_comes_is_judged_as_if_it_were_written_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kentongan.casework.carrying.MOST_TEMPLATES", 1)
    OwnQuestion.objects.create(body_id="31", category="waste", code="diambil", datatype="text", words_id="Kapan?")
    asked = {"category": "waste", "datatype": "text", "words_id": "Apa?"}
    twice = [{"key": "satu", "name": {"id": name, "en": name}} for name in ("Satu", "Dua")]
    wrong = {
        "kinds": [{"category": "road_damage", "taken": False, "words_id": "\u202e\u200b"}],
        "questions": [
            asked | {"code": "asset_id"}, asked | {"code": "asset_id", "ended_at": "2026-01-01T00:00:00Z"},
            asked | {"code": "diambil"}, asked | {"code": "kosong", "words_id": "\u202e \n"},
            asked | {"code": "satu", "datatype": "singlevaluelist"},
            asked | {"code": "dua", "datatype": "singlevaluelist", "values": twice},
            asked | {"code": "baik", "words_id": "Apa\u202e\n ini?", "values": twice},
        ],
        "templates": [{"name": f"Balasan {number}", "note": "x"} for number in range(2)],
        "automation": [
            {"name": "A", "event": "arrived", "asked": "x?assignee=7", "steps": {"priority": "high"}},
            {"name": "B", "event": "arrived", "steps": {"assign": "person:1"}},
            {"name": "D", "event": "arrived", "steps": {"priority": "high", "name": "X", "asked": 7, "event": []}},
        ],
        "promises": [{"category": "waste"}],
    }  # fmt: skip
    told = SetupLine.model_validate(wrong).model_dump()
    assert casework.bring_setup(BODY, told) == 1 + 6 + 1 + 2 + 1
    question, rule = OwnQuestion.objects.get(body=BODY), Rule.objects.get()
    assert (question.code, question.words_id, question.values) == ("baik", "Apa ini?", [])
    assert (rule.name, rule.asked, rule.steps) == ("D", "", {"priority": "high"})


def test_a_time_that_no_database_holds_is_refused_by_the_line() -> None:
    asked = {"category": "a", "code": "a", "datatype": "text", "words_id": "A"}
    for told in (
        {"calendar": [{"opens": "08:00:00+07:00", "closes": "16:00:00"}]},
        {"questions": [asked | {"ended_at": "0001-01-01T00:00:00+14:00"}]},
        {"questions": [asked | {"ended_at": "9999-12-31T23:59:59-12:00"}]},
    ):
        with pytest.raises(ValidationError):
            SetupLine.model_validate_json(orjson.dumps(told))
