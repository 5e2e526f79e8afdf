"""The letters about an alert, as they are read (docs/reference/alerts-between-instances.md)."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, TypeAdapter

from kentongan.network.plain import WHOLE, Moment

MOST_LETTERS, MOST_ALERTS = 400, 200  # in one call

Words = Annotated[str, StringConstraints(max_length=2000), WHOLE]
Named = Annotated[str, StringConstraints(max_length=200), WHOLE]
Short = Annotated[str, StringConstraints(max_length=40), WHOLE]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,10}$")]
Battery = Annotated[StrictInt, Field(ge=0, le=100)] | None


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SpotShape(_Shape):
    """A place of the phone: degrees, metres, per cent; `n` is the phone's own count."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    accuracy: Annotated[float, Field(ge=0, le=1e7)] | None = None
    battery: Battery = None
    at: Moment
    n: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] | None = None


class _Letter(_Shape):
    number: Annotated[StrictInt, Field(ge=1, le=2**53)]


class MessageShape(_Shape):
    """Words of the person or of an operator, `by` name."""

    key: UUID
    text: Annotated[Words, StringConstraints(min_length=1)]
    at: Moment
    actor: Literal["caller", "operator"]
    by: Named = ""


class OpeningLetter(_Letter):
    """Somebody needs help where the receiver watches."""

    type: Literal["alert"]
    kind: Kind = ""
    silent: StrictBool = False
    exercise: StrictBool = False
    battery: Battery = None
    at: Moment
    remarks: Annotated[list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,30}$")]], Field(max_length=30)] = []
    area: Annotated[str, StringConstraints(pattern=r"^[0-9.]{0,13}$")] = ""
    name: Annotated[str, StringConstraints(max_length=160), WHOLE] = ""
    phone: Short = ""
    sender: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,64}$")]
    spots: Annotated[list[SpotShape], Field(max_length=100)] = []
    messages: Annotated[list[MessageShape], Field(max_length=500)] = []


class PositionsLetter(_Letter):
    """Where the phone was."""

    type: Literal["positions"]
    spots: Annotated[list[SpotShape], Field(max_length=100)]


class MessageLetter(_Letter, MessageShape):
    """Words."""

    type: Literal["message"]


class KindLetter(_Letter):
    """Its person said what kind it is."""

    type: Literal["kind"]
    kind: Kind


class MediaLetter(_Letter):
    """A picture or a sound, to be fetched from the sender."""

    type: Literal["media"]
    id: UUID
    content_type: Short
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    at: Moment


class CancelledLetter(_Letter):
    """Its person cancelled it; under `duress` it goes on, and only the operators know."""

    type: Literal["cancelled"]
    duress: StrictBool = False
    code: StrictBool = False


class StepLetter(_Letter):
    """How it stands now, after a step of the sender's. `owner`: who has it there; empty for nobody."""

    type: Literal["step"]
    step: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    state: Literal["received", "acknowledged", "on_the_way", "there", "closed", "cancelled"]
    owner: Named = ""
    by: Named = ""
    unit: Annotated[str, StringConstraints(max_length=80), WHOLE] = ""
    eta_at: Moment | None = None
    result: Annotated[str, StringConstraints(max_length=12, pattern=r"^[a-z_]*$")] = ""
    at: Moment


class LookLetter(_Letter):
    """Somebody at the receiver of the alert looked at it."""

    type: Literal["look"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=40), WHOLE]
    by: Named
    at: Moment
    until: Moment


class WithdrawnLetter(_Letter):
    """The phone has gone on, and somebody else has it."""

    type: Literal["withdrawn"]
    to: Named = ""


class PlainLetter(_Letter):
    """A wrong code was given; its person's account is gone; all of it is to be forgotten."""

    type: Literal["wrong_code", "nameless", "forget"]


AnyLetter = Annotated[
    OpeningLetter | PositionsLetter | MessageLetter | KindLetter | MediaLetter | CancelledLetter | StepLetter
    | LookLetter | WithdrawnLetter | PlainLetter,
    Field(discriminator="type"),
]  # fmt: skip
LETTER: TypeAdapter[Any] = TypeAdapter(AnyLetter)


class Claimed(_Shape):
    """An area that an instance says it watches."""

    area: Annotated[str, StringConstraints(pattern=r"^\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?$")]
    post: Annotated[str, StringConstraints(max_length=120), WHOLE] = ""
    on_duty: StrictBool = False


class Result(_Shape):
    """What became of the letters about one alert."""

    alert: UUID
    status: Literal["taken", "refused", "later"]
    number: Annotated[StrictInt, Field(ge=0, le=2**53)] = 0
    watched: StrictBool = False
    post: Annotated[str, StringConstraints(max_length=120), WHOLE] = ""
    kept_days: Annotated[StrictInt, Field(ge=1, le=365)] | None = None
    problem: Annotated[str, StringConstraints(max_length=40), WHOLE] = ""
