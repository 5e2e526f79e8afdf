"""What a request is answered whose view failed: 503 where the database or the disk is away or what it belongs to was
just deleted, 400 for what no database keeps, 500 otherwise, each in the form that was asked for. No answer here asks
the database anything."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from kentongan.api import problems
from kentongan.foundation import again
from kentongan.foundation.problems import Problem
from kentongan.open311 import formats


def answer(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`."""
    problem = problems.for_fault(sys.exc_info()[1])
    response = _said(request, problem)
    if problem.status == 503:
        response["Retry-After"] = str(problem.extra["retry_after"])
    response["Cache-Control"] = "no-store"
    return response


def _said(request: HttpRequest, problem: Problem) -> HttpResponse:
    if request.path.startswith("/open311/"):
        ending = request.path.rpartition(".")[2]
        return formats.errors(request, ending if ending in formats.TYPES else "xml", problem)
    if request.path.startswith(("/api/", "/network/")):
        return problems.respond(problem)
    if problem.status != 503:
        return HttpResponse(loader.get_template(f"{problem.status}.html").render(), status=problem.status)
    shown = {"changed": problem.code == again.CHANGED}
    return HttpResponse(loader.get_template("503.html").render(shown), status=503)
