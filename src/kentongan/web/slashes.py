"""Addresses that somebody ended with a slash by habit lead to the page without it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes


class NoSlash:
    """Middleware. Only what was not found is looked at again, so that it costs nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers, or leads to the address without its last slash where there is one."""
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in {"GET", "HEAD"} or not request.path.endswith("/"):
            return response
        if "/." in request.path_info or not is_valid_path(request.path_info.rstrip("/")):
            return response  # not there, or one that a browser would read as the page above
        address, _mark, asked = request.get_full_path().partition("?")
        there = escape_leading_slashes(address.rstrip("/"))
        return HttpResponsePermanentRedirect(f"{there}?{asked}" if asked else there)
