"""The door of every call: format, method, size, language, and every refusal in the documented form."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import unquote_to_bytes

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kentongan.foundation import rates
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network.keys import Caller, key_holder
from kentongan.open311 import formats
from kentongan.reports.submission import MOST_PHOTOS

LARGEST = 105 * 1024 * 1024  # five photos of 20 MB and their form
FORM_LIMIT = 1024 * 1024
DEEPEST = 8  # levels of a JSON object
CALLS = 600  # that a key may make in a minute
View = TypeVar("View", bound=Callable[..., HttpResponse])


def door(*methods: str) -> Callable[[View], View]:
    """Lets these methods in. The view is given the request, the format and what the address names."""

    def made(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, fmt: str = "xml", **named: Any) -> HttpResponse:
            try:
                _check(request, fmt, methods)
                _check_reader(request)
                return view(request, fmt, **named)
            except Problem as problem:
                return formats.errors(request, fmt, problem)
            except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
                return formats.errors(request, fmt, Problem("too_large", 413, _("This is larger than what is taken.")))
            except (BadRequest, MultiPartParserError, SuspiciousOperation, UnicodeError, UnreadablePostError):
                return formats.errors(request, fmt, Problem("bad_body", 400, _("The form cannot be read.")))

        return cast(View, guarded)

    return made


def form(request: HttpRequest) -> QueryDict:
    """What was posted: a form, a multipart form, or, as many clients do, a JSON object."""
    if request.content_type != "application/json":
        if request.content_type == "application/x-www-form-urlencoded":
            _readable(request.body)
        if sum(len(request.FILES.getlist(name)) for name in request.FILES) > MOST_PHOTOS:
            raise Problem("too_many_photos", 413, _("At most five photos can be added."), field="media")
        return _sound(request.POST)
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Problem("bad_json", 400, _("The body must be a form, or a JSON object."))
    found = QueryDict(mutable=True)
    for key, value in said.items():
        _put(found, str(key), value, 0)
    return _sound(found)


def _readable(written: bytes) -> None:
    """Raises Problem `bad_encoding` where what a form or an address says is not in UTF-8."""
    try:
        unquote_to_bytes(written).decode()
    except UnicodeDecodeError:
        raise Problem("bad_encoding", 400, _("The text is not in UTF-8.")) from None


def _sound(given: QueryDict) -> QueryDict:
    """Raises Problem `bad_encoding` or `bad_character`, which names the argument."""
    for name, values in given.lists():
        whole = name + "".join(str(one) for one in values)
        if "\ufffd" in whole:
            raise Problem("bad_encoding", 400, _("The text is not in UTF-8."), field=name)
        if "\x00" in whole or any("\ud800" <= letter <= "\udfff" for letter in whole):
            raise Problem("bad_character", 400, _("This has a character that no text can have."), field=name)
    return given


def caller(request: HttpRequest, given: QueryDict, *, write: bool) -> Caller:
    """Who calls, by `api_key` in the arguments or the header `X-Api-Key`. Raises Problem (403), `too_many` (429)."""
    found = key_holder(given.get("api_key") or request.GET.get("api_key") or request.headers.get("X-Api-Key") or "")
    rates.spend(f"open311/{found.key}", CALLS, 60)
    if write and not found.write:
        raise Problem("read_only_key", 403, _("This api_key may read, but not send."), field="api_key")
    return found


def _check(request: HttpRequest, fmt: str, methods: tuple[str, ...]) -> None:
    if fmt not in formats.TYPES:
        raise Problem("bad_format", 406, _("This format is not spoken here: end the address with .xml or .json."))
    allowed = (*methods, "HEAD") if "GET" in methods else methods
    if request.method not in allowed:
        raise Problem(
            "bad_method", 405, _("This method is not taken here; use %(methods)s.") % {"methods": ", ".join(methods)},
            extra={"allow": ", ".join(allowed)},
        )  # fmt: skip
    _readable(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
    _sound(request.GET)
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdigit()):
        raise Problem("bad_length", 400, _("The Content-Length is no number."))
    limit = LARGEST if request.content_type == "multipart/form-data" else FORM_LIMIT
    if int(length.lstrip("0")[:18] or 0) > limit:
        raise Problem("too_large", 413, _("This is larger than what is taken."))


def _check_reader(request: HttpRequest) -> None:
    """Reading is open to all unless the settings ask for a key; a key that is given must be one."""
    if request.method in {"GET", "HEAD"}:
        given = request.GET.get("api_key") or request.headers.get("X-Api-Key")
        if given or (config().open311_key_required and "discovery" not in request.path):
            caller(request, request.GET, write=False)


def _put(found: QueryDict, key: str, value: Any, depth: int) -> None:
    """JSON has objects and lists where a form repeats a name: `attribute: {a: [1, 2]}` is `attribute[a][]`."""
    if depth > DEEPEST:
        raise Problem("bad_json", 400, _("This is nested too deeply."), field=key[:100])
    if isinstance(value, dict):
        for inner, one in value.items():
            _put(found, f"{key}[{inner}]", one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            found.appendlist(key, "" if one is None else str(one))
    elif value is not None:
        found.appendlist(key, str(value).lower() if isinstance(value, bool) else str(value))
