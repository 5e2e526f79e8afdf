"""The keys of this instance and those of its peers, and how trust passes from a key to the next."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kentongan.network import facts
from kentongan.network.models import KnownKey, Peer, SigningKey
from kentongan.network.sealing import seal, unseal

OVERLAP = timedelta(days=30)  # for which a key that was followed by another still verifies
MOST_KEPT = 100  # keys of one peer: twice what a card may show


def own_key() -> SigningKey:
    """The key that signs now; made where there is none yet."""
    newest = SigningKey.objects.filter(retired_at=None).order_by("-created_at").first()
    return newest or rotate()


def rotate() -> SigningKey:
    """A new key, signed for by the one before it. Peers learn of it by themselves when they first meet it."""
    with transaction.atomic():
        before = SigningKey.objects.select_for_update().filter(retired_at=None).order_by("-created_at").first()
        pair = Ed25519PrivateKey.generate()
        public = encode(pair.public_key().public_bytes_raw())
        keyid = f"{facts.instance()}#{SigningKey.objects.count() + 1}"
        made = SigningKey(keyid=keyid, public=public, private=seal(_pem(pair)))
        if before is not None:
            made.signed_by = before.keyid
            made.succession = encode(private_of(before).sign(statement(keyid, public)))
            SigningKey.objects.filter(pk=before.pk).update(retired_at=timezone.now())
        made.save(force_insert=True)
    return made


def private_of(key: SigningKey) -> Ed25519PrivateKey:
    """The private half."""
    loaded = serialization.load_pem_private_key(unseal(key.private).encode(), password=None)
    assert isinstance(loaded, Ed25519PrivateKey)  # noqa: S101  we make no others
    return loaded


def published() -> list[dict[str, str]]:
    """Our public keys as others read them, the newest first."""
    valid = Q(retired_at=None) | Q(retired_at__gt=timezone.now() - OVERLAP)
    own_key()
    return [
        {"keyid": key.keyid, "alg": "ed25519", "public": key.public, "signed_by": key.signed_by,
         "succession": key.succession}
        for key in SigningKey.objects.filter(valid).order_by("-created_at")
    ]  # fmt: skip


def trust(peer: Peer, keys: list[dict[str, Any]]) -> None:
    """Keeps the keys of a peer that a person confirms, or has yet to confirm; a key id is never another's."""
    ids = [key["keyid"] for key in keys]
    KnownKey.objects.filter(keyid__in=ids, peer__confirmed_here=False).exclude(peer=peer).delete()
    rows = [KnownKey(keyid=key["keyid"], peer=peer, public=key["public"]) for key in keys]
    KnownKey.objects.bulk_create(rows, ignore_conflicts=True)
    kept = KnownKey.objects.filter(peer=peer).order_by("-since", "-pk").values("pk")
    KnownKey.objects.filter(pk__in=[key["pk"] for key in kept[MOST_KEPT:]]).delete()


def follow_succession(peer: Peer, keys: list[dict[str, Any]]) -> list[str]:
    """Trusts those keys that a key we trust signed for, over as many steps as there are keys; returns their ids.

    A key that was followed by another verifies for `OVERLAP` more, and no longer: one that was stolen ends too.
    """
    known = dict(KnownKey.objects.filter(_still(), peer=peer).values_list("keyid", "public"))
    new: list[dict[str, Any]] = []
    for _step in keys:
        found = [key for key in keys if key["keyid"] not in known and _is_signed_for(key, known)]
        if not found:
            break
        known |= {key["keyid"]: key["public"] for key in found}
        new += found
    trust(peer, new)
    followed = [key["signed_by"] for key in new]
    KnownKey.objects.filter(peer=peer, keyid__in=followed, until=None).update(until=timezone.now() + OVERLAP)
    return [key["keyid"] for key in new]


def public_key(keyid: str) -> tuple[Peer, Ed25519PublicKey] | None:
    """The peer that a key belongs to, and the key; None where it is not known, or no more."""
    known = KnownKey.objects.select_related("peer").filter(_still(), pk=keyid).first()
    return (known.peer, _public(known.public)) if known else None


def fingerprint(public: str) -> str:
    """A key in the form that two people read to each other over a telephone: SHA-256, the first 80 bits."""
    digest = base64.b32encode(hashlib.sha256(decode(public)).digest())[:16].decode()
    return "-".join(digest[at : at + 4] for at in range(0, 16, 4))


def statement(keyid: str, public: str) -> bytes:
    """What a key signs of the key that follows it."""
    return f"kentongan/1 key {keyid} {public}".encode()


def encode(raw: bytes) -> str:
    """base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(written: str) -> bytes:
    """The bytes of `encode`, in that writing alone: Python passes over other letters. Raises ValueError."""
    raw = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    if encode(raw) != written:
        raise ValueError("no base64url")
    return raw


def _is_signed_for(key: dict[str, Any], known: dict[str, str]) -> bool:
    before = known.get(str(key.get("signed_by")))
    if before is None:
        return False
    try:
        _public(before).verify(decode(str(key["succession"])), statement(str(key["keyid"]), str(key["public"])))
    except (InvalidSignature, ValueError):
        return False
    return True


def _still() -> Q:
    return Q(until=None) | Q(until__gt=timezone.now())


def _public(written: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(decode(written))


def _pem(pair: Ed25519PrivateKey) -> str:
    return pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
