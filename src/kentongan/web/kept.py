"""Pages as strangers see them, kept in each process: a rainy day is a hundred thousand views of one map.

What is kept belongs to nobody: only an answer to a request without a session and without a message, rendered without a
token, that sets no cookie and asks not to be kept out. It is told again while no report has changed, at most for `AGE`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import wraps
from hashlib import blake2b
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.text import compress_string
from django.utils.translation import get_language

from kentongan import bodies, reports
from kentongan.places import gazetteer

AGE = 15.0  # seconds; "5 minutes ago" grows old, and on PostgreSQL a lower number may be committed after a higher one
MOST_BYTES = 8 * 1024 * 1024  # in one process; then the page goes that was asked for longest ago
LONGEST_ADDRESS = 300  # characters; nobody's invention of long addresses fills the place of others
PERSONAL = (settings.SESSION_COOKIE_NAME, "messages")  # cookies of somebody: their page is made for them

View = Callable[..., HttpResponse]


class Page(NamedTuple):
    """What is told, plain and packed, and until when (seconds of the monotonic clock)."""

    body: bytes
    packed: bytes
    tag: str
    until: float


_lock = Lock()
_pages: LRUCache[Hashable, Page] = LRUCache(MOST_BYTES, lambda page: len(page.body) + len(page.packed) + 500)


def forget() -> None:
    """Drops all pages of this process."""
    with _lock:
        _pages.clear()


def kept(view: View) -> Callable[..., HttpResponseBase]:
    """Keeps the page for strangers; whoever has a session gets theirs, which no shared cache may keep."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if any(name in request.COOKIES for name in PERSONAL):
            answer = view(request, *args, **named)
            if not answer.has_header("Cache-Control"):
                answer["Cache-Control"] = "private, no-cache"
            patch_vary_headers(answer, ["Cookie"])
            return answer
        key = _key(request)
        with _lock:
            page = _pages.get(key)
        if page is None or page.until < time.monotonic():
            answer = _fresh(view, request, *args, **named)
            if not _is_public(request, answer):
                return answer
            page = _page(answer.content)
            if len(key[0]) <= LONGEST_ADDRESS:
                with _lock:
                    _pages[key] = page
        return _told(request, page)

    return answered


def shown_to(request: HttpRequest) -> dict[str, Any]:
    """For templates (a context processor): pages that are kept have no token; their forms are known by their origin."""
    return {"csrf_input": ""} if getattr(request, "is_kept", False) else {}


def _key(request: HttpRequest) -> tuple[Any, ...]:
    """Whatever of the world the page may tell; the bodies by their revision, the areas by their copy."""
    world = bodies.revision(), id(gazetteer.areas()), timezone.localdate()
    return request.get_full_path(), get_language(), reports.last_entry(), *world


def _fresh(view: View, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
    request.is_kept = True  # type: ignore[attr-defined]  # read by `shown_to`
    return view(request, *args, **named)


def _is_public(request: HttpRequest, answer: HttpResponse) -> bool:
    if answer.status_code != 200 or answer.streaming or answer.cookies or answer.has_header("Cache-Control"):
        return False
    return not (request.session.modified or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))


def _page(content: bytes) -> Page:
    # The same bytes for the same page: a packed page carries no time.
    return Page(content, compress_string(content), f'"{blake2b(content, digest_size=12).hexdigest()}"',
                time.monotonic() + AGE)  # fmt: skip


def _told(request: HttpRequest, page: Page) -> HttpResponseBase:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'{page.tag[:-1]}-gz"' if packed else page.tag
    answer = HttpResponse(page.packed if packed else page.body)
    answer["ETag"] = tag
    answer["Cache-Control"] = "public, max-age=0, must-revalidate"
    if packed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Cookie", "Accept-Encoding"])
    told = get_conditional_response(request, etag=tag, response=answer)
    return told if told is not None else answer
