"""Telling the pages that show a report, or lists with it, that it has changed."""

from __future__ import annotations

from typing import Any

from kentongan import bodies, live
from kentongan.reports.models import Entry, Report, Visibility


def tell_pages(events: list[dict[str, Any]]) -> None:
    """Batch subscriber of `report.entry`: the topics of every report concerned, those of its body and of the body that
    it has just left. Of a secret report, and of what is internal, only who may see it is told."""
    asked = {(event["report"], event["seq"]) for event in events}
    found = Entry.objects.filter(report__in={one for one, _seq in asked}, seq__in={seq for _one, seq in asked})
    topics: set[str] = set()
    for entry in found.select_related("report"):
        if (entry.report_id, entry.seq) in asked:
            topics |= _concerned(entry.report, entry)
    live.tell(*topics)


def _concerned(report: Report, entry: Entry) -> set[str]:
    held = {report.body_id or "", entry.data.get("from_body") or ""} - {""}
    lines = {code for body in held for code in bodies.line(body)}
    desks = {f"desk:{code}" for code in lines}
    if entry.visibility != Visibility.PUBLIC and not report.is_restricted:
        return desks  # anybody may listen to a report that anybody may open
    topics = desks | {f"report:{report.code}"}
    if report.is_restricted:
        return topics
    areas = {report.province_code, report.regency_code, report.district_code, report.village_code} - {""}
    return topics | {"reports", *(f"area:{code}" for code in areas), *(f"body:{code}" for code in lines)}
