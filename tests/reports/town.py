"""Four bodies, three kinds of trouble and reports as rows: what the writer's own tests need, in milliseconds.

`noon` stops the clock, so that a test compares times to the microsecond; nothing here goes through routing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone, translation

from kentongan.bodies.models import Body
from kentongan.catalogue.models import Category
from kentongan.foundation.codes import new_code
from kentongan.foundation.outbox import Event
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who

NOON = datetime(2049, 11, 26, 5, 0, 0, 123456, tzinfo=UTC)
MORNING = NOON - timedelta(hours=3)
OFFICER = Who(None, Actor.OFFICER, "31.roads")


def build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The city and its roads take part, so does the ministry; the region does not. It is noon."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    for code, since in {"31": date(2020, 1, 1), "id.pu": date(2020, 1, 1), "32.16": None}.items():
        Body.objects.create(code=code, name_id=f"Badan {code}", name_en=f"Body {code}", partner_from=since)
    Body.objects.create(code="31.roads", parent_id="31", name_id="Badan jalan", name_en="Body of roads")
    Category.objects.create(code="road_damage", name_id="Jalan", name_en="Road", deadline_hours=48)
    Category.objects.create(code="waste", name_id="Sampah", name_en="Waste", deadline_hours=0)
    Category.objects.create(code="bribery", name_id="Pungli", name_en="Bribery", restricted=True)


def stored(state: str = "routed", **fields: Any) -> Report:
    """A report of this morning with one entry behind it, as its row stands."""
    given = {
        "code": new_code(), "submission_id": uuid4(), "digest": "d", "category_id": "road_damage", "text": "Lubang",
        "body_id": "31.roads", "state": state, "seq": 1, "cell": 7, "created_at": MORNING, "updated_at": MORNING,
    }  # fmt: skip
    return Report.objects.create(**{**given, **fields})


def row(report: Report) -> dict[str, Any]:
    """All columns as the database has them."""
    return model_to_dict(Report.objects.get(pk=report.pk))


def said(report: Report) -> dict[str, Any]:
    """All columns as the object at hand says them: what a command gives back must be what it has kept."""
    return model_to_dict(report)


def changed(report: Report, before: dict[str, Any]) -> dict[str, Any]:
    """The columns that are no longer as they were."""
    return {name: value for name, value in row(report).items() if value != before[name]}


def entries(report: Report) -> list[dict[str, Any]]:
    """The timeline, oldest first: what each entry says, but for what is as in an officer's plain public word now."""
    usual = {
        "at": NOON, "actor": "officer", "person": None, "body": "31.roads", "state_from": "", "state_to": "",
        "visibility": "public", "text": "", "data": {},
    }  # fmt: skip
    told = [model_to_dict(one, exclude=["id", "report"]) for one in Entry.objects.filter(report=report).order_by("seq")]
    return [{name: value for name, value in one.items() if name not in usual or value != usual[name]} for one in told]


def events(report: Report) -> list[tuple[str, int, str, int | None, str, str]]:
    """What the outbox tells the rest of the house, in its order."""
    found = Event.objects.filter(topic="report.entry", payload__report=report.pk).order_by("pk")
    return [tuple(one.payload[name] for name in ("kind", "seq", "cell", "from", "to")) for one in found]


def refused(call: Callable[..., Any], *given: Any, **named: Any) -> tuple[str, int, str, str]:
    """Code, status, field and English words of the Problem that a call raises."""
    with translation.override("en"):
        with pytest.raises(Problem) as told:
            call(*given, **named)
        return told.value.code, told.value.status, told.value.field, str(told.value.detail)
