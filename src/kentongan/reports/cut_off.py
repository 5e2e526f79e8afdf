"""A JPEG whose transfer ended too early. Where only its end mark lacks, every pixel is there and browsers show it
(python-pillow/Pillow#2038, magento/adobe-stock-integration#1659); where pixels lack it is half a photo."""

from __future__ import annotations

import re
from collections import defaultdict

END = b"\xff\xd9"
_SCAN, _RESTART = 0xDA, re.compile(rb"\xff[\xd0-\xd7]")
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES = {0xC0, 0xC1, 0xC2}
_ALL = frozenset(range(64))  # coefficients of a block
_NOISE = bytes((at * at * 151 + at * 89 + 170) % 251 for at in range(3000))  # without 0xFF: no mark


def ended(content: bytes) -> tuple[bytes, bytes] | None:
    """The file with an end, and the same with noise in front of that; None where its scans do not hold a whole picture.

    A decoder that has every pixel does not read on: only where some lack do the two give different pictures.
    """
    content = content.rstrip(b"\xff")
    last = _last_scan(content)
    if last is None:
        return None
    # Where pixels are sent in parts, the next part begins with its number.
    following = bytes([0xFF, 0xD0 + len(_RESTART.findall(content, last)) % 8])
    return content + END, content + _NOISE + following + _NOISE + END


def _last_scan(content: bytes) -> int | None:
    """Where the pixels of the last scan begin, if all scans together tell all coefficients of all colours."""
    at, colours, told, begins = 2, 0, defaultdict[int, set[int]](set), None
    while found := _MARK.search(content, at):
        mark, body = content[found.start() + 1], found.end() + 2
        at = found.end() + int.from_bytes(content[found.end() : body])
        if at <= found.end() or at > len(content):
            return None
        if mark in _FRAMES:
            colours = content[body + 5]
        elif mark == _SCAN:
            begins = at
            _note(content[body:at], told)
    whole = len(told) == colours > 0 and all(seen == _ALL for seen in told.values())
    return begins if whole else None


def _note(scan: bytes, told: dict[int, set[int]]) -> None:
    """The coefficients that a scan brings to their last bit (ITU-T T.81, B.2.3)."""
    if len(scan) < 4 or len(scan) != 4 + 2 * scan[0]:
        return
    first, last, bits = scan[-3], scan[-2], scan[-1] & 15
    for colour in scan[1:-3:2]:
        told[colour] |= set(range(first, last + 1)) if bits == 0 else set()
