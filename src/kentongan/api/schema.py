"""The API as a whole: one OpenAPI document, one parser, one way to refuse."""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from kentongan.api import problems
from kentongan.api.shapes import ProblemShape
from kentongan.foundation import logs
from kentongan.foundation.problems import Problem

CALLS = ("/api/v1/alerts", "/api/v1/timers")  # in which people call for help
DEEPEST = 32  # levels of a JSON value; nothing that is taken has more than five
DESCRIPTION = """
Reports of citizens, on their way to the body that is responsible, and back.

Texts follow `Accept-Language` (`id`, `en`). Every refusal is `application/problem+json` (RFC 9457) with a
stable `code`. Times are ISO 8601 with a zone; places are WGS 84 degrees, longitude first.
"""


_UNUSED = HttpResponse()


class StrictParser(Parser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no infinity, no lone surrogates."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Raises Problem `bad_json` (400)."""
        return read_any_json(request) if request.path.startswith(CALLS) else read_json(request)


def read_json(request: HttpRequest) -> Any:
    """The JSON of the body, without NUL, which PostgreSQL cannot keep. Raises Problem `bad_json`."""
    try:
        return without_nul(orjson.loads(request.body))
    except orjson.JSONDecodeError as fault:
        raise Problem(
            "bad_json",
            400,
            _("This is not valid JSON: line %(line)d, column %(column)d.")
            % {"line": fault.lineno, "column": fault.colno},
        ) from None


def read_any_json(request: HttpRequest) -> Any:
    """As `read_json`, for calls for help: NaN, a number beyond all bounds, half an emoji, a byte order mark or a byte
    of another charset may cost what it stands in, and never the call. Raises Problem `bad_json` (400)."""
    try:
        return read_json(request)
    except Problem:
        try:
            read = json.loads(request.body.decode("utf-8-sig", "replace"), strict=False)
        except (ValueError, RecursionError):
            read = None
        if read is None:
            raise
    return without_nul(_paired(read))


def _paired(value: Any, depth: int = 0) -> Any:
    """`value` with the halves of emojis in its texts replaced: no database keeps them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if depth <= DEEPEST and isinstance(value, list):
        return [_paired(item, depth + 1) for item in value]
    if depth <= DEEPEST and isinstance(value, dict):
        return {_paired(key): _paired(item, depth + 1) for key, item in value.items()}
    return value


def without_nul(value: Any, depth: int = 0) -> Any:
    """`value` with every NUL taken out of its texts. Raises Problem `bad_json` (400) where it is nested too deeply."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if depth > DEEPEST:
        raise Problem("bad_json", 400, _("This is nested too deeply."))
    if isinstance(value, list):
        return [without_nul(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item, depth + 1) for key, item in value.items()}
    return value


class Documented(NinjaAPI):
    """Writes into the document what holds everywhere: a refusal is a problem in its own media type."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """What a view could put headers into. Each of ours answers by itself, so none is made for a request."""
        return _UNUSED

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        document = super().get_openapi_schema(**given)
        document["components"]["schemas"]["Problem"] = ProblemShape.model_json_schema()
        content = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path in document["paths"].values():
            for operation in path.values():
                answers = operation["responses"]
                kept = {status: answer for status, answer in answers.items() if int(status) < 400}
                refused = {status: {"description": "Refused", "content": content} for status in answers.keys() - kept}
                any_other = {"description": "A problem (RFC 9457)", "content": content}
                operation["responses"] = {**kept, **refused, "default": any_other}
        return document


api = Documented(
    title="Kentongan",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,  # Ninja makes the document anew for each request: `docs`
    parser=StrictParser(),
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "MPL-2.0", "url": "https://www.mozilla.org/MPL/2.0/"}}},
)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, fault: Problem) -> HttpResponse:
    return problems.respond(fault)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    return problems.respond(problems.invalid(fault.errors))


@api.exception_handler(HttpError)
def _http(request: HttpRequest, fault: HttpError) -> HttpResponse:
    # Ninja hides what our parser raised behind its own words for a body it cannot read.
    meant = fault.__cause__
    return problems.respond(meant if isinstance(meant, Problem) else problems.for_status(fault.status_code))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, fault: Http404) -> HttpResponse:
    return problems.respond(problems.for_status(404))


@api.exception_handler(RequestDataTooBig)
@api.exception_handler(TooManyFilesSent)
@api.exception_handler(TooManyFieldsSent)
def _too_large(request: HttpRequest, fault: Exception) -> HttpResponse:
    return problems.respond(problems.for_status(413))


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
def _unreadable(request: HttpRequest, fault: Exception) -> HttpResponse:
    return problems.respond(problems.for_status(400))


@api.exception_handler(Exception)
def _fault(request: HttpRequest, fault: Exception) -> HttpResponse:
    logs.log_failure(fault, request.method or "", request.resolver_match.route if request.resolver_match else "")
    return problems.respond(problems.for_fault(fault))
