"""Forms are known by where they come from: browsers say it, and a page that is kept for all can carry no token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware


class SameOrigin(CsrfViewMiddleware):
    """Takes a form whose `Origin` is ours without a token; whoever sends none needs the token, as always."""

    def process_view(
        self, request: HttpRequest, callback: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseForbidden | None:
        """None where the request may go on."""
        if _is_ours(request):
            request.csrf_processing_done = True  # type: ignore[attr-defined]  # Django's own mark
            return None
        return super().process_view(request, callback, args, kwargs)


def _is_ours(request: HttpRequest) -> bool:
    """Pages cannot choose these headers: a browser writes `Origin`, and `null` where it does not want to say."""
    origin = request.META.get("HTTP_ORIGIN")  # `headers` would be a copy of them all, made for this alone
    if origin is None:
        return False
    if request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
        return False
    own = f"{request.scheme}://{request.get_host()}"
    return origin == own or origin in settings.CSRF_TRUSTED_ORIGINS
