"""Asking peers for news: windows that overlap, so that nothing falls between two; what is known already is ignored."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DataError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan.foundation.problems import Problem
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Update
from kentongan.network.intake import apply
from kentongan.network.models import OPEN, Direction, HandOver, Peer
from kentongan.network.peers import line_to
from kentongan.network.plain import kept

EVERY = 900  # seconds between two looks, as FixMyStreet does; `options.poll_every` of a peer changes it
OVERLAP = timedelta(hours=2)  # clocks that are an hour wrong lose nothing
SWEEP = timedelta(hours=24)  # the first look of a day goes back this far
MOST_NOTES = 20
LONGEST = 600.0  # seconds for all calls of one look
MOST_TOKENS = 500  # asked for one by one, the oldest first


def is_due(peer: Peer) -> bool:
    """Whether the peer should be asked now."""
    if not dialect(peer.dialect).polls:
        return False
    every = timedelta(seconds=int(peer.options.get("poll_every", EVERY)))
    # A time still to come was written by a clock that had jumped: nobody would be asked until then.
    return peer.polled_at is None or not timedelta(0) <= timezone.now() - peer.polled_at < every


def poll_peer(peer: Peer) -> int | None:
    """Takes in the news of a peer; returns how much there was, None where it was asked nothing: that says nothing of
    whether it answers. The window moves on only when all of it is in."""
    kind, line, now = dialect(peer.dialect), line_to(peer), timezone.now()
    # Two workers never ask at once: whoever moves the time on is the one.
    if not Peer.objects.filter(pk=peer.pk, polled_at=peer.polled_at).update(polled_at=now):
        return None
    stays = HandOver.objects.filter(peer=peer, direction=Direction.OUT, state__in=OPEN)
    ids = dict(stays.exclude(token="").filter(remote_id="").order_by("pk").values_list("token", "pk")[:MOST_TOKENS])
    for token, remote_id in kind.resolve_tokens(line, list(ids)).items():
        HandOver.objects.filter(pk=ids[token]).update(remote_id=kept(remote_id, 200))
    known = list(stays.exclude(remote_id="").order_by("pk").values_list("remote_id", flat=True))
    if kind.asks_by_id and not ids and not known:
        return None
    news = sorted(kind.poll(line, _since(peer, now), now + OVERLAP, known), key=lambda one: one.at)
    taken = sum(_take(peer, one, line.notes) for one in news)
    Peer.objects.filter(pk=peer.pk).update(polled_until=now, options={**peer.options, "odd": line.notes[:MOST_NOTES]})
    return taken


def _take(peer: Peer, one: Update, notes: list[str]) -> bool:
    """Takes in one piece of news; what cannot be kept costs itself only, and is named."""
    try:
        with transaction.atomic():
            return apply(peer, one) is not None
    except (Problem, ValueError, TypeError, ArithmeticError, DataError) as fault:
        notes.append(
            _("News of %(id)s could not be kept (%(kind)s).") % {"id": one.remote_id, "kind": type(fault).__name__}
        )
        return False


def _since(peer: Peer, now: datetime) -> datetime:
    if peer.polled_until is None:
        return now - SWEEP
    first_today = peer.polled_at is None or timezone.localdate(peer.polled_at) != timezone.localdate(now)
    return min(peer.polled_until, now) - (SWEEP if first_today else OVERLAP)
