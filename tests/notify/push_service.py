"""A push service on loopback, by https: takes what it is sent, and opens it as the browser that it is for would.

What opens (`Browser`) is written from RFC 8291 and RFC 8188 apart from the code under test.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import secrets
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kentongan.foundation import outgoing
from kentongan.notify import push_calls, push_rounds

RAW = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


class Browser:
    """The keys of one subscription."""

    def __init__(self, secret: bytes = b"", auth: bytes = b"0123456789abcdef") -> None:
        number = int.from_bytes(secret, "big")
        self.key = ec.derive_private_key(number, ec.SECP256R1()) if secret else ec.generate_private_key(ec.SECP256R1())
        self.public, self.auth = self.key.public_key().public_bytes(*RAW), auth

    def said(self, endpoint: str) -> dict[str, Any]:
        """As `PushSubscription.toJSON()`."""
        keys = {"p256dh": b64(self.public), "auth": b64(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def opened(self, body: bytes) -> bytes:
        salt, length = body[:16], body[20]
        sender = body[21 : 21 + length]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        first = self._mac(self._mac(self.auth, shared), b"WebPush: info\0" + self.public + sender + b"\x01")
        second = self._mac(salt, first)
        key = self._mac(second, b"Content-Encoding: aes128gcm\0\x01")[:16]
        nonce = self._mac(second, b"Content-Encoding: nonce\0\x01")[:12]
        plain = AESGCM(key).decrypt(nonce, body[21 + length :], None).rstrip(b"\0")
        assert plain[-1:] == b"\x02"
        return plain[:-1]

    def _mac(self, key: bytes, said: bytes) -> bytes:
        return hmac.new(key, said, hashlib.sha256).digest()


def verified(header: str) -> dict[str, Any]:
    """The claims of a VAPID header whose signature holds."""
    parts = dict(one.strip().split("=", 1) for one in header.removeprefix("vapid ").split(","))
    said, _dot, signature = parts["t"].rpartition(".")
    raw = unb64(signature)
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
    key.verify(der, said.encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (json.loads(unb64(one)) for one in said.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return claims | {"key": parts["k"]}


class Server(ThreadingHTTPServer):
    request_queue_size = 128


class PushService:
    """`taken` holds path, headers and body of each message; `says` the statuses of the next answers, then 201."""

    def __init__(self, folder: Path) -> None:
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.says: list[tuple[int, dict[str, str]]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = service.says.pop(0) if service.says else (201, {})
                if status < 300:
                    service.taken.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_said: Any) -> None:
                pass

        self.certificate = folder / "push.pem"
        self.certificate.write_bytes(_certificate())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server = Server(("127.0.0.1", 0), Handler)
        # Each connection shakes hands in its own thread: thirty at once do not wait for each other.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.origin = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _certificate() -> bytes:
    """One that is its own authority, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name(
        [x509.NameAttribute(x509.NameOID.COMMON_NAME, f"push {secrets.token_hex(4)}")]
    )  # two of one name are mixed up
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    day = datetime.timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
    made = made.add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    text = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.sign(key, hashes.SHA256()).public_bytes(text) + key.private_bytes(text, *plain)


@pytest.fixture
def service(tmp_path, monkeypatch):
    made, paces = PushService(tmp_path), push_calls.Paces()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.certificate))
    monkeypatch.setattr(outgoing._kept, "session", None, raising=False)
    for room in (push_calls, push_rounds):
        monkeypatch.setattr(room, "paces", paces)
    yield made
    outgoing._kept.session = None
    made.stop()
