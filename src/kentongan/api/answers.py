"""JSON answers of the API, with the headers that let caches and browsers keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


def public(request: HttpRequest, payload: Any, *, seconds: int = 10) -> HttpResponse:
    """The same for everybody who asks in this language; kept for `seconds`, then asked again by ETag."""
    body = orjson.dumps(payload)
    return _tagged(request, body, lambda: body, f"public, max-age={seconds}")


def versioned(request: HttpRequest, version: Any, payload: Callable[[], Any], *, seconds: int = 10) -> HttpResponse:
    """As `public`, where `version` (plain data) tells any two answers apart: a 304 does not cost making the payload."""
    return _tagged(request, orjson.dumps(version), lambda: orjson.dumps(payload()), f"public, max-age={seconds}")


def personal(request: HttpRequest, payload: Any) -> HttpResponse:
    """For this caller only; a browser may keep it and asks again by ETag each time."""
    body = orjson.dumps(payload)
    response = _tagged(request, body, lambda: body, "private, no-cache")
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return response


def written(payload: Any, status: int = 200) -> HttpResponse:
    """The answer to a change: never kept."""
    response = HttpResponse(orjson.dumps(payload), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response


def _tagged(request: HttpRequest, said: bytes, body: Callable[[], bytes], keep: str) -> HttpResponse:
    # Weak: the compressed form is the same answer in other bytes (RFC 9110, 8.8.1).
    tag = f'W/"{hashlib.blake2b(said, digest_size=12).hexdigest()}"'
    asked = request.META.get("HTTP_IF_NONE_MATCH", "")
    known = {part.strip().removeprefix("W/") for part in asked.split(",")}
    if asked == "*" or tag.removeprefix("W/") in known:
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(body(), content_type="application/json")
    response["ETag"] = tag
    response["Cache-Control"] = keep
    response["Vary"] = "Accept-Language"
    return response
