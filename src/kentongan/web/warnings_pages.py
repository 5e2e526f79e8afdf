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

AGE = 30  # seconds that others may keep the feed


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What is in force in the whole country, the gravest first, and what has just ended."""
    return render(request, "web/warnings.html", {"standing": warnings.all_in_force(), "past": warnings.past()})


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
def feed(_request: HttpRequest) -> HttpResponse:
    """`/cap/alerts.atom`: ours in force and of the last three days."""
    return HttpResponse(warnings.index(warnings.newest()), content_type="application/atom+xml; charset=utf-8")


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
