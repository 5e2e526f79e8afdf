"""The way back: a receiver posts what it has done to `/network/v1/hooks/NAME`, signed as our events are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from pydantic import BaseModel, Field, ValidationError, field_validator

from kentongan import reports
from kentongan.foundation import addresses
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend
from kentongan.network import fetching, intake
from kentongan.network.dialects.base import Update
from kentongan.network.dialects.kentongan.server import LARGEST, protocol
from kentongan.network.dialects.webhook import signing
from kentongan.network.models import Direction, HandOver, Peer, PeerState
from kentongan.network.peers import line_to
from kentongan.network.plain import WHOLE, Moment
from kentongan.reports.states import Ending, State

CALLS = 600  # a minute, for one peer
# type: the state that it leads to
TYPES: dict[str, State | None] = {
    "report.accepted": State.ACCEPTED, "report.started": State.IN_PROGRESS, "report.noted": None,
    "report.resolved": State.RESOLVED, "report.rejected": State.REJECTED, "report.declined": None,
}  # fmt: skip
ENDINGS = {"report.resolved": str(Ending.SOLVED), "report.rejected": str(Ending.CLOSED_WITHOUT_FIX)}
NEEDS_WORDS = {"report.noted", "report.rejected", "report.declined"}


class News(BaseModel):
    """`data` of what a receiver posts: `code` is our public code, `photos` are addresses or base64 `data:` URIs."""

    code: Annotated[str, WHOLE] = Field(max_length=40)
    text: Annotated[str, WHOLE] = Field("", max_length=20_000)
    photos: list[str] = Field(default_factory=list, max_length=intake.MOST_PICTURES)
    no_photo_reason: Annotated[str, WHOLE] = Field("", max_length=500)

    @field_validator("photos")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for one in value:
            if not (addresses.is_address(one) or one.startswith("data:")):
                raise ValueError("an http or https address, or a base64 data: URI")
        return value


class Event(BaseModel):
    """What a receiver posts."""

    type: Literal[
        "report.accepted", "report.started", "report.noted", "report.resolved", "report.rejected", "report.declined"
    ]
    timestamp: Moment
    data: News


@protocol
@require_POST
def hook(request: HttpRequest, name: str) -> HttpResponse:
    """Takes one event, once. 200 `{"status": "taken"}`, or `"known"` for a repeat; problems as RFC 9457."""
    content = request.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Problem("too_large", 413, _("A call may have at most 8 MB."))
    peer = _sender(request, name, content)
    spend(f"network/{peer.name}", CALLS, 60)
    said = _read(content)
    answer, repeated = intake.once(
        peer, f"hook/{request.headers['webhook-id']}", lambda: _take_in(peer, said, request.headers["webhook-id"])
    )
    return JsonResponse({"status": "known" if repeated else "taken", **answer})


def _sender(request: HttpRequest, name: str, content: bytes) -> Peer:
    peer = Peer.objects.filter(pk=name, dialect="webhook").first()
    if peer is None:
        raise Problem("bad_signature", 401, _("The signature does not hold for this body and secret."))
    signing.verify(line_to(peer).secret, request.headers, content, timezone.now())
    if peer.state == PeerState.PAUSED:
        raise Problem("paused", 503, _("Nothing is taken from this peer at present. Send it again later."))
    if not peer.is_active:
        raise Problem("not_active", 403, _("This peer is not switched on here."))
    return peer


def _read(content: bytes) -> Event:
    try:
        said = Event.model_validate_json(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem(
            "bad_event", 422, _("%(where)s: %(what)s") % {"where": where or "body", "what": first["msg"]}, field=where
        ) from None
    if said.type in NEEDS_WORDS and not said.data.text.strip():
        raise Problem("missing_text", 422, _("Please write a sentence: people read it."), field="data.text")
    if said.type == "report.resolved" and not said.data.photos and not said.data.no_photo_reason.strip():
        raise Problem(
            "missing_photo", 422, _("Add a photo of the result, or say why there is none."), field="data.photos"
        )
    return said


def _take_in(peer: Peer, said: Event, name: str) -> dict[str, Any]:
    """In the transaction of the receipt: a photo that is none takes the whole event back."""
    stay = (
        HandOver.objects.select_related("report", "peer").order_by("-pk")
        .filter(peer=peer, direction=Direction.OUT, report__code=read_code(said.data.code) or "").first()
    )  # fmt: skip
    if stay is None:
        raise Problem("not_found", 404, _("There is no such report for you."), field="data.code")
    if not stay.is_open:
        raise Problem("not_yours", 409, _("This report is no longer with you."), field="data.code")
    here = [one for one in said.data.photos if one.startswith("data:")]
    told = _update(said, name)
    took = intake.take_in(stay, told)
    for address in here if "entry" in took else ():
        content = fetching.fetch_public(address)
        reports.add_peer_photo(stay.report.code, took["entry"], _role(said), content)
    return took


def _update(said: Event, name: str) -> Update:
    reason = said.data.no_photo_reason.strip()
    return Update(
        id=name, remote_id="", at=min(said.timestamp, timezone.now()), text=said.data.text.strip(),
        state=TYPES[said.type], ending=ENDINGS.get(said.type, ""), returned=said.type == "report.declined",
        media=tuple(one for one in said.data.photos if not one.startswith("data:")),
        data={"no_photo_reason": reason} if reason and not said.data.photos else {},
    )  # fmt: skip


def _role(said: Event) -> str:
    return "after" if said.type == "report.resolved" else "answer"
