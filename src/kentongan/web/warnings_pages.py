"""Warnings for everybody: what is in force, one of them with how it went on, and both as CAP for programs."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from kentongan import warnings
from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer

AGE = 30  # seconds that others may keep the feed
PAGE = 30  # warnings of one page
FARTHEST = 1_000  # page that anybody asks for


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What is in force in the whole country, or at a place (`area`), the gravest first, a page of it; on the first of
    the country what has just ended."""
    area = gazetteer.areas().get(request.GET.get("area", ""))
    found = warnings.at_areas([area.code]) if area else warnings.all_in_force()
    at = min(_page(request), max(1, -(-len(found) // PAGE)))  # those of the last page may have ended meanwhile
    shown = {
        "standing": found[PAGE * (at - 1) : PAGE * at], "most": PAGE,
        "past": warnings.past() if at == 1 and not area else [], "area": area,
        "number": len(found), "before": at - 1, "after": at + 1 if PAGE * at < len(found) else 0,
    }  # fmt: skip
    return render(request, "web/warnings.html", shown)


@require_safe
def page(request: HttpRequest, number: UUID) -> HttpResponse:
    """One warning: whether it is in force, what to do, where, until when, from whom, and what came before and after."""
    try:
        found = warnings.find(number)
    except Problem as problem:
        raise Http404(str(problem.detail)) from None
    return render(request, "web/warning.html", warnings.shown(found))


@require_safe
@cache_control(public=True, max_age=AGE)
@gzip_page
def feed(request: HttpRequest) -> HttpResponse:
    """`/cap/alerts.atom`: ours in force and of the last three days, in pages that name the next one (RFC 5005)."""
    at = _page(request)
    rows, is_more = warnings.newest(at)
    said = warnings.index(rows, at, is_more)
    return HttpResponse(said, content_type="application/atom+xml; charset=utf-8")


def _page(request: HttpRequest) -> int:
    """`page` from 1; whatever is none is the first."""
    written = request.GET.get("page", "1")
    return min(max(int(written), 1), FARTHEST) if written.isascii() and written.isdigit() and len(written) < 6 else 1


@require_safe
@cache_control(public=True, max_age=AGE)
@gzip_page
def message(_request: HttpRequest, number: UUID) -> HttpResponse:
    """`/cap/ID.xml`: one message as CAP 1.2."""
    try:
        found = warnings.own(number)
    except Problem as problem:
        raise Http404(str(problem.detail)) from None
    return HttpResponse(warnings.message(found), content_type="application/cap+xml; charset=utf-8")
