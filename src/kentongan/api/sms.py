"""SMS that a gateway hands us: `POST /hooks/sms`, as forms (`From`, `Body`) or JSON, with a token or a signature."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import structlog
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from kentongan import emergency, network
from kentongan.api import answers
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

LARGEST = 65_536  # bytes of a call
# What gateways call the parts, in small letters.
FROM = ("from", "sender", "msisdn", "phone", "phonenumber", "phone_number", "number", "originator", "source")
BODY = ("body", "text", "message", "content", "msg", "subject")  # the last of an MMS, whose words are not sent along
LISTS = ("messages", "results")
NAME = ("messagesid", "smsmessagesid", "message_id", "messageid", "msgid", "smsid", "id", "uuid")

_log = structlog.get_logger(__name__)


@network.protocol
@require_POST
def incoming(request: HttpRequest) -> HttpResponse:
    """One message, or several in `messages`. Answered once all are stored: a gateway that hears nothing sends again."""
    content = request.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Problem("too_large", 413, _("A call may have at most 64 kB."))
    _admit(request, content)
    taken = [_take(one) for one in _messages(request.content_type or "", content)]
    _log.info("sms.taken", messages=len(taken), alerts=sum(taken))
    if b"messagesid" in content.lower():  # what asks for TwiML is told in it that nothing is to be sent back
        return HttpResponse("<Response/>", content_type="text/xml")
    return answers.written({"messages": len(taken), "alerts": sum(taken)})


def _take(said: Mapping[str, str]) -> bool:
    number, written = _first(said, FROM), _first(said, BODY)
    return emergency.take_text(number, written, _first(said, NAME)) is not None


def _first(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((said[one] for one in names if said.get(one)), "")


def _admit(request: HttpRequest, content: bytes) -> None:
    """Whoever knows `KENTONGAN_SMS_SECRET`: as a bearer token, a password, `token` in the address, or by signing.

    Raises Problem `no_gateway` (404) where there is none, `bad_token`, `bad_signature` (401).
    """
    secret = config().sms_secret
    if not secret:
        raise Problem("no_gateway", 404, _("No gateway for SMS is set up here."))
    if "webhook-signature" in request.headers:
        try:
            Webhook(secret.encode()).verify(content, dict(request.headers.items()) | _lower(request))
        except (WebhookVerificationError, ValueError):
            raise Problem("bad_signature", 401, _("The signature of this message does not hold.")) from None
        return
    if not constant_time_compare(_shown(request), secret):
        raise Problem("bad_token", 401, _("This token is not right."))


def _lower(request: HttpRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _shown(request: HttpRequest) -> str:
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:  # no base64, or no text in it
            return ""
    return request.GET.get("token", "")


def _messages(kind: str, content: bytes) -> Iterator[Mapping[str, str]]:
    """What the call says, its names in small letters. Raises Problem `bad_message` (422) where nothing can be found."""
    told: Any = None
    if kind == "application/x-www-form-urlencoded":
        told = QueryDict(content, encoding="utf-8").dict()
    else:
        told = _json(content)
    named = [told[one] for one in LISTS if isinstance(told.get(one), list)] if isinstance(told, dict) else []
    listed: list[Any] = told if isinstance(told, list) else named[0] if named else [told]
    read = [_small(one) for one in listed if isinstance(one, dict)]
    found = [one for one in read if _first(one, BODY)]
    if not found:
        raise Problem("bad_message", 422, _("There is no message in this: send From and Body."), field="Body")
    yield from found


def _json(content: bytes) -> Any:
    """A gateway that writes another charset than UTF-8, half an emoji, a byte order mark, or lines that it does not
    escape still hands on a call for help."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            return json.loads(content.decode("utf-8-sig", "replace"), strict=False)
        except (ValueError, RecursionError):
            return None


def _small(said: Mapping[Any, Any]) -> dict[str, str]:
    wrapped = [said[one] for one in ("payload", "Payload", "data", "message", "sms") if isinstance(said.get(one), dict)]
    said = {
        **said,
        **(wrapped[0] if wrapped else {}),
    }
    told = {str(name).lower(): str(value) for name, value in said.items() if isinstance(value, str | int)}
    return {name: value.encode("utf-8", "replace").decode() for name, value in told.items()}
