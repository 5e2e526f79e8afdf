"""What peers tell us, taken in once: every receipt is remembered in the transaction of what it did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kentongan import reports
from kentongan.foundation.codes import read_code
from kentongan.foundation.inserting import insert, insert_all
from kentongan.network import coming_back
from kentongan.network.dialects.base import Update
from kentongan.network.models import Delivery, Direction, HandOver, HandOverState, Peer, Receipt
from kentongan.reports.models import Entry
from kentongan.reports.states import State

LONGEST_KEY = 200
# The kind of timeline entry that a state told by a peer is.
KINDS = {
    State.ROUTED: "reopened", State.FORWARDED: "transferred", State.ACCEPTED: "accepted", State.IN_PROGRESS: "started",
    State.REFERRED: "referred", State.RESOLVED: "resolved", State.REJECTED: "rejected", State.DUPLICATE: "merged",
    State.CONFIRMED: "confirmed", State.CLOSED: "expired", State.AWAITING_PARTNER: "awaiting_partner",
}  # fmt: skip
MOST_PICTURES = 5
AT_ONCE = timedelta(minutes=1)  # what is learned within it is as good as new


def once(peer: Peer, key: str, do: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Does what `key` of `peer` asks for, unless it was done; the answer, and whether it is a repeat.

    One transaction: either both the receipt and what it did are kept, or neither.
    """
    kept = _fitting(key)
    before = Receipt.objects.filter(peer=peer, key=kept).values_list("answer", flat=True).first()
    if before is not None:
        return before, True
    try:
        with transaction.atomic():
            answer = do()
            insert(Receipt(peer=peer, key=kept, answer=answer))
    except IntegrityError:
        # The same came in twice at once, and the other was first; any other fault of the kind is raised again.
        known = Receipt.objects.filter(peer=peer, key=kept).first()
        if known is None:
            raise
        return known.answer, True
    return answer, False


def known(peer: Peer, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What was answered to those of `keys` that the peer has told before."""
    names = {_fitting(key): key for key in keys}
    found = Receipt.objects.filter(peer=peer, key__in=names).values_list("key", "answer")
    return {names[kept]: answer for kept, answer in found}


def remember(peer: Peer, answers: Mapping[str, dict[str, Any]]) -> None:
    """Keeps what is answered to each key, in the transaction of what was done. IntegrityError where one is known."""
    insert_all([Receipt(peer=peer, key=_fitting(key), answer=answer) for key, answer in answers.items()])


def _fitting(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


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
    at = min(update.at, timezone.now())  # a clock ahead of ours is clamped: later true news still comes after it
    said = _said(update)
    if _is_old(stay, update, said, at):
        return {"repeated": True}
    newest = stay.told_at is None or at >= stay.told_at
    state = update.state if newest and update.state != State(stay.report.state) else None
    if state == State.ROUTED and stay.report.status not in {"done", "closed"}:
        state = None  # "open" says no more than that it has not ended
    kind = KINDS[state] if state else "noted"
    if not (state or update.text or update.media):
        return {"empty": True}
    told = reports.Told(
        kind, text=update.text, at=at, state=state, ending=update.ending, body=stay.body or None,
        data={"peer": {"name": stay.peer_id, "update": update.id, "said": said, **learned(at)}, **update.data},
    )  # fmt: skip
    entry = reports.mirror(stay.report.code, told)
    accepted = {"state": HandOverState.ACCEPTED} if state else {}
    if newest:
        # Of news from a clock ahead of ours it is not known when it was true: what is told next is newer in any case.
        told_at = at - AT_ONCE if update.at > at else at
        HandOver.objects.filter(pk=stay.pk).update(told_at=told_at, **accepted)
    fetch_later(stay, update.media, entry.seq, "after" if state == State.RESOLVED else "answer")
    return {"entry": entry.seq}


def learned(at: datetime) -> dict[str, str]:
    """When we learned of something that happened `at`, where that was later: windows of news serve by it."""
    now = timezone.now()
    return {"learned": now.astimezone(UTC).isoformat()} if now - at > AT_ONCE else {}


def _said(update: Update) -> str:
    """What an update says, without its time and id."""
    told = [update.state or "", update.ending, update.text, *update.media, json.dumps(update.data, sort_keys=True)]
    return hashlib.sha256("\0".join(str(one) for one in told).encode("utf-8", "replace")).hexdigest()[:24]


def _is_old(stay: HandOver, update: Update, said: str, at: datetime) -> bool:
    """Whether the peer says what it said last, under whatever id and time: some servers do so at every look.

    Where people here have rejected its result since, the same words are news again.
    """
    mine = Entry.objects.filter(report=stay.report_id, data__peer__name=stay.peer_id, data__peer__update__isnull=False)
    last = mine.order_by("-seq").first()
    if last is None:
        return False
    before = last.data["peer"].get("said")
    if before != said and not (before is None and last.text == update.text and last.state_to == (update.state or "")):
        return False
    since = Entry.objects.filter(report=stay.report_id, seq__gt=last.seq, kind__in=("reopened", "contested"), at__lt=at)
    return not since.exists()


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
