"""Deleting a peer: what lies with it comes back, what came from it stays, and nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from kentongan import reports
from kentongan.foundation.problems import Problem
from kentongan.network.models import OPEN, Delivery, Departure, Direction, HandOver, Peer, PeerState, Reach
from kentongan.network.peers import switch, unset_reach


@dataclass(frozen=True)
class Held:
    """What is between a peer and us: reports that lie there, reports of theirs here, and what is due for it."""

    given: int
    taken: int
    due: int


def held(peer: Peer) -> Held:
    """What deleting the peer would concern."""
    stays = HandOver.objects.filter(peer=peer, state__in=OPEN)
    return Held(
        stays.filter(direction=Direction.OUT).count(), stays.filter(direction=Direction.IN).count(),
        Delivery.objects.filter(peer=peer).count(),
    )  # fmt: skip


def remove(peer: Peer) -> Held:
    """Deletes the peer with its keys, secrets, services and receipts; what `held` said before.

    Reports that lie there are worked on here again by their body, whose staff read why. Reports that came from it stay
    and are worked on; nobody is told of them any more. The timelines keep what it did. Raises Problem
    `has_departed` (409) for one to which a body has left: its old addresses lead there.
    """
    if Departure.objects.filter(peer=peer).exists():
        raise Problem("has_departed", 409, _("A body has left for this peer, and its old addresses lead there."))
    before = held(peer)
    with transaction.atomic():
        switch(peer, PeerState.PAUSED)
        for body in Reach.objects.filter(peer=peer).values_list("body_id", flat=True):
            unset_reach(body)
        Delivery.objects.filter(peer=peer).delete()
        reason = _("%(peer)s is no longer connected.") % {"peer": peer.called}
        mine = HandOver.objects.filter(peer=peer, direction=Direction.OUT, state__in=OPEN)
        for code in mine.order_by("pk").values_list("report__code", flat=True):
            reports.tell(code, "given_up", text=reason, internal=True)
        HandOver.objects.filter(peer=peer).delete()
        Peer.objects.filter(pk=peer.pk).delete()
    return before
