"""The messages of the protocol `kentongan/1`, as they are written and read (docs/reference/federation.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from kentongan.foundation.codes import read_code
from kentongan.network.plain import WEB, WHOLE, Moment

MOST_MESSAGES = 50  # in one call


def _code(written: str) -> str:
    known = read_code(written)
    if known is None:
        raise ValueError("no public code: 8 or 24 of 23456789BCDFGHJKMNPQRSTVWXYZ in groups of four")
    return known


Short = Annotated[str, StringConstraints(max_length=200), WHOLE]
Id = Annotated[str, StringConstraints(min_length=1, max_length=200), WHOLE]  # an empty one would name them all
Name = Annotated[str, StringConstraints(min_length=1, max_length=120), WHOLE]
BodyCode = Annotated[str, StringConstraints(max_length=40), WHOLE]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_code)]
Said = Annotated[str, StringConstraints(max_length=20_000), WHOLE]
Web = Annotated[str, StringConstraints(max_length=200), WEB]
LongWeb = Annotated[str, StringConstraints(max_length=2000), WEB]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Given = Annotated[str, StringConstraints(max_length=4000), WHOLE]
Answer = bool | StrictInt | float | Given | Annotated[list[StrictInt | float | Given], Field(max_length=100)]


class _Shape(BaseModel):
    """Fields that a later version adds are passed over, so that old and new instances understand each other."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Ref(_Shape):
    """A report by the instance where it began and its code there: the same name everywhere."""

    instance: Name
    code: Code
    url: Web = ""


class PhotoShape(_Shape):
    """A photo that can be fetched from the sender; `sha256` of the bytes that are sent, `entry` it came with."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    role: Literal["report", "after", "contest", "answer"]
    entry: Short = ""


class To(_Shape):
    """Whom a report was passed on to."""

    title: Annotated[str, StringConstraints(max_length=300), WHOLE] = ""
    url: Annotated[str, StringConstraints(max_length=300), WEB] = ""


class Hides(_Shape):
    """What an entry says to be hidden or shown again: the whole `report`, a `text` (`entry` names whose, empty: the
    report's own; `left` is what is left of it) or a `photo` (one of its SHA-256)."""

    what: Literal["report", "text", "photo"]
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    entry: Short = ""
    photos: Annotated[list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]], Field(max_length=4)] = []
    left: Said = ""


class Details(_Shape):
    """What an entry says besides its words."""

    stars: Annotated[StrictInt, Field(ge=1, le=5)] | None = None
    no_photo_reason: Annotated[str, StringConstraints(max_length=2000), WHOLE] = ""
    contests: Annotated[StrictInt, Field(ge=0, le=1_000_000)] | None = None
    to: To | None = None
    hides: Hides | None = None


class Because(_Shape):
    """A reason for the body, in both languages."""

    code: Annotated[str, StringConstraints(max_length=60), WHOLE] = ""
    text: dict[Literal["id", "en"], Annotated[str, StringConstraints(max_length=1000), WHOLE]]


class EntryShape(_Shape):
    """One entry of a timeline. `id` is the same at every instance; `state` is empty where none changed.

    `body` acted; `to_body` has the report from now on, where that changed.
    """

    id: Id
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    actor: Literal["system", "reporter", "citizen", "officer", "peer"]
    at: Moment
    text: Said = ""
    state: Short = ""
    ending: Short = ""
    body: BodyCode | None = None
    to_body: BodyCode = ""
    data: Details = Details()


class AssetShape(_Shape):
    """The thing that a report is about: its owner's id within a layer, and its name, as the sender knows them."""

    layer: Short
    id: Short
    name: Short = ""


class Words(_Shape):
    """A text in both languages of the network; what a sender does not have is empty."""

    id: Given = ""
    en: Given = ""


class Option(_Shape):
    """An option that was chosen, by its key and name."""

    key: Short
    name: Words = Words()


class Asked(_Shape):
    """A question of the report as it was asked then; `public`: whether everybody may read its answer."""

    code: Short
    datatype: Short = "string"
    public: bool = False
    description: Words = Words()
    values: Annotated[list[Option], Field(max_length=100)] = []


class ReportShape(_Shape):
    """The report itself. `lon`, `lat` WGS 84 degrees; `branch` is the category and what is above it, deepest first."""

    category: Short
    branch: Annotated[list[Short], Field(max_length=20)] = []
    text: Given = ""
    url: LongWeb = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    answers: Annotated[dict[Short, Answer], Field(max_length=100)] = {}
    asked: Annotated[list[Asked], Field(max_length=200)] = []
    asset: AssetShape | None = None
    created_at: Moment
    occurred_at: Moment | None = None
    privacy: Literal["public", "anonymous", "secret"] = "public"
    restricted: bool = False
    is_demo: bool = False


class HandOverMessage(_Shape):
    """A report is offered: with its way so far, its history and its photos."""

    type: Literal["hand_over"]
    id: Id
    report: Ref
    content: ReportShape
    body: BodyCode
    reasons: Annotated[list[Because], Field(max_length=100)] = []
    path: Annotated[list[Name], Field(min_length=1, max_length=20)]
    bounces: Annotated[int, Field(ge=0, le=100)] = 0
    final: bool = False
    pseudonym: Annotated[str, StringConstraints(max_length=64), WHOLE] = ""
    history: Annotated[list[EntryShape], Field(max_length=2000)] = []
    photos: Annotated[list[PhotoShape], Field(max_length=200)] = []


class EntryMessage(_Shape):
    """Something happened to a report that both sides have."""

    type: Literal["entry"]
    id: Id
    report: Ref
    entry: EntryShape
    photos: Annotated[list[PhotoShape], Field(max_length=20)] = []


class PhotosMessage(_Shape):
    """Photos of an entry that was told before: the sender has them only now."""

    type: Literal["photos"]
    id: Id
    report: Ref
    entry: Id
    photos: Annotated[list[PhotoShape], Field(max_length=20)]


class DeclineMessage(_Shape):
    """The taker will not have the report, or gives it back; `body` is the one it could be instead."""

    type: Literal["decline"]
    id: Id
    report: Ref
    reason: Said = ""
    body: BodyCode = ""
    bounces: Annotated[int, Field(ge=0, le=100)] = 0


class WithdrawMessage(_Shape):
    """The giver has passed the report on to somebody else."""

    type: Literal["withdraw"]
    id: Id
    report: Ref
    reason: Said = ""
    at: Moment | None = None


class MovedMessage(_Shape):
    """A report of an exit bundle lives at the receiver from now on, as it stood at entry `upto`.

    `passed_on`: a third party works on it for the sender, and goes on doing so.
    """

    type: Literal["moved"]
    id: Id
    report: Ref
    upto: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
    passed_on: bool = False
    code: Code
    url: Web = ""


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
    url: Web = ""
    reason: Said = ""
    body: Short = ""
    problem: Short = ""
