"""What the desk of a body does besides the steps: hands, priority, templates, and many reports at once, done by the
worker."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Query, Schema
from pydantic import Field, StringConstraints

from kentongan import casework, network, reports
from kentongan.api import answers
from kentongan.api.acting import CHANGED, changed, signed_in
from kentongan.api.callers import Bearer
from kentongan.api.desk import FilterParts, filter_of
from kentongan.api.reading import find, router
from kentongan.api.shapes import Code, ProblemShape, Said, Seq, Taken, Words
from kentongan.casework.models import Bulk, BulkItem, Template
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

STAFF: Any = {"auth": Bearer(), "response": CHANGED, "tags": ["staff"]}
BULK_FAULTS: Any = dict.fromkeys((400, 401, 403, 404, 409, 415, 422), ProblemShape)
SHOWN = 200  # refused reports of a bulk
Key = Annotated[int, Path(ge=1, le=2**63 - 1)]
Hand = Annotated[str, StringConstraints(pattern=r"^(me|nobody|(person|team):[0-9]{1,18})?$")]
Value = Annotated[str, StringConstraints(max_length=2_000)]


class Assigning(Taken):
    """`to`: `me`, `person:KEY`, `team:KEY`, or `nobody`; `GET /desk/choices` has the keys."""

    to: Hand
    expected_seq: Seq | None = None


class Prioritising(Taken):
    priority: Literal["low", "normal", "high", "urgent"]
    expected_seq: Seq | None = None


class Using(Taken):
    """`values`: what the fields that no report fills are filled with. `version`: the one that was read."""

    template: Annotated[int, Field(ge=1, le=2**63 - 1)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    values: Annotated[dict[str, Value], Field(max_length=50)] = {}
    expected_seq: Seq


class Chosen(Taken):
    """A report and the number of the entry that it was read at: one that changed since is left alone."""

    code: Code
    seq: Seq


class Doing(Taken):
    """What is done with each report: a `template` alone, or the rest. `text` is public, and goes with a `step` or
    `transfer_to`."""

    step: Literal["", "accept", "start", "refer", "resolve", "reject"] = ""
    text: Said = ""
    note: Said = ""
    to: Hand = ""
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    transfer_to: Code | None = None
    original: Code | None = None
    template: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    values: Annotated[dict[str, Value], Field(max_length=50)] = {}


class Filtered(Taken, FilterParts):
    """All that a filter leaves. A part that is none is refused: left out, more would be done than was meant."""


class NewBulk(Taken):
    """`token` is made by the sender: sent again it gives the same work. Either `reports`, or all that a `filter` (the
    parts of `GET /desk/reports`) leaves, up to the `newest` that its answer named, without those that came in since."""

    body: Code
    token: UUID
    do: Doing
    reports: Annotated[list[Chosen], Field(max_length=10_000)] = []
    filter: Filtered | None = None
    newest: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None


class Refused(Schema):
    """A report that was not done, or not taken back, and why."""

    report: str
    code: str
    detail: str


class BulkShape(Schema):
    """How far it is. `counts`: reports by what became of them: `waits`, `done`, `same` (was so already), `failed`,
    `left` (not begun), `undone`, `kept` (not taken back). `refused`: the first 200."""

    id: int
    body: str
    stage: Literal["running", "done", "stopped", "undoing", "undone"]
    total: int
    waiting: int
    counts: dict[str, int]
    refused: list[Refused]


class HandShape(Schema):
    to: str
    name: str


class TemplateShape(Schema):
    """`asked`: the fields that no report fills. `step`, `to`, `priority`: what is done with its words."""

    id: int
    version: int
    name: str
    categories: list[str]
    text_id: str
    text_en: str
    note: str
    step: str
    to: str
    priority: str
    asked: list[str]


class Choices(Schema):
    """What the steps of the desk may name at a body."""

    hands: list[HandShape]
    templates: list[TemplateShape]


@router.post("/reports/{code}/assign", **STAFF)
def assign(request: HttpRequest, code: str, sent: Assigning) -> HttpResponse:
    """Gives the work to somebody, to a team, or to nobody. An officer takes it and gives it back."""
    person, found = _worked_on(request, code, "assign")
    to = "" if sent.to == "nobody" else sent.to
    return changed(casework.assign(person, found, to, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/priority", **STAFF)
def prioritise(request: HttpRequest, code: str, sent: Prioritising) -> HttpResponse:
    """Says how pressing it is, to the staff of its body."""
    person, found = _worked_on(request, code, "prioritise")
    who = casework.who(person, found, "prioritise")
    return changed(reports.prioritise(found.code, who, sent.priority, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/ask", **STAFF)
def ask(request: HttpRequest, code: str, sent: Words) -> HttpResponse:
    """Asks the reporter in public; the clocks stand still until the answer, a week at most."""
    person, found = _worked_on(request, code, "ask")
    who = casework.who(person, found, "ask")
    return changed(reports.ask(found.code, who, sent.text, expected_seq=sent.expected_seq))


@router.post("/reports/{code}/template", **STAFF)
def use(request: HttpRequest, code: str, sent: Using) -> HttpResponse:
    """Does all that a template says, or nothing."""
    person, found = _worked_on(request, code, "note")
    given = str(sent.template), str(sent.version), sent.values
    done = casework.use_template(person, found, *given, network.refuse_elsewhere, expected_seq=sent.expected_seq)
    return changed(done)


@router.get("/desk/choices", auth=Bearer(), response={200: Choices, **BULK_FAULTS}, tags=["staff"])
def list_choices(request: HttpRequest, body: Query[Code]) -> HttpResponse:
    """Who can be given work at a body, and its templates."""
    casework.bulks(signed_in(request), body)  # who is no staff there is told so
    hands = [{"to": f"person:{one.pk}", "name": one.name or one.email} for one in casework.workers_of(body)]
    hands += [{"to": f"team:{one.pk}", "name": one.name} for one in casework.teams_of(body)]
    templates = [_template(one) for one in casework.templates_for(body)]
    return answers.personal(request, {"hands": hands, "templates": templates})


@router.post("/desk/bulk", auth=Bearer(), response={202: BulkShape, **BULK_FAULTS}, tags=["staff"])
def begin_bulk(request: HttpRequest, sent: NewBulk) -> HttpResponse:
    """Has one thing done with many reports, at most 10,000; the answer comes at once, the worker does it."""
    person = signed_in(request)
    if sent.filter is not None and sent.reports:
        raise Problem("two_choices", 422, _("Name the reports, or a filter, not both."), field="filter")
    chosen: Any = [(one.code, one.seq) for one in sent.reports]
    upto = 0
    if sent.filter is not None:
        chosen = filter_of(sent.filter.model_dump())
        upto = casework.newest_report() if sent.newest is None else sent.newest
    bulk = casework.begin_bulk(person, sent.body, sent.token, _wanted(sent.do), chosen, upto=upto)
    return answers.written(_told(casework.bulk_of(person, bulk.pk)), status=202)


@router.get("/desk/bulk/{bulk}", auth=Bearer(), response={200: BulkShape, **BULK_FAULTS}, tags=["staff"])
def read_bulk(request: HttpRequest, bulk: Key) -> HttpResponse:
    """How far it is, and what was refused."""
    return answers.personal(request, _told(casework.bulk_of(signed_in(request), bulk)))


@router.post("/desk/bulk/{bulk}/undo", auth=Bearer(), response={202: BulkShape, **BULK_FAULTS}, tags=["staff"])
def undo_bulk(request: HttpRequest, bulk: Key) -> HttpResponse:
    """Takes back, by the worker, what is still as it was left; in the middle it is a stop too."""
    person = signed_in(request)
    casework.undo_bulk(person, bulk)
    return answers.written(_told(casework.bulk_of(person, bulk)), status=202)


def _worked_on(request: HttpRequest, code: str, step: str) -> tuple[Person, Any]:
    """The caller and the report. Raises Problem `not_found` or `forbidden`, or where a peer works on it."""
    person, found = signed_in(request), find(request, code)
    casework.who(person, found, step)
    network.refuse_elsewhere(found, step)
    return person, found


def _wanted(do: Doing) -> dict[str, Any]:
    if do.template is not None:
        return {"template": str(do.template), "version": str(do.version or ""), "values": do.values}
    kept = do.model_dump(include={"step", "text", "note", "to", "priority"})
    return kept | {"body": do.transfer_to or "", "original": do.original or ""}


def _told(one: casework.Progress) -> dict[str, Any]:
    bulk: Bulk = one.bulk
    refused = [
        {"report": item.report.code, "code": item.why, "detail": item.words}
        for item in casework.troubles(bulk, SHOWN)
    ]  # fmt: skip
    counts = {str(fate): one.counts[fate] for fate in BulkItem.Fate if one.counts.get(fate)}
    return {
        "id": bulk.pk, "body": bulk.body_id, "stage": bulk.stage, "total": one.total, "waiting": one.waiting,
        "counts": counts, "refused": refused,
    }  # fmt: skip


def _template(one: Template) -> dict[str, Any]:
    names = ("version", "name", "categories", "text_id", "text_en", "note", "step", "to", "priority")
    told = {name: getattr(one, name) for name in names}
    return {"id": one.pk, **told, "asked": casework.asked_of_template(one)}
