"""Signs what we send to another instance and checks what one sends us (RFC 9421, Ed25519, Content-Digest RFC 9530)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.kentongan import keyring, seeking
from kentongan.network.models import Peer, PeerState, SigningKey

TAG = "kentongan/1"
LONGEST_KEYID = 200
COVERED = ("@method", "@authority", "@path", "@query")
# Clocks may be an hour wrong. A copy of a message sent again within this time changes nothing: each has an id that is
# taken in once, and reading gives away no more than before.
SKEW = timedelta(hours=2)


@dataclass
class _Message:
    """What the library needs of a request that Django received."""

    method: str
    url: str
    headers: dict[str, str]


class _Ours(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id: str) -> Any:
        return keyring.private_of(SigningKey.objects.get(pk=key_id))


class _Theirs(HTTPSignatureKeyResolver):
    """Finds the key, and remembers whose it was."""

    peer: Peer
    missing = ""

    def resolve_public_key(self, key_id: str) -> Any:
        found = keyring.public_key(key_id)
        if found is None:
            self.missing = key_id
            return None
        self.peer, public = found
        return public


def sign(request: outgoing.Prepared) -> outgoing.Prepared:
    """Adds the digest of the body and the signature of this instance to a request that is about to be sent."""
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Ours())
    body = request.body or b""
    signer.sign(
        request, key_id=keyring.own_key().keyid, nonce=uuid4().hex, tag=TAG, label="kentongan",
        covered_component_ids=COVERED, body=body if isinstance(body, bytes) else body.encode(),
    )  # fmt: skip
    return request


def sender(request: HttpRequest, body: bytes = b"", *, confirmed: bool = True) -> Peer:
    """The peer that signed the request and its `body`.

    Raises Problem `bad_signature`, `unknown_key` (401), `key_looked_for` (503), `not_introduced` (403).
    """
    peer = _verified(request, body)
    if confirmed and peer.state not in {PeerState.ACTIVE, PeerState.PAUSED}:
        raise Problem(
            "not_introduced", 403, _("This instance is not confirmed here yet. Its administrator has been asked.")
        )
    return peer


def _verified(request: HttpRequest, body: bytes) -> Peer:
    resolver = _Theirs()
    try:
        return _verify(request, body, resolver)
    except InvalidSignature as fault:
        if resolver.missing:
            raise _unknown(resolver.missing) from None
        raise _bad(str(fault)) from None


def _verify(request: HttpRequest, body: bytes, resolver: _Theirs) -> Peer:
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
    verifier.max_clock_skew = SKEW
    message = _Message(request.method or "GET", request.build_absolute_uri(), dict(request.headers))
    # The library adds the skew to the age: by itself it is two hours either way.
    verifier.verify(message, max_age=timedelta(0), expect_tag=TAG, require_components=COVERED, body=body)
    return resolver.peer


def _unknown(keyid: str) -> Problem:
    """A key that is not known here. That of a peer may be a new one: it is looked for by a task."""
    peer = Peer.objects.filter(instance=keyid.rpartition("#")[0], confirmed_here=True).exclude(instance="").first()
    if peer is None or len(keyid) > LONGEST_KEYID:
        return Problem("unknown_key", 401, _("The key of this message is not known here. Introduce yourself first."))
    return seeking.seek(peer, keyid)


def _bad(why: str) -> Problem:
    return Problem("bad_signature", 401, _("The signature of this message does not hold: %(why)s") % {"why": why[:200]})
