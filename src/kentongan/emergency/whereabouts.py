"""What operators read of an alert that another instance knows of: who needs help, and how the two stand."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kentongan.emergency.models import Alert
from kentongan.emergency.stays import Side, Stay, StayState
from kentongan.foundation.sealing import unseal


@dataclass(frozen=True)
class CallerTold:
    """Who needs help, as another way than an account says it."""

    name: str = ""
    phone: str = ""


def caller_told(alert: Alert) -> CallerTold:
    """Name and number, empty where nothing was told."""
    told = unseal(alert.caller) or {}
    return CallerTold(str(told.get("name", "")), str(told.get("phone", "")))


def instances(alert: Alert) -> list[str]:
    """A sentence for each instance that has the alert too, the newest first."""
    if not alert.shared:
        return []
    return [_said(one) for one in alert.stays.order_by("-since").select_related("peer")]


def _said(stay: Stay) -> str:
    names = {"instance": stay.title, "owner": stay.owner}
    if stay.side == Side.IN:
        return _("The phone is that of %(instance)s; its person reads there what is done here.") % names
    if stay.state == StayState.LEAVING and stay.owner:
        return _("%(owner)s at %(instance)s has it until it is taken where the phone is now.") % names
    if stay.failing_since is not None and stay.state in {StayState.ASKING, StayState.HELD}:
        return _("%(instance)s watches the place, and does not answer.") % names
    if stay.state == StayState.HELD and not stay.watched:
        return _("%(instance)s has it, and nobody is on duty there.") % names
    return {
        StayState.ASKING: _("%(instance)s watches the place and has been asked."),
        StayState.HELD: _("%(instance)s watches the place and has it."),
        StayState.REFUSED: _("%(instance)s does not watch this place."),
    }.get(StayState(stay.state), _("%(instance)s had it before.")) % names
