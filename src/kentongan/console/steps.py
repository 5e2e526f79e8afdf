"""The steps an officer takes on a report: what is read from the form, which command it becomes, what is said then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan import casework, network, reports
from kentongan.console.doors import person_of
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import cut_text
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.who import Who

MOST_PARTS, MOST_TYPED = 20, 5_000  # more is nobody's form, and refused with what is left
TYPED = 200  # letters of a number that are looked at: no thing has so many
Taken = Callable[[HttpRequest, str, Who, int | None], Report]


@dataclass(frozen=True)
class StaffStep:
    """`name` is its name in the table of states, `take` calls the command, `done` is said afterwards.

    `heard` is said too where there is a reporter whom a mail reaches: nobody else is told.
    """

    name: str
    take: Taken
    done: Promise
    heard: Promise | str = ""

    def said(self, report: Report, person: Person) -> str:
        """What is said once `person` has taken the step."""
        return f"{self.done} {self.heard}".rstrip() if reports.hears(report, person) else str(self.done)


def expected_seq(request: HttpRequest) -> int:
    """The timeline entry that the officer had read when they decided. Raises Problem where it is missing."""
    written = request.POST.get("expected_seq", "")
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        raise Problem("changed_meanwhile", 409, _("Read what the report says now, then decide again."))
    return int(written)


def keep_photos(request: HttpRequest) -> list[UUID]:
    """Stores the photos of the form; their ids."""
    sent = request.FILES.getlist("photos")
    if len(sent) > 5:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field="photos")
    return [reports.add_photo(cast(BinaryIO, one), person_of(request)).pk for one in sent]


def _said(request: HttpRequest) -> str:
    return request.POST.get("text", "")


def _plain(command: str) -> Taken:
    def take(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
        return cast(Report, getattr(reports, command)(code, who, _said(request), expected_seq=seq))

    return take


def _note(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    internal = request.POST.get("visibility", "internal") != "public"
    named = casework.mentioned(who.body or "", _said(request)) if internal else []
    return reports.note(
        code, who, _said(request), internal=internal, expected_seq=seq, mentions=[one.pk for one in named]
    )


def _resolve(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    given: dict[str, Any] = {
        "photos": keep_photos(request),
        "no_photo_reason": request.POST.get("no_photo_reason", ""),
    }
    return reports.resolve(code, who, _said(request), expected_seq=seq, **given)


def _reject(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    passed_on = request.POST.get("passed_on") == "yes"
    return reports.reject(code, who, _said(request), passed_on=passed_on, expected_seq=seq)


def _transfer(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    body = request.POST.get("body", "")
    if not body:
        raise Problem("body_required", 422, _("Choose the body that the report goes to."), field="body")
    return reports.transfer(code, who, body, _said(request), expected_seq=seq)


def _merge(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    return reports.merge(code, who, request.POST.get("original", ""), expected_seq=seq)


def _split(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    return reports.split(code, who, shares(request), expected_seq=seq)


def shares(request: HttpRequest) -> list[reports.Share]:
    """What each body of the form is asked to do; `take_out` is the one that is left out."""
    both = zip(request.POST.getlist("part"), request.POST.getlist("words"), strict=False)
    out = request.POST.get("take_out", "")
    return [reports.Share(body, cut_text(text, MOST_TYPED)) for body, text in both if body and body != out][:MOST_PARTS]


def _assign(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    person = person_of(request)
    return casework.assign(person, reports.find(code, person), request.POST.get("to", ""), expected_seq=seq)


def _prioritise(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    return reports.prioritise(code, who, request.POST.get("priority", ""), expected_seq=seq)


def _asset(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    # A number that was typed goes before the choice above it; what nobody can see was not typed.
    typed = cut_text(request.POST.get("asset_id", ""), TYPED)
    return reports.link(code, who, typed or request.POST.get("chosen", ""), expected_seq=seq)


def _decline(request: HttpRequest, code: str, who: Who, seq: int | None) -> Report:
    return network.decline(code, person_of(request), _said(request), expected_seq=seq)


STEPS = {
    step.name: step
    for step in (
        StaffStep("accept", _plain("accept"), _("Accepted."), _("The reporter is told.")),
        StaffStep("start", _plain("start"), _("Work has begun."), _("The reporter is told.")),
        StaffStep("assign", _assign, _("Noted who works on it.")),
        StaffStep("prioritise", _prioritise, _("The priority is set.")),
        StaffStep("asset", _asset, _("Noted which asset it is about.")),
        StaffStep("note", _note, _("The note is kept.")),
        StaffStep(
            "ask", _plain("ask"), _("Asked. The clock stops until there is an answer."), _("The reporter is told.")
        ),
        StaffStep("refer", _plain("refer"), _("Noted: another body is asked to help.")),
        StaffStep("resolve", _resolve, _("Solved."), _("The reporter is asked whether they agree.")),
        StaffStep("reject", _reject, _("Closed without a fix."), _("The reporter gets your reason.")),
        StaffStep("transfer", _transfer, _("Passed on. The report has left your queue.")),
        StaffStep("return", _plain("give_back"), _("Returned. The report has left your queue.")),
        StaffStep("decline", _decline, _("Given back, with your reason. It goes on where it came from.")),
        StaffStep("merge", _merge, _("Joined with the other report.")),
        StaffStep("split", _split, _("Split. It ends with the last of its parts."), _("The reporter is told.")),
        StaffStep("unsplit", _plain("unsplit"), _("The split is taken back. The report is where it was before.")),
        StaffStep("unmerge", _plain("unmerge"), _("The report goes on by itself again.")),
        StaffStep("undo", _plain("undo"), _("Taken back. The report is where it was before.")),
        StaffStep("uphold", _plain("uphold"), _("Kept: your reason is public, and the report has left your list.")),
        StaffStep("reopen", _plain("reopen"), _("Opened again. The report is in your queue.")),
    )
}
