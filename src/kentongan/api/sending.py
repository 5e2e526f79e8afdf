"""Sending a report and its photos, and asking beforehand who will receive it."""

from __future__ import annotations

import hashlib
from typing import Any, cast
from uuid import UUID

import orjson
import pydantic
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kentongan import catalogue, places, reports, routing
from kentongan.api import answers, problems, telling
from kentongan.api.callers import Bearer, address, person
from kentongan.api.reading import router
from kentongan.api.schema import read_json, without_nul
from kentongan.api.shapes import (
    ONE_FILE,
    NewReport,
    PhotoShape,
    PreviewAsked,
    PreviewShape,
    ProblemShape,
    ReportShape,
)
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.people import limits
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Report
from kentongan.reports.submission import MOST_PHOTOS

HOUR = 3600
CHANNEL = "api"
PREVIEWS_PER_HOUR = 2_000

_FIELDS = NewReport.model_json_schema()
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": MOST_PHOTOS}
_FORM = {
    **_FIELDS,
    "properties": {
        **_FIELDS["properties"],
        "answers": {"type": "string", "description": "a JSON object"},
        "files": _FILES,
    },
}
REPORT_BODY = {
    "required": True,
    "content": {"application/json": {"schema": _FIELDS}, "multipart/form-data": {"schema": _FORM}},
}
REFUSALS = dict.fromkeys((400, 401, 413, 415, 422, 429), ProblemShape)


@router.post(
    "/reports",
    auth=Bearer(optional=True),
    response={201: ReportShape, 200: ReportShape, 409: ProblemShape, **REFUSALS},
    openapi_extra={"requestBody": REPORT_BODY},
)
def send_report(request: HttpRequest) -> HttpResponse:
    """Sends a report: 201 where it is new, 200 where the same submission came before.

    As multipart/form-data, up to five photos may come along as `files`. Without an account the answer
    holds `claim_token`, by which the reporter comes back (header `Kentongan-Claim`).
    """
    reporter = person(request)
    if request.content_type == "multipart/form-data":
        sent, files = _form(request)
    else:
        sent, files = read_json(request), []
    asked = _checked(sent)
    try:
        _admit(request, reporter, "reports")
    except Problem:
        # A lost answer is given again even to somebody who has sent too much.
        if _known(asked, reporter) is None:
            raise
    known = _known(asked, reporter) if files else None
    asked.photos += [_kept(one, reporter, known) for one in files]
    done = routing.submit(_submission(asked), reporter)
    shown = reports.photos(done.report) if done.report.photo_count else ()
    told = {
        **telling.report(done.report),
        "photos": [telling.photo(one) for one in shown],
        "claim_token": done.claim_token or "",
    }
    response = answers.written(told, 201 if done.created else 200)
    response["Location"] = told["links"]["self"]
    return response


@router.post(
    "/photos",
    auth=Bearer(optional=True),
    response={201: PhotoShape, **REFUSALS},
    openapi_extra={"requestBody": ONE_FILE},
)
def send_photo(request: HttpRequest) -> HttpResponse:
    """Keeps one photo (JPEG, PNG, WebP, HEIC, AVIF; 20 MB) for a report to come; answers what its file says."""
    files = list(request.FILES.values())
    if len(files) != 1:
        raise Problem("photo_required", 422, _("Send one photo, as the part `file`."), field="file")
    reporter = person(request)
    _admit(request, reporter, "photos")
    photo = reports.add_photo(cast("UploadedFile[Any]", files[0]), reporter)
    told = {**telling.photo(photo), "taken_at": photo.taken_at, "lon": photo.lon, "lat": photo.lat}
    return answers.written(told, 201)


@router.post("/preview", response={200: PreviewShape, **REFUSALS})
def preview(request: HttpRequest, sent: PreviewAsked) -> HttpResponse:
    """Who would receive a report, why, and who else it could be (`doubt`: ask the person)."""
    rates.spend(f"preview/{address(request)}", PREVIEWS_PER_HOUR, HOUR)
    decided = routing.preview(sent.category, sent.lon, sent.lat)
    kind = catalogue.get(sent.category)
    decision, question = decided.as_json(), routing.question(decided)
    others = [
        {"body": telling.body(one["body"]), "reasons": telling.reasons(one["reasons"]), "doubt": one["doubt"]}
        for one in decision["alternatives"]
    ]
    located = places.locate(sent.lon, sent.lat).areas if sent.lon is not None and sent.lat is not None else ()
    told = {
        "body": telling.body(decision["body"]),
        "state": decision["state"],
        "reasons": telling.reasons(decision["reasons"]),
        "question": telling.reasons([vars(question)])[0] if question else None,
        "questions": [*kind.questions, *reports.asked_by(decided.body, kind)],
        "alternatives": others,
        "areas": [telling.area(one) for one in located],
    }
    return answers.written(told)


def _known(asked: NewReport, reporter: Person | None) -> Report | None:
    found: Report | None = reports.sent_before(asked.submission_id, CHANNEL, reporter)
    return found


def _checked(sent: Any) -> NewReport:
    try:
        return NewReport.model_validate(sent)
    except pydantic.ValidationError as fault:
        errors: Any = fault.errors(include_url=False, include_context=False, include_input=False)
        raise problems.invalid(errors) from None


def _submission(asked: NewReport) -> reports.Submission:
    said = asked.model_dump(exclude={"asked"})
    more = {"photos": tuple(asked.photos), "channel": CHANNEL, "told_of": tuple(asked.asked)}
    return reports.Submission(**said | more)


def _form(request: HttpRequest) -> tuple[dict[str, Any], list[UploadedFile[Any]]]:
    """The fields of a form as JSON would have had them, and its files. An empty field was not given."""
    sent: dict[str, Any] = {name: value for name, value in request.POST.items() if value != ""}
    if "photos" in sent:
        sent["photos"] = [one for value in request.POST.getlist("photos") for one in value.split(",")]
    if "asked" in sent:
        sent["asked"] = [one for value in request.POST.getlist("asked") for one in value.split(",")]
    if "answers" in sent:
        try:
            sent["answers"] = orjson.loads(sent["answers"])
        except orjson.JSONDecodeError:
            raise Problem("bad_answer", 422, _("The answers must be a JSON object."), field="answers") from None
    files = [one for _name, given in request.FILES.lists() for one in given]
    if len(files) > MOST_PHOTOS:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field="files")
    return without_nul(sent), files


def _kept(file: UploadedFile[Any], reporter: Person | None, known: Report | None) -> UUID:
    """The id of an uploaded file: that of the report's own photo where the same submission comes again."""
    if known is not None:
        digest = hashlib.sha256(file.read()).hexdigest()
        file.seek(0)
        if before := Photo.objects.filter(report=known, sha256=digest).first():
            return before.pk
    return reports.add_photo(file, reporter).pk


def _admit(request: HttpRequest, reporter: Person | None, what: str) -> None:
    """Raises Problem where nobody without an account may send, or this person or address sent too much."""
    limits.admit(what, reporter, address(request))
