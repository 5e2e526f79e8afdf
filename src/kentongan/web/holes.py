"""What on a page belongs to its reader: the rest may be kept and told to everybody, with holes where these parts go.

A page that is kept is made for nobody (`impersonal`): whatever view or template asks, there is no person, no session,
no cookie and no message. Where a reader's own parts would stand it has marks that nobody can guess, and each reader
gets theirs put in (`filled`). A page that is made for its reader has these parts at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from importlib import import_module
from secrets import token_hex
from typing import Any

import jinja2
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.template import engines
from django.template.backends.utils import csrf_input
from django.utils.functional import SimpleLazyObject
from markupsafe import Markup

from kentongan import casework
from kentongan.web.people_here import person_of, whose

PERSONAL = (settings.SESSION_COOKIE_NAME, "messages")  # cookies of somebody: their parts are made for them
# What of a request says who asks.
TELLING = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "CSRF_COOKIE", "CSRF_COOKIE_NEEDS_UPDATE")
MARK = "<!--{}:{}-->"

_session_store = import_module(settings.SESSION_ENGINE).SessionStore


def is_personal(request: HttpRequest) -> bool:
    """Whether the browser brings anything that could make the page somebody's."""
    return any(name in request.COOKIES for name in PERSONAL)


def impersonal(request: HttpRequest) -> HttpRequest:
    """The same question as nobody would ask it, whose page has marks in place of a reader's parts."""
    plain = copy(request)
    vars(plain).pop("headers", None)
    meta = {name: value for name, value in request.META.items() if name not in TELLING}
    vars(plain).update(
        META=meta, environ=meta, COOKIES={}, user=AnonymousUser(), session=_session_store(), _messages=(),
        marks=token_hex(16),  # new each time: no words of people can hold it
    )  # fmt: skip
    return plain


def shown_to(request: HttpRequest) -> dict[str, Any]:
    """For templates (a context processor): a page that is kept has holes for the token and for whose it is."""
    if (marks := _marks(request)) is None:
        return {"csrf_input": SimpleLazyObject(lambda: csrf_input(request))}  # one for all forms of the page
    return {"csrf_input": _mark(marks, "token"), "whose": _mark(marks, "whose")}


@jinja2.pass_context
def own(context: jinja2.runtime.Context, name: str) -> Markup:
    """The reader's own part `web/own/NAME.html`; a hole on a page that is kept."""
    marks = _marks(context.get("request"))
    if marks is not None:
        return _mark(marks, name)
    return Markup(context.environment.get_template(f"web/own/{name}.html").render(context.get_all()))  # noqa: S704


def cut(page: bytes, plain: HttpRequest) -> tuple[bytes, ...]:
    """A page made for nobody, in pieces: text, name of a hole, text, and so on to the last text."""
    marks = str(_marks(plain))
    return tuple(re.split(MARK.format(marks, "([a-z]+)").encode(), page))


def filled(request: HttpRequest, pieces: Sequence[bytes]) -> bytes:
    """The page of whoever asks: their menu, their messages, their tokens."""
    if len(pieces) == 1:
        return pieces[0]
    parts: dict[bytes, bytes] = {}
    given = _given(request)
    jinja: Any = engines["jinja2"]
    for name in set(pieces[1::2]):
        if name in (b"token", b"whose"):
            parts[name] = str(given["csrf_input" if name == b"token" else "whose"]).encode()
        else:
            parts[name] = jinja.env.get_template(f"web/own/{name.decode()}.html").render(given).encode()
    return b"".join(parts[one] if at % 2 else one for at, one in enumerate(pieces))


def _given(request: HttpRequest) -> dict[str, Any]:
    person = person_of(request)
    return {
        "request": request, "user": request.user, "messages": get_messages(request), **whose(request),
        "said": {}, "has_desk": person is not None and casework.works_somewhere(person),
        # Forms of strangers are known by their origin (`web/origin.py`), so that their pages set no cookie.
        "csrf_input": SimpleLazyObject(lambda: csrf_input(request)) if is_personal(request) else "",
    }  # fmt: skip


def _marks(request: Any) -> str | None:
    return getattr(request, "marks", None)


def _mark(marks: str, name: str) -> Markup:
    return Markup(MARK.format(marks, name))  # noqa: S704  made of our own words
