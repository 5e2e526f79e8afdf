"""What a body does where its own result is doubted: it takes it back, or stands by it for a reason."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.reports.commands import required, said
from kentongan.reports.locking import changing
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append, next_state

STEPS_BACK = frozenset({"accepted", "started", "referred"})
UNDO_WITHIN = timedelta(hours=24)  # how long a body may take back its own result


def may_undo(report: Report) -> bool:
    """Whether the body that has the report ended it itself within the last day."""
    ended = _ending(report)
    return ended is not None and _is_own(report, ended) and ended.at >= timezone.now() - UNDO_WITHIN


def undo(code: str, who: Who, text: str = "", *, expected_seq: int | None = None) -> Report:
    """The body takes back its own result or closing of the last day: the report is where it was before.

    Raises Problem `too_late` (409) after a day, `not_yours` (409) where somebody else ended it.
    """
    text = said(text)
    with changing(code, expected_seq) as report:
        ended = _ending(report)
        before = State(ended.state_from) if ended and ended.state_from else None
        state = next_state(report, "undo", who, before=before)
        if ended is None or not _is_own(report, ended):
            raise Problem("not_yours", 409, _("This was not ended by your body; open it again instead."))
        if ended.at < timezone.now() - UNDO_WITHIN:
            raise Problem("too_late", 409, _("A result can be taken back for one day. Open the report again instead."))
        append(report, Happening("undone", who, text, state, data={"undone": ended.kind}))
    return report


def step_back(code: str, who: Who, *, expected_seq: int) -> Report:
    """The body takes back that it accepted, began or referred: the report is where it was before that one step.

    Raises Problem `wrong_state` (409) where its last change of state was none of these, made by its body.
    """
    with changing(code, expected_seq) as report:
        last = _ending(report)
        own = last is not None and last.actor == Actor.OFFICER and last.body_id == report.body_id
        if last is None or not own or last.kind not in STEPS_BACK or not last.state_from or "parts" in last.data:
            raise Problem("wrong_state", 409, _("This step cannot be taken back. Open the report and go on there."))
        state = next_state(report, "step_back", who, before=State(last.state_from))
        append(report, Happening("stepped_back", who, "", state, data={"undone": last.kind}))
    return report


def uphold(code: str, who: Who, text: str, *, expected_seq: int | None = None) -> Report:
    """The body answers an objection: it stands by its result, for a public reason."""
    text = required(text)
    with changing(code, expected_seq) as report:
        if not report.contest_count:
            raise Problem("wrong_state", 409, _("Nobody objects to the result now. Reload the page to see it."))
        append(report, Happening("upheld", who, text))
    return report


def _ending(report: Report) -> Entry | None:
    """The entry that gave the report the state it has."""
    return report.entries.exclude(state_to="").order_by("-seq").first()


def _is_own(report: Report, ended: Entry) -> bool:
    by_staff = ended.actor == Actor.OFFICER and ended.body_id == report.body_id
    return by_staff and ended.kind in {"resolved", "rejected"}
