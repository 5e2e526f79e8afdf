"""A body asks the reporter something: its clocks stand still until they answer, and no longer than a week."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.reports import deadlines
from kentongan.reports.commands import required
from kentongan.reports.locking import changing
from kentongan.reports.models import Report
from kentongan.reports.states import IN_HAND, Actor, State
from kentongan.reports.who import SYSTEM, Who
from kentongan.reports.writer import RESUMES, Happening, append

ANSWER_WITHIN = timedelta(days=7)  # then the clocks go on without an answer: a question is no way to win time


def may_ask(report: Report) -> bool:
    """Whether its body has it in hand, waits for no answer yet, and was given one the last time it asked."""
    in_hand = State(report.state) in IN_HAND and report.asked_at is None and not report.away
    if report.whole_id is not None:
        return False  # its reporter is the whole's, and asked there
    return in_hand and not _left_alone(report)


def ask(code: str, who: Who, text: str, *, expected_seq: int | None = None) -> Report:
    """Asks the reporter in public; what they write next on the report's page is the answer (`reports.comment`).

    Raises Problem `wrong_state` (409) where the report is not in hand, waits for an answer already, or the last
    question of this body stayed without one.
    """
    text = required(text)
    with changing(code, expected_seq) as report:
        if report.asked_at is not None:
            raise Problem("wrong_state", 409, _("The reporter has been asked something already. Wait for the answer."))
        if _left_alone(report):
            raise Problem(
                "wrong_state", 409,
                _("The reporter did not answer your last question, so the clock goes on. Write a public note instead."),
            )  # fmt: skip
        if not may_ask(report):
            raise Problem("wrong_state", 409, _("The reporter can be asked while the report is in hand."))
        report.asked_at = timezone.now()
        append(report, Happening("asked", who, text))
    return report


def _left_alone(report: Report) -> bool:
    """Whether the reporter has said nothing since they let a question of this body pass: else it could ask for ever,
    and its clock would never run. What a peer would not have was its own all the while."""
    said = Q(kind__in=RESUMES) | Q(kind="commented", actor=Actor.REPORTER) | Q(data__has_key="to_body")
    told = report.entries.filter(said).order_by("-seq").values_list("kind", "data")
    last = next((kind for kind, data in told if "to_body" not in data or deadlines.arrives(data)), "")
    return last == "unanswered"


def unanswered(now: datetime | None = None) -> int:
    """Lets the clocks of those go on whose reporters have not answered in time; returns how many."""
    before = (now or timezone.now()) - ANSWER_WITHIN
    waiting = Report.objects.filter(asked_at__lte=before, away=False).order_by("pk").values_list("code", flat=True)
    return sum(_goes_on(code, before) for code in list(waiting[:1000]))


def _goes_on(code: str, before: datetime) -> bool:
    with changing(code) as report:
        if report.asked_at is None or report.asked_at > before:
            return False
        deadlines.resume(report)
        append(report, Happening("unanswered", SYSTEM))
    return True
