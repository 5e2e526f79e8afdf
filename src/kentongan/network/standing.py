"""How things stand with each peer: its queue, its lag, the last error in plain words, how often calls fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from kentongan.network.models import Delivery, DeliveryState, Direction, HandOver, Peer, Traffic

DAY = timedelta(hours=24)
Row = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """One peer. `lag`: since when the oldest delivery waits; `failure_rate`: 0 to 1 over 24 hours, None: no calls."""

    peer: Peer
    waiting: int
    parked: int
    lag: timedelta
    failure_rate: float | None
    given: int
    taken: int
    breaker_until: datetime | None
    oldest: datetime | None = None

    @property
    def failure_percent(self) -> int | None:
        """The failure rate in whole percent."""
        return None if self.failure_rate is None else round(self.failure_rate * 100)

    @property
    def in_order(self) -> bool:
        """Whether nobody has to look."""
        return not self.parked and self.breaker_until is None and not self.peer.failures


def standings() -> list[Standing]:
    """All peers by name."""
    now = timezone.now()
    queues = {
        row["peer"]: row
        for row in Delivery.objects.values("peer").order_by().annotate(
            waiting=Count("pk", filter=Q(state=DeliveryState.WAITING)),
            parked=Count("pk", filter=Q(state=DeliveryState.PARKED)),
            oldest=Min("created_at", filter=Q(state=DeliveryState.WAITING)),
        )
    }  # fmt: skip
    calls = {
        row["peer"]: row
        for row in Traffic.objects.filter(hour__gte=now - DAY).values("peer").order_by()
        .annotate(sent_sum=Sum("sent"), failed_sum=Sum("failed"))
    }  # fmt: skip
    handed = {
        (row["peer"], row["direction"]): row["number"]
        for row in HandOver.objects.values("peer", "direction").order_by().annotate(number=Count("pk"))
    }
    return [
        _one(peer, dict(queues.get(peer.pk, {})), dict(calls.get(peer.pk, {})), handed, now)
        for peer in Peer.objects.order_by("name")
    ]


def _one(peer: Peer, queue: Row, calls: Row, handed: dict[tuple[str, str], int], now: datetime) -> Standing:
    sent, failed = calls.get("sent_sum") or 0, calls.get("failed_sum") or 0
    oldest, until = queue.get("oldest"), peer.closed_until
    return Standing(
        peer, queue.get("waiting", 0), queue.get("parked", 0), now - oldest if oldest else timedelta(0),
        failed / (sent + failed) if sent + failed else None, handed.get((peer.pk, Direction.OUT), 0),
        handed.get((peer.pk, Direction.IN), 0), until if until and until > now else None,
        oldest,
    )  # fmt: skip
