"""What a changed set of rules would have done with past reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from kentongan import reports
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report
from kentongan.routing.rules import Rulebook
from kentongan.routing.submitting import explain, gather


@dataclass(frozen=True)
class Moved:
    """A report that the new rules send elsewhere (`after` is empty where they find no body)."""

    code: str
    category: str
    before: str
    after: str


@dataclass
class Rehearsal:
    """How many reports were looked at, and those that would go elsewhere."""

    looked_at: int
    moved: list[Moved]


def rehearse(book: Rulebook, since: date) -> Rehearsal:
    """Decides every report since a day anew and compares with where it was first sent."""
    found = Rehearsal(0, [])
    for report in _since(since):
        found.looked_at += 1
        routed = reports.routing_of(report)
        before, after = str(routed.get("body", "")), _body(report, routed, book)
        if before != after:
            found.moved.append(Moved(report.code, report.category_id, before, after))
    return found


def _since(since: date) -> Iterator[Report]:
    past = Report.objects.filter(created_at__date__gte=since).select_related("category").order_by("pk")
    yield from past.iterator(chunk_size=1000)


def _body(report: Report, routed: dict[str, Any], book: Rulebook) -> str:
    """Where `book` would send the report; `routed` is what routing answered when it came."""
    try:
        location = reports.locate(report.category, report.lon, report.lat)
        facts = gather(report.category_id, report.lon, report.lat, location, on=report.created_at.date())
        decision = explain(facts, book)
    except Problem:
        return ""
    chosen = str(routed.get("body", ""))
    # Where the reporter was asked and chose, their answer still counts if it could still be given.
    asked = any(reason["code"] == "chosen_by_reporter" for reason in routed.get("reasons", []))
    if asked and any(other.doubt and other.body == chosen for other in decision.alternatives):
        return chosen
    return decision.body
