"""Web push as the standards have it: a message sealed for one browser (RFC 8291, in the coding of RFC 8188), and the
token by which an installation shows its push service who sends (VAPID, RFC 8292). Knows neither people nor tables.
"""

from __future__ import annotations

import base64
import binascii
import os
from datetime import datetime, timedelta

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MOST = 3000  # bytes of a message: push services take 4096 of the sealed one, some of them fewer
POINT = 65  # bytes of an uncompressed point of P-256
TOKEN_HOLDS = timedelta(hours=12)  # RFC 8292 allows a day; half of it forgives a clock that is wrong


def encoded(raw: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(written: str) -> bytes:
    """What `encoded` or a browser wrote: either alphabet, padded or not. Raises ValueError."""
    plain = written.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except binascii.Error as fault:
        raise ValueError("no base64") from fault


def point(written: str) -> ec.EllipticCurvePublicKey:
    """A browser's key (`p256dh`). Raises ValueError for anything but a point of the curve, uncompressed."""
    raw = decoded(written)
    if len(raw) != POINT:
        raise ValueError("no point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def raw_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as both standards write it."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sealed(
    plain: bytes, p256dh: str, auth: str, own: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """`plain` (at most `MOST` bytes) for the browser with these keys; `own` and `salt` are new where none are given.

    Raises ValueError for keys that are none.
    """
    if len(plain) > MOST:
        raise ValueError("too long")
    theirs, own, salt = point(p256dh), own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    mine = raw_point(own.public_key())
    shared = own.exchange(ec.ECDH(), theirs)
    key = _derived(shared, decoded(auth), b"WebPush: info\0" + raw_point(theirs) + mine, 32)
    content = _derived(key, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(key, salt, b"Content-Encoding: nonce\0", 12)
    body = AESGCM(content).encrypt(nonce, plain + b"\x02", None)
    return salt + (4096).to_bytes(4, "big") + bytes([POINT]) + mine + body


def token(key: ec.EllipticCurvePrivateKey, audience: str, contact: str, now: datetime) -> str:
    """The header `Authorization` for a push service: `audience` is its origin, `contact` a mailto: or https: one."""
    claims = {"aud": audience, "exp": int((now + TOKEN_HOLDS).timestamp()), "sub": contact}
    said = f"{encoded(orjson.dumps({'typ': 'JWT', 'alg': 'ES256'}))}.{encoded(orjson.dumps(claims))}"
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signature = encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={said}.{signature}, k={encoded(raw_point(key.public_key()))}"


def _derived(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=about).derive(secret)
