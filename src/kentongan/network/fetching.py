"""Fetching a photo from an address that somebody else named: bounded, and never a way into our own network."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem

MOST_BYTES = 20 * 1024 * 1024
TIMEOUT = (5, 20)  # seconds to connect, and between two pieces
MOST_HOPS = 3


def fetch_public(line: Any, address: str) -> bytes:
    """What lies at `address` (http, https or a base64 `data:` URI), at most 20 MB.

    Raises Problem `bad_address` where it leads into a private network that is not the peer's own host,
    `photo_too_large`; `requests` exceptions for passing faults.
    """
    if address.startswith("data:"):
        return _data(address)
    home = urlsplit(line.endpoint).hostname
    for _hop in range(MOST_HOPS):
        _check(address, home)
        with requests.get(address, timeout=TIMEOUT, stream=True, allow_redirects=False) as answer:
            if answer.is_redirect:
                address = requests.compat.urljoin(address, answer.headers["Location"])
                continue
            answer.raise_for_status()
            return _bounded(answer)
    raise _refused()


def _bounded(answer: requests.Response) -> bytes:
    content = bytearray()
    for piece in answer.iter_content(65_536):
        content += piece
        if len(content) > MOST_BYTES:
            raise Problem("photo_too_large", 413, _("A photo may have at most 20 MB."))
    return bytes(content)


def _check(address: str, home: str | None) -> None:
    if urlsplit(address).hostname != home or home is None:
        check_public(address)


def check_public(address: str) -> None:
    """Refuses an address that a stranger named and that leads into a private network: Problem `bad_address`."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _refused()
    try:
        found = {info[4][0] for info in socket.getaddrinfo(parts.hostname, None)}
    except OSError:
        raise requests.ConnectionError from None
    if not all(ipaddress.ip_address(one).is_global for one in found):
        raise _refused()


def _data(address: str) -> bytes:
    head, _comma, body = address.partition(",")
    try:
        if not head.endswith(";base64") or len(body) > MOST_BYTES * 4 // 3 + 4:
            raise _refused()
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise _refused() from None


def _refused() -> Problem:
    return Problem("bad_address", 422, _("This address is not one that may be called."))
