"""What surrounds every API request: size and kind of content, problem answers, compression, time measured."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string
from prometheus_client import Histogram

from kentongan.api import problems
from kentongan.foundation import logs

MEGABYTE = 1024 * 1024
JSON_LIMIT = MEGABYTE
# Five photos of 20 MB and their form.
UPLOAD_LIMITS = {"/api/v1/photos": 21 * MEGABYTE, "/api/v1/reports": 105 * MEGABYTE}
# What follows an alert; its first message has 300 bytes, and a hundred places after a gap some 15,000.
ALERTS, ALERT_JSON, ALERT_UPLOAD = ("/api/v1/alerts", "/api/v1/timers"), 65_536, 9 * MEGABYTE
SMALL = 512  # bytes below which compression only costs

_log = structlog.get_logger(__name__)
SECONDS = Histogram("kentongan_request_seconds", "Time to answer, by route and status.", ["method", "route", "status"])


class Edge:
    """Middleware. Pages are only measured; everything else is for addresses under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers, and says how long it took."""
        began = time.perf_counter()
        name = logs.name_request(request.META.get("HTTP_X_REQUEST_ID", ""))
        try:
            response = self._answer(request) if request.path.startswith("/api/") else self.get_response(request)
        finally:
            logs.forget_request()
        if response.status_code >= 500:
            response["X-Request-ID"] = name
        route = request.resolver_match.route if request.resolver_match else ""
        method = request.method if request.method in {"GET", "HEAD", "POST", "DELETE", "OPTIONS"} else "other"
        SECONDS.labels(method, route, response.status_code).observe(time.perf_counter() - began)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        refused = _refusal(request)
        response = problems.respond(problems.for_status(refused)) if refused else self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type") != problems.CONTENT_TYPE:
            told = problems.respond(problems.for_status(response.status_code))
            if response.has_header("Allow"):
                told["Allow"] = response["Allow"]
            response = told
        response["X-Content-Type-Options"] = "nosniff"
        return _compress(request, response)


def _refusal(request: HttpRequest) -> int:
    """The status that refuses a body before it is read; 0 where it is welcome."""
    if request.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return 0
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 400
    if length <= 0:
        return 0
    path = request.path.rstrip("/")
    follows = path.startswith(ALERTS)
    uploads = ALERT_UPLOAD if follows and path.endswith("/media") else UPLOAD_LIMITS.get(path)
    if request.content_type == "multipart/form-data" and uploads:
        return 413 if length > uploads else 0
    if request.content_type != "application/json":
        return 415
    return 413 if length > (ALERT_JSON if follows else JSON_LIMIT) else 0


def _compress(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Packs public answers. Those that depend on who asks stay plain: compression could leak (BREACH)."""
    if not isinstance(response, HttpResponse) or "public" not in response.get("Cache-Control", ""):
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
    if "gzip" in accepted and len(response.content) > SMALL and not response.has_header("Content-Encoding"):
        response.content = compress_string(response.content)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
    return response
