"""Times as Open311 servers write them: W3C's, and those that languages and browsers write in their place."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FIRST = 1970  # years before it are what programs write for none, as 0001 of .NET
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")
_PLUS_LOST = re.compile(r"(:\d{2}(?:\.\d+)?) (\d{2}:?\d{2})$")  # a `+` that was taken for a blank
_NAMED = re.compile(r"\s?(?:UTC|GMT)$|\[[\w/-]+\]$")
_DATE_OF_NET = re.compile(r"/Date\((\d{10,13})(?:[+-]\d{4})?\)/")
_COUNT = re.compile(r"\d{10}(?:\.\d+)?|\d{13}")  # seconds, or thousandths of them, since 1970: from 2001 on
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
# "Wed Nov 25 20:12:39 UTC 2026", as Java and Unix print it.
_MAIL = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:")
_PRINTED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2}) (?:(UTC|GMT) )?(\d{4})")

# "Fri Nov 27 2026 10:30:00 GMT+0000 (Coordinated Universal Time)", as browsers do.
_SHOWN = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{1,2} \d{4} \d{2}:\d{2}:\d{2}) (?:GMT|UTC)([+-]\d{4})(?: \([^()]{0,60}\))?"
)


def moment(written: str, zone: str = "") -> datetime | None:
    """A time, aware; one without a zone is in `zone` (an IANA name, else UTC). None where it is none, or where day and
    month may be mistaken for each other."""
    try:
        at = _read(written.strip())
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=_zone(zone))
        return at.astimezone(UTC) if at and at.year >= FIRST else None
    except (ValueError, TypeError, OverflowError):
        return None


def _read(written: str) -> datetime | None:
    if counted := _DATE_OF_NET.fullmatch(written):
        written = counted[1]
    if _COUNT.fullmatch(written):
        return _BEGIN + timedelta(seconds=float(written) / (1000 if len(written) == 13 and "." not in written else 1))
    if printed := _PRINTED.fullmatch(written):
        at = datetime.strptime(f"{printed[1]} {printed[3]}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007
        return at.replace(tzinfo=UTC) if printed[2] else at
    if _MAIL.match(written):
        return parsedate_to_datetime(written)
    if shown := _SHOWN.fullmatch(written):
        return datetime.strptime(f"{shown[1]} {shown[2]}", "%b %d %Y %H:%M:%S %z")
    text = written.replace("/", "-").replace("−", "-").upper()
    if (plain := _NAMED.sub("", text)) != text:
        at = datetime.fromisoformat(plain)
        return at if at.tzinfo or "[" in text else at.replace(tzinfo=UTC)
    return datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", _PLUS_LOST.sub(r"\1+\2", text)))


def _zone(name: str) -> Any:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
