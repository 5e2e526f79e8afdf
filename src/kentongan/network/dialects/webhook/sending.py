"""The sending side: each parcel an event, signed, with an id that a repeat bears too."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

import orjson
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.calling import answered, in_words
from kentongan.network.dialects.base import Dialect, Discovery, Done, Later, Line, Outcome, Parcel, Parked
from kentongan.network.dialects.webhook import signing
from kentongan.network.models import Peer, PeerState

SECONDS = 20.0  # of one call
MOST_ANSWER = 65_536  # bytes of an answer
EVENTS = {"request": "report.handed_over", "update": "report.updated", "withdraw": "report.withdrawn"}
REPORT = (
    "code", "link", "category", "category_name", "text", "url", "lon", "lat", "areas", "address", "answers",
    "asked", "asset", "created_at", "occurred_at", "deadline_at", "emergency", "state", "ending", "body", "body_name",
    "reasons", "pseudonym", "is_demo",
)  # fmt: skip
ENTRY = ("id", "kind", "actor", "text", "at", "state", "ending", "data")


class WebhookDialect(Dialect):
    """A receiver at `endpoint`; `secret` is one or more `whsec_…`."""

    name: ClassVar[str] = "webhook"
    title: ClassVar[str | Promise] = "Webhook"
    tells: ClassVar[frozenset[str]] = frozenset(EVENTS)

    def discover(self, line: Line) -> Discovery:
        """There is nothing to ask; the address and the secret are looked at."""
        if not addresses.is_address(line.endpoint):
            raise Problem("bad_address", 422, _("A webhook needs an http or https address."), field="endpoint")
        signing.usable(line.secret)
        return Discovery(line)

    def test(self, line: Line) -> list[str]:
        """Sends the event `ping`, which a receiver answers with 2xx and otherwise ignores."""
        at = timezone.now()
        ping = {"type": "ping", "timestamp": at.isoformat(), "data": {}}
        try:
            answer = _post(line, f"ping_{at:%Y%m%d%H%M%S%f}", ping)
        except outgoing.CallFailed as error:
            return [in_words(error)]
        return [] if answer.ok else [answered(answer.status)]

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """One call for each. 410 switches the peer off; what is due for it waits."""
        return [_outcome(line, parcel, _post(line, name_of(line, parcel), event(parcel))) for parcel in parcels]


def name_of(line: Line, parcel: Parcel) -> str:
    """The `webhook-id`: the same for the same parcel, so that a receiver knows a repeat."""
    return "msg_" + hashlib.sha256(f"{facts.instance()}/{line.name}/{parcel.key}".encode()).hexdigest()[:40]


def event(parcel: Parcel) -> dict[str, Any]:
    """The parcel as docs/reference/webhooks.md describes it."""
    told = parcel.entry.get("at") if parcel.kind == "update" else parcel.report["created_at"]
    data: dict[str, Any] = {
        "report": {name: parcel.report[name] for name in REPORT}, "id": parcel.remote_id,
        "photos": [{"role": one.role, "url": one.url} for one in parcel.pictures if one.url],
    }  # fmt: skip
    if parcel.entry:
        data["entry"] = {name: parcel.entry[name] for name in ENTRY}
    return {"type": EVENTS[parcel.kind], "timestamp": told or timezone.now().isoformat(), "data": data}


def _post(line: Line, name: str, said: dict[str, Any]) -> outgoing.Answer:
    content = orjson.dumps(said)
    signed = signing.headers(line.secret, name, timezone.now(), content)
    return outgoing.call(
        "POST", line.endpoint, body=content, seconds=SECONDS, most=MOST_ANSWER,
        headers={"Content-Type": "application/json", **signed},
    )  # fmt: skip


def _outcome(line: Line, parcel: Parcel, answer: outgoing.Answer) -> Outcome:
    if answer.ok:
        return _taken(parcel, answer)
    status = answer.status
    if status == 410:
        Peer.objects.filter(pk=line.name, state=PeerState.ACTIVE).update(state=PeerState.PAUSED)
        return Later(
            _("The receiver wants no more events (410) and was switched off. Ask them, then switch it on again.")
        )
    if status in {400, 413, 422}:
        return Parked(_("The receiver will not take this event (%(status)s).") % {"status": status})
    after = answer.headers.get("Retry-After", "")
    return Later(answered(status), timedelta(seconds=min(int(after), 86_400)) if _whole(after) else None)


def _taken(parcel: Parcel, answer: outgoing.Answer) -> Done:
    """A receiver may name the report, say where it is, and that it has taken it on; without, our code is its name."""
    try:
        said = orjson.loads(answer.content or b"{}")
    except orjson.JSONDecodeError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    name = str(said.get("id") or parcel.remote_id or parcel.report["code"])
    return Done(name, str(said.get("url") or ""), accepted=said.get("accepted") is True)


def _whole(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) < 9
