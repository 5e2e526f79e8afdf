"""The queue of a body, for its own tools: the same filters, orders and counts as the page of its coordinators."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from kentongan import casework
from kentongan.api import answers, telling
from kentongan.api.acting import signed_in
from kentongan.api.callers import Bearer
from kentongan.api.reading import router
from kentongan.api.shapes import AnswerShape, ProblemShape
from kentongan.reports.models import Priority

MOST = 200


class FilterParts(Schema):
    """The parts of a filter, as `docs/how-to/work-as-an-officer.md` has them; those that may stand several times."""

    state: str = "open"
    q: str = Field("", description="Words of the report, in any form and with a slip; or its code.")
    category: list[str] = Field(default_factory=list)
    priority: list[Literal["low", "normal", "high", "urgent"]] = Field(default_factory=list)
    channel: list[str] = Field(default_factory=list)
    area: str = ""
    street: str = ""
    age: str = ""
    deadline: str = ""
    assignee: str = ""
    team: str = ""
    contested: str = ""
    stars: str = ""
    near: str = ""
    shape: str = ""


class DeskAsked(FilterParts):
    """A filter, in an order, a piece at a time."""

    body: str = Field(description="The code of the body; the reports of those below it are in its queue too.")
    sort: str = "age"
    cursor: str = ""
    limit: int = Field(50, ge=1, le=MOST)


class DeskReport(Schema):
    """A row of the queue, for the staff of its body."""

    code: str
    state: str
    status: str
    category: str
    text: str
    body: str
    lon: float | None
    lat: float | None
    village: str
    priority: str
    assignee: int | None
    team: int | None
    support_count: int
    contest_count: int
    seq: int
    restricted: bool
    created_at: str
    updated_at: str
    deadline_at: str | None
    answers: list[AnswerShape]
    asked_at: str | None = Field(description="Since when the clock stands still: the reporter is asked something.")


class DeskPage(Schema):
    """A piece of the queue; `next` is empty at its end. Beyond 10,000 `count` is 10,000 and `more` true. `newest`: for
    `POST /desk/bulk`, so that nothing is done with what came in after this answer."""

    items: list[DeskReport]
    next: str
    count: int
    more: bool
    newest: int


FAULTS: Any = {401: ProblemShape, 403: ProblemShape, 422: ProblemShape}


@router.get("/desk/reports", auth=Bearer(), response={200: DeskPage, **FAULTS}, tags=["staff"])
def list_desk(request: HttpRequest, asked: Query[DeskAsked]) -> HttpResponse:
    """The queue of a body, for its staff: filtered, sorted, in pieces that stay stable."""
    person = signed_in(request)
    wanted = filter_of(asked.model_dump(exclude={"body", "cursor", "limit"}))
    newest = casework.newest_report()
    found = casework.queue(person, asked.body, wanted, cursor=asked.cursor, size=asked.limit)
    count = casework.count(person, asked.body, wanted)
    return answers.personal(
        request,
        {
            "items": [_told(one) for one in found.items],
            "next": found.next,
            "count": count.number,
            "more": count.more,
            "newest": newest,
        },
    )


def filter_of(parts: dict[str, Any]) -> casework.Filter:
    """The filter with these parts. Raises Problem `bad_state` or `bad_filter` (422, with the field)."""
    said = {name: value if isinstance(value, list) else [str(value)] for name, value in parts.items()}
    return casework.read_filter(said)


def _told(one: casework.Queued) -> dict[str, Any]:
    return {
        "code": one.code, "state": one.state, "status": telling.STATUS[one.state], "category": one.category_id,
        "text": one.text or one.url, "body": one.body_id or "", "lon": one.lon, "lat": one.lat,
        "village": one.village_code, "priority": Priority(one.priority).word, "assignee": one.assignee_id,
        "team": one.team_id, "support_count": one.support_count, "contest_count": one.contest_count, "seq": one.seq,
        "restricted": one.is_restricted, "created_at": one.created_at.isoformat(),
        "updated_at": one.updated_at.isoformat(),
        "deadline_at": one.deadline_at.isoformat() if one.deadline_at else None,
        "answers": telling.answers(one.answered), "asked_at": one.asked_at.isoformat() if one.asked_at else None,
    }  # fmt: skip
