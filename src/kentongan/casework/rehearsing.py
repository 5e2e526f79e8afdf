"""A rule tried on the past before it may act: how many reports it would have touched, and which."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kentongan import bodies
from kentongan.casework.fitting import fitting
from kentongan.casework.matching import states_of
from kentongan.casework.ruled import Event, Rule
from kentongan.casework.rules import read_asked
from kentongan.casework.running import KINDS, is_set_off
from kentongan.reports.models import Entry, Report

BACK = timedelta(days=90)
MOST, SHOWN = 5_000, 20  # events that are looked at; reports that are named
NOW_ONLY = {"age", "deadline", "priorities", "assignee", "team", "contested", "stars"}


@dataclass(frozen=True)
class Rehearsal:
    """`events` looked at, `runs` of the rule among them, the first `reports`; `more`: there are older events too.

    `as_now`: parts of the filter (age, deadline, …) that were asked of the reports as they are today.
    """

    events: int
    runs: int
    reports: list[Report]
    more: bool
    as_now: list[str]


def rehearse(rule: Rule) -> Rehearsal:
    """What the rule would have done in the last 90 days, had it been on; it is noted that this version was tried.

    The state is asked as it was at the hour of the rule, everything else of the filter as it is now. Raises Problem
    `bad_filter` where the filter names what there is no more.
    """
    asked = read_asked(rule.asked)
    found = _events(rule)
    fit = fitting({key for key, _at in found}, rule.body_id, asked, by_state=False)
    later = timedelta(hours=rule.after_hours)
    hits = [(key, at + later) for key, at in found if key in fit and at + later <= timezone.now()]
    moves = _moves({key for key, _at in hits})
    wanted = set(states_of(asked.state))
    hits = [(key, at) for key, at in hits if _state_at(moves.get(key, []), at) in wanted]
    named = list(dict.fromkeys(key for key, _at in hits))[:SHOWN]
    shown = Report.objects.filter(pk__in=named).select_related("category").order_by("-pk")
    Rule.objects.filter(pk=rule.pk, version=rule.version).update(rehearsed=rule.version)
    parts = sorted({name for name in NOW_ONLY if getattr(asked, name)})
    return Rehearsal(len(found), len(hits), list(shown), len(found) >= MOST, parts)


def _events(rule: Rule) -> list[tuple[int, datetime]]:
    """Reports and when something set the rule off, the newest first."""
    since, codes = timezone.now() - BACK, bodies.subtree(rule.body_id)
    if rule.event == Event.OVERDUE:
        late: Any = Report.objects.filter(body__in=codes, deadline_at__gte=since, deadline_at__lt=timezone.now())
        rows = late.order_by("-deadline_at").values_list("pk", "deadline_at", "ended_at")[:MOST]
        return [(key, due) for key, due, ended in rows if due and not (ended and ended <= due)]
    entries = Entry.objects.filter(kind__in=KINDS[rule.event], at__gte=since, report__body__in=codes)
    told = entries.order_by("-pk").only("report_id", "at", "kind", "state_to", "data", "actor", "visibility")[:MOST]
    return [(one.report_id, one.at) for one in told if is_set_off(rule.event, one)]


def _moves(keys: set[int]) -> dict[int, list[tuple[datetime, str]]]:
    moves: dict[int, list[tuple[datetime, str]]] = {}
    waiting = sorted(keys)
    for at in range(0, len(waiting), 400):
        rows = Entry.objects.filter(report__in=waiting[at : at + 400]).exclude(state_to="").order_by("report_id", "seq")
        for key, when, state in rows.values_list("report_id", "at", "state_to"):
            moves.setdefault(key, []).append((when, state))
    return moves


def _state_at(moves: list[tuple[datetime, str]], at: datetime) -> str:
    reached = bisect_right([when for when, _state in moves], at)
    return moves[reached - 1][1] if reached else ""
