"""The new instance is told that an imported report lives here now."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from kentongan import bodies, reports
from kentongan.foundation.problems import Problem
from kentongan.network.models import OPEN, Direction, HandOver, HandOverState, Peer
from kentongan.reports.models import Report
from kentongan.reports.states import State


def take_over(peer: Peer, report: Report | None, told: dict[str, Any]) -> Report:
    """Makes the imported `report` live here, as it stood at entry `upto`; one that does already is left as it is.

    `told` holds `upto`, `passed_on`, `code` and `url` of it there. In the caller's transaction. Raises Problem
    `not_imported` (503: send it again) where its bundle has not been taken in yet.
    """
    if report is None or (report.away and report.seq < told["upto"]):
        raise Problem("not_imported", 503, _("The bundle with this report has not been taken in here yet."))
    if not report.away:
        return report
    direction = Direction.OUT if told["passed_on"] else Direction.IN
    came = reports.arrive(report.code, {"peer": {"name": peer.name, "title": peer.called}})
    if not HandOver.objects.filter(report=report, peer=peer, state__in=OPEN).exists():
        HandOver.objects.create(
            report=report, peer=peer, direction=direction, state=HandOverState.ACCEPTED, remote_id=told["code"],
            remote_url=told["url"], body=report.body_id or "", seq=came.seq,
        )  # fmt: skip
    if came.state == State.AWAITING_PARTNER and bodies.snapshot().is_partner(came.body_id or ""):
        reports.hand_over(came.code)
    return came
