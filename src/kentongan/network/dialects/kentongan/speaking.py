"""Signed calls between instances for rooms above the network: what they say is theirs, who says it is found here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.kentongan import client, signing
from kentongan.network.models import Peer, PeerState
from kentongan.network.peers import line_to


def heard_from(request: HttpRequest, content: bytes = b"") -> Peer:
    """The confirmed instance that signed a call and its `content`. Raises Problem, also `paused` (503)."""
    peer = signing.sender(request, content)
    if peer.state == PeerState.PAUSED:
        raise Problem("paused", 503, _("Nothing is taken from this peer at present. Send it again later."))
    return peer


def speak(
    peer: Peer, method: str, path: str, said: dict[str, Any] | None = None, *, seconds: float, most: int
) -> outgoing.Answer:
    """A signed call to `path` of an instance's endpoint: all of it within so many seconds, `most` bytes.

    Raises `outgoing.CallFailed` where there is no answer.
    """
    return client.call(line_to(peer), method, path, said, seconds=seconds, most=most)
