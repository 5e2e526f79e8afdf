"""What the operations on alerts take and give, as OpenAPI shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from kentongan.api.shapes import Taken

Kind = Literal["fire", "medical", "crime", "flood", "other"]


class NewAlert(Schema):
    """The first message, under 300 bytes. All but `alert_id` may be missing or wrong: it is taken all the same."""

    alert_id: UUID
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = Field(None, description="metres")
    age: float | None = Field(None, description="seconds since the phone was there")
    since: float | None = Field(None, description="seconds since it was pressed, for one that waited for a network")
    battery: float | None = Field(None, description="per cent")
    silent: bool = False
    kind: Kind | None = None


class PositionSent(Schema):
    lon: float
    lat: float
    accuracy: float | None = None
    age: float | None = None
    battery: float | None = None
    n: int | None = Field(None, ge=0, description="the phone's own count: the same one is kept once")


class NewPositions(Schema):
    """One position as such, or several in `positions`."""

    positions: list[PositionSent] = Field(max_length=100)


class PositionsKept(Schema):
    kept: int


class MessageSent(Taken):
    """`key` is made by the phone: sent again, it is the same message. `kind` says afterwards what it is."""

    text: Annotated[str, StringConstraints(max_length=20_000)] = ""
    key: UUID | None = None
    kind: Kind | None = None


class Cancelling(Taken):
    code: Annotated[str, StringConstraints(max_length=40)] = ""


class MediaShape(Schema):
    id: UUID
    content_type: str


class NumberShape(Schema):
    """`number` as it is written, `dialled` for `tel:`."""

    kind: str
    number: str
    dialled: str
    name: str


class AbroadShape(Schema):
    """The instance that watches the place of an alert that was made here, and what is true of it now."""

    instance: str
    state: Literal["asking", "received", "no_answer", "refused"]
    post: str
    watched: bool
    since: datetime


class NeighbourShape(Schema):
    name: str
    group: str
    what: Literal["going", "there"]


class AlertShape(Schema):
    """An alert as its person sees it. `token` only in the answer to the first message; `log` once it has ended."""

    alert_id: UUID
    state: Literal["received", "acknowledged", "on_the_way", "there", "closed", "cancelled"]
    exercise: bool
    received_at: datetime
    watched: bool
    abroad: AbroadShape | None = None
    asks_code: bool
    owner: str
    neighbours: list[NeighbourShape]
    unit: str
    eta_at: datetime | None
    result: str
    ended_at: datetime | None
    messages: list[dict[str, Any]]
    log: list[dict[str, Any]]
    report: str
    numbers: list[NumberShape]
    token: str = ""


class WatchedShape(Schema):
    watched: bool
    post: str
    numbers: list[NumberShape]


class NewTimer(Schema):
    """A place may come along as in an alert."""

    timer_id: UUID
    minutes: int = Field(ge=1, le=1440)
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    again: bool = Field(False, description="sent once more as no answer came: a timer that is there stays as it is")
    code: str = Field("", description="of the account, to move it to a later time (`asks_code`)")


class TimerShape(Schema):
    timer_id: UUID
    due_at: datetime
    ended_at: datetime | None
    alert_id: UUID | None
    asks_code: bool = Field(description="whether ending it, or moving it to a later time, takes a code")
