"""Answers in XML and JSON of the documented shape: one description, two ways of writing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as Tree

import orjson
from django.http import HttpRequest, HttpResponse

from kentongan.foundation.problems import Problem

TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# What each list is of: in XML an element around each, in JSON a bare array.
ITEMS = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "service_request_updates": "request_update", "errors": "error", "endpoints": "endpoint", "formats": "format",
    "photos": "photo", "media_urls": "media_url",
}  # fmt: skip
_ANSWER = re.compile(r"^answers\.(\w+)$")  # as the house names a question that is answered wrongly, or not
# Characters that XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(fmt: str, name: str, found: Any, status: int = 200) -> HttpResponse:
    """`found` (a list, or a mapping for a definition) under the root element `name`."""
    body = orjson.dumps(_plain(found)) if fmt == "json" else _xml(name, found)
    response = HttpResponse(body, content_type=TYPES[fmt if fmt in TYPES else "xml"], status=status)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def errors(request: HttpRequest, fmt: str, problem: Problem) -> HttpResponse:
    """A refusal in the documented form: its HTTP status is repeated in `code`."""
    status = {422: 400, 401: 403, 415: 400}.get(problem.status, problem.status)
    words = str(problem.detail)
    field = _ANSWER.sub(r"attribute[\1]", problem.field)
    named = f"{field}: {words}" if field else words
    response = answer(fmt, "errors", [{"code": status, "description": named}], status)
    response["Cache-Control"] = "no-store"
    if "retry_after" in problem.extra:
        response["Retry-After"] = str(problem.extra["retry_after"])
    if "allow" in problem.extra:
        response["Allow"] = problem.extra["allow"]
    return response


def moment(at: datetime) -> str:
    """A time as W3C has it, with seconds and zone (UTC)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(found: Any) -> Any:
    if isinstance(found, Mapping):
        return {key: _plain(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(one) for one in found]
    return moment(found) if isinstance(found, datetime) else found


def _xml(name: str, found: Any) -> bytes:
    root = Tree.Element(name)
    _fill(root, found)
    written: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: Tree.Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, one in value.items():
            # A list without a name of its own, such as several photos, is the element repeated.
            for each in one if isinstance(one, list | tuple) and key not in ITEMS else [one]:
                _fill(Tree.SubElement(element, key), each)
    elif isinstance(value, list | tuple):
        for one in value:
            _fill(Tree.SubElement(element, ITEMS[element.tag]), one)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _UNWRITABLE.sub("", moment(value) if isinstance(value, datetime) else str(value))
