"""An alert that has ended becomes a report: what is broken is mended by whoever is responsible, not by an operator.

What stands in it the operator writes. Without its person's word it is secret, whatever the category; with it, it is
public without their name. Their account has it only where nobody else may be holding the phone.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan import reports, routing
from kentongan.emergency import trail
from kentongan.emergency.board import find
from kentongan.emergency.commands import operator
from kentongan.emergency.models import Alert
from kentongan.emergency.states import State
from kentongan.emergency.writer import Happening, append, changing
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report

REPORTS = UUID("0f3a1d52-6a0d-4a57-9c0f-2b8d0a1a7c55")  # of submission ids: an alert's own is a secret of its phone


def become_report(
    alert_id: UUID, person: Person, category: str, words: str, *, with_place: bool, agreed: bool
) -> Alert:
    """Sends a report of an ended alert, once; `with_place`: where the phone was last, else without a place.

    `agreed`: its person said that it may be public. Raises Problem `not_ended`, `forgotten` (409), `drill` (422), and
    what `routing.submit` raises.
    """
    found = find(person, alert_id)
    who = operator(person, found)
    with transaction.atomic(), changing(found.pk) as alert:
        if alert.report:
            return alert
        _check(alert)
        spot = trail.last_spot(alert) if with_place else None
        sent = reports.Submission(
            submission_id=uuid5(REPORTS, str(alert.pk)), category=category, text=words,
            lon=spot.lon if spot else None, lat=spot.lat if spot else None, occurred_at=alert.created_at,
            privacy="anonymous" if agreed else "secret", channel="alert",
        )  # fmt: skip
        made = routing.submit(sent, None if _is_watched_over(alert) else alert.person).report
        alert.report = made.code
        append(alert, Happening("report", who, data={"report": made.code, "agreed": agreed}))
        return alert


def told_report(alert: Alert) -> str:
    """The code of the report as its person may know it: theirs, or a public one; never where somebody else may be
    looking at their phone."""
    if not alert.report or _is_watched_over(alert):
        return ""
    mine = alert.person_id is not None or Report.objects.filter(code=alert.report, is_restricted=False).exists()
    return alert.report if mine else ""


def _is_watched_over(alert: Alert) -> bool:
    """Whether whoever is feared may hold the phone or the account: nothing of this may appear there."""
    return alert.duress or alert.silent or "forced_timer" in alert.remarks


def _check(alert: Alert) -> None:
    if alert.exercise:
        raise Problem("drill", 422, _("A drill becomes no report."))
    if alert.state != State.CLOSED:
        raise Problem("not_ended", 409, _("Close the alert first; then it can become a report."))
    if alert.forgotten_at is not None:
        raise Problem("forgotten", 409, _("What was known of this alert is deleted already."))
