"""What a request is answered whose view failed: 503 where the database or the disk is away, 500 otherwise, each in the
form that was asked for. No answer here asks the database anything."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from kentongan.api import problems
from kentongan.foundation import away
from kentongan.foundation.problems import Problem
from kentongan.open311 import formats


def answer(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`."""
    is_away = away.is_away(sys.exc_info()[1])
    status = 503 if is_away else 500
    response = _said(request, problems.for_status(status))
    if is_away:
        response["Retry-After"] = str(away.RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def _said(request: HttpRequest, problem: Problem) -> HttpResponse:
    if request.path.startswith("/open311/"):
        ending = request.path.rpartition(".")[2]
        return formats.errors(request, ending if ending in formats.TYPES else "xml", problem)
    if request.path.startswith(("/api/", "/network/")):
        return problems.respond(problem)
    if problem.status == 500:
        return HttpResponse(loader.get_template("500.html").render(), status=500)
    return HttpResponse(loader.get_template("503.html").render(), status=503)
