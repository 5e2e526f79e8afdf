"""One request after it came in: to a thread, through Django, and out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import Any

import structlog

from kentongan.front import standing
from kentongan.front.environ import environ
from kentongan.front.streams import Full, Source, Streams
from kentongan.front.taking import Intake, Refused
from kentongan.front.threads import Busy, Threads

# Measured in docs/decisions/0014-threads-and-lanes.md.
READERS = 8  # threads that only read: where all of the others hang, pages are still answered
SENDERS = 4  # threads that change something; SQLite has one writer anyway
SMALL = 1024 * 1024  # bytes of an answer that is sent at once
ALIVE = b'{"status": "alive"}'
RETRY_AFTER = "5"  # seconds
_log = structlog.get_logger(__name__)
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Front:
    """A Django application as granian serves it by RSGI.

    An answer that has `listens_to` (topics), `since`, `private`, `client` and `closing` becomes a stream of what
    `source` tells.
    """

    def __init__(self, wsgi: Wsgi, source: Source | None = None) -> None:
        self._wsgi = wsgi
        self._intake = Intake()
        self._readers, self._senders = Threads(READERS, "reader"), Threads(SENDERS, "sender")
        self._streams = Streams(source, self._readers) if source is not None else None

    def __rsgi_init__(self, loop: Any) -> None:
        standing.begin(loop)

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answers one request."""
        standing.here.under_way += 1
        try:
            await self._take(scope, proto)
        finally:
            standing.here.under_way -= 1

    async def _take(self, scope: Any, proto: Any) -> None:
        if scope.path == "/healthz":
            # Before everything, so that it tells of the process and of nothing that may hang in it.
            headers = [("content-type", "application/json"), ("cache-control", "no-store")]
            proto.response_bytes(200, _parting(headers, scope.http_version), ALIVE)
            return
        reads = scope.method in {"GET", "HEAD", "OPTIONS"}
        try:
            length = _announced(scope.headers, reads)
            is_form = scope.headers.get("content-type", "").startswith("multipart/form-data") if length != 0 else False
            body, length = await self._intake.take(proto, length, is_form=is_form)
            with body:
                told = environ(scope, body, length)
                rest = await (self._readers if reads else self._senders).run(partial(self._answer, told, proto))
            if rest is None:
                return
            if self._streams is not None and hasattr(rest[2], "listens_to"):
                await self._streams.serve(proto, rest[2], partial(self._ask_again, told))
            else:
                await _stream(proto, self._readers, *rest)
        except Refused as refused:
            _refuse(proto, refused.status)
        except (Busy, Full):
            _refuse(proto, 503)

    def _ask_again(self, told: dict[str, Any]) -> Any:
        """In a thread: the answer that the same request, without a body, has now."""
        content: Any = self._wsgi(told | {"wsgi.input": BytesIO()}, _Start())
        if hasattr(content, "close"):
            content.close()
        return content

    def _answer(self, told: dict[str, Any], proto: Any) -> tuple[int, list[tuple[str, str]], Any] | None:
        """In a thread: the whole answer is sent, or what remains to be streamed is returned."""
        start = _Start()
        content: Any = self._wsgi(told, start)
        size = dict(start.headers).get("Content-Length", "")
        if self._streams is not None and hasattr(content, "listens_to"):
            content.close()
            return start.status, start.headers, content
        start.headers = _parting(start.headers, told["SERVER_PROTOCOL"].removeprefix("HTTP/"))
        streams = getattr(content, "streaming", False) and not (size.isdigit() and int(size) <= SMALL)
        if streams:
            return start.status, start.headers, content
        try:
            proto.response_bytes(start.status, start.headers, b"".join(content))
        finally:
            if hasattr(content, "close"):
                content.close()
        return None


class _Start:
    """WSGI's `start_response`."""

    status = 500
    headers: list[tuple[str, str]]

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        self.status, self.headers = int(status[:3]), headers


def _parting(headers: list[tuple[str, str]], version: str) -> list[tuple[str, str]]:
    """Headers that end the connection where this process leaves; HTTP 2 says it in another way."""
    return [*headers, ("connection", "close")] if standing.here.leaves and version.startswith("1") else headers


def _announced(headers: Any, reads: bool) -> int | None:
    """The length of the body: 0 where there is none, None where the client does not say."""
    said = headers.get("content-length")
    if said is not None:
        # More than 18 digits are too many bytes already, and Python reads no more than 4,300.
        return int(said.lstrip("0")[:18] or 0) if said.isascii() and said.isdigit() else 0
    return None if headers.get("transfer-encoding") and not reads else 0


async def _stream(proto: Any, threads: Threads, status: int, headers: list[tuple[str, str]], content: Any) -> None:
    """Sends piece by piece, as fast as the client takes it: no thread waits for a slow one."""
    try:
        transport, pieces = proto.response_stream(status, headers), iter(content)
        while (piece := await threads.run(partial(next, pieces, None))) is not None:
            await transport.send_bytes(piece)
    finally:
        await threads.run(content.close)


def _refuse(proto: Any, status: int) -> None:
    """In plain words: what was asked for, and in which form, has not been read."""
    said = {408: "The request came too slowly.", 413: "The request is too large.", 503: "Busy. Please try again."}
    headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), ("connection", "close")]
    if status == 503:
        headers.append(("retry-after", RETRY_AFTER))
    _log.warning("front.refused", status=status)
    proto.response_str(status, headers, said[status])
