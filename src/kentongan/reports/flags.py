"""People say that something should not be public. It changes nothing until the body has looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from kentongan.foundation import prepared
from kentongan.people.models import Person
from kentongan.reports.commands import said
from kentongan.reports.hidden import Because, Flag, Hiding
from kentongan.reports.locking import changing
from kentongan.reports.models import Report, Visibility
from kentongan.reports.targets import Target, find, read_reason, read_target
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append

MOST = 20  # open flags of one thing: more of them say nothing new
MOST_LISTED = 200
_FLAGGED = (
    "SELECT flag.report_id, report.body_id FROM reports_flag AS flag"
    " JOIN reports_report AS report ON report.id = flag.report_id WHERE flag.settled_at IS NULL"
)


@dataclass
class Flagged:
    """One thing that people have flagged: how often, why, and what they wrote."""

    report: Report
    target: Target
    number: int = 0
    reasons: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def flag(report: Report, target: str, reason: str, text: str = "", person: Person | None = None) -> None:
    """Somebody flags a part of `report`; twice by one person counts once.

    Raises Problem `bad_target`, `bad_reason`, `not_there` (422).
    """
    wanted, why, text = read_target(target), read_reason(reason), said(text)
    find(report, wanted)
    same = Flag.objects.filter(
        report=report, what=wanted.what, seq=wanted.seq, photo_id=wanted.photo, settled_at=None
    )  # fmt: skip
    if (person and same.filter(person=person).exists()) or same.count() >= MOST:
        return
    Flag.objects.create(
        report=report, what=wanted.what, seq=wanted.seq, photo_id=wanted.photo, reason=why, text=text, person=person
    )


def settle(report: Report, target: Target) -> int:
    """The flags of a target are looked at; of a whole report, those of all that is in it."""
    mine = Flag.objects.filter(report=report, settled_at=None)
    if target.name != "report":
        mine = mine.filter(what=target.what, seq=target.seq, photo_id=target.photo)
    return mine.update(settled_at=timezone.now())


def keep_public(code: str, who: Who, target: str) -> Report:
    """The body has looked at what was flagged and leaves it; its staff read so in the timeline."""
    wanted = read_target(target)
    with changing(code) as report:
        if settle(report, wanted):
            data = {"hides": wanted.what, "at": wanted.seq}
            append(report, Happening("flag_kept", who, visibility=Visibility.INTERNAL, data=data))
    return report


def flagged(bodies: Sequence[str]) -> list[Flagged]:
    """What people have flagged at these bodies and nobody has looked at, the oldest first."""
    found: dict[tuple[int, str], Flagged] = {}
    open_ones = Flag.objects.filter(settled_at=None, report__body__in=bodies).select_related("report__category")
    for one in open_ones.order_by("pk")[: MOST * MOST_LISTED]:
        target = Target(one.what, one.seq, one.photo_id)
        held = found.setdefault((one.report_id, target.name), Flagged(one.report, target))
        held.number += 1
        if one.reason not in held.reasons:
            held.reasons.append(one.reason)
        if one.text:
            held.words.append(one.text)
    return list(found.values())[:MOST_LISTED]


def count_flagged(bodies: Sequence[str]) -> int:
    """How many reports of these bodies have something that is flagged."""
    # The few that wait are looked through: asked by their bodies, the database begins with all reports of these.
    waiting = prepared.rows(_FLAGGED)
    return len({report for report, body in waiting if body in bodies})


def count_hidden(bodies: Sequence[str]) -> dict[str, int]:
    """What these bodies have hidden, for everybody to read: `hidden` in all, `shown` again, `appealed` against."""
    mine = Hiding.objects.filter(body__in=bodies)
    return {
        "hidden": mine.count(), "shown": mine.filter(ended=Hiding.Ended.SHOWN).count(),
        "appealed": mine.exclude(appealed_at=None).count(),
    }  # fmt: skip


def reasons() -> list[tuple[str, str]]:
    """The codes and words of the reasons."""
    return [(one.value, str(one.label)) for one in Because]
