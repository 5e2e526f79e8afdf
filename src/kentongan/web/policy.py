"""What browsers may load and frame, on every answer, and what no cache between may keep. The first is the same for all
answers, so it is written once."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Policy:
    """Middleware: tells `CONTENT_SECURITY_POLICY` (directive: sources) and `X_FRAME_OPTIONS`; what a view set stays.

    An answer that was made by looking at who asks is kept by nobody for others unless a view says so: without a word
    a cache may keep a page as long as it likes (RFC 9111, 4.2.2).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        directives: dict[str, list[str]] = settings.CONTENT_SECURITY_POLICY
        policy = "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
        self._headers = {"Content-Security-Policy": policy, "X-Frame-Options": settings.X_FRAME_OPTIONS}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers, with these headers."""
        response = self.get_response(request)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        if "Cookie" in response.headers.get("Vary", ""):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
