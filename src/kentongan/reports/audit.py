"""Proof that rows and timelines agree: each report is rebuilt from its entries and compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kentongan.foundation.snapshot import one_moment
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Priority, Report
from kentongan.reports.states import BY_NAME, MIRRORS, State
from kentongan.reports.writer import COUNTERS, LETS_GO, begins_anew

STARTS = {State.RECEIVED}
MOVES = {(source, target) for step in BY_NAME.values() for source in step.sources for target in step.targets}

_NOBODY: dict[str, object] = {"assignee_id": None, "team_id": None, "priority": Priority.NORMAL}


@dataclass(frozen=True)
class Difference:
    """One thing on a row that its timeline does not tell."""

    code: str
    what: str
    row: object
    timeline: object


def audit(batch: int = 500) -> Iterator[Difference]:
    """Every difference between the rows and their timelines, of all reports at one moment, while work goes on."""
    with one_moment():
        yield from _all_differences(batch)


def _all_differences(batch: int) -> Iterator[Difference]:
    last = 0
    while reports := list(Report.objects.filter(pk__gt=last).order_by("pk")[:batch]):
        entries: dict[int, list[Entry]] = {report.pk: [] for report in reports}
        for entry in Entry.objects.filter(report__in=reports).order_by("report_id", "seq"):
            entries[entry.report_id].append(entry)
        for report in reports:
            yield from differences(report, entries[report.pk])
        last = reports[-1].pk


def differences(report: Report, entries: list[Entry]) -> Iterator[Difference]:
    """What `report` says other than its own entries, which are in order."""
    rebuilt = rebuild(entries)
    for name, told in rebuilt.items():
        kept = getattr(report, name)
        if kept != told and not (name == "assignee_id" and kept is None and _is_gone(told)):
            yield Difference(report.code, name, kept, told)
    for at, entry in enumerate(entries, start=1):
        if entry.seq != at:
            yield Difference(report.code, f"entry {at}", entry.seq, "missing")
            return
    yield from _broken_moves(report, entries)


def rebuild(entries: list[Entry]) -> dict[str, object]:
    """State, body, ending, who works on it, counters, stars and the number of entries as the entries tell them."""
    told: dict[str, object] = {"state": "", "body_id": None, "ending": "", "stars": None, "seq": len(entries)}
    told |= _NOBODY
    counted = dict.fromkeys(COUNTERS.values(), 0)
    for entry in entries:
        if entry.state_to:
            told["state"], told["ending"] = entry.state_to, entry.data.get("ending", "")
        body = entry.data.get("to_body", told["body_id"])
        if entry.kind in LETS_GO or body != told["body_id"]:
            told |= _NOBODY
        told["body_id"] = body
        if entry.kind == "assigned":
            told["assignee_id"], told["team_id"] = entry.data.get("assignee"), entry.data.get("team")
        if entry.kind == "prioritised":
            word = entry.data.get("priority")
            told["priority"] = Priority.__members__.get(str(word).upper(), word)
        if entry.kind == "linked":
            told |= {f"asset_{part}": (entry.data.get("asset") or {}).get(part, "") for part in ("layer", "id", "name")}
        told["stars"] = entry.data.get("stars", told["stars"])
        if counter := COUNTERS.get(entry.kind):
            counted[counter] += 1
        if begins_anew(entry):
            counted["contest_count"] = 0
    return told | counted


def _is_gone(person: object) -> bool:
    """Whether an account was erased: then nobody is assigned any more, and no entry had to say so."""
    return isinstance(person, int) and not Person.objects.filter(pk=person).exists()


def _broken_moves(report: Report, entries: list[Entry]) -> Iterator[Difference]:
    state = ""
    for entry in entries:
        if not entry.state_to:
            continue
        allowed = State(entry.state_to) in STARTS if not state else (state, entry.state_to) in MOVES
        if entry.state_from != state or not (allowed or entry.actor == MIRRORS):
            yield Difference(report.code, f"entry {entry.seq}", f"{entry.state_from} to {entry.state_to}", state)
        state = entry.state_to
