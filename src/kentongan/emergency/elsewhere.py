"""Which other instance watches a place: what it says itself, as far as it is entitled to say so.

Entitled to an area is an instance behind which the government of that area, or of one around it, works: that was said
by a person here, who confirmed its keys too. What else it claims is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from kentongan import network
from kentongan.emergency.stays import Claim
from kentongan.foundation.nearness import is_near
from kentongan.foundation.revision import Cached
from kentongan.network.models import Peer, PeerState

FRESH = timedelta(seconds=45)  # what was heard longer ago of who is on duty is not believed
KNOWN = timedelta(days=2)  # after which an instance that was not heard is asked no more


@dataclass(frozen=True)
class Watcher:
    """An instance that watches a place, its post there, and whether somebody was on duty a moment ago."""

    peer: Peer
    area: str
    post: str
    on_duty: bool

    @property
    def title(self) -> str:
        """What people read."""
        return self.peer.called[:160]


def around(area: str) -> list[str]:
    """The area and those around it, without the whole country."""
    parts = area.split(".") if area else []
    return [".".join(parts[: at + 1]) for at in range(len(parts))]


def is_entitled(peer: str, area: str) -> bool:
    """Whether the instance may say that it watches the area (code). Nobody else's word is enough for the country."""
    return not set(around(area)).isdisjoint(network.areas_behind().get(peer, ()))


def is_claimed(area: str) -> bool:
    """Whether any instance has said that it watches an area: what most presses ask is answered without a statement."""
    known = claimed.get()
    return bool(known) and not known.isdisjoint(around(area))


def find(area: str) -> Watcher | None:
    """The instance that watches an area: of those with somebody on duty, else of all, the one of the smallest area."""
    if not is_claimed(area):
        return None
    now = timezone.now()
    said = Claim.objects.filter(
        area_code__in=around(area), at__gt=now - KNOWN, peer__state=PeerState.ACTIVE, peer__dialect="kentongan"
    )
    found = [
        Watcher(one.peer, one.area_code, one.post, one.on_duty and is_near(one.at, now, FRESH))
        for one in said.select_related("peer").order_by("peer") if is_entitled(one.peer_id, one.area_code)
    ]  # fmt: skip
    return max(found, key=lambda one: (one.on_duty, len(one.area)), default=None)


# Areas (codes); one that is claimed no more may stay for a while: the table is asked then.
claimed: Cached[frozenset[str]] = Cached("claims", lambda: frozenset(Claim.objects.values_list("area_code", flat=True)))
