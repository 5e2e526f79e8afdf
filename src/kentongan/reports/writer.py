"""The one writer: every change of a report is one entry, one updated row and one event, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.foundation.belonging import Belonging, insert_with
from kentongan.foundation.inserting import fill_all, insert, insert_all, made, rewrite
from kentongan.foundation.outbox import enqueue, enqueue_all, events_of
from kentongan.foundation.problems import Problem
from kentongan.reports.locking import let_go_of_others
from kentongan.reports.models import Entry, Priority, Report, Visibility
from kentongan.reports.states import BY_NAME, PUBLIC, Actor, Ending, State, Status, StepRefused, take
from kentongan.reports.who import SYSTEM, Who

TOPIC = "report.entry"
# The counters on the row, and the kind of entry that each counts.
COUNTERS = {
    "supported": "support_count",
    "commented": "comment_count",
    "contested": "contest_count",
    "reopened": "reopen_count",
}
# A counter of contests belongs to one result: after these it begins anew.
STATUSES = {"wrong_state": 409, "wrong_actor": 403}  # of a refused step; what is missing from it is 422
NEW_RESULT = {"reopened", "undone", "upheld"}
ANSWERS = {"accepted", "started", "referred", "resolved", "rejected", "merged", "asked"}  # by its body: it has answered
RESUMES = {"answered", "unanswered"}
ENDED = frozenset(state for state, status in PUBLIC.items() if status in {Status.DONE, Status.CLOSED})
WITH_PARTS = {"unsplit"}  # what staff may do with a report that waits for its parts
# Who works on it and how pressing it is ends with these, and wherever another body gets the report.
LETS_GO = {"moved_out"}


@dataclass
class Happening:
    """What an entry says; `ending` and `body` change the row where they are given."""

    kind: str
    who: Who
    text: str = ""
    state: State | None = None
    body: str | None = None
    ending: Ending | str | None = None
    visibility: str = Visibility.PUBLIC
    data: dict[str, Any] = field(default_factory=dict)
    at: Any = None  # when it happened elsewhere; never later than now, nor before the entry before it


def next_state(
    report: Report, step: str, who: Who, given: frozenset[Any] = frozenset(), before: State | None = None
) -> State:
    """The state after `step`; raises Problem in words where the table of states refuses it, and `split` (409) where
    staff would end or move what waits for its parts."""
    if who.actor == Actor.OFFICER and step not in WITH_PARTS and has_open_parts(report):
        raise Problem(
            "split", 409,
            _("This report is split: it ends with the last of its parts. To work on it as one, take the split back."),
        )  # fmt: skip
    try:
        return take(step, State(report.state), who.actor, given, before)
    except StepRefused as refused:
        raise Problem(refused.reason, STATUSES.get(refused.reason, 422), _refusal(refused)) from None


def append(report: Report, what: Happening) -> Entry:
    """Adds one entry to a locked report, updates its row and tells the outbox.

    Raises Problem `moved` (409) where somebody here acts on a report that lives at another instance.
    """
    entry = _happens_here(report, what)
    rewrite([report])
    insert(entry)
    enqueue(TOPIC, _event(report, entry))
    _follow_part(report, entry)
    return entry


def append_all(changes: Sequence[tuple[Report, Happening]]) -> None:
    """As `append`, one entry to each of many locked reports: a statement for each table."""
    entries = [_happens_here(report, what) for report, what in changes]
    rewrite([report for report, _what in changes])
    insert_all(entries)
    enqueue_all(TOPIC, [_event(report, entry) for (report, _what), entry in zip(changes, entries, strict=True)])
    for (report, _what), entry in zip(changes, entries, strict=True):
        _follow_part(report, entry)


def begins_anew(entry: Entry) -> bool:
    """Whether the result that was contested stands no more, or its objections are answered."""
    return entry.kind in NEW_RESULT or (entry.kind == "referred" and entry.state_from in ENDED)


def has_open_parts(report: Report) -> bool:
    """Whether the report waits for parts of it; one that has moved to another instance is heard of no more."""
    if report.state != State.REFERRED:
        return False
    return Report.objects.filter(whole=report, away=False).exclude(state__in=ENDED).exists()


def split_of(report: Report) -> Entry | None:
    """The entry of the split that is in force; None where there was none, or it was taken back."""
    last = report.entries.filter(data__has_key="parts").order_by("-seq").first()
    return last if last is not None and last.data["parts"] else None


def refuse_part(report: Report) -> None:
    """Raises Problem `part` (409) for what citizens say to the whole, where all who work on it read it."""
    if report.whole_id is not None:
        raise Problem(
            "part", 409, _("This is a part of a report. Say it on the page of the whole: all who work on it read it.")
        )


def _follow_part(part: Report, entry: Entry) -> None:
    """The whole ends with the last of its parts, and goes on where one of them does. Every way in which a part can end
    passes here; the part is locked before its whole, everywhere."""
    if part.whole_id is None or not entry.state_to:
        return
    whole = Report.objects.select_for_update(of=("self",)).get(pk=part.whole_id)
    was_open, is_open = entry.state_from not in ENDED, entry.state_to not in ENDED
    made = None if whole.away or was_open == is_open else split_of(whole)
    if made is None:
        return
    back = _before_its_end(whole) if "takes_back" in entry.data else None
    who = replace(SYSTEM, regrets=bool(entry.data.get("regrets")), takes_back=back)
    if is_open:
        if whole.state in BY_NAME["go_on_together"].sources - {State.REFERRED}:
            state = next_state(whole, "go_on_together", who)
            append(whole, Happening("referred", who, "", state, data={"parts": made.data["parts"]}))
    elif whole.state == State.REFERRED and not has_open_parts(whole):
        _end_whole(whole, who, [one["code"] for one in made.data["parts"]])


def _before_its_end(whole: Report) -> int:
    """The number of the entry before that with which its parts ended: others may have written since."""
    last = whole.entries.filter(data__has_key="of_parts").order_by("-seq").values_list("seq", flat=True).first()
    return (last or whole.seq) - 1


def _end_whole(whole: Report, who: Who, parts: list[str]) -> None:
    """Solved where every part is; else its body decides, for closed must mean solved."""
    states = Report.objects.filter(code__in=parts).values_list("state", flat=True)
    data = {"of_parts": len(parts), "solved": sum(PUBLIC[State(state)] == Status.DONE for state in states)}
    if data["solved"] == data["of_parts"]:
        state = next_state(whole, "end_together", who, before=State.RESOLVED)
        append(whole, Happening("resolved", who, "", state, ending=Ending.SOLVED, data=data))
        return
    state = next_state(whole, "end_together", who, before=State.ACCEPTED)
    append(whole, Happening("parts_ended", who, "", state, data=data))


def _happens_here(report: Report, what: Happening) -> Entry:
    let_go_of_others(report)
    if report.away and what.who.actor != Actor.SYSTEM and "peer" not in what.data:
        raise Problem(
            "moved", 409,
            _("This report lives at another instance now, or is on its way there. Open its page again in a minute."),
        )  # fmt: skip
    return _happen(report, what)


def begin(report: Report, first: Sequence[Happening]) -> None:
    """Stores a new report with its first entries and their events: all or nothing, where `is_one_statement` also
    without a transaction of the caller's."""
    entries = [_happen(report, what) for what in first]
    events = events_of(TOPIC, [_event(report, entry) for entry in entries])
    insert_with(report, [Belonging(entries, "report_id"), Belonging(events, "payload", "report")])


def begin_all(begun: Sequence[tuple[Report, Sequence[Happening]]]) -> None:
    """As `begin`, several new reports: one statement for each table, in the caller's transaction."""
    if len(begun) == 1:
        begin(*begun[0])
        return
    told = [(report, _happen(report, what)) for report, first in begun for what in first]
    fill_all([report for report, _first in begun])
    for report, entry in told:
        entry.report_id = report.pk
    insert_all([entry for _report, entry in told])
    enqueue_all(TOPIC, [_event(report, entry) for report, entry in told])


def _happen(report: Report, what: Happening) -> Entry:
    """Changes the row in memory; the entry that tells of it, not stored yet."""
    now = timezone.now()
    at = max(min(what.at or now, now), report.updated_at)
    before = report.state if report.seq else ""
    report.seq += 1
    report.updated_at = at
    entry = made(
        Entry, seq=report.seq, kind=what.kind, at=at, actor=what.who.actor, body_id=what.body or what.who.body,
        visibility=what.visibility, text=what.text, data=what.data,
    )  # fmt: skip
    entry.report = report
    if what.who.person is not None:
        entry.person = what.who.person
    if marks := what.who.marks:
        entry.data = {**entry.data, **marks}
    if what.state is not None:
        entry.state_from, entry.state_to = before, what.state
        entry.data = {**entry.data, "ending": what.ending or ""}
        _move(report, what, at)
    public_note = what.kind == "noted" and what.visibility == Visibility.PUBLIC
    if what.who.actor == Actor.OFFICER and not what.who.rule and (what.kind in ANSWERS or public_note):
        report.answer_by = None
    if what.kind in LETS_GO or (what.body and what.body != report.body_id):
        report.assignee, report.team, report.priority = None, None, Priority.NORMAL
        _waits_no_more(report, at)
    if what.body:
        report.body_id = what.body
        entry.data = {**entry.data, "to_body": what.body}
    if counter := COUNTERS.get(what.kind):
        setattr(report, counter, getattr(report, counter) + 1)
    if begins_anew(entry):
        report.contest_count = 0
    return entry


def _move(report: Report, what: Happening, at: Any) -> None:
    assert what.state is not None  # noqa: S101  the caller has just looked
    report.state = what.state
    report.ending = what.ending or ""
    if what.state != State.DUPLICATE:
        report.original = None  # whoever brings it back into work, a peer too: it goes on by itself
    ended = PUBLIC[what.state] in {"done", "closed"}
    report.ended_at = at if ended else None
    if ended:
        _waits_no_more(report, at)


def _waits_no_more(report: Report, at: Any) -> None:
    """For as long as it waited for its reporter no clock ran."""
    if report.asked_at is not None:
        report.deadline_at, report.answer_by = (
            bodies.moved_on(report.body_id or "", due, report.asked_at, at)
            for due in (report.deadline_at, report.answer_by)
        )
        report.asked_at = None


def _event(report: Report, entry: Entry) -> dict[str, Any]:
    return {
        "report": report.pk,
        "seq": entry.seq,
        "kind": entry.kind,
        "cell": None if report.is_restricted else report.cell,
        "from": PUBLIC[State(entry.state_from)] if entry.state_from else "",
        "to": PUBLIC[State(entry.state_to)] if entry.state_to else "",
    }


def _refusal(refused: StepRefused) -> Any:
    return {
        "wrong_state": _("This is not possible at the stage the report is in now. Reload the page to see it."),
        "wrong_actor": _("You are not the person who may take this step for this report."),
        "missing_body": _("Say which body the report goes to."),
        "missing_reason": _("Give a reason: the reporter reads it."),
        "missing_evidence": _("Add a photo of the result, or say why there is none."),
        "missing_original": _("Say which report this one repeats."),
        "missing_parts": _("Say what each body is asked to do."),
    }[refused.reason]
