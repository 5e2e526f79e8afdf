"""The receiving side: the card, messages, photos, introductions, and where a code leads."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import orjson
import structlog
from django.db import OperationalError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from pydantic import TypeAdapter, ValidationError

from kentongan import reports
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import address, spend
from kentongan.network import facts
from kentongan.network.dialects.kentongan import introducing, receiving, signing, together, wire
from kentongan.network.models import OPEN, HandOver, Moved, Peer, PeerState, Trace
from kentongan.reports.models import Photo, Report

LARGEST = 8 * 1024 * 1024
CALLS = 600  # a minute, for one peer; each may carry fifty messages
AGAIN = 5  # seconds after which a stranger may ask whether it has been looked at
STRANGERS = 30  # calls an hour from one address that nobody has signed for
MESSAGE: TypeAdapter[wire.Message] = TypeAdapter(wire.Message)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_log = structlog.get_logger(__name__)


def protocol(view: View) -> View:
    """Answers a Problem as JSON (RFC 9457), and reads no body that is too large."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            length = request.headers.get("Content-Length") or "0"
            if not (length.isascii() and length.isdigit()):
                raise Problem("bad_length", 400, _("The Content-Length is no number."))
            if int(length[:20]) > LARGEST:
                raise Problem("too_large", 413, _("A call may have at most 8 MB."))
            return view(request, *args, **named)
        except Problem as problem:
            said = {
                "type": f"urn:kentongan:problem:{problem.code}", "status": problem.status, "code": problem.code,
                "detail": str(problem.detail), **problem.extra,
            }  # fmt: skip
            answer = _json(said, problem.status, "application/problem+json")
            if "retry_after" in problem.extra:
                answer["Retry-After"] = str(problem.extra["retry_after"])
            return answer

    return cast(View, guarded)


@require_safe
@protocol
def card(request: HttpRequest) -> HttpResponse:
    """What this instance shows of itself: `/.well-known/kentongan`."""
    answer = _json(introducing.card())
    answer["Cache-Control"] = "public, max-age=60"
    return answer


@protocol
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """Up to fifty messages of a confirmed peer; a result for each, in their order."""
    content = request.read(LARGEST)
    peer = signing.sender(request, content)
    spend(f"network/{peer.name}", CALLS, 60)
    said = _read(content).get("messages")
    if not isinstance(said, list) or len(said) > wire.MOST_MESSAGES:
        raise Problem("bad_messages", 422, _("Send a list of at most fifty messages."), field="messages")
    if peer.state == PeerState.PAUSED:
        raise Problem("paused", 503, _("Nothing is taken from this peer at present. Send it again later."))
    read = [_message(one) for one in said]
    there = together.take(peer, [one for one in read if isinstance(one, wire.HandOverMessage)])
    return _json({"results": [_result(peer, one, there) for one in read]})


@protocol
@require_safe
def photo(request: HttpRequest, photo_id: str) -> HttpResponseBase:
    """A photo (JPEG without metadata) of a report that lies between the asking peer and us, for as long as it does."""
    peer = signing.sender(request)
    found = Photo.objects.filter(pk=photo_id).exclude(report=None).first()
    if found is None or not HandOver.objects.filter(report=found.report_id, peer=peer, state__in=OPEN).exists():
        raise Problem("not_found", 404, _("There is no such photo for you."))
    return FileResponse(reports.photo_file(found, "large"), content_type="image/jpeg")


@protocol
@require_POST
def introductions(request: HttpRequest) -> HttpResponse:
    """Another instance says that it wants to exchange reports. A person here decides.

    One that is not known here is looked at by a task: 202, and it says so again.
    """
    content = request.read(LARGEST)
    said = _read(content)
    try:
        peer = signing.sender(request, content, confirmed=False)
    except Problem as problem:
        if problem.code not in {"unknown_key", "key_looked_for"}:
            raise
        spend(f"introduction/{address(request)}", STRANGERS, 3600)
        introducing.invite(str(said.get("url", "")))
        answer = _json({"instance": facts.instance(), "confirmed": False, "status": "checking"}, 202)
        answer["Retry-After"] = str(AGAIN)
        return answer
    if peer.state == PeerState.GONE:
        raise Problem("not_introduced", 403, _("This instance has left, or was sent away."))
    introducing.settle(peer, there=True)
    return _json({"instance": facts.instance(), "confirmed": peer.confirmed_here})


@protocol
@require_safe
def where(request: HttpRequest, code: str) -> HttpResponse:
    """Where the page of a public report is: here, or at the instance where it began. Restricted ones are not told."""
    spend(f"where/{address(request)}", STRANGERS * 20, 3600)
    wanted = read_code(code) or ""
    found = Report.objects.filter(code=wanted, is_restricted=False).first()
    if found is None:
        trace = Trace.objects.select_related("report").filter(origin_code=wanted, report__is_restricted=False).first()
        found = trace.report if trace else None
    if found is None:
        raise Problem("not_found", 404, _("There is no report with this code here."))
    told = {"code": found.code, "url": facts.link(f"r/{found.code}"), "instance": facts.instance()}
    if moved := Moved.objects.filter(code=found.code).first():
        told["moved"] = moved.url
    answer = _json(told)
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _message(said: Any) -> wire.Message | dict[str, Any]:
    """The message, or the result of one that is none."""
    try:
        return MESSAGE.validate_python(said)
    except ValidationError as fault:
        first = fault.errors()[0]
        where_ = ".".join(str(part) for part in first["loc"])
        name = str(said.get("id", ""))[:200] if isinstance(said, dict) else ""
        return {"id": name, "status": "refused", "problem": "bad_message", "reason": f"{where_}: {first['msg']}"}


def _result(peer: Peer, message: wire.Message | dict[str, Any], there: together.Results) -> dict[str, Any]:
    """What became of one message; a fault in one never touches the others. `there`: of those taken in together."""
    if isinstance(message, dict):
        return message
    if isinstance(message, wire.HandOverMessage) and message.id in there:
        return there[message.id]
    name = message.id
    try:
        return receiving.receive(peer, message)
    except Problem as problem:
        status = "later" if problem.status >= 500 or problem.status == 429 else "refused"
        return {"id": name, "status": status, "problem": problem.code, "reason": str(problem.detail)}
    except OperationalError:
        return {"id": name, "status": "later", "problem": "busy", "reason": _("Busy; send it again.")}
    except Exception as fault:  # noqa: BLE001  one bad message never fails its batch
        _log.error("network.message_failed", peer=peer.name, error=type(fault).__name__)
        return {"id": name, "status": "later", "problem": "failed", "reason": _("This is our fault; send it again.")}


def _read(content: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise Problem("bad_json", 400, _("The body must be a JSON object."))
    return said


def _json(said: Any, status: int = 200, kind: str = "application/json") -> HttpResponse:
    answer = HttpResponse(orjson.dumps(said), content_type=kind, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
