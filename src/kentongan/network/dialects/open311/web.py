"""Calls to an Open311 server: bounded, patient with redirects, and never telling the key to another host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from kentongan.network.dialects.base import Line
from kentongan.network.dialects.open311 import reading

TIMEOUT = (5, 30)  # seconds to connect, and between two pieces of the answer
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
    given = [*fields, *(_with_jurisdiction(line, {}).items())]
    return _call(line, "POST", path, data=given, files=files or None)


def _call(line: Line, method: str, path: str, **given: Any) -> Reply:
    url = f"{line.endpoint.rstrip('/')}/{path}"
    for _hop in range(MOST_HOPS):
        with requests.request(
            method, url, timeout=TIMEOUT, allow_redirects=False, stream=True,
            headers={"Accept": "application/json, text/xml;q=0.9"}, **given,
        ) as answer:  # fmt: skip
            if answer.is_redirect and (further := _further(url, answer.headers["Location"])):
                # A POST stays a POST, also where browsers would make a GET of it.
                url, given = further, {**given, "params": None}
                continue
            return _reply(answer)
    raise requests.TooManyRedirects


def _further(url: str, location: str) -> str | None:
    """Where a redirect leads, on the same host; None elsewhere, or where the key would travel in the open."""
    further = urljoin(url, location)
    here, there = urlsplit(url), urlsplit(further)
    is_as_safe = there.scheme == "https" or there.scheme == here.scheme
    return further if there.hostname == here.hostname and is_as_safe else None


def _reply(answer: requests.Response) -> Reply:
    content = bytearray()
    for piece in answer.iter_content(65_536):
        content += piece
        if len(content) > LARGEST:
            return Reply(answer.status_code, None)
    try:
        found = reading.parse(bytes(content))
    except reading.Unreadable:
        found = None
    return Reply(answer.status_code, found, pause(answer.headers.get("Retry-After", "")))


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
