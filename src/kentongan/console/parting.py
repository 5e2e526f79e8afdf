"""Splitting a report: the bodies are found one after the other, and nothing that was typed is lost on the way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kentongan import bodies, casework, network, reports
from kentongan.console import ways
from kentongan.console.doors import for_staff, person_of, seen
from kentongan.console.steps import shares
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def split(request: HttpRequest, code: str) -> HttpResponse:
    """Which bodies work on a part, and what each is asked to do. A POST here changes nothing: it finds, adds and takes
    out bodies, with all that was typed."""
    person = person_of(request)
    found = seen(person, code)
    casework.who(person, found, "split")
    network.refuse_elsewhere(found, "split")
    return page(request, found)


def page(
    request: HttpRequest, report: Report, problem: Problem | None = None, news: list[dict[str, Any]] | None = None
) -> HttpResponse:
    """The form; `problem` is why it was refused, `news` what has happened since it was read."""
    world = bodies.snapshot()
    rows = [(world.body(one.body), one.text) for one in shares(request)]
    added = world.body(request.POST.get("add", ""))
    asked = "" if added else request.POST.get("q", "")  # it has been found: else it says that there is none
    if added is not None and added.code not in {body.code for body, _text in rows if body}:
        rows.append((added, ""))
    there = {body.code for body, _text in rows if body}
    choices = casework.find_bodies(asked) if asked else casework.suggested_bodies(report)
    if not asked and (own := world.body(report.body_id or "")) is not None:
        choices = [own, *choices]
    shown = {
        "report": report, "seq": report.seq, "q": asked, "came": ways.came(request), "typed": {},
        "rows": [
            {"body": body, "text": text, "field": f"split-text-{at}"} for at, (body, text) in enumerate(rows) if body
        ],
        "choices": [one for one in choices if one.code not in there], "problem": problem, "news": news,
        "answers": reports.in_their_words(reports.answered(report)),
        "errors": {f"split-{problem.field or 'parts'}": problem.detail} if problem else {},
    }  # fmt: skip
    return render(request, "console/split.html", shown, status=problem.status if problem else 200)
