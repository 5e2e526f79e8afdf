"""What peers tell us, taken in once: every receipt is remembered in the transaction of what it did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from kentongan import reports
from kentongan.foundation.codes import read_code
from kentongan.network import coming_back
from kentongan.network.dialects.base import Update
from kentongan.network.models import Delivery, Direction, HandOver, HandOverState, Peer, Receipt
from kentongan.reports.states import Actor, State

LONGEST_KEY = 200
# The kind of timeline entry that a state told by a peer is.
KINDS = {
    State.ROUTED: "reopened", State.ACCEPTED: "accepted", State.IN_PROGRESS: "started", State.REFERRED: "referred",
    State.RESOLVED: "resolved", State.REJECTED: "rejected", State.DUPLICATE: "merged", State.CONFIRMED: "confirmed",
    State.CLOSED: "expired", State.AWAITING_PARTNER: "awaiting_partner",
}  # fmt: skip
MOST_PICTURES = 5


def once(peer: Peer, key: str, do: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Does what `key` of `peer` asks for, unless it was done; the answer, and whether it is a repeat.

    One transaction: either both the receipt and what it did are kept, or neither.
    """
    kept = key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
    before = Receipt.objects.filter(peer=peer, key=kept).values_list("answer", flat=True).first()
    if before is not None:
        return before, True
    try:
        with transaction.atomic():
            answer = do()
            Receipt.objects.create(peer=peer, key=kept, answer=answer)
    except IntegrityError:
        # The same came in twice at once, and the other was first; any other fault of the kind is raised again.
        known = Receipt.objects.filter(peer=peer, key=kept).first()
        if known is None:
            raise
        return known.answer, True
    return answer, False


def apply(peer: Peer, update: Update) -> dict[str, Any] | None:
    """Mirrors what a peer says of a report we gave it, as `take_in`. None: no news, or a report of somebody else."""
    named = {"remote_id": update.remote_id} if update.remote_id else {"report__code": read_code(update.code)}
    stay = (
        HandOver.objects.filter(peer=peer, direction=Direction.OUT, **named)
        .select_related("report", "peer").order_by("-pk").first()
    )  # fmt: skip
    if stay is None:
        return None
    answer, repeated = once(peer, f"update/{update.id}", lambda: take_in(stay, update))
    return None if repeated else answer


def take_in(stay: HandOver, update: Update) -> dict[str, Any]:
    """What an update does to the report, in the caller's transaction; `entry` of the answer is the one it made."""
    if not stay.is_open:
        return {"ignored": stay.state}
    if update.returned:
        coming_back.came_back(stay, update.text)
        return {"returned": True}
    newest = stay.told_at is None or update.at >= stay.told_at
    state = update.state if newest and update.state != State(stay.report.state) else None
    if state == State.ROUTED and stay.report.status not in {"done", "closed"}:
        state = None  # "open" says no more than that it has not ended
    kind = KINDS[state] if state else "noted"
    if not (state or update.text or update.media):
        return {"empty": True}
    told = reports.Told(
        kind, Actor.PEER, text=update.text, at=update.at, state=state, ending=update.ending if state else "",
        body=stay.body or None, data={"peer": {"name": stay.peer_id, "update": update.id}, **update.data},
    )  # fmt: skip
    entry = reports.mirror(stay.report.code, told)
    accepted = {"state": HandOverState.ACCEPTED} if state else {}
    if newest:
        HandOver.objects.filter(pk=stay.pk).update(told_at=update.at, **accepted)
    fetch_later(stay, update.media, entry.seq, "after" if state == State.RESOLVED else "answer")
    return {"entry": entry.seq}


def fetch_later(stay: HandOver, media: tuple[str, ...], seq: int, role: str) -> None:
    """Has the photos fetched by themselves, so that a broken one delays nothing else of the report."""
    due = [
        Delivery(
            peer_id=stay.peer_id, kind="fetch", key=f"fetch/{stay.report_id}/{seq}/{_short(address)}",
            payload={"report": stay.report.code, "seq": seq, "role": role, "address": address},
        )
        for address in media[:MOST_PICTURES]
    ]  # fmt: skip
    Delivery.objects.bulk_create(due, ignore_conflicts=True)


def _short(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:24]
