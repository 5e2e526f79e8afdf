"""Asking instances every few seconds what they watch and whether somebody is on duty there: pages say so at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from kentongan import network
from kentongan.emergency import elsewhere
from kentongan.emergency.abroad.wire import Claimed
from kentongan.emergency.stays import Claim, Line
from kentongan.network.models import Peer

EVERY = timedelta(seconds=15)
SECONDS, LARGEST, MOST = 5.0, 2 * 1024 * 1024, 5_000


def is_due(line: Line, now: datetime) -> bool:
    """Whether it is time to ask again; a clock that was put back asks at once."""
    return line.asked_at is None or not now - EVERY < line.asked_at <= now


def ask(peer: Peer, line: Line) -> None:
    """Keeps what an instance says that it watches, as far as it is entitled to say so.

    Raises `outgoing.CallFailed`, ValueError where there is no answer that can be read.
    """
    answer = network.speak(peer, "GET", "alerts/watches", seconds=SECONDS, most=LARGEST).expect().json()
    said = answer.get("watches") if isinstance(answer, dict) else None
    if not isinstance(said, list):
        raise ValueError("no list of what it watches")
    now, told = timezone.now(), dict[str, Claimed]()
    for one in said[:MOST]:
        try:
            read = Claimed.model_validate(one)
        except ValidationError:
            continue
        if elsewhere.is_entitled(peer.name, read.area):
            told[read.area] = read
    with transaction.atomic():
        before = set(Claim.objects.filter(peer=peer).values_list("area_code", flat=True))
        Claim.objects.filter(peer=peer).exclude(area_code__in=list(told)).delete()
        rows = [
            Claim(peer=peer, area_code=one.area, post=one.post, on_duty=one.on_duty, at=now) for one in told.values()
        ]
        Claim.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["peer", "area_code"], update_fields=["post", "on_duty", "at"]
        )
        if before != told.keys():  # by the table: the copies of other processes may be younger than the one here
            elsewhere.claimed.invalidate()
        Line.objects.filter(pk=line.pk).update(asked_at=now)
