"""What the pages of an account say beside their forms: for what one signs in, and what goes on after signing out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from kentongan import community, emergency
from kentongan.emergency.states import ENDED
from kentongan.web.people_here import person_of

FAMILY = (
    _("Family"),
    _(
        "You share where you are for a limited time with people whom you choose, and see who looked. It needs an"
        " account; a link that somebody sent you opens without one."
    ),
)  # fmt: skip
NEIGHBOURHOOD = (
    _("My neighbourhoods"),
    _(
        "Neighbours are called when one of them presses the emergency button, walk rounds and note guests. It needs an"
        " account, so that the others know who you are; the emergency button works without one."
    ),
)  # fmt: skip
PURPOSES = {
    "family": FAMILY, "neighbourhoods": NEIGHBOURHOOD, "neighbourhood": NEIGHBOURHOOD,
    "neighbourhood_join": NEIGHBOURHOOD, "patrol_point": NEIGHBOURHOOD, "neighbourhood_codes": NEIGHBOURHOOD,
    "safety": (
        _("Safety"),
        _("The codes belong to an account; the emergency button works without one."),
    ),
}  # fmt: skip


def purpose(request: HttpRequest) -> tuple[Any, Any] | None:
    """Title of the page that somebody who is not signed in wanted to see and what it is for; None where it is none of
    these."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if person_of(request) is not None or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return None
    try:
        return PURPOSES.get(resolve(urlsplit(wanted).path).view_name)
    except (Resolver404, ValueError):
        return None


@dataclass(frozen=True)
class GoesOn:
    """What signing out does not end: an alert (its id), a timer (when it runs out), sharing (until when), and what it
    does: turns of duty."""

    alert: UUID | None
    timer_due: datetime | None
    shared_until: datetime | None
    on_duty: bool

    def __bool__(self) -> bool:
        return bool(self.alert or self.timer_due or self.shared_until or self.on_duty)


def goes_on(request: HttpRequest) -> GoesOn | None:
    """What of the person who is signed in goes on at this moment; one under duress looks ended here too."""
    person = person_of(request)
    if person is None:
        return None
    alert = next((one.pk for one in emergency.held_by(person) if one.state not in ENDED), None)
    share, timer_due = community.running(person), emergency.next_due(person)
    return GoesOn(alert, timer_due, share.ends_at if share else None, emergency.is_on_duty(person))
