"""Pages kept in each process: a rainy day is a hundred thousand views of one map.

What is kept belongs to nobody: it was made for nobody (`holes.impersonal`), and only an answer that sets no cookie,
changes no session and asks not to be kept out. Strangers are told it as it is; who has a session gets it with their
own menu, messages and tokens put in. It is told again while no report has changed, at most for `AGE`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from threading import Lock
from typing import Any, TypeVar, cast

from cachetools import LRUCache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.text import compress_string
from django.utils.translation import get_language

from kentongan import bodies, reports
from kentongan.places import gazetteer
from kentongan.web import holes
from kentongan.web.people_here import person_of

AGE = 15.0  # seconds; "5 minutes ago" grows old, and on PostgreSQL a lower number may be committed after a higher one
MOST_BYTES = 8 * 1024 * 1024  # in one process; then the page goes that was asked for longest ago
LONGEST_ADDRESS = 300  # characters; nobody's invention of long addresses fills the place of others

View = TypeVar("View", bound=Callable[..., HttpResponse])


@dataclass
class Page:
    """The pieces for who has a session, what strangers are told, and until when (seconds of the monotonic clock).

    `packed` is empty until somebody asks for it.
    """

    pieces: tuple[bytes, ...]
    body: bytes
    tag: str
    until: float
    packed: bytes = b""


_lock = Lock()
_pages: LRUCache[Hashable, Page] = LRUCache(MOST_BYTES, lambda page: 3 * len(page.body) + 500)


def forget() -> None:
    """Drops all pages of this process."""
    with _lock:
        _pages.clear()


def kept(view: View, is_shared: Callable[..., bool] = lambda *_request, **_named: True) -> View:
    """Keeps the page. `is_shared`, asked as the view is, says whether somebody with a session sees what all see, but
    for their own parts; where it says no, their page is made for them.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        personal = holes.is_personal(request)
        if personal and (person := person_of(request)) is not None:
            bodies.hold(person)
        if personal and not is_shared(request, *args, **named):
            return _private(view(request, *args, **named))
        key = _key(request)
        with _lock:
            page = _pages.get(key)
        if page is None or page.until < time.monotonic():
            plain = holes.impersonal(request)
            answer = view(plain, *args, **named)
            pieces = holes.cut(answer.content, plain)
            if not _is_public(plain, answer):
                answer.content = holes.filled(request, pieces)
                return _private(answer) if personal else answer
            page = _page(pieces, plain)
            if len(key[0]) <= LONGEST_ADDRESS:
                with _lock:
                    _pages[key] = page
        return _private(HttpResponse(holes.filled(request, page.pieces))) if personal else _told(request, page)

    return cast(View, answered)


def _key(request: HttpRequest) -> tuple[Any, ...]:
    """Whatever of the world the page may tell; the bodies by their revision, the areas by their copy."""
    world = bodies.revision(), id(gazetteer.areas()), timezone.localdate()
    return request.get_full_path(), get_language(), reports.last_entry(), *world


def _private(answer: HttpResponse) -> HttpResponse:
    """An answer to one person, which no shared cache may keep and nobody packs (BREACH)."""
    if not answer.has_header("Cache-Control"):
        answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ["Cookie"])
    return answer


def _is_public(plain: HttpRequest, answer: HttpResponse) -> bool:
    if answer.status_code != 200 or answer.streaming or answer.cookies or answer.has_header("Cache-Control"):
        return False
    return not (plain.session.modified or plain.META.get("CSRF_COOKIE_NEEDS_UPDATE"))


def _page(pieces: tuple[bytes, ...], plain: HttpRequest) -> Page:
    body = holes.filled(plain, pieces)
    return Page(pieces, body, f'"{blake2b(body, digest_size=12).hexdigest()}"', time.monotonic() + AGE)


def _told(request: HttpRequest, page: Page) -> HttpResponseBase:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'{page.tag[:-1]}-gz"' if packed else page.tag
    if packed and not page.packed:
        page.packed = compress_string(page.body)  # the same bytes for the same page: it carries no time
    answer = HttpResponse(page.packed if packed else page.body)
    answer["ETag"] = tag
    answer["Cache-Control"] = "public, max-age=0, must-revalidate"
    if packed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Cookie", "Accept-Encoding"])
    told = get_conditional_response(request, etag=tag, response=answer)
    return told if told is not None else answer
