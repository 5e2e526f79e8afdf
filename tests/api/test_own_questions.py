"""What a body asks of its own, through the JSON API: told by the preview, answered with the report, read by staff."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from kentongan import bodies
from kentongan.bodies.models import Membership, OwnQuestion
from kentongan.reports.models import Report
from tests.own import asks, asks_depth
from tests.reading import plain
from tests.world import STREET, person

pytestmark = pytest.mark.usefixtures("world")
PLACE = {"category": "road_damage", "lon": STREET[0], "lat": STREET[1]}


@pytest.fixture
def api() -> Client:
    """A program that speaks English."""
    asks()
    asks_depth()
    return Client(headers={"Accept-Language": "en"})


def send(api: Client, **more: Any) -> Any:
    said = {"submission_id": str(uuid4()), "text": "Lubang", **PLACE, **more}
    return api.post("/api/v1/reports", said, content_type="application/json")


def test_the_preview_tells_what_is_asked_at_a_place(api: Client) -> None:
    told = api.post("/api/v1/preview", PLACE, content_type="application/json").json()["questions"]
    assert [(one["code"], one["required"], one.get("body")) for one in told] == [
        ("size", False, None), ("house", True, "31.roads"), ("depth", False, "31.roads"),
    ]  # fmt: skip
    OwnQuestion.objects.update(words_en="Another?")
    bodies.questions_changed()
    told = api.post("/api/v1/preview", PLACE, content_type="application/json").json()["questions"]
    assert told[1]["description"] == {"id": "Nomor rumah?", "en": "Another?"}


def test_a_required_answer_is_missed_where_the_person_was_asked_and_nowhere_else(api: Client) -> None:
    assert send(api).status_code == 201
    answer = send(api, asked=["house", "depth"])
    assert (answer.status_code, answer.json()["field"]) == (422, "answers.house")
    assert send(api, asked=["house"], answers={"house": "12A"}).status_code == 201
    wrong = send(api, answers={"depth": "sky"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "answers.depth")
    assert send(api, asked=["\0", "x" * 300, "tidak_ada"]).status_code == 201
    assert send(api, asked=["x"] * 201).status_code == 422
    form = {"submission_id": str(uuid4()), "text": "Lubang", **PLACE, "asked": "house,depth"}
    assert api.post("/api/v1/reports", form).status_code == 422
    assert api.post("/api/v1/reports", form | {"answers": '{"house": "12A"}'}).status_code == 201


def test_everybody_reads_what_is_public_its_reporter_all_and_staff_too(api: Client) -> None:
    sent = send(api, answers={"house": "RAHASIA 12", "depth": "knee"}).json()
    public = {"code": "depth", "question": "How deep?", "answer": "knee", "words": "To the knee", "public": True}
    assert sent["answers"] == [public]
    code = sent["code"]
    assert api.get(f"/api/v1/reports/{code}").json()["answers"] == [public]
    assert api.get("/api/v1/reports").json()["items"][0]["answers"] == [public]
    page = plain(api.get(f"/r/{code}"))
    assert "How deep? To the knee" in page
    assert "RAHASIA" not in page
    claim = api.get(f"/r/{code}?claim={sent['claim_token']}")
    assert "Which house? RAHASIA 12" in plain(claim)
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31.roads", role="officer")
    api.force_login(officer)
    (row,) = api.get("/api/v1/desk/reports?body=31.roads").json()["items"]
    assert [(one["code"], one["words"], one["public"]) for one in row["answers"]] == [
        ("house", "RAHASIA 12", False), ("depth", "To the knee", True),
    ]  # fmt: skip
    assert "Which house? RAHASIA 12 · How deep? To the knee" in plain(api.get("/console/"))
    table = b"".join(api.get("/console/table.csv?body=31.roads")).decode()
    assert '"Which house? RAHASIA 12\nHow deep? To the knee"' in table


def test_of_a_secret_report_its_reporter_reads_all_answers(api: Client) -> None:
    sent = send(api, privacy="secret", answers={"house": "12A", "depth": "knee"}).json()
    told = api.get(f"/api/v1/reports/{sent['code']}", headers={"Kentongan-Claim": sent["claim_token"]}).json()
    assert [one["code"] for one in told["answers"]] == ["house", "depth"]


def test_a_formula_as_an_answer_is_defused_in_the_table(api: Client) -> None:
    send(api, answers={"house": "=HYPERLINK(1)"})
    OwnQuestion.objects.update(words_en="=1+1")
    bodies.questions_changed()
    send(api, answers={"house": "+62"})
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31.roads", role="officer")
    api.force_login(officer)
    table = b"".join(api.get("/console/table.csv?body=31.roads")).decode()
    assert "'=1+1 +62" in table
    assert Report.objects.count() == 2
