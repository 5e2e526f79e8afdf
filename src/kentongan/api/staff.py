"""What the staff of a body does with a report. Who may, `casework` says; what is possible, `reports`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from kentongan import casework, network, reports
from kentongan.api.acting import CHANGED, changed, signed_in
from kentongan.api.callers import Bearer
from kentongan.api.reading import find, router
from kentongan.api.shapes import Merge, Note, Rejection, Resolution, Sending, Split, Words

STAFF: Any = {"auth": Bearer(), "response": CHANGED, "tags": ["staff"]}


@router.post("/reports/{code}/accept", **STAFF)
def accept(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Takes the report on."""
    code, who = _officer(request, code, "accept")
    return changed(reports.accept(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/start", **STAFF)
def start(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Begins the work."""
    code, who = _officer(request, code, "start")
    return changed(reports.start(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/notes", **STAFF)
def note(request: HttpRequest, code: str, sent: Note) -> HttpResponse:
    """Adds a note on progress, public or `internal`; `@name` in an internal one tells a colleague."""
    code, who = _officer(request, code, "note")
    named = [one.pk for one in casework.mentioned(who.body or "", sent.text)] if sent.internal else []
    given: dict[str, Any] = {"internal": sent.internal, "expected_seq": sent.expected_seq, "mentions": named}
    return changed(reports.note(code, who, sent.text, **given))


@router.post("/reports/{code}/refer", **STAFF)
def refer(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Waits for another body that is asked to help; the text says why."""
    code, who = _officer(request, code, "refer")
    return changed(reports.refer(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/transfer", **STAFF)
def transfer(request: HttpRequest, code: str, sent: Sending) -> HttpResponse:
    """Sends the report to another body, with a note."""
    code, who = _officer(request, code, "transfer")
    return changed(reports.transfer(code, who, sent.body, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/return", **STAFF)
def give_back(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Returns the report to the body that transferred it."""
    code, who = _officer(request, code, "return")
    return changed(reports.give_back(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/resolve", **STAFF)
def resolve(request: HttpRequest, code: str, sent: Resolution) -> HttpResponse:
    """The trouble is gone: with after-photos, or the reason why there is none."""
    code, who = _officer(request, code, "resolve")
    return changed(
        reports.resolve(
            code, who, sent.text, photos=sent.photos, no_photo_reason=sent.no_photo_reason,
            expected_seq=sent.expected_seq,
        )
    )  # fmt: skip


@router.post("/reports/{code}/reject", **STAFF)
def reject(request: HttpRequest, code: str, sent: Rejection) -> HttpResponse:
    """Ends without a fix, with a public reason."""
    code, who = _officer(request, code, "reject")
    return changed(reports.reject(code, who, sent.text, passed_on=sent.passed_on, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/merge", **STAFF)
def merge(request: HttpRequest, code: str, sent: Merge) -> HttpResponse:
    """Ends the report as a repeat of another."""
    code, who = _officer(request, code, "merge")
    return changed(reports.merge(code, who, sent.original, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/unmerge", **STAFF)
def unmerge(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """The report is not a repeat after all: it goes on by itself."""
    code, who = _officer(request, code, "unmerge")
    return changed(reports.unmerge(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/split", **STAFF)
def split(request: HttpRequest, code: str, sent: Split) -> HttpResponse:
    """Gives each of several bodies a part of it; the report ends with the last of them."""
    code, who = _officer(request, code, "split")
    shares = [reports.Share(one.body, one.text) for one in sent.parts]
    return changed(reports.split(code, who, shares, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/unsplit", **STAFF)
def unsplit(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Takes the split back, while none of its parts has ended."""
    code, who = _officer(request, code, "unsplit")
    return changed(reports.unsplit(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/undo", **STAFF)
def undo(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Takes back a result or a closing of the last day."""
    code, who = _officer(request, code, "undo")
    return changed(reports.undo(code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/uphold", **STAFF)
def uphold(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Answers an objection: the result stands, for a public reason."""
    code, who = _officer(request, code, "uphold")
    return changed(reports.uphold(code, who, sent.text, expected_seq=sent.expected_seq))


def _officer(request: HttpRequest, code: str, step: str) -> tuple[str, reports.Who]:
    """The report's code and the caller in their role. Raises Problem `not_found` or `forbidden`."""
    found = find(request, code)
    who = casework.who(signed_in(request), found, step)
    network.refuse_elsewhere(found, step)
    return found.code, who
