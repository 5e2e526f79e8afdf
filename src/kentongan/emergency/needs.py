"""What a neighbour who was called is shown of an alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

from kentongan import community
from kentongan.emergency import trail
from kentongan.emergency.board import KIND_WORDS
from kentongan.emergency.models import Alert
from kentongan.emergency.states import ENDED
from kentongan.emergency.writer import no_alert
from kentongan.people.models import Person


@dataclass(frozen=True)
class Need:
    """An alert as neighbours see it: as much as they need to come, and what its person sees of its end.

    Place in degrees, `accuracy` in metres, `at` when the phone was there; none once it is over.
    """

    alert: UUID
    name: str
    kind: Promise
    since: datetime
    over: bool
    exercise: bool
    own: bool
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    at: datetime | None = None


def need(person: Person, alert_id: UUID) -> Need:
    """What a neighbour who was called may see now; that they look at the place is noted, and its person reads it.

    Raises Problem `no_alert` (404) for who was not called.
    """
    found = Alert.objects.select_related("person").filter(pk=alert_id).first()
    if found is None or found.silent or not community.is_called(person, alert_id):
        raise no_alert()
    over = found.state in ENDED
    told = Need(
        alert=found.pk, name=found.person.name if found.person else "", kind=KIND_WORDS[found.kind],
        since=found.created_at, over=over, exercise=found.exercise, own=found.person_id == person.pk,
    )  # fmt: skip
    last = trail.positions(found, 1)
    if over or not last:
        return told
    if found.person_id != person.pk:
        trail.note_look(found, person, None)
    spot = last[0]
    return Need(
        **{**vars(told), "lon": spot["lon"], "lat": spot["lat"], "accuracy": spot["accuracy"], "at": spot["at"]}
    )
