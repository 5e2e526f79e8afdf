"""Several steps on one report at once, or none of them: what a macro does, and bulk work with each report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.db import transaction

from kentongan import reports
from kentongan.casework.assigning import assign
from kentongan.casework.mentioning import mentioned
from kentongan.casework.roles import who
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import BY_NAME, State
from kentongan.reports.who import Who

# Steps of the table of states that need no more than words. Where there is no photo of a result, they say why.
STEPS = ("accept", "start", "refer", "resolve", "reject")
WORDED = frozenset({"refer", "resolve", "reject"})  # which cannot do without
Refuse = Callable[[Report, str], None]
Take = Callable[[Report, Who, int | None], Report]


@dataclass(frozen=True)
class Deed:
    """What is done with a report; each part may be empty. `text` is public, and goes with `step` where there is one.

    `to` as `casework.assign`, or `nobody`; `body` passes it on, `original` joins it with another, both instead of a
    step.
    """

    step: str = ""
    text: str = ""
    note: str = ""
    to: str = ""
    priority: str = ""
    body: str = ""
    original: str = ""


def do(person: Person, report: Report, deed: Deed, refuse: Refuse, *, expected_seq: int) -> Report:
    """Takes the steps of `deed` in one transaction. Raises Problem as each of them, and nothing has happened then.

    `refuse` raises Problem for a step that is not to be taken here (`network.refuse_elsewhere`).
    """
    seq = expected_seq
    with transaction.atomic():
        for name, take in _takes(person, deed):
            refuse(report, name)
            report = take(report, who(person, report, name), seq)
            seq = report.seq
    return report


def for_one(report: Report, deed: Deed) -> Deed:
    """What of a deed on many is for this one: ticked with its repeats, it is what they are joined with. It goes on, and
    has the rest done with it."""
    if deed.original != report.code or deed.step or deed.body:
        return deed
    return replace(deed, original="", text="")


def is_so(report: Report, deed: Deed) -> bool:
    """Whether all that is asked for is where the report stands already: nothing to do is no failure."""
    if replace(deed, step="", text="", body="", original="") != Deed():
        return False
    if deed.step:
        step = BY_NAME[deed.step]
        return report.state in step.targets - step.sources
    if deed.body:
        return report.body_id == deed.body
    if deed.original:
        joined = report.original.code if report.original is not None else ""
        return report.state == State.DUPLICATE and joined == deed.original
    return not deed.text


def _takes(person: Person, deed: Deed) -> Iterator[tuple[str, Take]]:
    """The steps in the order in which all are possible: what ends the work comes last, and one mail tells of it."""
    if deed.priority:
        yield "prioritise", lambda report, by, seq: reports.prioritise(report.code, by, deed.priority, expected_seq=seq)
    if deed.to:
        to = "" if deed.to == "nobody" else deed.to
        yield "assign", lambda report, by, seq: assign(person, report, to, expected_seq=seq)
    if deed.note:
        yield "note", lambda report, by, seq: _note(report, by, deed.note, seq)
    if deed.step:
        yield deed.step, lambda report, by, seq: _step(report, by, deed, seq)
    elif deed.body:
        yield (
            "transfer",
            lambda report, by, seq: reports.transfer(report.code, by, deed.body, deed.text, expected_seq=seq),
        )
    elif deed.original:
        yield "merge", lambda report, by, seq: reports.merge(report.code, by, deed.original, expected_seq=seq)
    elif deed.text:
        yield "note", lambda report, by, seq: reports.note(report.code, by, deed.text, expected_seq=seq)


def _note(report: Report, by: Who, text: str, seq: int | None) -> Report:
    called = [one.pk for one in mentioned(by.body or "", text)]
    return reports.note(report.code, by, text, internal=True, expected_seq=seq, mentions=called)


def _step(report: Report, by: Who, deed: Deed, seq: int | None) -> Report:
    if deed.step == "resolve":
        return reports.resolve(report.code, by, no_photo_reason=deed.text, expected_seq=seq)
    command: Callable[..., Report] = getattr(reports, deed.step)
    return command(report.code, by, deed.text, expected_seq=seq)
