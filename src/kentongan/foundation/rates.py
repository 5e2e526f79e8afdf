"""How often somebody may do something: one counted window for each key, the same on both databases."""

from __future__ import annotations

import re
import time
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.db import connection, models
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan.foundation import prepared
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

# One statement, so that two requests at the same instant never share a count.
_SPEND = """
    INSERT INTO foundation_ratewindow (key, start, count) VALUES (%s, %s, 1)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN foundation_ratewindow.start = excluded.start
                THEN foundation_ratewindow.count + 1 ELSE 1 END,
        start = excluded.start
    RETURNING count
"""
# A count that a crash of the machine forgets does no harm: PostgreSQL need not wait for the disk for it.
_UNHURRIED = ", set_config('synchronous_commit', 'off', true)"
# As proxies write an address: with a port (Azure's gateways do), in brackets, in quotes (RFC 7239, 6). The port is
# another one for each connection, so that whoever connects anew would be counted anew.
_NAMED = re.compile(
    r'"?(?:\[(?P<inner>[0-9A-Fa-f:.]+)(?:%[^\]\s"]+)?\]|(?P<plain>[0-9.]+))(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"?'
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are somebody's IPv4 address


class RateWindow(models.Model):
    """What was spent in the current window of a key. The key is hashed: it may be an address of a person."""

    key = models.CharField(max_length=64, primary_key=True)
    start = models.BigIntegerField(db_index=True)  # seconds since 1970
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"


def spend(key: str, limit: int, seconds: int) -> None:
    """Counts one use of `key` in the current window of `seconds`.

    Raises Problem `too_many` (429) with `retry_after` in seconds where more than `limit` were used.
    """
    now = int(time.time())
    start = now - now % seconds
    hashed = salted_hmac("kentongan.rates", f"{key}/{seconds}", algorithm="sha256").hexdigest()
    # Inside a transaction of the caller's it would be the caller's changes that do not wait.
    alone = connection.vendor == "postgresql" and not connection.in_atomic_block
    used = prepared.rows(_SPEND + _UNHURRIED if alone else _SPEND, [hashed, start])[0][0]
    if used > limit:
        raise Problem(
            "too_many",
            429,
            _("Too many in a short time. Wait a little, then try again."),
            extra={"retry_after": max(1, start + seconds - now)},
        )


def address(request: HttpRequest) -> str:
    """The network address that limits are counted by.

    Only proxies we run may say whom they speak for: `trusted_proxies` of them, counted from the right. Of an IPv6
    address the network: whoever has one has 2^64 addresses in it (RFC 6177).
    """
    trusted = config().trusted_proxies
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if trusted else ()
    if trusted and len(forwarded) >= trusted and forwarded[-trusted].strip():
        return _network(forwarded[-trusted].strip())
    return _network(str(request.META.get("REMOTE_ADDR", "")))


def _network(written: str) -> str:
    named = _NAMED.fullmatch(written)
    try:
        found = ip_address(named["inner"] or named["plain"] if named else written)
    except ValueError:
        return written
    if isinstance(found, IPv6Address) and found in _NAT64:
        return str(IPv4Address(int(found) & 0xFFFF_FFFF))
    if isinstance(found, IPv6Address) and found != IPv6Address("::1"):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)


def forget(older_than: int = 86_400) -> int:
    """Removes windows that began more than `older_than` seconds ago; returns how many."""
    return RateWindow.objects.filter(start__lt=int(time.time()) - older_than).delete()[0]
