"""What of the network has run out: keys by which peers call us, keys they sign with, certificates they show."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from kentongan.network.calling import BAD_CERTIFICATE
from kentongan.network.models import ApiKey, KnownKey, Peer, PeerState

SOON = timedelta(days=14)


def expired() -> list[str]:
    """One line for each active peer that cannot be spoken with, or soon cannot, because something has run out."""
    peers = Peer.objects.filter(state=PeerState.ACTIVE).order_by("name")
    return [line for peer in peers for line in (_api_key(peer), _signing_key(peer), _certificate(peer)) if line]


def _api_key(peer: Peer) -> str:
    last = list(ApiKey.objects.filter(peer=peer).values_list("expires_at", flat=True))
    ends = [at for at in last if at is not None]
    if not ends or len(ends) < len(last) or max(ends) > timezone.now() + SOON:
        return ""
    what = "has expired" if max(ends) <= timezone.now() else "ends"
    return f"peer {peer.name}: its API key {what} on {max(ends):%Y-%m-%d}; make another with `kentongan peers key`"


def _signing_key(peer: Peer) -> str:
    keys = list(KnownKey.objects.filter(peer=peer).values_list("until", flat=True))
    if not keys or any(until is None or until > timezone.now() for until in keys):
        return ""
    return f"peer {peer.name}: every key that it signs with has ended; ask it for its card and confirm it again"


def _certificate(peer: Peer) -> str:
    failing = peer.last_error_at and (not peer.last_success_at or peer.last_error_at > peer.last_success_at)
    if failing and peer.last_error in _words_for_a_bad_one():
        return f"peer {peer.name}: its certificate is not good: {peer.last_error}"
    return ""


def _words_for_a_bad_one() -> list[str]:
    """What a peer's last error says of it, in whichever language this installation spoke when it was written."""
    words = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            words.append(str(BAD_CERTIFICATE))
    return words
