"""What only a form sends to, opened as a page, leads to the page above it.

A browser asks for it after signing in anew, out of its history, or from an address that somebody passed on; the bare
405 that is true for programs is an empty window for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes


class PageAbove:
    """Middleware. Only what was refused for its method is looked at again, and only for who reads pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers, or leads a browser to the next page above (/r/CODE/support to /r/CODE); there it may go on."""
        response = self.get_response(request)
        if response.status_code != 405 or request.method not in {"GET", "HEAD"}:
            return response
        if not isinstance(response, HttpResponse) or response.content:
            return response  # it says for itself what is wrong
        if "text/html" not in request.META.get("HTTP_ACCEPT", "") or request.path.startswith("/api/"):
            return response
        if "/." in request.path_info:
            return response  # a browser would read it as another page
        above = request.path_info.rstrip("/")
        while above:
            above = above.rpartition("/")[0]
            for there in (above, f"{above}/"):  # the queue and the home page end with a slash
                if there and is_valid_path(there):
                    return HttpResponseRedirect(escape_leading_slashes(quote(there)))
        return response
