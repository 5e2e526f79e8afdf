"""Fetching a photo from an address that somebody else named."""

from __future__ import annotations

import base64

from django.utils.translation import gettext_lazy as _

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.problems import Problem

MOST_BYTES = 20 * 1024 * 1024
SECONDS = 60.0  # for all of it; a courier's lease is longer
MOST_HOPS = 3


def fetch_public(address: str) -> bytes:
    """What lies at `address` (http, https or a base64 `data:` URI), at most 20 MB.

    Raises Problem `bad_address` where it leads into a private network, `photo_too_large`; `outgoing.CallFailed` for
    passing faults.
    """
    if address.startswith("data:"):
        return _data(address)
    try:
        answer = outgoing.call("GET", address, seconds=SECONDS, most=MOST_BYTES, hops=MOST_HOPS, away=True)
    except outgoing.TooLarge:
        raise Problem("photo_too_large", 413, _("A photo may have at most 20 MB.")) from None
    return answer.expect().content


def _data(address: str) -> bytes:
    head, _comma, body = address.partition(",")
    try:
        if not head.endswith(";base64") or len(body) > MOST_BYTES * 4 // 3 + 4:
            raise addresses.Refused
        return base64.b64decode(body, validate=True)
    except ValueError:  # letters that base64 has not, or none of ASCII at all
        raise addresses.Refused from None
