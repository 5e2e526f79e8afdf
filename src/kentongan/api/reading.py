"""Reading reports: one, its timeline, lists, photos, likely duplicates."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import StringConstraints

from kentongan import catalogue, network, reports
from kentongan.api import answers, keeping, telling
from kentongan.api.asking import Asked
from kentongan.api.callers import Bearer, person
from kentongan.api.shapes import Duplicates, Finite, ProblemShape, ReportPage, ReportShape, Timeline
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.reports.derivatives import SIZES
from kentongan.reports.models import Photo, Report

DAY = 86_400  # seconds; a photo never changes under its address, but it may be hidden
CLAIM = "Kentongan-Claim"  # the header by which a reporter without an account shows who they are
ORDER = ("entry_seq", "uploaded_at", "id")  # of photos, as in the timeline

router = Router(tags=["reports"])
FAULTS = {404: ProblemShape, 401: ProblemShape}


@router.get("/reports", response={200: ReportPage, 422: ProblemShape})
def list_reports(request: HttpRequest, asked: Query[Asked]) -> HttpResponse:
    """Public reports, newest first. `next` is the cursor of the following page; pages stay stable."""
    stamps, following = reports.list_public(asked.filters())
    found = keeping.told(stamps)
    version = [following, *(one.tag for one in found)]
    return answers.versioned(request, version, lambda: _page(found, following), seconds=5)


@router.get("/reports/{code}", auth=Bearer(optional=True), response={200: ReportShape, **FAULTS})
def read_report(request: HttpRequest, code: str) -> HttpResponse:
    """One report. Restricted ones only for their reporter (token, session or claim) and the body's staff.

    A code of another instance of the network leads there (302).
    """
    if row := reports.find_public(code):
        taken = Photo.objects.filter(report=row.id).order_by(*ORDER) if row.photo_count else ()
        told = {**telling.report(row), "photos": [telling.photo(one) for one in taken]}
        return answers.public(request, told, seconds=5)
    found = _here(request, code)
    if isinstance(found, HttpResponse):
        return found
    told = {**telling.report(found), "photos": [telling.photo(one) for one in reports.photos(found)]}
    if found.is_restricted and found.whole_id is None:  # only its reporter and the staff come this far
        told["answers"] = telling.answers(reports.answered(found))
    return answers.personal(request, told)


@router.get("/reports/{code}/timeline", auth=Bearer(optional=True), response={200: Timeline, **FAULTS})
def read_timeline(request: HttpRequest, code: str) -> HttpResponse:
    """What happened, oldest first, as far as the caller may read it."""
    found = _here(request, code, "/timeline")
    if isinstance(found, HttpResponse):
        return found
    claim = request.headers.get(CLAIM, "")
    told = {"items": [telling.entry(one) for one in reports.timeline(found, person(request), claim)]}
    if found.is_restricted or person(request) or claim:
        return answers.personal(request, told)
    return answers.public(request, told, seconds=5)


@router.get("/duplicates", response={200: Duplicates, 422: ProblemShape})
def list_duplicates(
    request: HttpRequest,
    category: str,
    lon: Finite,
    lat: Finite,
    text: Annotated[str, StringConstraints(max_length=4000)] = "",
    asset_id: Annotated[str, StringConstraints(max_length=80)] = "",
) -> HttpResponse:
    """Open reports that may tell of the same trouble, the likeliest first; `distance` in metres.

    With `asset_id` those about the same thing (`same_asset`) come first, and those about the one beside it not at all.
    """
    kind = catalogue.get(category)
    if abs(lon) > 180 or abs(lat) > 90:
        raise Problem("bad_coordinates", 422, _("Longitude is -180 to 180, latitude -90 to 90."), field="lon")
    found = reports.near_duplicates(kind.code, lon, lat, text, asset_id=asset_id.replace("\0", ""))
    items = [
        {
            "report": telling.report(one.report), "distance": round(one.distance, 1), "likeness": one.likeness,
            "same_asset": one.same_asset,
        }
        for one in found
    ]  # fmt: skip
    return answers.public(request, {"items": items}, seconds=5)


JPEG = {"description": "OK", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/photos/{uuid:photo_id}/{size}",
    auth=Bearer(optional=True),
    response={200: None, **FAULTS},
    openapi_extra={"responses": {200: JPEG}},
)
def read_photo(request: HttpRequest, photo_id: UUID, size: str) -> HttpResponseBase:
    """A photo of a report as JPEG without metadata; `size` is `thumb` (320 px) or `large` (1600 px)."""
    photo = Photo.objects.select_related("report").filter(pk=photo_id).first()
    if photo is None or photo.report is None or size not in SIZES:
        raise Problem("not_found", 404, _("There is nothing at this address."))
    report = find(request, photo.report.code)
    response = FileResponse(reports.photo_file(photo, size), content_type="image/jpeg")
    who = "private" if report.is_restricted else "public"
    response["Cache-Control"] = f"{who}, max-age={DAY}, immutable"
    return response


def _page(found: list[keeping.Told], following: str) -> dict[str, Any]:
    return {"items": [orjson.Fragment(one.json) for one in found], "next": following or None}


def _here(request: HttpRequest, code: str, part: str = "") -> Report | HttpResponse:
    """As `find`; the way to the same answer of the instance that has the report, where this one has none."""
    try:
        return find(request, code)
    except Problem as problem:
        page = network.resolve(code, rates.address(request)) if problem.code == "not_found" else None
        if page is None:
            raise
        home, _path, known = page.rpartition("/r/")
        return HttpResponseRedirect(f"{home}/api/v1/reports/{known}{part}")


def find(request: HttpRequest, code: str) -> Report:
    """The report as far as the caller may see it. Raises Problem `not_found`."""
    return reports.find(code, person(request), request.headers.get(CLAIM, ""))
