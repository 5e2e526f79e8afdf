"""The lines of an exit bundle as they are written and read (docs/reference/exit-bundle.md)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from kentongan.network.leaving.setups import Moment, SetupLine

FORMAT = "kentongan-exit/1"
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{1,32}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
BodyCode = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Name = Annotated[str, StringConstraints(max_length=160)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
State = Literal[
    "received", "awaiting_partner", "routed", "forwarded", "accepted", "in_progress", "referred", "resolved",
    "confirmed", "closed", "rejected", "duplicate",
]  # fmt: skip
# What is known of an address, by the names of `places.Address`; a name that a later version adds is passed over.
Address = dict[str, Annotated[str, StringConstraints(max_length=200)]]
Ending = Literal["", "solved", "passed_on", "merged", "closed_without_fix"]
Count = Annotated[int, Field(ge=0, le=2_000_000_000)]


class _Shape(BaseModel):
    """Fields that a later version adds are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Words(_Shape):
    """A text in both languages."""

    id: str = ""
    en: str = ""


class Option(_Shape):
    """One of the answers to choose from."""

    key: Annotated[str, StringConstraints(max_length=200)]
    name: Words | str = Words()


class Question(_Shape):
    """What has to be right of a question that was asked with a report; the rest goes along as it is."""

    code: Annotated[str, StringConstraints(max_length=200)]
    datatype: Annotated[str, StringConstraints(max_length=40)] = "string"
    public: bool = False
    description: Words | str = Words()
    values: Annotated[list[Option], Field(max_length=200)] = []


def _questions(given: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    for one in given or ():
        Question.model_validate(one)
    return given


class Share(BaseModel):
    """What one body of several was asked to do: the report that it has."""

    code: str


class Thing(BaseModel):
    """The thing that a report is about, by its owner's id."""

    id: str
    layer: str = ""
    name: str = ""


NoThing = Annotated[dict[str, str], Field(max_length=0)]


class Facts(BaseModel):
    """What has to be right of what an entry says besides its words: pages, tables and other instances read it. The rest
    goes along as it is."""

    model_config = ConfigDict(strict=True)

    peer: dict[str, Any] = {}
    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    no_photo_reason: str = ""
    site: str = ""
    said_at: str = ""
    ending: str = ""
    priority: str = ""
    original: str = ""
    whole: str = ""
    decision: dict[str, Any] | None = None
    asset: Thing | NoThing | None = None
    asset_before: Thing | NoThing | None = None
    of_parts: int | None = None
    solved: int | None = None
    parts: list[Share] = []
    mentions: list[int] = []


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    Facts.model_validate(given)
    if "of_parts" in given and "solved" not in given:
        raise ValueError("of_parts goes with solved")
    return given


EntryData = Annotated[dict[str, Any], AfterValidator(_checked)]


class Member(_Shape):
    """A file of the bundle. `bytes` and `sha256` of its content."""

    name: str
    bytes: Count
    sha256: Digest


class Key(_Shape):
    """By which the manifest is signed: Ed25519, `public` base64url of the 32 bytes."""

    keyid: Annotated[str, StringConstraints(max_length=200)]
    public: Annotated[str, StringConstraints(max_length=60)]


class Manifest(_Shape):
    """What the bundle holds, who made it and when. Photos are not in `members`: their names are their hashes."""

    format: Literal["kentongan-exit/1"]
    protocol: str
    instance: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    instance_name: str
    url: str
    body: BodyCode
    made_at: Moment
    originals: bool
    staff: bool
    counts: dict[str, int]
    members: list[Member]
    key: Key


class OwnRuleLine(_Shape):
    """One rule by which a body divides what comes to it (`routing.OwnRule`); an empty condition: any will do."""

    key: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}$")]
    category: Annotated[str, StringConstraints(max_length=40)] = ""
    area: Annotated[str, StringConstraints(max_length=13)] = ""
    layer: Annotated[str, StringConstraints(max_length=40)] = ""
    to: BodyCode


class DivisionLine(_Shape):
    """The rules of a body in force, as it published them for the `number`th time, and why."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]
    rules: Annotated[list[OwnRuleLine], Field(max_length=1_000)]
    why: Annotated[str, StringConstraints(max_length=300)] = ""
    at: Moment


class BodyLine(_Shape):
    """A body. `moves`: it leaves with the region; the others are named by the reports or rules only.

    `logo`: base64 of a PNG, empty for none; `accent`: its colour (#rrggbb), empty for none.
    """

    code: BodyCode
    name_id: Name
    name_en: Name
    level: Annotated[str, StringConstraints(max_length=20)]
    parent: BodyCode | None = None
    area_code: Annotated[str, StringConstraints(max_length=13)] = ""
    duties: list[str] = []
    email: Annotated[str, StringConstraints(max_length=254)] = ""
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    website: Annotated[str, StringConstraints(max_length=200)] = ""
    partner_from: date | None = None
    partner_until: date | None = None
    asks_second_factor: bool = False
    told_here: bool = False
    begun: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=40)] = []
    accent: Annotated[str, StringConstraints(pattern=r"^(#[0-9a-f]{6})?$")] = ""
    logo: Annotated[str, StringConstraints(max_length=700_000)] = ""
    division: DivisionLine | None = None
    setup: SetupLine = SetupLine()
    moves: bool


class CategoryLine(_Shape):
    """A category that the reports use, or one above it."""

    code: Slug
    parent: Slug | None = None
    name_id: Annotated[str, StringConstraints(max_length=80)]
    name_en: Annotated[str, StringConstraints(max_length=80)]
    hint_id: Annotated[str, StringConstraints(max_length=200)] = ""
    hint_en: Annotated[str, StringConstraints(max_length=200)] = ""
    icon: Annotated[str, StringConstraints(max_length=40)] = "circle-help"
    keywords_id: list[str] = []
    keywords_en: list[str] = []
    questions: list[dict[str, Any]] = []
    asset_layer: Annotated[str, StringConstraints(max_length=40)] = ""
    asset_question: dict[str, str] = {}
    needs_place: bool = True
    emergency: bool = False
    restricted: bool = False
    deadline_hours: Count = 120
    position: Count = 0
    active: bool = True


class StaffLine(_Shape):
    """Who works at a body that moves: only in a bundle that was made with `--staff`."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    name: Annotated[str, StringConstraints(max_length=120)] = ""
    language: Literal["id", "en"] = "id"
    body: BodyCode
    role: Literal["viewer", "officer", "coordinator", "administrator"]
    since: Moment


class Origin(_Shape):
    """Where the report began, and its way so far: the instances that had it, the one that made the bundle last."""

    instance: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    code: Code
    url: Annotated[str, StringConstraints(max_length=500)] = ""
    path: list[str]
    bounces: Count = 0
    declined_by: list[str] = []
    undecided: bool = False
    final: bool = False


class ReportLine(_Shape):
    """A report as it stands after entry `seq`. `lon`, `lat` WGS 84 degrees, empty where it has no place.

    `claim` is the SHA-256 of the token by which its reporter claims it, empty where nobody can. `passed_on`: a third
    party works on it for the instance that made the bundle, and goes on doing so.
    """

    code: Code
    submission_id: UUID
    digest: Annotated[str, StringConstraints(max_length=64)]
    channel: Annotated[str, StringConstraints(max_length=16)]
    sender: Annotated[str, StringConstraints(max_length=120)] = ""
    category: Slug
    text: Annotated[str, StringConstraints(max_length=8000)]
    url: Annotated[str, StringConstraints(max_length=2000)]
    answers: dict[str, Any]
    asked: Annotated[list[dict[str, Any]] | None, AfterValidator(_questions)] = None
    occurred_at: Moment | None
    lon: Degrees | None
    lat: Degrees | None
    address: Address = {}
    asset_layer: Annotated[str, StringConstraints(max_length=40)] = ""
    asset_id: Annotated[str, StringConstraints(max_length=80)] = ""
    asset_name: Annotated[str, StringConstraints(max_length=160)] = ""
    areas: Annotated[list[Annotated[str, StringConstraints(max_length=13)]], Field(max_length=4)]
    place_quality: Literal["exact", "approximate", "snapped", "none"]
    state: State
    ending: Ending
    body: BodyCode
    decision: dict[str, Any]
    original: Code | None
    privacy: Literal["public", "anonymous", "secret"]
    restricted: bool
    seq: Count
    support_count: Count
    comment_count: Count
    contest_count: Count
    reopen_count: Count
    stars: Annotated[int, Field(ge=1, le=5)] | None
    created_at: Moment
    updated_at: Moment
    deadline_at: Moment | None
    answer_by: Moment | None = None
    asked_at: Moment | None = None
    ended_at: Moment | None
    is_demo: bool
    pseudonym: Annotated[str, StringConstraints(max_length=64)]
    claim: Digest | Literal[""]
    origin: Origin
    passed_on: bool
    priority: Literal["low", "normal", "high", "urgent"] = "normal"


class EntryLine(_Shape):
    """One entry of a timeline, in the order of `seq`. `id` is the same at every instance."""

    report: Code
    seq: Annotated[int, Field(ge=1, le=1_000_000)]
    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    at: Moment
    actor: Literal["system", "reporter", "citizen", "officer", "peer"]
    body: BodyCode | None
    state_from: State | Literal[""]
    state_to: State | Literal[""]
    visibility: Literal["public", "internal", "reporter"]
    text: Annotated[str, StringConstraints(max_length=60_000)]
    data: EntryData


class PhotoLine(_Shape):
    """A photo. `file` is the SHA-256 of the member `photos/FILE`, empty where the file was lost before.

    `sha256` and `phash` are of the picture as it was given, by which used pictures are known again. `taken_at`, `lon`
    and `lat` are told only where originals are.
    """

    report: Code
    id: UUID
    entry_seq: Annotated[int, Field(ge=1)]
    role: Annotated[str, StringConstraints(max_length=10)]
    file: Digest | Literal[""]
    bytes: Count
    content_type: Annotated[str, StringConstraints(pattern=r"^image/[a-z]{1,14}$")]
    size: Count
    width: Count
    height: Count
    sha256: Digest
    phash: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{16})?$")]
    marks: list[str]
    uploaded_at: Moment
    taken_at: Moment | None = None
    lon: Degrees | None = None
    lat: Degrees | None = None


LINES: dict[str, type[_Shape]] = {
    "bodies": BodyLine, "categories": CategoryLine, "staff": StaffLine, "reports": ReportLine,
    "entries": EntryLine, "photos": PhotoLine,
}  # fmt: skip
