"""What browsers may load and frame, on every answer. It says the same for all of them, so it is written once."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Policy:
    """Middleware: tells `CONTENT_SECURITY_POLICY` (directive: sources) and `X_FRAME_OPTIONS`; what a view set stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        directives: dict[str, list[str]] = settings.CONTENT_SECURITY_POLICY
        policy = "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
        self._headers = {"Content-Security-Policy": policy, "X-Frame-Options": settings.X_FRAME_OPTIONS}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers, with both headers."""
        response = self.get_response(request)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response
