"""What citizens do with a report that is there: support, comment, agree, disagree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kentongan import reports
from kentongan.api import answers, telling
from kentongan.api.callers import Bearer, address, person
from kentongan.api.reading import CLAIM, find, router
from kentongan.api.shapes import Contest, ProblemShape, Rating, ReportShape, Words
from kentongan.foundation import rates
from kentongan.people import limits
from kentongan.people.models import Person
from kentongan.reports.models import Report

ACTS, HOUR = 120, 3600  # for one person or address

CHANGED = {200: ReportShape, **dict.fromkeys((400, 401, 403, 404, 409, 415, 422, 429), ProblemShape)}


@router.post("/reports/{code}/support", auth=Bearer(), response=CHANGED)
def support(request: HttpRequest, code: str) -> HttpResponse:
    """Says "I have the same trouble". A second time changes nothing."""
    found, _who = _acting(request, code)
    return changed(reports.support(found.code, signed_in(request)))


@router.post("/reports/{code}/comments", auth=Bearer(optional=True), response=CHANGED)
def comment(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Says something in public."""
    found, who = _acting(request, code)
    limits.admit("comments", who.person, address(request))
    return changed(reports.comment(found.code, who, sent.text))


@router.post("/reports/{code}/rating", auth=Bearer(optional=True), response=CHANGED)
def rate(request: HttpRequest, code: str, sent: Rating) -> HttpResponse:
    """The reporter's stars, 1 to 5, for an answer."""
    found, who = _acting(request, code)
    return changed(reports.rate(found.code, who, sent.stars, sent.text))


@router.post("/reports/{code}/confirm", auth=Bearer(optional=True), response=CHANGED)
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """The reporter agrees with the result."""
    found, who = _acting(request, code)
    return changed(reports.confirm(found.code, who))


@router.post("/reports/{code}/reopen", auth=Bearer(optional=True), response=CHANGED)
def reopen(request: HttpRequest, code: str, sent: Contest) -> HttpResponse:
    """The reporter does not agree: the report goes back into the queue."""
    found, who = _acting(request, code)
    return changed(reports.reopen(found.code, who, sent.text, photos=sent.photos))


@router.post("/reports/{code}/contest", auth=Bearer(optional=True), response=CHANGED)
def contest(request: HttpRequest, code: str, sent: Contest) -> HttpResponse:
    """Anybody shows by a photo that the result is none."""
    found, who = _acting(request, code)
    return changed(reports.contest(found.code, who, sent.text, photos=sent.photos))


@router.post("/claims", auth=Bearer(), response=CHANGED)
def claim(request: HttpRequest) -> HttpResponse:
    """Takes a report made without an account into the caller's own, by its `Kentongan-Claim` header."""
    return changed(reports.claim(signed_in(request), request.headers.get(CLAIM, "")))


def changed(report: Report) -> HttpResponse:
    """The report as it is after a step."""
    return answers.written(telling.report(report))


def signed_in(request: HttpRequest) -> Person:
    """The caller of an address that asks for one."""
    found = person(request)
    assert found is not None  # noqa: S101  Bearer has refused everybody else
    return found


def _acting(request: HttpRequest, code: str) -> tuple[Report, reports.Who]:
    """The report, seen with the caller's eyes, and who they are to it."""
    caller = person(request)
    rates.spend(f"act/{caller.pk if caller else address(request)}", ACTS, HOUR)
    found = find(request, code)
    return found, reports.citizen(found, caller, request.headers.get(CLAIM, ""))
