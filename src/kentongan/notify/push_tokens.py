"""What a push service is told beside a message: who we are (VAPID, RFC 8292), how urgent it is."""

from __future__ import annotations

import time
from threading import Lock

from django.utils import timezone

from kentongan.foundation import addresses
from kentongan.foundation.config import config
from kentongan.notify import phones, sealing_push
from kentongan.notify.models import Push

_tokens: dict[tuple[str, str], tuple[float, str]] = {}
_guard = Lock()


def headers(push: Push) -> dict[str, str]:
    """Those of one message but for the time it holds, which is known when it leaves. Raises `phones.KeyClosed`, and
    `addresses.Refused` for an address that may not be called any more."""
    return {
        "Authorization": _token(push.phone.endpoint), "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream", "Urgency": "high" if push.is_urgent else "normal",
        "Topic": push.topic,
    }  # fmt: skip


def _token(endpoint: str) -> str:
    """One token for all phones of a service, made anew every hour (RFC 8292 asks for reuse). Whether our key is still
    the same is looked at every ten seconds: to read and open it was a fifth of a message."""
    origin, now = addresses.read(endpoint).origin, time.monotonic()
    with _guard:
        until, kept = _tokens.get(("", origin), (0.0, ""))
    if now < until:
        return kept
    key = phones.own_key()
    name = (phones.public_key_of(key), origin)
    with _guard:
        until, kept = _tokens.get(name, (0.0, ""))
    if now >= until:
        until, kept = now + 3600, sealing_push.token(key, origin, _contact(), timezone.now())
    with _guard:
        if len(_tokens) > 400:
            _tokens.clear()
        _tokens[name], _tokens["", origin] = (until, kept), (min(until, now + 10), kept)
    return kept


def _contact() -> str:
    """Whom a push service may write to: the address mails come from, else the site."""
    base = config().base_url.rstrip("/")
    return base if base.startswith("https://") else "mailto:" + config().mail_from.rpartition("<")[2].rstrip("> ")
