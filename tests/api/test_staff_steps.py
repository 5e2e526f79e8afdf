"""Every step of staff over the API, in one life of a report."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan import routing
from kentongan.bodies.models import Membership
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
    assert step("transfer", body="id.pu", text="Jalan nasional") == "routed"
    assert step("return", text="Bukan jalan nasional") == "routed"
    assert step("merge", original=other) == "duplicate"
    assert step("unmerge", text="Lubang lain") == "routed"
    assert step("reject", text="Tidak ditemukan") == "rejected"
    assert step("undo") == "routed"
    assert step("resolve", no_photo_reason="Malam") == "resolved"
    refused = client.post(f"/api/v1/reports/{first}/uphold", {"text": "Benar"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")  # nobody objects
