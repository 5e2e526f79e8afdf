"""By when a report is answered and solved: promised when it comes to a body, and moved while its reporter is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from kentongan import bodies, catalogue
from kentongan.reports.models import Priority, Report, Visibility
from kentongan.reports.states import Actor
from kentongan.reports.writer import ANSWERS, ENDED, LETS_GO, RESUMES

PAUSES = {"asked"}


def promise(report: Report, body: str | None, since: datetime | None = None) -> None:
    """Sets both deadlines anew for `body`, from now or from `since` on; the row is not stored."""
    since, hours = since or timezone.now(), _hours(report, body, Priority.NORMAL)
    report.deadline_at = bodies.due(body or "", hours.solve, since)
    report.answer_by = bodies.due(body or "", hours.answer, since)
    report.asked_at = None


def resume(report: Report) -> None:
    """The clocks go on: both deadlines move by the time for which they stood still."""
    if report.asked_at is not None:
        report.deadline_at, report.answer_by = (
            bodies.moved_on(report.body_id or "", at, report.asked_at, timezone.now())
            for at in (report.deadline_at, report.answer_by)
        )
        report.asked_at = None


def answers(report: Report, actor: Actor) -> str:
    """The kind of what is said where it is the reporter's answer to a question: then the clocks go on. Else empty."""
    if actor != Actor.REPORTER or report.asked_at is None:
        return ""
    resume(report)
    return "answered"


def promise_by_priority(report: Report, before: int) -> None:
    """Sets both deadlines anew, from when the body got the report, where what it promises differs by priority."""
    hours = _hours(report, report.body_id, report.priority)
    if hours == _hours(report, report.body_id, before):
        return
    body, since = report.body_id or "", _came(report)
    report.deadline_at = _without_pauses(report, bodies.due(body, hours.solve, since), since)
    answered = report.entries.filter(ANSWERED, at__gte=since).exclude(data__has_key="rule").exists()
    report.answer_by = None if answered else bodies.due(body, hours.answer, since)


ANSWERED = Q(actor="officer", kind__in=ANSWERS) | Q(actor="officer", kind="noted", visibility=Visibility.PUBLIC)


def _hours(report: Report, body: str | None, priority: int) -> bodies.Hours:
    try:
        branch = catalogue.branch(report.category_id)
    except KeyError:  # of a moment ago, and not in this process's copy yet
        branch = (report.category_id,)
    return bodies.hours(body or "", branch, priority, report.category.deadline_hours)


def arrives(data: Mapping[str, Any]) -> bool:
    """Whether an entry with this `data` brings the report to a body that had it not."""
    return bool(data.get("to_body")) and data.get("from_body") != data["to_body"]


def _came(report: Report) -> datetime:
    """When the report came to the body that has it. One that it had sent to a peer, which would not have it, did not
    come anew: its clocks ran on."""
    sent = report.entries.filter(data__has_key="to_body").order_by("-seq").values_list("at", "data")
    came = (at for at, data in sent if arrives(data))
    return next(came, report.created_at)


def _without_pauses(report: Report, due: datetime | None, since: datetime) -> datetime | None:
    began = None
    turns = report.entries.filter(Q(kind__in=PAUSES | RESUMES | LETS_GO) | Q(state_to__in=ENDED), at__gte=since)
    for kind, at in turns.values_list("kind", "at"):
        if kind in PAUSES:
            began = at
        elif began is not None:
            due, began = bodies.moved_on(report.body_id or "", due, began, at), None
    return due
