"""Joining a report with another: both side by side, with their distance, before anything is done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.views.decorators.http import require_safe

from kentongan import casework, places, reports
from kentongan.console import ways
from kentongan.console.doors import for_staff, person_of, seen
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report

NEAR = 6  # proposals


@require_safe
@for_staff
def merge(request: HttpRequest, code: str) -> HttpResponse:
    """What the report could be joined with; with `original`, that report beside this one."""
    person = person_of(request)
    found = seen(person, code)
    casework.who(person, found, "merge")
    return page(request, found, request.GET.get("original", ""))


def page(request: HttpRequest, report: Report, asked: str, problem: Problem | None = None) -> HttpResponse:
    """The page; `problem` is why the join that was tried is refused."""
    original = metres = None
    if asked and problem is None:
        try:
            original = reports.may_be_original(report.code, asked)
        except Problem as refused:
            problem = refused
    if original:
        metres = _metres(report, original)
    shown: dict[str, Any] = {
        "report": report, "seq": report.seq, "asked": asked, "mine": _side(report), "near": _near(report),
        "original": _side(original) if original else None,
        "metres": metres, "kilometres": number_format((metres or 0) / 1000, 1), "typed": {},
        "came": ways.came(request),
        "errors": {"merge-original": problem.detail} if problem else {}, "problem": problem,
    }  # fmt: skip
    return render(request, "console/merge.html", shown, status=problem.status if problem else 200)


def _side(report: Report) -> dict[str, Any]:
    """The report and the address of its first photo: a public one's, of whatever body, as the public sees it."""
    photo = next(iter(reports.photos(report)), None)
    if photo is None:
        return {"report": report, "photo": ""}
    if report.is_restricted:
        return {"report": report, "photo": reverse("console:photo", args=(photo.pk, "thumb"))}
    return {"report": report, "photo": reverse("report_photo", args=(report.code, photo.pk, "thumb"))}


def _near(report: Report) -> list[dict[str, Any]]:
    if report.lon is None or report.lat is None:
        return []
    likely = reports.near_duplicates(report.category_id, report.lon, report.lat, report.text, NEAR + 1)
    others = [one for one in likely if one.report.pk != report.pk]
    return [{"report": one.report, "metres": round(one.distance)} for one in others[:NEAR]]


def _metres(report: Report, other: Report) -> int | None:
    if report.lon is None or report.lat is None or other.lon is None or other.lat is None:
        return None
    return round(places.distance(report.lon, report.lat, other.lon, other.lat))
