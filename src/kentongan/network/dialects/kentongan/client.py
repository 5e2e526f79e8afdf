"""The sending side: parcels become signed messages, answers become outcomes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from kentongan import catalogue
from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network.calling import answered
from kentongan.network.dialects.base import (
    Declined,
    Dialect,
    Discovery,
    Done,
    Later,
    Line,
    Outcome,
    Parcel,
    Parked,
    Picture,
)
from kentongan.network.dialects.kentongan import keyring, signing, wire
from kentongan.network.dialects.kentongan.cards import LARGEST, SECONDS, read_card
from kentongan.network.fetching import MOST_BYTES

PHOTO_SECONDS = 60.0  # for a photo; anything else has `cards.SECONDS`


class Kentongan(Dialect):
    """Another instance of this software, or of any that speaks its protocol."""

    name: ClassVar[str] = "kentongan"
    title: ClassVar[str | Promise] = gettext_lazy("Kentongan instance")
    batch: ClassVar[int] = wire.MOST_MESSAGES
    keeps_secrets: ClassVar[bool] = True
    tells: ClassVar[frozenset[str]] = frozenset({"request", "update", "photos", "decline", "withdraw", "moved"})

    def discover(self, line: Line) -> Discovery:
        """Reads the card of the instance."""
        shown = read_card(line.endpoint)
        found = Line(line.name, shown["endpoint"], options={"url": shown["url"], "bodies": shown["bodies"]})
        keys = ", ".join(keyring.fingerprint(key["public"]) for key in shown["keys"])
        works = ", ".join(str(body.get("code")) for body in shown["bodies"][:20])
        return Discovery(
            found, findings=(f"{shown['name']} ({shown['instance']})", f"keys: {keys}", f"bodies: {works}")
        )

    def test(self, line: Line) -> list[str]:
        """Asks the instance whether it knows us."""
        try:
            answer = call(line, "POST", "messages", {"messages": []})
        except outgoing.CallFailed:
            return [_("The instance does not answer.")]
        return [] if answer.ok else [_said(answer)]

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """All messages in one signed call; each has an outcome of its own."""
        messages = [message_of(parcel) for parcel in parcels]
        answer = call(line, "POST", "messages", {"messages": messages})
        if answer.status in {401, 403}:
            return [Later(_said(answer))] * len(parcels)
        answer.expect()
        found = [one for one in answer.json()["results"] if isinstance(one, dict)]
        results = {one["id"]: one for one in found if isinstance(one.get("id"), str)}
        return [_outcome(results.get(message["id"])) for message in messages]

    def fetch(self, line: Line, address: str) -> bytes:
        """A photo `ID/SHA256` of the instance. Raises Problem where other bytes came than were told of."""
        photo, _slash, digest = address.partition("/")
        answer = call(line, "GET", f"photos/{photo}", seconds=PHOTO_SECONDS, most=MOST_BYTES)
        answer.expect()
        if hashlib.sha256(answer.content).hexdigest() != digest:
            raise Problem("other_photo", 422, _("This photo is not the one that was told of."))
        return answer.content


def call(
    line: Line, method: str, path: str, said: dict[str, Any] | None = None, *, seconds: float = SECONDS,
    most: int = LARGEST,
) -> outgoing.Answer:  # fmt: skip
    """A signed call to another instance. Raises `outgoing.CallFailed` where there is no answer."""
    url = f"{line.endpoint.rstrip('/')}/{path}"
    return outgoing.call(method, url, said=said, seconds=seconds, most=most, sign=signing.sign)


def message_of(parcel: Parcel) -> dict[str, Any]:
    """A parcel as the message that docs/reference/federation.md describes."""
    told = parcel.payload
    ref = {"instance": told["origin"], "code": told["origin_code"], "url": told.get("origin_url") or ""}
    if parcel.kind == "request":
        return _hand_over(parcel, ref)
    if parcel.kind == "update":
        photos = _photos(parcel.pictures, {parcel.entry["seq"]: parcel.entry["id"]})
        return {"type": "entry", "id": parcel.entry["id"], "report": ref, "entry": parcel.entry, "photos": photos}
    if parcel.kind == "photos":
        photos = _photos(parcel.pictures, {parcel.entry["seq"]: parcel.entry["id"]})
        name = f"{parcel.entry['id']}/{told['photo']}"
        return {"type": "photos", "id": name, "report": ref, "entry": parcel.entry["id"], "photos": photos}
    said: dict[str, Any] = {
        "type": parcel.kind,
        "id": f"{parcel.kind}/{told['origin']}/{told['origin_code']}/{told['stay']}",
    }
    if parcel.kind == "decline":
        said |= {"reason": told["reason"], "body": told["body"], "bounces": told["bounces"]}
    elif parcel.kind == "moved":
        facts = parcel.report
        said |= {"upto": told["upto"], "passed_on": told["passed_on"], "code": facts["code"], "url": facts["link"]}
    else:
        said |= {"reason": parcel.entry.get("text", ""), "at": parcel.entry.get("at")}
    return {**said, "report": ref}


def _hand_over(parcel: Parcel, ref: dict[str, Any]) -> dict[str, Any]:
    told, facts = parcel.payload, parcel.report
    history: list[dict[str, Any]] = told["history"]
    entry_ids = {one["seq"]: one["id"] for one in history}
    content = {name: facts[name] for name in wire.ReportShape.model_fields if name in facts}
    return {
        "type": "hand_over", "id": f"hand_over/{told['path'][-1]}/{told['stay']}",
        "report": {**ref, "url": ref["url"] or facts["link"]},
        "content": {**content, "branch": list(catalogue.branch(facts["category"]))},
        "body": told["body"], "reasons": facts["reasons"], "path": told["path"], "bounces": told["bounces"],
        "final": told["final"], "pseudonym": told["pseudonym"], "history": history,
        "photos": _photos(parcel.pictures, entry_ids),
    }  # fmt: skip


def _photos(pictures: Sequence[Picture], entry_ids: dict[int, str]) -> list[dict[str, Any]]:
    """The photos with the hash of what can be fetched; one whose file is gone is not told of."""
    told = []
    for one in pictures:
        with suppress(OSError, Problem):
            digest = hashlib.sha256(one.read()).hexdigest()
            told.append({"id": one.id, "sha256": digest, "role": one.role, "entry": entry_ids.get(one.entry, "")})
    return told


def _outcome(result: dict[str, Any] | None) -> Outcome:
    if result is None:
        return Later(_("The answer does not speak of this message."))
    try:
        found = wire.Result.model_validate(result)
    except ValidationError:
        return Later(_("The answer could not be understood."))
    if found.status == "done":
        return Done(remote_id=found.code, remote_url=found.url)
    if found.status == "declined":
        return Declined(found.reason, found.problem, found.body)
    return Parked(found.reason) if found.status == "refused" else Later(found.reason)


def _said(answer: outgoing.Answer) -> str:
    try:
        told = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        told = None
    return told[:300] if isinstance(told, str) and told.strip() else answered(answer.status)
