"""Delivers what peers are due: leased, in order for each report, tried again with growing pauses.

A peer has threads of its own while something is due for it (`dispatching`), and a circuit breaker: one that is dead
delays nobody.
A worker killed in between leaves its leases to the next, and what was answered to it in its journal. What arrives
twice all the same is known by its key over there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone, translation

from kentongan import reports
from kentongan.foundation import journal
from kentongan.foundation.nearness import beyond
from kentongan.foundation.pausing import doubled
from kentongan.foundation.problems import Problem
from kentongan.network import polling, settling
from kentongan.network.calling import call, jitter
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Dialect, Later, Outcome, Parcel, Parked
from kentongan.network.models import Delivery, DeliveryState, HandOver, HandOverState, Peer, PeerState, Traffic, hour_of
from kentongan.network.parcels import pack
from kentongan.network.peers import line_to
from kentongan.network.plain import kept

LEASE = timedelta(minutes=2)  # longer than any one call may take
TRIPS_AT = 3  # failures in a row
FIRST_BREAK = timedelta(seconds=10)
LONGEST_BREAK = timedelta(minutes=10)
TURN = 20.0  # seconds of one turn here and now
BREATH = (
    0.1  # seconds in which more gathers where a call had room left: one of three costs nearly as much as one of fifty
)


def due_peers() -> list[str]:
    """Active peers with a closed circuit for whom something is due, or who should be asked for news."""
    now = timezone.now()
    ready = Peer.objects.filter(Q(closed_until=None) | Q(closed_until__lte=now), state=PeerState.ACTIVE)
    waiting = Delivery.objects.filter(_due(), peer=OuterRef("pk"))
    with_work = set(ready.filter(Exists(waiting)).values_list("name", flat=True))
    asked = {peer.name for peer in ready.exclude(dialect="") if polling.is_due(peer)}
    return sorted(with_work | asked)


def deliver_all(rounds: int = 100) -> int:
    """Delivers here and now until nothing is due; returns how much was settled. For `--batch`, and for tests."""
    done = 0
    take_up()
    for _round in range(rounds):
        names = due_peers()
        if not names:
            break
        took = sum(turn(name, TURN) for name in names)
        done += took
        if not took:
            break
    return done


def turn(name: str, seconds: float, stopping: Callable[[], bool] = lambda: False, linger: float = 0.0) -> int:
    """Delivers to one peer for at most `seconds`, then asks it for news where that is due; how much was settled.

    Where nothing is due it waits `linger` seconds for more, so that news is on its way at once while there is much;
    the first leaves at once, and what comes soon after it some at a time.
    """
    # What went wrong is kept and read by the staff of this installation, whoever's request this may run in.
    with translation.override(settings.LANGUAGE_CODE):
        return _turn(name, seconds, stopping, linger)


def _turn(name: str, seconds: float, stopping: Callable[[], bool], linger: float) -> int:
    peer, done, busy = Peer.objects.get(pk=name), 0, time.monotonic()
    end = busy + seconds
    while time.monotonic() < end and not stopping():
        lease, leased = _lease(peer)
        if not leased:
            if time.monotonic() - busy >= linger:
                break
            time.sleep(0.05)
            continue
        busy = time.monotonic()
        well = _deliver(peer, lease, leased)
        done += len(leased)
        if not well:
            return done
        if linger and len(leased) < _kind(peer).batch and leased[0].kind != "fetch":
            time.sleep(BREATH)
    if peer.dialect and polling.is_due(peer):
        done += _ask(peer)
    return done


def ahead() -> int:
    """How many deliveries are due later than any peer may ask to wait (a day): our clock has jumped."""
    return Delivery.objects.filter(due_at__gt=timezone.now() + timedelta(days=1, minutes=5)).count()


def retry(name: str, *, ids: Sequence[int] | None = None) -> int:
    """Sends again what is parked or waits for its next try, and closes the circuit; returns how many."""
    held = Delivery.objects.filter(peer=name)
    if ids is not None:
        held = held.filter(pk__in=ids)
    Peer.objects.filter(pk=name).update(failures=0, closed_until=None)
    return held.update(state=DeliveryState.WAITING, due_at=timezone.now(), error="")


def drop(name: str, delivery: int, reason: str) -> bool:
    """Gives up on one parked delivery; what comes after it for the same report goes on. False where it is gone.

    A report that never left is worked on here again; its staff read the reason.
    """
    with transaction.atomic():
        found = Delivery.objects.select_for_update(of=("self",)).filter(peer=name, pk=delivery)
        one = found.filter(state=DeliveryState.PARKED).select_related("report").first()
        if one is None:
            return False
        if one.kind == "request":
            stay = HandOver.objects.filter(pk=one.payload.get("stay"))
            # The reason is for staff: that of a stay stands on the public page.
            stay.update(state=HandOverState.WITHDRAWN, ended_at=timezone.now())
            Delivery.objects.filter(peer=name, report=one.report_id).exclude(pk=one.pk).delete()
        if one.report is not None:
            reports.tell(one.report.code, "given_up", text=reason, internal=True)
        one.delete()
    return True


def take_up() -> None:
    """Settles what peers had answered to a worker that was killed before it could."""
    journal.settle_left("peers", settling.settle_noted)


def _due() -> Q:
    now = timezone.now()
    # One that ends later than any can was held by a clock that has been put back since.
    free = Q(leased_until=None) | Q(leased_until__lt=now) | beyond("leased_until", now, LEASE)
    return free & Q(state=DeliveryState.WAITING, due_at__lte=now)


def _lease(peer: Peer) -> tuple[str, list[Delivery]]:
    """The next deliveries that no earlier one of the same report stands before, held for this turn under this name."""
    earlier = Delivery.objects.filter(peer=OuterRef("peer"), report=OuterRef("report"), pk__lt=OuterRef("pk"))
    heads = Delivery.objects.filter(_due(), ~Exists(earlier), peer=peer).order_by("pk")
    lease = str(uuid4())
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            heads = heads.select_for_update(skip_locked=True, of=("self",))
        # Photos come last and one by one: where they hang, news has long gone before them.
        found = list(heads.exclude(kind="fetch")[: _kind(peer).batch]) or list(heads.filter(kind="fetch")[:1])
        if found:
            mine = Delivery.objects.filter(pk__in=[one.pk for one in found])
            mine.update(leased_until=timezone.now() + LEASE, lease=lease)
    return lease, found


def _kind(peer: Peer) -> Dialect:
    return dialect(peer.dialect) if peer.dialect else Dialect()


def _deliver(peer: Peer, lease: str, due: list[Delivery]) -> bool:
    """Sends what was leased and settles it; False where the peer could not be spoken to."""
    is_photo = due[0].kind == "fetch"  # leased one by one
    with journal.noting("peers") as note:
        outcomes = {due[0].pk: settling.fetch(peer, due[0])} if is_photo else _send(peer, due)
        note(settling.as_note(lease, due, outcomes))
        well = settling.settle(due, outcomes)
    if not is_photo:  # a photo may lie anywhere: what becomes of it says nothing about the peer
        _count(peer, None if well else next(one.error for one in outcomes.values() if isinstance(one, Later)))
    return well


def _send(peer: Peer, due: list[Delivery]) -> dict[int, Outcome]:
    kind, packed = dialect(peer.dialect), pack(peer, due)
    outcomes: dict[int, Outcome] = {
        key: Parked(str(one.detail)) for key, one in packed.items() if isinstance(one, Problem)
    }
    parcels = {key: one for key, one in packed.items() if isinstance(one, Parcel)}
    if parcels:
        told = list(parcels.values())
        if peer.failures and not connection.in_atomic_block:
            connection.close()  # many such peers may keep us waiting, and the database has few connections
        answered = call(peer, lambda: kind.send(line_to(peer), told))
        each = [answered] * len(told) if isinstance(answered, Later) else answered
        outcomes |= dict(zip(parcels, each, strict=True))
    return outcomes


def _ask(peer: Peer) -> int:
    taken = call(peer, lambda: polling.poll_peer(peer), polling.LONGEST)
    if isinstance(taken, Later):
        _count(peer, taken.error)
        return 0
    if taken is None:
        return 0
    _count(peer, None)
    return taken


def _count(peer: Peer, failed: str | None) -> None:
    """Keeps the circuit breaker and the failure rate. `failed` says what went wrong, None: nothing."""
    now = timezone.now()
    hour, _made = Traffic.objects.get_or_create(peer=peer, hour=hour_of(now))
    counted = "sent" if failed is None else "failed"
    Traffic.objects.filter(pk=hour.pk).update(**{counted: F(counted) + 1})
    if failed is None:
        Peer.objects.filter(pk=peer.pk).update(failures=0, closed_until=None, last_success_at=now)
        return
    failures = Peer.objects.filter(pk=peer.pk).values_list("failures", flat=True)[0] + 1
    closed = None
    if failures >= TRIPS_AT:
        closed = now + doubled(FIRST_BREAK, failures - TRIPS_AT, LONGEST_BREAK) * jitter()
    Peer.objects.filter(pk=peer.pk).update(
        failures=failures, closed_until=closed, last_error=kept(failed, 300), last_error_at=now
    )
