"""The messages of the protocol `kentongan/1`, as they are written and read (docs/reference/federation.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

MOST_MESSAGES = 50  # in one call
Short = Annotated[str, StringConstraints(max_length=200)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Z0-9-]+$")]
Said = Annotated[str, StringConstraints(max_length=20_000)]
Degrees = Annotated[float, Field(allow_inf_nan=False)]


class _Shape(BaseModel):
    """Fields that a later version adds are passed over, so that old and new instances understand each other."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Ref(_Shape):
    """A report by the instance where it began and its code there: the same name everywhere."""

    instance: Name
    code: Code
    url: Short = ""


class PhotoShape(_Shape):
    """A photo that can be fetched from the sender; `sha256` of the bytes that are sent, `entry` it came with."""

    id: Short
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    role: Literal["report", "after", "contest", "answer"]
    entry: Short = ""


class EntryShape(_Shape):
    """One entry of a timeline. `id` is the same at every instance; `state` is empty where none changed.

    `body` acted; `to_body` has the report from now on, where that changed.
    """

    id: Short
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    actor: Literal["system", "reporter", "citizen", "officer", "peer"]
    at: AwareDatetime
    text: Said = ""
    state: Short = ""
    ending: Short = ""
    body: Annotated[str, StringConstraints(max_length=40)] | None = None
    to_body: Annotated[str, StringConstraints(max_length=40)] = ""
    data: dict[str, Any] = {}


class ReportShape(_Shape):
    """The report itself. `lon`, `lat` WGS 84 degrees; `branch` is the category and what is above it, deepest first."""

    category: Short
    branch: list[Short] = []
    text: Annotated[str, StringConstraints(max_length=4000)] = ""
    url: Annotated[str, StringConstraints(max_length=2000)] = ""
    lon: Degrees | None = None
    lat: Degrees | None = None
    answers: dict[str, Any] = {}
    created_at: AwareDatetime
    occurred_at: AwareDatetime | None = None
    privacy: Literal["public", "anonymous", "secret"] = "public"
    restricted: bool = False
    is_demo: bool = False


class HandOverMessage(_Shape):
    """A report is offered: with its way so far, its history and its photos."""

    type: Literal["hand_over"]
    id: Short
    report: Ref
    content: ReportShape
    body: Annotated[str, StringConstraints(max_length=40)]
    reasons: list[dict[str, Any]] = []
    path: Annotated[list[Name], Field(min_length=1, max_length=20)]
    bounces: Annotated[int, Field(ge=0, le=100)] = 0
    final: bool = False
    pseudonym: Short = ""
    history: Annotated[list[EntryShape], Field(max_length=2000)] = []
    photos: Annotated[list[PhotoShape], Field(max_length=200)] = []


class EntryMessage(_Shape):
    """Something happened to a report that both sides have."""

    type: Literal["entry"]
    id: Short
    report: Ref
    entry: EntryShape
    photos: Annotated[list[PhotoShape], Field(max_length=20)] = []


class PhotosMessage(_Shape):
    """Photos of an entry that was told before: the sender has them only now."""

    type: Literal["photos"]
    id: Short
    report: Ref
    entry: Short
    photos: Annotated[list[PhotoShape], Field(max_length=20)]


class DeclineMessage(_Shape):
    """The taker will not have the report, or gives it back; `body` is the one it could be instead."""

    type: Literal["decline"]
    id: Short
    report: Ref
    reason: Said = ""
    body: Annotated[str, StringConstraints(max_length=40)] = ""
    bounces: Annotated[int, Field(ge=0, le=100)] = 0


class WithdrawMessage(_Shape):
    """The giver has passed the report on to somebody else."""

    type: Literal["withdraw"]
    id: Short
    report: Ref
    reason: Said = ""
    at: datetime | None = None


class MovedMessage(_Shape):
    """A report of an exit bundle lives at the receiver from now on, as it stood at entry `upto`.

    `passed_on`: a third party works on it for the sender, and goes on doing so.
    """

    type: Literal["moved"]
    id: Short
    report: Ref
    upto: Annotated[int, Field(ge=1)]
    passed_on: bool = False
    code: Code
    url: Short = ""


Message = Annotated[
    HandOverMessage | EntryMessage | PhotosMessage | DeclineMessage | WithdrawMessage | MovedMessage,
    Field(discriminator="type"),
]


class Result(_Shape):
    """What became of a message. `code` and `url` name the report at the receiver.

    `done`: it is kept (again the same for a repeat). `declined`: with a `reason` and perhaps a `body`. `refused`: it
    can never be taken as it is. `later`: not now, send it again.
    """

    id: Short
    status: Literal["done", "declined", "refused", "later"]
    code: Short = ""
    url: Short = ""
    reason: Said = ""
    body: Short = ""
    problem: Short = ""
