"""A post that watches Jakarta, its operators, and a phone that presses."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from kentongan import emergency
from kentongan.bodies.models import Membership
from kentongan.emergency.models import Alert, Duty, Watch
from kentongan.people.models import Person
from tests.world import STREET, person

BODY, AREA = "31", "31"


def post(area: str = AREA, body: str = BODY, title: str = "Posko Menteng") -> Watch:
    """A post."""
    return Watch.objects.create(body_id=body, title=title, area_code=area)


def operator(email: str = "budi@contoh.id", name: str = "Budi", body: str = BODY, role: str = "officer") -> Person:
    """Somebody on the staff of the post's body."""
    made = person(email, name=name)
    Membership.objects.create(person=made, body_id=body, role=role)
    return made


def on_duty(who: Person, where: Watch) -> Person:
    """Goes on duty now."""
    emergency.begin_duty(who, where.pk)
    return who


def silence(who: Person, seconds: int = 120) -> None:
    """The console of somebody was heard last so long ago."""
    Duty.objects.filter(person=who).update(beat_at=timezone.now() - timedelta(seconds=seconds))


def first(**given: Any) -> dict[str, Any]:
    """A first message as a phone sends it."""
    said = {"alert_id": str(uuid4()), "lon": STREET[0], "lat": STREET[1], "accuracy": 12, "age": 2, "battery": 80}
    return {**said, **given}


def press(sender: Person | None = None, claim: str = "", address: str = "10.0.0.1", **given: Any) -> Any:
    """What `emergency.receive` says to a first message."""
    return emergency.receive(emergency.read_press(first(**given), sender), sender, address, claim)


def send(path: str, said: Any, claim: str = "", client: Client | None = None) -> Any:
    """A call of the API."""
    headers = {"Kentongan-Claim": claim} if claim else {}
    body = json.dumps(said)
    return (client or Client()).post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def kept(alert_id: UUID | str) -> Alert:
    """The alert as it is stored."""
    return Alert.objects.get(pk=alert_id)
