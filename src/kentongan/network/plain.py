"""Plain values as peers may tell them: types that are checked before anything of a message is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

FIRST_YEAR, LAST_YEAR = 1970, 2200  # of any time that is told
_WEB = re.compile(r"https?://[^\s\\\x00-\x20\x7f-\x9f]+")


def kept(written: str, most: int) -> str:
    """As much of a text of theirs as there is room for, without NUL."""
    return written.replace("\x00", "")[:most]


def link(written: str, most: int) -> str:
    """An http or https address as a link of ours may bear it; empty where it is none, or too long to be kept."""
    return written if len(written) <= most and _WEB.fullmatch(written) else ""


def _whole(written: str) -> str:
    if "\x00" in written:
        raise ValueError("NUL is no character of a text")
    return written


def _moment(at: datetime) -> datetime:
    try:
        year = at.astimezone(UTC).year
    except OverflowError:
        year = 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"a time between {FIRST_YEAR} and {LAST_YEAR}")
    return at


def _web(written: str) -> str:
    if written and not _WEB.fullmatch(written):
        raise ValueError("an http or https address, or nothing")
    return written


WHOLE = AfterValidator(_whole)  # a text without NUL, which PostgreSQL cannot keep
WEB = AfterValidator(_web)  # an http or https address, or nothing
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
