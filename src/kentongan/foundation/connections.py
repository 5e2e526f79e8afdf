"""Connections that end when the call has to, to the very address that was looked at (used by `outgoing` alone)."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from kentongan.foundation import addresses
from kentongan.foundation.remembering import remembered

SECONDS, MOST = 20.0, 1024 * 1024  # of a call that names no others
CONNECT = 5.0  # seconds for one of a host's addresses
IDLE = 30.0  # seconds after its last answer until a connection is not used again
LOOKUPS = 16  # names that are looked up at once
MOST_ADDRESSES = 4  # of a host that are tried


class _Limits(threading.local):
    """Of the call under way in this thread: when it ends (monotonic seconds), and the bytes that it may bring."""

    until: float | None = None
    most: int = MOST


limits = _Limits()
_lookups = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")


def left() -> float:
    """The seconds that are left. Raises TimeoutError where none are."""
    found = SECONDS if limits.until is None else limits.until - time.monotonic()
    if found <= 0:
        raise TimeoutError
    return found


class _Timed(socket.socket):
    """A socket of which every step ends when the call has to."""

    def recv_into(self, *args: Any, **named: Any) -> int:
        """As its parent."""
        self.settimeout(left())
        return super().recv_into(*args, **named)

    def sendall(self, *args: Any, **named: Any) -> None:
        """As its parent."""
        self.settimeout(left())
        super().sendall(*args, **named)

    def send(self, *args: Any, **named: Any) -> int:
        """As its parent."""
        self.settimeout(left())
        return super().send(*args, **named)


class _TimedTLS(_Timed, ssl.SSLSocket):
    """The same under TLS."""

    def do_handshake(self, block: bool = False) -> None:
        """As its parent."""
        self.settimeout(left())
        super().do_handshake(block)


class _Fresh(HTTPConnection):
    """Used again only a short while after its last answer. On the way may stand what forgets a connection that is
    silent for some minutes and tells neither end: the next call on it would wait for its deadline in vain."""

    _answered = 0.0

    def getresponse(self) -> Any:
        """As its parent."""
        found = super().getresponse()
        self._answered = time.monotonic()
        return found

    @property
    def is_connected(self) -> bool:
        """As its parent; asked before it is used again."""
        return time.monotonic() - self._answered < IDLE and super().is_connected


class _Plain(_Fresh):
    """Connects to the address that was looked at; `Host` stays the name."""

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port or 80)


class _Secure(_Fresh, HTTPSConnection):
    """As `_Plain`; the name that the certificate must bear stays the host's."""

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port or 443)


class PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


@remembered(maxsize=1)
def tls() -> ssl.SSLContext:
    made = create_urllib3_context()
    made.sslsocket_class = _TimedTLS
    return made


def _connect(host: str, port: int) -> socket.socket:
    """A connection to one of the host's addresses, all of which have to be good ones."""
    found = _look_up(host.strip("[]"), port)
    if not all(addresses.may_be_called(where[0]) for _family, where in found):
        raise addresses.Refused
    fault: OSError = OSError("no address")
    for family, where in found:
        made = _Timed(family, socket.SOCK_STREAM)
        try:
            made.settimeout(min(left(), CONNECT))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.connect(where)
        except OSError as one:
            made.close()
            fault = one
        else:
            return made
    raise fault


def _look_up(host: str, port: int) -> Sequence[tuple[socket.AddressFamily, Any]]:
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        # By a thread, because a name server may hang and cannot be given a deadline.
        asked = _lookups.submit(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
        try:
            return [(one[0], one[4]) for one in asked.result(left())][:MOST_ADDRESSES]
        except UnicodeError:
            raise OSError("no name of a host") from None
    return [(family, (host, port))]
