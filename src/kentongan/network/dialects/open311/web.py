"""Calls to an Open311 server: bounded, patient with redirects, and never telling the key to another host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from kentongan.foundation import outgoing
from kentongan.network.dialects.base import Line
from kentongan.network.dialects.open311 import reading

SECONDS = 30.0  # of one call, with its redirects
LARGEST = 20 * 1024 * 1024
MOST_HOPS = 5
LONGEST_PAUSE = 86_400  # seconds that a server may ask us to wait


@dataclass(frozen=True)
class Reply:
    """A server's answer: its status, its content read (None: unreadable), and when it may be asked again."""

    status: int
    found: Any
    retry_after: int | None = None


def get(line: Line, path: str, **asked: str) -> Reply:
    """`GET path` with the arguments that say something."""
    return _call(
        line, "GET", path, params={key: value for key, value in _with_jurisdiction(line, asked).items() if value}
    )


def post(line: Line, path: str, fields: list[tuple[str, str]], files: list[Any] | None = None) -> Reply:
    """`POST path` as a form, multipart where there are files."""
    return _call(line, "POST", path, form=[*fields, *_with_jurisdiction(line, {}).items()], files=files or None)


def _call(line: Line, method: str, path: str, **given: Any) -> Reply:
    """Redirects are followed on the same host only, so that the key goes nowhere else; a POST stays a POST."""
    try:
        answer = outgoing.call(
            method, f"{line.endpoint.rstrip('/')}/{path}", seconds=SECONDS, most=LARGEST, hops=MOST_HOPS,
            headers={"Accept": "application/json, text/xml;q=0.9"}, **given,
        )  # fmt: skip
        found = reading.parse(answer.content, line.notes)
    except outgoing.TooLarge:
        return Reply(200, None)
    except reading.Unreadable:
        found = None
    return Reply(answer.status, found, pause(answer.headers.get("Retry-After", "")))


def pause(written: str) -> int | None:
    """The seconds (a day at most) that a `Retry-After` asks for, a number or an HTTP date; None where it is neither."""
    text = written.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(text)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(round(seconds), 0), LONGEST_PAUSE)


def _with_jurisdiction(line: Line, asked: dict[str, str]) -> dict[str, str]:
    return {**asked, **({"jurisdiction_id": line.jurisdiction} if line.jurisdiction else {})}
