"""Addresses that people know go on working: they lead to where a report, a body or a region lives now."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.encoding import escape_uri_path

from kentongan import bodies, reports
from kentongan.foundation.codes import read_code
from kentongan.network.leaving.departing import departures
from kentongan.network.models import Moved
from kentongan.reports.models import Report

# What is before the code, the code, what is behind it. Everything but the code is the same at the new address.
REPORT = re.compile(r"^/(r|api/v1/reports|open311/v2/requests)/([^/.]+)([/.].*)?$", re.DOTALL)
PLACE = re.compile(r"^/(body|area)/([0-9a-z.]+)$")
SHORT = 9  # letters of the code of a public report; longer ones are secrets
AS_SENT = "".join(map(chr, range(0x21, 0x7F)))  # only what no address may hold is written in another way
KEPT_FOR = 300  # seconds that an answer may be kept: a report may come back


class _Elsewhere(HttpResponseRedirect):
    """Method and body stay (RFC 9110, 15.4.9)."""

    status_code = 308


class OldAddresses:
    """Middleware, behind that which knows the person. Where no region has left it costs a look at a kept copy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Leads to the new address, or goes on."""
        if (found := REPORT.match(request.path)) and departures():
            return self._report(request, *found.groups(default="")) or self.get_response(request)
        if (found := PLACE.match(request.path)) and departures():
            return _place(request, *found.groups()) or self.get_response(request)
        return self.get_response(request)

    def _report(self, request: HttpRequest, room: str, written: str, rest: str) -> HttpResponseBase | None:
        moved = Moved.objects.filter(code=read_code(written) or "").first()
        if moved is None:
            return None
        root, _slash, code = moved.url.rpartition("/r/")
        if room == "r" and request.method not in {"GET", "HEAD"}:
            # A form that was opened before the move: browsers follow no redirect out of our pages from it.
            return render(request, "network/moved.html", {"there": moved.url}, status=409)
        if room == "r" and not rest and (token := _token(request, moved.code)):
            answer: HttpResponse = HttpResponseRedirect(f"{root}/claim/{token}")
            answer["Cache-Control"] = "private, no-store"
            return answer
        return _to(request, f"{root}/{room}/{code}{escape_uri_path(rest)}", secret=len(moved.code) > SHORT)


def _place(request: HttpRequest, room: str, code: str) -> HttpResponseBase | None:
    """A body that left or is part of one, and the region of a government that left."""
    if request.method not in {"GET", "HEAD"}:
        return None
    left, known, one = departures(), bodies.snapshot().bodies, code
    while one and one not in left:
        found = known.get(one)
        one = (found.parent_id or "") if found and room == "body" else one.rpartition(".")[0]
    return _to(request, f"{left[one]}/{room}/{code}") if one else None


def _to(request: HttpRequest, address: str, *, secret: bool = False) -> HttpResponse:
    sent = request.META.get("QUERY_STRING", "").encode("latin-1")  # a letter for each byte (PEP 3333)
    asked = quote(sent, safe=AS_SENT)
    answer = _Elsewhere(f"{address}?{asked}" if asked else address)
    answer["Cache-Control"] = "private, no-store" if secret else f"public, max-age={KEPT_FOR}"
    return answer


def _token(request: HttpRequest, code: str) -> str:
    """The token by which the signed-in reporter claims the report at its new home; empty for everybody else."""
    if not request.user.is_authenticated:
        return ""
    report = Report.objects.filter(code=code, reporter=request.user.pk).first()
    return reports.moved_token(report) if report else ""
