"""The one door for every call to another machine: what is asked there cannot hang, flood or lead astray.

A call has one deadline for all of it (name, connection, redirects, headers, body), a limit on its bytes while they come
and after they are unpacked, and goes to the address that was looked up and found good: there is no second look-up.
Everything that fails on the way is a `CallFailed`. docs/decisions/0013-one-door-for-outgoing-calls.md says why so.
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import SSLError as BadCertificate

from kentongan.foundation import addresses
from kentongan.foundation.connections import MOST, SECONDS, PlainPool, SecurePool, left, limits, tls

PIECE = 65_536
REDIRECTS = {301, 302, 303, 307, 308}

CallFailed = requests.RequestException
TooSlow = requests.Timeout
Unreached = requests.ConnectionError
Untrusted = requests.exceptions.SSLError
BadStatus = requests.HTTPError
Prepared = requests.PreparedRequest
Session = requests.Session


class TooLarge(CallFailed):
    """The answer has more bytes than the caller takes, as sent or unpacked."""


@dataclass(frozen=True)
class Answer:
    """What came back. `url` is the address that answered, after redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The content as JSON. Raises ValueError."""
        return orjson.loads(self.content)

    def expect(self) -> Answer:
        """The answer itself. Raises BadStatus where it is no success."""
        if not self.ok:
            raise BadStatus(f"status {self.status}")
        return self


_kept = threading.local()


def call(
    method: str, url: str, *, seconds: float = SECONDS, most: int = MOST, params: Mapping[str, str] | None = None,
    form: list[tuple[str, str]] | None = None, files: list[Any] | None = None, said: Any = None,
    body: bytes | None = None, headers: Mapping[str, str] | None = None,
    sign: Callable[[Prepared], Prepared] | None = None, hops: int = 0, away: bool = False,
) -> Answer:  # fmt: skip
    """One call, with at most one of `form` (and `files`), `said` (sent as JSON) and `body`; `sign` sees it last.

    Up to `hops` redirects are followed as the same call, to other hosts only with `away`, and never from https to
    http; one that is not followed is the answer. Raises CallFailed, and `addresses.Refused` for a bad address.
    """
    data = orjson.dumps(said) if said is not None else body
    kind = {"Content-Type": "application/json"} if said is not None else {}
    given = {"User-Agent": "Kentongan", "Accept-Encoding": "gzip, deflate", **kind, **(headers or {})}
    asked = requests.Request(method, url, headers=given, params=params, data=form or data, files=files)
    with within(seconds), _at_most(most):
        for _hop in range(hops + 1):
            addresses.read(asked.url)
            answer = _send(asked, sign)
            there = answer.headers.get("Location") if hops and answer.status in REDIRECTS else None
            further = _further(asked.url, there, away) if there else None
            if further is None:
                return answer
            asked.url, asked.params = further, {}
    raise requests.TooManyRedirects


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All calls of this thread inside end within so many seconds together; an outer limit that is nearer holds."""
    before = limits.until
    mine = time.monotonic() + seconds
    limits.until = mine if before is None else min(mine, before)
    try:
        yield
    finally:
        limits.until = before


def session(seconds: float = SECONDS, most: int = MOST) -> requests.Session:
    """For a library that wants one of `requests`: each of its calls has these limits; no cookies, no proxies."""
    made = requests.Session()
    made.trust_env = False
    made.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Door(seconds, most))
    return made


@contextmanager
def _at_most(most: int) -> Iterator[None]:
    before, limits.most = limits.most, most
    try:
        yield
    finally:
        limits.most = before


def _further(url: str, there: str, away: bool) -> str | None:
    """Where a redirect leads, as far as it may be followed."""
    try:
        further = urljoin(url, there)
    except ValueError:  # "http://[": no address, and no fault of ours
        further = ""
    if not addresses.is_address(further):
        if away:
            raise addresses.Refused
        return None
    old, new = addresses.read(url), addresses.read(further)
    is_as_safe = new.scheme == "https" or old.scheme == "http"
    return further if is_as_safe and (away or new.host == old.host) else None


def _send(asked: requests.Request, sign: Callable[[Prepared], Prepared] | None) -> Answer:
    ours = getattr(_kept, "session", None)
    if ours is None:
        ours = _kept.session = session()  # one for each thread, so that connections stay open from call to call
    prepared = ours.prepare_request(asked)
    answer = ours.send(sign(prepared) if sign else prepared, allow_redirects=False, stream=True)
    return Answer(answer.status_code, answer.headers, answer.content, asked.url)


class _Door(HTTPAdapter):
    """Sends, and reads the whole answer before it is given on."""

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        super().__init__(pool_connections=8, pool_maxsize=2)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        """As its parent, with connections of our own."""
        super().init_poolmanager(*args, **named, ssl_context=tls())
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def send(self, request: Prepared, *args: Any, **named: Any) -> requests.Response:
        """The answer, read whole. Raises CallFailed."""
        if limits.until is not None:
            return self._send(request, limits.most, named)
        try:
            with within(self.seconds):
                return self._send(request, self.most, named)
        except addresses.Refused as refused:  # a library knows the faults of `requests` only
            raise requests.exceptions.InvalidURL(str(refused.detail)) from None

    def _send(self, request: Prepared, most: int, named: dict[str, Any]) -> requests.Response:
        addresses.read(request.url or "")
        try:
            rest = left()
            answer = super().send(request, **{**named, "stream": True, "timeout": (rest, rest)})
            try:
                answer._content = b"".join(_unpacked(answer, most))
                answer._content_consumed = True  # type: ignore[attr-defined]
            except BaseException:
                answer.raw.close()  # what is left unread must not be the beginning of the next answer
                raise
            answer.raw.release_conn()
        except Untrusted:
            raise
        except (TimeoutError, HTTPError, Unreached, OSError) as fault:
            if isinstance(fault, TooLarge):
                raise
            raise _named(fault, request) from None
        return answer


def _named(fault: Exception, request: Prepared) -> CallFailed:
    if limits.until is not None and time.monotonic() >= limits.until - 0.01:
        return TooSlow(request=request)
    if isinstance(fault, BadCertificate):
        return Untrusted(request=request)
    return fault if isinstance(fault, CallFailed) else Unreached(request=request)


def _unpacked(answer: requests.Response, most: int) -> Iterator[bytes]:
    """The pieces of the body, unpacked; neither what came nor what it unpacks to has more than `most` bytes."""
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise requests.exceptions.ContentDecodingError
    packed = coding not in {"", "identity"}
    unpack = zlib.decompressobj(47 if "gzip" in coding else 15)
    came = given = 0
    for piece in answer.raw.stream(PIECE, decode_content=False):
        came += len(piece)
        left()
        if came > most:
            raise TooLarge
        try:
            said = unpack.decompress(piece, most - given + 1) if packed else piece
        except zlib.error:
            raise requests.exceptions.ContentDecodingError from None
        given += len(said)
        if given > most:
            raise TooLarge
        yield said
