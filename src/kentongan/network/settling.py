"""What became of a delivery: it is over, it is tried again, a person has to look, or the report comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kentongan import reports
from kentongan.foundation.inserting import rewrite
from kentongan.foundation.problems import Problem
from kentongan.network import coming_back
from kentongan.network.calling import call, pause_after
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Declined, Dialect, Done, Later, Outcome, Parked
from kentongan.network.leaving import departing
from kentongan.network.models import OPEN, Delivery, DeliveryState, HandOver, HandOverState, Peer
from kentongan.network.peers import line_to, tells
from kentongan.network.plain import kept, link
from kentongan.reports.models import Photo

MOST_FETCHES = 8  # tries for one photo; a report is never held up by it


def settle(due: Sequence[Delivery], outcomes: dict[int, Outcome]) -> bool:
    """Writes what became of each delivery of `due`; False where the peer could not be spoken to at all."""
    told = {one.pk: _fitting(outcomes[one.pk]) for one in due}
    with transaction.atomic():
        over = [one for one in due if isinstance(told[one.pk], Done | Declined)]
        Delivery.objects.filter(pk__in=[one.pk for one in over]).delete()
        named = {one.payload.get("stay") for one in over}
        stays = {one.pk: one for one in HandOver.objects.select_related("report", "peer").filter(pk__in=named)}
        there: list[tuple[HandOver, Done]] = []
        for one in over:
            # A report that is gone meanwhile needs nothing.
            if (stay := stays.get(one.payload.get("stay"))) is not None:
                _take_note(one, stay, told[one.pk], there)
        _arrived(there)
        for one in due:
            _hold(one, told[one.pk])
    spoken = [told[one.pk] for one in due if one.kind != "fetch"]
    return not spoken or not all(isinstance(one, Later) for one in spoken)


def as_note(lease: str, due: Sequence[Delivery], outcomes: dict[int, Outcome]) -> dict[str, Any]:
    """What is over, in a form that a file can keep: of an answer only what `settle` reads."""
    told = {one.pk: _fitting(outcomes[one.pk]) for one in due}
    over = {str(key): _as_json(one) for key, one in told.items() if isinstance(one, Done | Declined)}
    return {"lease": lease, "over": over}


def _as_json(outcome: Done | Declined) -> dict[str, Any]:
    if isinstance(outcome, Declined):
        return {"declined": vars(outcome)}
    at = outcome.deadline_at
    return {"done": vars(outcome) | {"answer": {}, "deadline_at": at and at.isoformat()}}


def settle_noted(notes: list[dict[str, Any]]) -> None:
    """Settles what was noted. What has been leased anew since then is on its way again, and its answer counts."""
    for note in notes:
        with transaction.atomic():
            mine = Delivery.objects.filter(pk__in=note["over"], lease=note["lease"], state=DeliveryState.WAITING)
            due = list(mine.select_for_update(of=("self",)).order_by("pk"))
            settle(due, {one.pk: _from_json(note["over"][str(one.pk)]) for one in due})


def _from_json(said: dict[str, Any]) -> Done | Declined:
    if "declined" in said:
        return Declined(**said["declined"])
    at = said["done"]["deadline_at"]
    return Done(**said["done"] | {"deadline_at": at and datetime.fromisoformat(at)})


def fetch(peer: Peer, due: Delivery) -> Outcome:
    """Fetches one photo that a peer told of and keeps it with its report."""
    wanted = due.payload
    speaks = dialect(peer.dialect) if peer.dialect else Dialect()  # one that only calls us may name photos too
    got = call(peer, lambda: speaks.fetch(line_to(peer), wanted["address"]))
    if isinstance(got, Later):
        return got
    try:
        photo = reports.add_peer_photo(wanted["report"], wanted["seq"], wanted["role"], got)
    except Problem as problem:
        return Parked(str(problem.detail))
    if photo is not None:
        _tell_on(peer, photo)
    return Done()


def _tell_on(peer: Peer, photo: Photo) -> None:
    """The others who have the report may have heard of the entry already, while its photo was still on its way here."""
    stays = HandOver.objects.filter(report=photo.report_id, state__in=OPEN).exclude(peer=peer).select_related("peer")
    due = [
        Delivery(
            peer=stay.peer, report_id=photo.report_id, kind="photos", key=f"photo/{photo.pk}",
            payload={"stay": stay.pk, "entry": photo.entry_seq, "photo": str(photo.pk)},
        )
        for stay in stays
        if tells(stay.peer, "photos")
    ]  # fmt: skip
    Delivery.objects.bulk_create(due, ignore_conflicts=True)


def _fitting(outcome: Outcome) -> Outcome:
    """The answer as it can be kept: whatever a peer says, the rest of its turn goes on."""
    if isinstance(outcome, Done):
        name, token = kept(outcome.remote_id, 200), kept(outcome.token, 200)
        return replace(outcome, remote_id=name, token=token, remote_url=link(outcome.remote_url, 500))
    if isinstance(outcome, Declined):
        return replace(outcome, reason=kept(outcome.reason, reports.MOST_TOLD))
    return replace(outcome, error=kept(outcome.error, 300))


def _hold(due: Delivery, outcome: Outcome) -> None:
    """Keeps what is not over: for its next try, or for a person."""
    if not isinstance(outcome, Later | Parked):
        return
    attempts, state = due.attempts + 1, DeliveryState.WAITING
    if isinstance(outcome, Parked) or (due.kind == "fetch" and attempts >= MOST_FETCHES):
        state = DeliveryState.PARKED
    after = outcome.after if isinstance(outcome, Later) else None
    pause = max(pause_after(attempts), after or timedelta(0))
    Delivery.objects.filter(pk=due.pk).update(
        attempts=attempts, error=outcome.error, leased_until=None, due_at=timezone.now() + pause, state=state
    )


def _take_note(due: Delivery, stay: HandOver, outcome: Outcome, there: list[tuple[HandOver, Done]]) -> None:
    """What the answer means for the report; one that is `there` now is noted with the others."""
    if isinstance(outcome, Declined):
        if stay.is_open:
            coming_back.came_back(stay, outcome.reason, body=outcome.body)
    elif isinstance(outcome, Done) and due.kind == "request":
        there.append((stay, outcome))
    elif isinstance(outcome, Done) and due.kind == "moved":
        departing.arrived(stay, outcome.remote_id, outcome.remote_url)


def _arrived(there: Sequence[tuple[HandOver, Done]]) -> None:
    """These reports are there: where, and under which name, is kept and told; all of them in a few statements."""
    tidings = {}
    for stay, outcome in there:
        stay.remote_url, stay.remote_id = outcome.remote_url or stay.remote_url, outcome.remote_id or stay.remote_id
        stay.token = outcome.token or stay.token
        peer = {"name": stay.peer_id, "title": stay.peer.called, "url": stay.remote_url, "id": stay.remote_id}
        tidings[stay.report_id] = reports.Tidings({"peer": peer}, outcome.deadline_at)
    # The reports first, as whoever takes in news of them does: in another order two would wait for each other.
    reports.tell_all("sent_out", tidings)
    rewrite([stay for stay, _outcome in there], ("remote_id", "remote_url", "token"))
    taken = [stay.pk for stay, outcome in there if outcome.accepted]
    HandOver.objects.filter(pk__in=taken, state=HandOverState.OFFERED).update(state=HandOverState.ACCEPTED)
