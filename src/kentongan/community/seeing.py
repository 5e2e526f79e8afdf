"""Who sees whom: what a viewer is shown, and what the person who shares is told of those who look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.community import journeys
from kentongan.community.models import Share, Viewer
from kentongan.community.sharing import KEPT, digest, running, token_of
from kentongan.foundation.nearness import is_near
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import unseal
from kentongan.people.models import Person

ONE_LOOK = timedelta(seconds=30)  # looks nearer together than this are one
SILENT = timedelta(minutes=3)  # after which a viewer is told since when nobody has heard the phone


@dataclass(frozen=True)
class Sight:
    """What a viewer is shown: `way` holds nothing once it has ended; `stage` is the word for all of it.

    `stage`: `waiting` (no place yet), `here`, `travels`, `off`, `late`, `ended`, `arrived`.
    """

    share: Share
    name: str
    way: journeys.Way
    stage: str
    is_silent: bool
    at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.stage in ("ended", "arrived")


@dataclass(frozen=True)
class Eye:
    """One who may see me, as I am told: how I called them, whether they looked, on how many devices a link was."""

    viewer: Viewer
    name: str
    token: str


def find_viewer(token: str, person: Person | None) -> Viewer:
    """The viewer of a token: whoever holds a link, or the one account. Raises Problem `no_share` (404)."""
    found = Viewer.objects.select_related("share__person").filter(digest=digest(token)).first()
    is_theirs = found is not None and (found.is_link or (person is not None and found.person_id == person.pk))
    if found is None or not is_theirs or found.share.started_at < timezone.now() - KEPT:
        raise Problem("no_share", 404, _("Nothing is shared here, or not any more."))
    return found


def may_listen(name: str) -> bool:
    """Whether there is a viewer of this digest, which only who holds the token can tell."""
    return Viewer.objects.filter(digest=name).exists()


def sight(viewer: Viewer) -> Sight:
    """What this viewer may see now."""
    share, now = viewer.share, timezone.now()
    over = share.ended_at is not None or share.ends_at <= now
    way = journeys.Way() if over else journeys.opened(share.sealed)
    heard = share.heard_at or share.started_at
    return Sight(
        share=share, name=share.person.name, way=way, stage=_stage(share, way, over, now),
        at=None if over else share.at, is_silent=not over and not is_near(heard, now, SILENT),
    )  # fmt: skip


def note_opening(viewer: Viewer) -> None:
    """One more browser opens the link: who shares sees how many."""
    with transaction.atomic():
        Viewer.objects.filter(pk=viewer.pk).update(devices=F("devices") + 1)
        live.tell(f"share:{viewer.share_id}")


def note_look(viewer: Viewer) -> None:
    """A viewer looks, which the person who shares is told."""
    now = timezone.now()
    if is_near(viewer.seen_at, now, ONE_LOOK):
        return
    with transaction.atomic():
        Viewer.objects.filter(pk=viewer.pk).update(seen_at=now)
        live.tell(f"share:{viewer.share_id}")


def eyes(share: Share) -> list[Eye]:
    """All who may see a share, in the order in which they were named."""
    rows = share.viewers.order_by("created_at", "pk")
    return [Eye(one, str(unseal(one.sealed) or ""), token_of(one)) for one in rows]


def mine(share: Share) -> journeys.Way:
    """What the person who shares is shown of it."""
    return journeys.opened(share.sealed)


def seen_by(person: Person) -> int | None:
    """How many may see this person now; None where nothing is shared. Every page of theirs says it."""
    share = running(person)
    return None if share is None else share.viewers.count()


def shared_with(person: Person) -> list[tuple[Sight, str]]:
    """What others share with this account, with the token of each."""
    rows = Viewer.objects.filter(person=person, share__started_at__gte=timezone.now() - KEPT)
    found = rows.select_related("share__person").order_by("-share__started_at")
    return [(sight(one), token_of(one)) for one in found]


def turn_away(person: Person, token: str) -> int:
    """An account wants to see a share no longer; returns how many rows went."""
    with transaction.atomic():
        mine = Viewer.objects.filter(person=person, digest=digest(token)).first()
        if mine is None:
            return 0
        live.tell(f"share:{mine.share_id}")
        return mine.delete()[0]


def _stage(share: Share, way: journeys.Way, over: bool, now: datetime) -> str:
    if over:
        return "arrived" if share.ending == "arrived" else "ended"
    if share.due_at is not None and share.due_at <= now:
        return "late"
    if not way.is_placed:
        return "waiting"
    if share.off_at is not None:
        return "off"
    return "travels" if way.is_journey else "here"
