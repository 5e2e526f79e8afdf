"""What became of a delivery: it is over, it is tried again, a person has to look, or the report comes back."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.utils import timezone

from kentongan import reports
from kentongan.foundation.problems import Problem
from kentongan.network import coming_back
from kentongan.network.calling import call, pause_after
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Declined, Done, Later, Outcome, Parked
from kentongan.network.models import Delivery, DeliveryState, HandOver, HandOverState, Peer
from kentongan.network.peers import line_to
from kentongan.reports.models import Report

MOST_FETCHES = 8  # tries for one photo; a report is never held up by it

_log = structlog.get_logger(__name__)


def settle(peer: Peer, due: Sequence[Delivery], outcomes: dict[int, Outcome]) -> bool:
    """Writes what became of each delivery; False where the peer could not be spoken to at all."""
    with transaction.atomic():
        for one in due:
            _settle(peer, one, outcomes.get(one.pk, Later("No outcome.")))
    told = [outcomes.get(one.pk) for one in due if one.kind != "fetch"]
    return not told or not all(isinstance(one, Later) for one in told)


def fetch(peer: Peer, due: Delivery) -> Outcome:
    """Fetches one photo that a peer told of and keeps it with its report."""
    wanted = due.payload
    got = call(peer, lambda: dialect(peer.dialect).fetch(line_to(peer), wanted["address"]))
    if isinstance(got, Later):
        return got
    try:
        reports.add_peer_photo(wanted["report"], wanted["seq"], wanted["role"], got)
    except Problem as problem:
        return Parked(str(problem.detail))
    return Done()


def _settle(peer: Peer, due: Delivery, outcome: Outcome) -> None:
    held = Delivery.objects.filter(pk=due.pk)
    if isinstance(outcome, Later):
        attempts = due.attempts + 1
        gone = due.kind == "fetch" and attempts >= MOST_FETCHES
        held.update(
            attempts=attempts, error=outcome.error[:300], leased_until=None,
            due_at=timezone.now() + max(pause_after(attempts), outcome.after or pause_after(1)),
            state=DeliveryState.PARKED if gone else DeliveryState.WAITING,
        )  # fmt: skip
    elif isinstance(outcome, Parked):
        held.update(state=DeliveryState.PARKED, error=outcome.error[:300], leased_until=None, attempts=due.attempts + 1)
    else:
        held.delete()
        _take_note(peer, due, outcome)


def _take_note(peer: Peer, due: Delivery, outcome: Done | Declined) -> None:
    """What the answer means for the report; one that is gone meanwhile needs nothing."""
    stay = HandOver.objects.select_related("report", "peer").filter(pk=due.payload.get("stay")).first()
    if stay is None:
        return
    if isinstance(outcome, Declined):
        if stay.is_open:
            coming_back.came_back(stay, outcome.reason, body=outcome.body)
    elif due.kind == "request":
        _arrived(peer, stay, outcome)


def _arrived(peer: Peer, stay: HandOver, outcome: Done) -> None:
    stay.remote_id = outcome.remote_id or stay.remote_id
    stay.remote_url, stay.token = outcome.remote_url or stay.remote_url, outcome.token or stay.token
    if outcome.accepted and stay.state == HandOverState.OFFERED:
        stay.state = HandOverState.ACCEPTED
    stay.save(update_fields=["remote_id", "remote_url", "token", "state"])
    if Report.objects.filter(pk=stay.report_id).exists():
        data = {"peer": {"name": peer.name, "title": peer.title, "url": stay.remote_url, "id": stay.remote_id}}
        reports.tell(stay.report.code, "sent_out", data=data)
