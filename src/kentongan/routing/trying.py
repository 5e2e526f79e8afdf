"""A draft of a body's rules tried on past reports before it is published: who would have got what instead."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from kentongan import bodies, catalogue, reports
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports import Decision
from kentongan.reports.models import Report
from kentongan.routing.deciding import decide
from kentongan.routing.dividing import Division, OwnRule
from kentongan.routing.drafting import Deed, changing, note
from kentongan.routing.models import DivisionDraft
from kentongan.routing.published import as_rules
from kentongan.routing.publishing import differences
from kentongan.routing.rules import Rulebook, rulebook
from kentongan.routing.submitting import gather

BACK, MOST = timedelta(days=90), 2_000  # how old, and how many reports are looked at
PATIENCE = 8.0  # seconds: whoever waits gets what was found so far, and is told
AREAS = ("province_code", "regency_code", "district_code", "village_code")


@dataclass(frozen=True)
class Shifted:
    """A report that by the draft would come to `after`, by what is in force to `before`."""

    report: Report
    before: str
    after: str


@dataclass(frozen=True)
class Tried:
    """How many reports were looked at (`more`: there are others of the 90 days), those that would go elsewhere,
    the newest first, and how many from whom to whom, the most first."""

    looked_at: int
    more: bool
    shifted: list[Shifted]
    counts: list[tuple[str, str, int]]


def try_draft(person: Person, body: str, given: Mapping[str, Any]) -> Tried:
    """Decides the reports of the body's area of the last 90 days by what is in force and by the draft, as if they came
    today. It is noted that this edit was tried. Raises Problem `changed_meanwhile`, `not_found`, `forbidden`."""
    with changing(person, body, given) as draft:
        number, edit = draft.base + 1, draft.edit
    found = _tried(body, Division(body, number, as_rules(draft.rules)))
    if DivisionDraft.objects.filter(body=body, edit=edit).update(rehearsed=edit):
        note(body, person, Deed.REHEARSED, number=edit)
    return found


def _tried(body: str, division: Division) -> Tried:
    now = rulebook()
    then = replace(now, divisions={**now.divisions, body: division})
    held = now.divisions.get(body)
    altered = [rule for one in differences(held.rules if held else (), division.rules)
               for rule in (one.before, one.after) if rule]  # fmt: skip
    until, looked_at, shifted = inf, 0, list[Shifted]()
    found = _reports(body)
    for report in found[:MOST]:
        if time.monotonic() > until:
            break
        looked_at += 1
        # Where no rule that is different holds, nothing can be different.
        if any(_concerns(rule, report) for rule in altered):
            before, after = _bodies(report, now, then)
            if before != after:
                shifted.append(Shifted(report, before, after))
            # From the first on: a process that has decided nothing yet reads the country for it, which takes as long.
            until = min(until, time.monotonic() + PATIENCE)
    counted = Counter((one.before, one.after) for one in shifted)
    counts = [(before, after, number) for (before, after), number in counted.most_common()]
    return Tried(looked_at, looked_at < len(found), shifted, counts)


def _reports(body: str) -> list[Report]:
    """The newest first, one more than are looked at where there are more."""
    area = bodies.get(body).area_code
    of_it: QuerySet[Report] = Report.objects.filter(body__in=bodies.subtree(body))
    if area:
        of_it = Report.objects.filter(**{AREAS[min(area.count("."), 3)]: area})
    recent = of_it.filter(created_at__gte=timezone.now() - BACK, whole=None, away=False)
    return list(recent.select_related("category").order_by("-pk")[: MOST + 1])


def _concerns(rule: OwnRule, report: Report) -> bool:
    here = not rule.area or rule.area in report.area_codes
    return here and (not rule.category or rule.category in catalogue.branch(report.category_id))


def _bodies(report: Report, now: Rulebook, then: Rulebook) -> tuple[str, str]:
    """Who gets the report by each; both empty where nobody is known, as for a place that no boundary holds any more."""
    try:
        location = reports.locate(report.category, report.lon, report.lat)
        facts = gather(report.category_id, report.lon, report.lat, location)
        before, after = (decide(facts, book, bodies.snapshot()) for book in (now, then))
    except Problem:
        return "", ""
    return _chosen(report, before, after)


def _chosen(report: Report, before: Decision, after: Decision) -> tuple[str, str]:
    """Where the reporter was asked whose it is, the answer still counts: by the draft it may be a part of the same."""
    routed = reports.routing_of(report)
    body = str(routed.get("body", ""))
    asked = any(reason["code"] == "chosen_by_reporter" for reason in routed.get("reasons", []))
    offered = {other.body for other in before.alternatives if other.doubt}
    if not asked or body not in offered:
        return before.body, after.body
    others = [other.body for other in after.alternatives if other.doubt]
    if body in others:
        return body, body
    return body, next((one for one in others if one not in offered), after.body)
