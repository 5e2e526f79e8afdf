"""The OpenAPI document, and the page of it: every operation with its arguments, served by ourselves."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from kentongan.api.schema import api
from kentongan.foundation.config import config
from kentongan.foundation.remembering import remembered

KEPT_FOR = 300  # seconds, by browsers and shared caches


class Written(NamedTuple):
    """The document as it is sent, plain and packed."""

    plain: bytes
    packed: bytes
    etag: str


@remembered(maxsize=None)
def _schema() -> dict[str, Any]:
    """Made once, which takes half a second of processor: it does not change while a process runs."""
    return api.get_openapi_schema(path_prefix="/api/v1/")


@remembered(maxsize=None)
def _written() -> Written:
    plain = orjson.dumps(_schema(), option=orjson.OPT_NON_STR_KEYS)  # statuses are numbers in it
    return Written(plain, gzip.compress(plain, mtime=0), f'W/"{sha256(plain).hexdigest()[:32]}"')


@require_safe
@condition(etag_func=lambda _request: _written().etag)
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    told, packs = _written(), "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(told.packed if packs else told.plain, content_type="application/json")
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    if packs:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
@gzip_page
def page(request: HttpRequest) -> HttpResponse:
    """All operations by path, in words and without a script."""
    shown = {"operations": _operations(), "base": config().base_url.rstrip("/")}
    return render(request, "web/api_docs.html", shown)


@remembered(maxsize=None)
def _operations() -> list[dict[str, Any]]:
    """What the page shows of each operation."""
    shapes = _schema()["components"]["schemas"]
    return [told for path, methods in _schema()["paths"].items() for told in _of(path, methods, shapes)]


def _of(path: str, methods: dict[str, Any], shapes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for method, told in methods.items():
        body = told.get("requestBody", {}).get("content", {})
        yield {
            "id": told["operationId"], "method": method.upper(), "path": path,
            "words": told.get("description") or told.get("summary", ""), "signed_in": bool(told.get("security")),
            "arguments": [_argument(one) for one in told.get("parameters", ())],
            "bodies": [(kind, _fields(content.get("schema", {}), shapes)) for kind, content in body.items()],
            "answers": sorted(str(status) for status in told["responses"]),
        }  # fmt: skip


def _argument(one: dict[str, Any]) -> dict[str, Any]:
    must = one.get("required", False)
    return {"name": one["name"], "where": one["in"], "required": must, "kind": _kind(one["schema"])}


def _fields(schema: dict[str, Any], shapes: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, kind and whether it must be given, of each field of a body; `shapes` are those that are named."""
    if "$ref" in schema:
        schema = shapes.get(schema["$ref"].rpartition("/")[2], {})
    required = set(schema.get("required", ()))
    return [(name, _kind(one), name in required) for name, one in schema.get("properties", {}).items()]


def _kind(schema: dict[str, Any]) -> str:
    """The type of a value in a word or two."""
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_kind(one) for one in choices))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind
