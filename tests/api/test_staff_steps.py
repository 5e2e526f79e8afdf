"""Every step of staff over the API, in one life of a report."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from kentongan import casework, routing
from kentongan.bodies.models import Membership, Team
from kentongan.casework.models import Template
from kentongan.reports.models import Entry, Report
from tests.world import person, submission

pytestmark = pytest.mark.django_db


def test_staff_takes_a_report_through_every_step_over_the_api(client: Client, world: None) -> None:
    first, other = (routing.submit(submission(), None).report.code for _report in range(2))
    officer = person("petugas@contoh.id")
    for body in ("31.roads", "id.pu"):
        Membership.objects.create(person=officer, body_id=body, role="coordinator")
    client.force_login(officer)

    def step(name: str, **sent: Any) -> str:
        answer = client.post(f"/api/v1/reports/{first}/{name}", sent, content_type="application/json")
        assert answer.status_code == 200, (name, answer.content)
        return str(answer.json()["state"])

    assert step("accept") == "accepted"
    assert step("start", text="Tim berangkat") == "in_progress"
    assert step("refer", text="Menunggu PLN") == "referred"
    assert step("transfer", body="id.pu", text="Jalan nasional") == "forwarded"
    assert step("return", text="Bukan jalan nasional") == "forwarded"
    assert step("merge", original=other) == "duplicate"
    assert step("unmerge", text="Lubang lain") == "routed"
    assert step("reject", text="Tidak ditemukan") == "rejected"
    assert step("undo") == "routed"
    assert step("resolve", no_photo_reason="Malam") == "resolved"
    refused = client.post(f"/api/v1/reports/{first}/uphold", {"text": "Benar"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")  # nobody objects


class Desk:
    """The API in the hands of somebody who works at `31.roads`."""

    def __init__(self, role: str) -> None:
        self.who = person(f"{role}@contoh.id", name=f"{role.title()} Contoh")
        Membership.objects.create(person=self.who, body_id="31.roads", role=role)
        self.client = Client()
        self.client.force_login(self.who)

    def post(self, path: str, sent: dict[str, Any], status: int = 200) -> dict[str, Any]:
        answer = self.client.post(f"/api/v1/{path}", sent, content_type="application/json")
        assert answer.status_code == status, answer.content
        return dict(answer.json())

    def get(self, path: str, status: int = 200) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.status_code == status, answer.content
        return dict(answer.json())


def test_hands_priority_questions_and_templates_over_the_api(world: None) -> None:
    report = routing.submit(submission(), person("warga@contoh.id")).report
    officer, boss = Desk("officer"), Desk("coordinator")
    team = Team.objects.create(body_id="31.roads", name="Tim Contoh")
    words = Template.objects.create(body_id="31.roads", name="Jadwal", text_id="Kami datang {hari}.", step="accept")
    here = f"reports/{report.code}"
    choices = officer.get("desk/choices?body=31.roads")
    assert {"to": f"team:{team.pk}", "name": "Tim Contoh"} in choices["hands"]
    assert [(one["id"], one["asked"], one["step"]) for one in choices["templates"]] == [(words.pk, ["hari"], "accept")]
    assert officer.get("desk/choices?body=51.71", 403)["code"] == "forbidden"
    assert officer.post(f"{here}/assign", {"to": f"team:{team.pk}"}, 403)["code"] == "forbidden"
    boss.post(f"{here}/assign", {"to": f"person:{officer.who.pk}"})
    boss.post(f"{here}/priority", {"priority": "urgent"})
    officer.post(f"{here}/notes", {"text": "Lihat @coordinator", "internal": True})
    found = Report.objects.get()
    assert (found.assignee, found.priority) == (officer.who, 4)
    assert Entry.objects.get(kind="noted").data["mentions"] == [boss.who.pk]
    using = {"template": words.pk, "version": 1, "values": {"hari": "Senin"}, "expected_seq": found.seq}
    assert officer.post(f"{here}/template", using | {"values": {}}, 422)["code"] == "unfilled_field"
    assert officer.post(f"{here}/template", using | {"expected_seq": 1}, 409)["code"] == "changed_meanwhile"
    assert officer.post(f"{here}/template", using)["state"] == "accepted"
    assert Entry.objects.get(kind="accepted").text == "Kami datang Senin."
    officer.post(f"{here}/ask", {"text": "Di sebelah mana?"})
    assert officer.post(f"{here}/assign", {"to": "nobody"})["seq"] == Report.objects.get().seq
    assert Report.objects.get().assignee is None
    assert officer.post(f"{here}/assign", {"to": "team:x"}, 422)["code"] == "invalid_input"


def test_many_reports_at_once_over_the_api_with_progress_refusals_and_the_way_back(world: None) -> None:
    for number in range(4):
        routing.submit(submission(text=f"Lubang {number}"), None)
    boss, officer = Desk("coordinator"), Desk("officer")
    listed = boss.get("desk/reports?body=31.roads&category=road_damage")
    late = routing.submit(submission(text="Datang kemudian"), None).report
    changed, *rest = Report.objects.exclude(pk=late.pk).order_by("pk")
    sent = {
        "body": "31.roads", "token": str(uuid4()), "newest": listed["newest"],
        "filter": {"category": ["road_damage"]}, "do": {"priority": "high", "to": f"person:{officer.who.pk}"},
    }  # fmt: skip
    assert officer.post("desk/bulk", sent, 403)["field"] == "to"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"filter": {"catgory": ["waste"]}}, "invalid_input"),
        ({"filter": {"age": "kemarin"}}, "bad_filter"),
        ({"filter": None}, "nothing_chosen"),
        ({"reports": [{"code": late.code, "seq": 1}]}, "two_choices"),
        ({"do": {}}, "nothing_wanted"),
        ({"do": {"note": "\0"}}, "nothing_wanted"),
        ({"do": {"note": "x" * 2001}}, "text_too_long"),
    ]
    for given, code in wrong:
        assert boss.post("desk/bulk", sent | given, 422)["code"] == code
    begun = boss.post("desk/bulk", sent, 202)
    assert (begun["stage"], begun["total"], begun["waiting"]) == ("running", 4, 4)
    assert boss.post("desk/bulk", sent, 202)["id"] == begun["id"]
    officer.post(f"reports/{changed.code}/accept", {})
    casework.do_bulk(lambda _report, _step: None)
    told = officer.get(f"desk/bulk/{begun['id']}")
    assert (told["stage"], told["counts"]) == ("done", {"done": 3, "failed": 1})
    assert [(one["report"], one["code"]) for one in told["refused"]] == [(changed.code, "changed_meanwhile")]
    assert set(Report.objects.filter(priority=3).values_list("pk", flat=True)) == {one.pk for one in rest}
    assert officer.post(f"desk/bulk/{begun['id']}/undo", {}, 403)["code"] == "forbidden"
    assert boss.post(f"desk/bulk/{begun['id']}/undo", {}, 202)["stage"] == "undoing"
    casework.do_bulk(lambda _report, _step: None)
    assert boss.get(f"desk/bulk/{begun['id']}")["counts"] == {"failed": 1, "undone": 3}
    assert not Report.objects.filter(priority=3).exists()
    assert boss.get("desk/bulk/999999", 404)["code"] == "not_found"
    rows = [{"code": one["code"], "seq": one["seq"]} for one in boss.get("desk/reports?body=31.roads")["items"]]
    one = boss.post(
        "desk/bulk", {"body": "31.roads", "token": str(uuid4()), "reports": rows[:2], "do": {"step": "accept"}}, 202
    )
    casework.do_bulk(lambda _report, _step: None)
    assert sum(boss.get(f"desk/bulk/{one['id']}")["counts"].values()) == 2
