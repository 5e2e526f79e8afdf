"""Every form and call of alerts, neighbourhoods, families, warnings and numbers, with what no form would send: it is
refused in words, never a fault of ours, and nothing is changed of what is somebody else's."""

from __future__ import annotations

import json
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import community, emergency
from kentongan.bodies.models import Membership
from kentongan.community.neighbours import Group, Member, Point, Round
from kentongan.console import trails
from kentongan.console.alerts import STEPS as OPERATOR
from kentongan.emergency.fleet import RunCard, Shift, Unit
from kentongan.emergency.models import Alert, Watch
from kentongan.people.models import Person
from kentongan.warnings.models import Right
from kentongan.web.neighbour_steps import STEPS as NEIGHBOUR
from tests.emergency.post import on_duty, operator, post, press
from tests.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ODD = ("", "\0x", "9" * 400, "٣²", "🙂" * 900, "[[[[", "-1", "NaN", "1e999", "2026-13-45", "' OR 1=1 --", "../..")
NAMES = """
text name kind order head_start zone call what person role day from to weeks shift begins starts minutes post unit
members call_sign area phone result reason eta lon lat accuracy age code place number guest home nights from_on key
card category sending questions units advice state until hours email device do duress body take version severity
urgency certainty codes polygons circles expires onset headline_id only page n battery
"""
KEPT = {"dissolve", "leave"}  # what needs nothing of what is sent, and ends what the others need


def forms() -> list[tuple[str, str, dict[str, Any]]]:
    """Who sends, to which address, and what of it is in order."""
    where, group = Watch.objects.get(), Group.objects.get()
    alert, mine = Alert.objects.order_by("created_at").first(), Alert.objects.order_by("created_at").last()
    assert alert is not None
    assert mine is not None
    told = [("budi", f"/console/alerts/{alert.pk}/{step}", {}) for step in OPERATOR]
    told += [("sri", f"/lingkungan/{group.pk}/{step}", {}) for step in NEIGHBOUR if step not in KEPT]
    told += [("budi", f"/console/alerts/{page}", {"post": where.pk}) for page in ("units", "cards", "shifts")]
    told += [
        ("budi", "/console/alerts/shifts", {"post": where.pk, "do": do})
        for do in ("add", "take", "stand_in", "drop", "hand_over")
    ]
    told += [("budi", path, {}) for path in (
        "/console/alerts/duty", "/console/alerts/beat", "/console/warnings/new",
        "/console/warnings/rights", "/console/numbers/1",
        f"/console/unit/{'9' * 18}/state",
    )]  # fmt: skip
    told += [("sri", f"/darurat/{mine.pk}/{step}", {}) for step in ("cancel", "say", "nothing")]
    told += [("sri", path, {}) for path in (
        "/darurat", "/keluarga", "/keluarga/place", "/lingkungan", "/lingkungan/beat", "/nomor/usul", "/account/safety",
        "/account/notices", "/lingkungan/masuk/x", f"/lingkungan/titik/{'x' * 300}",
    )]  # fmt: skip
    return told


@pytest.fixture
def scene() -> dict[str, Client]:
    budi, sri = on_duty(operator(role="coordinator"), post()), person("sri@contoh.id", name="Bu Sri")
    group = community.create(sri, "RT 05", "rt", "Asia/Jakarta")
    Member.objects.create(group=group, person=person("dwi@contoh.id"))
    Point.objects.create(group=group, name="Pos")
    Round.objects.create(group=group, name="Malam", starts=time(22), minutes=60)
    Right.objects.create(body_id="31")
    now = timezone.now()
    Shift.objects.create(watch=Watch.objects.get(), person=budi, begins_at=now, ends_at=now + timedelta(hours=8))
    emergency.acknowledge(press(person("korban@contoh.id")).alert.pk, budi)
    press(sri)
    made = {}
    for name, who in (("budi", budi), ("sri", sri)):
        made[name] = Client(raise_request_exception=False)
        made[name].force_login(who)
    return made


def test_no_form_answers_what_no_form_sends_by_a_fault_of_ours(scene):
    faults, tried, group = [], 0, Group.objects.get()
    for who, path, right in forms():
        for odd in ODD[:6]:
            answer = scene[who].post(path, dict.fromkeys(NAMES.split(), odd) | right)
            tried += 1
            if answer.status_code >= 500:
                faults.append((path, right, odd[:12], answer.status_code))
    assert faults == []
    assert tried > 300
    assert sorted(Member.objects.filter(group=group, is_in=True).values_list("role", flat=True)) == ["head", "member"]
    assert not Alert.objects.filter(state="closed").exists()
    assert set(Membership.objects.values_list("role", flat=True)) == {"coordinator"}
    assert Person.objects.filter(is_active=True).count() == 4


@pytest.mark.parametrize("nesting", [False, True])
def test_no_call_of_a_phone_is_answered_by_a_fault_of_ours(scene, nesting: bool):
    claim, faults, tried = "c" * 30, [], 0
    alert = press(claim=claim, address="10.3.3.3").alert
    paths = [f"alerts/{alert.pk}/{one}" for one in ("positions", "messages", "cancel", "media")]
    paths += ["alerts", "timers", f"timers/{uuid4()}/end", "sms"]
    values: list[Any] = [*ODD, None, True, [], {}, [[]] * 50, {"a": {"b": 1}}, -0.0, 1e308, 10**400, float("inf")]
    for path in paths:
        for odd in values:
            said = dict.fromkeys(NAMES.split(), odd) | ({"alert_id": str(uuid4())} if path == "alerts" else {})
            body = json.dumps({"positions": [said] * 3} if nesting else said)
            answer = Client(raise_request_exception=False).post(
                f"/api/v1/{path}", body, content_type="application/json", headers={"Kentongan-Claim": claim}
            )
            tried += 1
            if answer.status_code >= 500:
                faults.append((path, str(odd)[:12], answer.status_code))
    for path in ("numbers", "alerts/watched", "alerts/x", f"alerts/{uuid4()}"):
        for odd in ODD:
            answer = Client(raise_request_exception=False).get(f"/api/v1/{path}", {"lon": odd, "lat": odd})
            tried += 1
            if answer.status_code >= 500:
                faults.append((path, odd[:12], answer.status_code))
    assert faults == []
    assert tried > 200
    assert Alert.objects.get(pk=alert.pk).state in {"received", "cancelled"}


def test_an_operator_s_words_are_kept_whole_or_refused_with_their_field() -> None:
    """A browser counts a new line once and sends two signs: of 2,000 letters the last ones were gone."""
    lead, alert = on_duty(operator(role="coordinator"), post()), press().alert
    emergency.acknowledge(alert.pk, lead)
    page, where = Client(), Watch.objects.get()
    page.force_login(lead)
    fits = "a" * 1990 + "\r\n" * 9 + "z"
    page.post(f"/console/alerts/{alert.pk}/note", {"text": fits})
    assert any(one.text.endswith("z") for one in trails.entries(Alert.objects.get()))
    unit = {"post": where.pk, "call_sign": "Unit 1", "kind": "fire", "phone": "", "area": "", "unit": ""}
    card = {"post": where.pk, "kind": "fire", "area": "", "questions": "Di mana?", "advice": ""}
    for path, given, field in (
        (f"{alert.pk}/note", {}, "text"), (f"{alert.pk}/close", {"result": "helped"}, "text"),
        (f"{alert.pk}/set_out", {}, "unit"), ("shifts", {"do": "hand_over", "post": where.pk}, "text"),
        ("units", unit, "call_sign"), ("units", unit, "phone"), ("cards", card, "questions"), ("cards", card, "advice"),
    ):  # fmt: skip
        refused = page.post(f"/console/alerts/{path}", given | {field: "x" * 2001})
        assert refused.status_code == 422, (path, field)
        assert "x" * 2001 in refused.content.decode(), (path, field)  # nothing typed is lost
        assert "huruf" in refused.content.decode() or "karakter" in refused.content.decode()
    emergency.take_over(alert.pk, on_duty(operator("sri@contoh.id", "Sri"), where), "Dekat")
    late = page.post(f"/console/alerts/{alert.pk}/close", {"result": "helped", "text": "Sudah padam"})
    assert late.status_code == 409
    assert ">Sudah padam</textarea>" in late.content.decode()
    assert (Alert.objects.get().unit, RunCard.objects.count(), Unit.objects.count()) == ("", 0, 0)
