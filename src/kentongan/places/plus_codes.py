"""Plus Codes (Open Location Codes): where a code is, whole or short with a place to which it is near.

Written from the specification (github.com/google/open-location-code, olc_definition): the reference library for Python
is a source package without a release since 2018.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_DIGITS = "23456789CFGHJMPQRVWX"
_BEFORE = 8  # digits before the plus sign of a whole code
_PAIRS = (20.0, 1.0, 0.05, 0.0025, 0.000125)  # degrees that a pair of digits is wide
_ROWS, _COLUMNS = 5, 4  # of the grid that each further digit chooses from
_MOST = 15  # digits that are looked at
_CODE = re.compile(
    rf"(?<![^\s,/=@+])((?:[{_DIGITS}]{{2}}){{1,4}}0{{0,6}})\+([{_DIGITS}]{{2,7}})?(?![^\s,&?/+])", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://\S*")


class PlusCode(NamedTuple):
    """The digits of a code in capitals, how many of a short one are missing before them, and what stands around it:
    the name of the place that a short one is near."""

    digits: str
    missing: int
    around: str


def read(text: str) -> PlusCode | None:
    """The code in a text, or None. A whole one of less than ten digits is a field of 275 m and more."""
    for found in _CODE.finditer(text):
        before, after = found[1].upper(), (found[2] or "").upper()
        filled = before.rstrip("0")
        padded, missing = filled != before, _BEFORE - len(before)
        if missing < 0 or (missing and not after) or (padded and (after or missing)):
            continue
        around = _ADDRESS.sub(" ", f"{text[: found.start()]} {text[found.end() :].partition('/')[0]}").strip(" ,")
        return PlusCode(filled + after, missing, " ".join(around.split()))
    return None


def middle(digits: str) -> tuple[float, float] | None:
    """Longitude and latitude of the middle of a whole code's field; None where it lies on no globe."""
    lat, lon, tall, wide = -90.0, -180.0, _PAIRS[0], _PAIRS[0]
    for at, size in enumerate(_PAIRS):
        pair = digits[2 * at : 2 * at + 2]
        if len(pair) == 2:
            lat, lon = lat + _DIGITS.index(pair[0]) * size, lon + _DIGITS.index(pair[1]) * size
            tall = wide = size
    for digit in digits[2 * len(_PAIRS) : _MOST]:
        tall, wide = tall / _ROWS, wide / _COLUMNS
        row, column = divmod(_DIGITS.index(digit), _COLUMNS)
        lat, lon = lat + row * tall, lon + column * wide
    lat, lon = lat + tall / 2, lon + wide / 2
    return (round(lon, 7), round(lat, 7)) if abs(lat) < 90 and abs(lon) < 180 else None


def nearest(code: PlusCode, lon: float, lat: float) -> tuple[float, float] | None:
    """The place of a short code that is nearest to another place: that is how a code may be shortened."""
    size = _PAIRS[code.missing // 2 - 1]
    there = middle(_head(lon, lat, code.missing) + code.digits)
    if there is None:
        return None
    east, north = (_stepped(one, other, size) for one, other in zip(there, (lon, lat), strict=True))
    # No step leads over a pole (google/open-location-code#89).
    return round(east, 7), round(north if abs(north) < 90 else there[1], 7)


def _stepped(there: float, near: float, size: float) -> float:
    """A step nearer, where the code's field lies more than half of what is missing away."""
    return there + size if near - there > size / 2 else there - size if there - near > size / 2 else there


def _head(lon: float, lat: float, length: int) -> str:
    north, east, found = min(lat + 90, 179.9), (lon + 180) % 360, ""
    for size in _PAIRS[: length // 2]:
        row, column = int(north // size), int(east // size)
        north, east, found = north - row * size, east - column * size, found + _DIGITS[row] + _DIGITS[column]
    return found
