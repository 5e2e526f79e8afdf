"""What was published, for pages and feeds."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.warnings import rights
from kentongan.warnings.models import Warning
from kentongan.warnings.states import State

LISTED = 100
SHOWN_FOR = timedelta(days=3)  # in the feed after its end, so that whoever asks once a day still hears of the end


def find(number: UUID) -> Warning:
    """A published message. Raises Problem `not_found` (404)."""
    rows = Warning.objects.exclude(state=State.DRAFT).select_related("body", "feed", "replaces")
    found = rows.filter(pk=number).first()
    if found is None:
        raise Problem("not_found", 404, _("There is no such warning."))
    return found


def own(number: UUID) -> Warning:
    """The same, of a body of ours: what others publish is told by them. Raises Problem `not_found` (404)."""
    found = find(number)
    if found.feed_id is not None or found.body is None:
        raise Problem("not_found", 404, _("There is no such warning."))
    return found


def newest(page: int = 1) -> tuple[list[Warning], bool]:
    """Ours of the last days and those in force, the newest first: what a page (from 1) of the feed tells, and whether
    there are more."""
    recent = Q(state=State.ACTIVE) | Q(sent__gt=timezone.now() - SHOWN_FOR)
    rows = Warning.objects.filter(recent, feed=None, sent__isnull=False).select_related("body", "feed")
    found = list(rows.order_by("-sent", "-created_at", "-pk")[LISTED * (page - 1) : LISTED * page + 1])
    return found[:LISTED], len(found) > LISTED


def past() -> list[Warning]:
    """Of the last three days, what is no longer in force."""
    rows = Warning.objects.filter(sent__gt=timezone.now() - SHOWN_FOR).exclude(state__in=[State.DRAFT, State.ACTIVE])
    return list(rows.exclude(msg_type="Cancel").select_related("body", "feed").order_by("-sent", "-created_at")[:30])


def history(one: Warning) -> list[Warning]:
    """The messages of its chain, the newest first."""
    found: list[Warning] = []
    at = one
    while (after := Warning.objects.filter(replaces=at).exclude(state=State.DRAFT).first()) and len(found) < 50:
        found.append(after)
        at = after
    found.reverse()
    found.append(one)
    at = one
    while at.replaces is not None and len(found) < 100:
        at = at.replaces
        found.append(at)
    return found


def of_bodies(person: Person) -> list[Warning]:
    """Drafts and messages of the bodies for which the person may draft, drafts and what is in force first; for the
    platform's administrators all that is in force, which they may take back."""
    shown = Q(body__in=[one.body_id for one in rights.rights_of(person)])
    if person.administers:
        shown |= Q(state=State.ACTIVE)
    rows = Warning.objects.filter(shown, feed=None).select_related("body", "drafted_by")
    order = {State.DRAFT: 0, State.ACTIVE: 1}
    newest = list(rows.order_by("-created_at")[:LISTED])
    return sorted(newest, key=lambda one: order.get(State(one.state), 2))
