"""Reports that another system works on: here they are followed, not worked on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.network.models import OPEN, CodeAnswer, Direction, HandOver, Inquiry, Receipt, Traffic
from kentongan.reports.models import Report

# What staff here may do all the same: take the report back by passing it on, or speak about it.
MAY = {"transfer", "note", "identity", "look", "merge"}
RECEIPTS_KEPT = timedelta(days=180)  # far beyond the longest that anybody sends again
TRAFFIC_KEPT = timedelta(days=30)
INQUIRIES_KEPT = timedelta(days=2)


def works_on(report: Report) -> HandOver | None:
    """The hand-over by which a peer has the report; None where it is worked on here."""
    given = HandOver.objects.filter(report=report, direction=Direction.OUT, state__in=OPEN)
    return given.select_related("peer").first()


def refuse_elsewhere(report: Report, step: str) -> None:
    """Raises Problem `elsewhere` (409) for a step of staff here on a report that a peer works on."""
    given = works_on(report) if step not in MAY else None
    if given is not None:
        raise Problem(
            "elsewhere", 409,
            _("%(peer)s works on this report. Take it back by transferring it, or wait for their answer.")
            % {"peer": given.peer.called},
        )  # fmt: skip


def worked_on_here(codes: Sequence[str]) -> list[str]:
    """Those of the reports that no peer works on, in their order."""
    given = HandOver.objects.filter(report__code__in=codes, direction=Direction.OUT, state__in=OPEN)
    away = set(given.values_list("report__code", flat=True))
    return [code for code in codes if code not in away]


def sweep() -> int:
    """Forgets receipts and counts that nobody can need any more; returns how many."""
    now = timezone.now()
    old = Receipt.objects.filter(at__lt=now - RECEIPTS_KEPT).delete()[0]
    old += Inquiry.objects.filter(at__lt=now - INQUIRIES_KEPT).delete()[0]
    old += CodeAnswer.objects.filter(until__lt=now).delete()[0]
    return old + Traffic.objects.filter(hour__lt=now - TRAFFIC_KEPT).delete()[0]
