"""Telling the pages that show a report, or lists with it, that it has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kentongan import bodies, live, reports
from kentongan.reports.models import Entry, Report, Visibility


def tell_pages(events: list[dict[str, Any]]) -> Callable[[], None]:
    """Prepared subscriber of `report.entry`: the topics of every report concerned, those of its body and of the body
    that it has just left. Of a secret report, and of what is internal, only who may see it is told."""
    topics: set[str] = set()
    for entry in reports.entries_of(events):
        topics |= _concerned(entry.report, entry)
    return partial(live.tell, *topics)


def _concerned(report: Report, entry: Entry) -> set[str]:
    held = {report.body_id or "", entry.data.get("from_body") or ""} - {""}
    lines = {code for body in held for code in bodies.line(body)}
    desks = {f"desk:{code}" for code in lines}
    if entry.visibility != Visibility.PUBLIC and not report.is_secret:
        return desks  # anybody may listen to a report that anybody may open
    topics = desks | {f"report:{report.code}"}
    if report.whole is not None:
        topics.add(f"report:{report.whole.code}")  # its page shows how its parts stand
    if report.is_restricted:
        return topics
    areas = {report.province_code, report.regency_code, report.district_code, report.village_code} - {""}
    return topics | {"reports", *(f"area:{code}" for code in areas), *(f"body:{code}" for code in lines)}
