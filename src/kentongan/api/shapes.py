"""What the API takes and gives, as OpenAPI shows it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

Finite = Annotated[float, Field(allow_inf_nan=False)]
# A body of one picture or sound, as OpenAPI says it.
ONE_FILE: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
    },
}


_NUMBER = re.compile(r"\s*[-+]?\d+(?:[.]\d*)?(?:[eE][-+]?\d+)?\s*")


def _ordinary(at: datetime) -> datetime:
    """Years that both databases keep in every zone."""
    if not 1900 <= at.year <= 2200:
        raise PydanticCustomError("datetime_range", "Give a year that is near")
    return at


def _in_words(value: object) -> object:
    """`20260101` is a day to who writes it, and would be read as a second of the year 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise PydanticCustomError("datetime_number", "Give date and time with a zone")
    return value


When = Annotated[AwareDatetime, BeforeValidator(_in_words), AfterValidator(_ordinary)]
# A code of ours in an address or a filter: no spaces, no control characters.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Seq = Annotated[int, Field(ge=0, le=2_147_483_647)]
Said = Annotated[str, StringConstraints(max_length=200_000)]  # the room that keeps it says its own limit


class ProblemShape(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str = ""
    errors: list[dict[str, Any]] = []
    retry_after: int | None = None


class Taken(BaseModel):
    """Bodies that are sent to us: a field we do not know is an error, not a surprise later. Plain pydantic: ninja's
    own kind reads objects too, and looks at everything twice for it."""

    model_config = ConfigDict(extra="forbid")


class NewReport(Taken):
    """A report to send. `submission_id` is made by the sender: sending it again gives the same report."""

    submission_id: UUID
    category: Said
    lon: Finite | None = None
    lat: Finite | None = None
    text: Said = ""
    url: Said = ""
    occurred_at: When | None = None
    privacy: Literal["public", "anonymous", "secret"] = "public"
    answers: dict[str, Any] = {}
    photos: list[UUID] = []
    body: Code | None = None
    asset_id: Said = ""
    asked: Annotated[list[Said], Field(max_length=200)] = Field(
        [], description="The `questions` of the preview that the person was asked: a required one must be answered."
    )


class AnswerShape(Schema):
    """What was asked and answered: `answer` as it is kept, `words` as people read it."""

    code: str
    question: str
    answer: Any
    words: str
    public: bool


class AreaShape(Schema):
    code: str
    name: str
    level: str


class BodyShape(Schema):
    code: str
    name: str
    level: str
    partner: bool


class ReasonShape(Schema):
    code: str
    text: str


class AssetShape(Schema):
    """The thing that a report is about, as it was called when it was made: its owner's `id` within `layer`."""

    layer: str
    id: str
    name: str


class AssetNear(AssetShape):
    """A thing that can be reported on; `distance` in metres."""

    lon: float
    lat: float
    distance: float


class Assets(Schema):
    items: list[AssetNear]


class AboutShape(Schema):
    """Which things a category is about, and how a person is asked which one it is."""

    layer: str
    question: str


class ReportShape(Schema):
    """A report. `claim_token` comes once, to a sender without an account."""

    code: str
    state: str
    status: Literal["waiting", "in_process", "done", "no_partner", "closed"]
    ending: str
    category: str
    text: str
    url: str
    privacy: str
    lon: float | None
    lat: float | None
    place_quality: str
    areas: list[AreaShape]
    address: str
    asset: AssetShape | None
    answers: list[AnswerShape]
    body: BodyShape | None
    reasons: list[ReasonShape]
    seq: int
    support_count: int
    comment_count: int
    photos: list[dict[str, Any]] = []
    occurred_at: datetime | None
    deadline_at: datetime | None
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]
    claim_token: str = ""


class ReportPage(Schema):
    """One page of a list; `next` is the cursor of the following page, null at the end."""

    items: list[ReportShape]
    next: str | None


class EntryShape(Schema):
    seq: int
    kind: str
    at: datetime
    actor: str
    body: str | None
    state_from: str
    state_to: str
    visibility: str
    text: str
    data: dict[str, Any]


class Timeline(Schema):
    items: list[EntryShape]


class PhotoShape(Schema):
    """An uploaded photo: place and time are what its file says, for the sender to confirm."""

    id: UUID
    width: int
    height: int
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    links: dict[str, str]


class LikelyShape(Schema):
    report: ReportShape
    distance: float
    likeness: float
    same_asset: bool


class Duplicates(Schema):
    items: list[LikelyShape]


class MapTile(Schema):
    points: list[list[Any]]
    clusters: list[list[Any]]


class LocationShape(Schema):
    quality: Literal["exact", "approximate", "snapped", "outside"]
    distance: float
    areas: list[AreaShape]
    neighbours: list[AreaShape]


class CategoryShape(Schema):
    code: str
    parent: str | None
    name: str
    hint: str
    icon: str
    needs_place: bool
    emergency: bool
    restricted: bool
    deadline_hours: int | None
    questions: list[Any]
    asset: AboutShape | None


class Categories(Schema):
    items: list[CategoryShape]


class Bodies(Schema):
    items: list[BodyShape]
    next: str | None


class Areas(Schema):
    items: list[AreaShape]


class PlaceShape(Schema):
    """A place that may be meant: `label` is `name` with what it lies in (`within`); `distance` in metres from `near`.
    `type` of a landmark is hospital, school …, of an asset its layer; `phone` and `hours` (as in OpenStreetMap) where
    they are known."""

    kind: Literal["area", "street", "landmark", "coordinate", "asset"]
    label: str
    name: str
    within: str
    code: str | None
    lon: float
    lat: float
    distance: float | None
    type: str
    phone: str
    hours: str
    asset: AssetShape | None


class Places(Schema):
    items: list[PlaceShape]
    attribution: str


class AlternativeShape(Schema):
    body: BodyShape
    reasons: list[ReasonShape]
    doubt: bool


class PreviewShape(Schema):
    """`question`: what to ask the person where any of the alternatives is doubtful. `questions`: what else the person
    is asked, by the catalogue and by the body (`body`), as `/categories` writes questions."""

    body: BodyShape
    state: str
    reasons: list[ReasonShape]
    question: ReasonShape | None
    questions: list[Any]
    alternatives: list[AlternativeShape]
    areas: list[AreaShape]


class PreviewAsked(Taken):
    category: Said
    lon: Finite | None = None
    lat: Finite | None = None


class Credentials(Taken):
    email: Annotated[str, StringConstraints(min_length=3, max_length=254)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    label: Annotated[str, StringConstraints(max_length=80)] = ""


class TokenShape(Schema):
    token: str
    expires_at: datetime


class TokenKept(Schema):
    """A token that has not ended, without what its holder shows."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class TokenList(Schema):
    items: list[TokenKept]


class Words(Taken):
    """A text, with the number of the last entry the writer has seen (then 409 where there are newer ones)."""

    text: Said = ""
    expected_seq: Seq | None = None


class Rating(Taken):
    stars: int
    text: Said = ""


class Contest(Taken):
    text: Said
    photos: list[UUID] = []


class Note(Words):
    internal: bool = False


class Sending(Words):
    body: Code


class Resolution(Words):
    photos: list[UUID] = []
    no_photo_reason: Said = ""


class Rejection(Words):
    passed_on: bool = False


class SplitPart(Taken):
    """What one body is asked to do; everybody reads it who may open the report."""

    body: Code
    text: Said


class Split(Taken):
    parts: Annotated[list[SplitPart], Field(max_length=20)]
    expected_seq: Seq | None = None


class Merge(Taken):
    original: Said
    expected_seq: Seq | None = None
