"""What the other side of an alert has to be told: written in the transaction of what it tells, sent by its own lane.

Whoever changes an alert calls this, and nobody waits for it. An alert that no other instance knows of costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from kentongan.emergency.models import Alert, Entry, Look, Media, Message
from kentongan.emergency.states import Actor
from kentongan.emergency.stays import LIVE, Letter, Side, Stay
from kentongan.foundation.sealing import seal

STEPS = {"acknowledged", "taken_over", "released", "set_out", "arrived", "closed", "lapsed", "doubted", "report"}
# Who comes, and until when, has changed: the other side reads how it stands.
OF_UNITS = {"unit_takes", "unit_there", "unit_turned", "unit_recalled", "unit_done", "unit_silent", "unit_heard"}
OF_ITS_PERSON = {"cancelled", "duress", "wrong_code", "described"}


def tell(alert: Alert, kind: str, said: dict[str, Any], side: Side | None = None, states: Iterable[str] = LIVE) -> None:
    """Writes a letter to each instance that has the alert too, in the caller's transaction."""
    if not alert.shared:
        return
    stays = alert.stays.select_for_update().filter(state__in=list(states)).exclude(peer=None).order_by("pk")
    for stay in stays.filter(side=side) if side else stays:
        write(stay, kind, said)


def write(stay: Stay, kind: str, said: dict[str, Any]) -> None:
    """One letter to one instance. Numbers follow the clock, so that they rise after a restored backup too."""
    stay.sent = max(stay.sent + 1, int(time.time() * 1000))
    Stay.objects.filter(pk=stay.pk).update(sent=stay.sent)
    Letter.objects.create(stay=stay, number=stay.sent, kind=kind, sealed=seal(said))


def tell_entry(alert: Alert, entry: Entry) -> None:
    """A step of an alert. What was mirrored from the other side is not told back."""
    if not alert.shared or "instance" in entry.data:
        return
    if entry.kind in OF_ITS_PERSON:
        if entry.actor == Actor.CALLER:
            tell(alert, *_of_its_person(alert, entry), side=Side.OUT)
    elif entry.kind in STEPS or entry.kind in OF_UNITS or entry.state_to:
        tell(alert, "step", step(alert, entry))


def step(alert: Alert, entry: Entry | None = None) -> dict[str, Any]:
    """How an alert stands now, after a step of ours."""
    named = entry.kind if entry and entry.kind not in OF_UNITS else "stands"
    return {
        "step": named, "state": str(alert.state), "owner": alert.own_name[:200],
        "by": _by(entry), "unit": alert.unit, "eta_at": alert.eta_at.isoformat() if alert.eta_at else None,
        "result": alert.result, "at": (entry.at if entry else alert.updated_at).isoformat(),
    }  # fmt: skip


def spot_said(spot: dict[str, Any], at: Any, number: int | None) -> dict[str, Any]:
    """A place of the phone."""
    told = {name: spot.get(name) for name in ("lon", "lat", "accuracy", "battery")}
    return {**told, "at": at.isoformat(), "n": number}


def message_said(message: Message, text: str) -> dict[str, Any]:
    """Words."""
    by = message.by or (message.person.name if message.person and message.actor != Actor.CALLER else "")
    return {"key": str(message.key), "text": text, "at": message.at.isoformat(), "actor": message.actor, "by": by}


def tell_media(alert: Alert, media: Media) -> None:
    """A picture or sound: the other side fetches it."""
    tell(alert, "media", media_said(media), side=Side.OUT)


def media_said(media: Media) -> dict[str, Any]:
    """The same as data."""
    return {"id": str(media.pk), "content_type": media.content_type, "at": media.at.isoformat()}


def tell_look(alert: Alert, look: Look) -> None:
    """Somebody here looked at an alert of another instance: its person reads it there."""
    post, name = look.watch.title if look.watch else "", look.person.name if look.person else ""
    said = {
        "id": str(look.pk), "by": f"{name} ({post})" if name and post else name or post, "at": look.at.isoformat(),
        "until": look.until.isoformat(),
    }  # fmt: skip
    tell(alert, "look", said, side=Side.IN)


def _of_its_person(alert: Alert, entry: Entry) -> tuple[str, dict[str, Any]]:
    if entry.kind == "described":
        return "kind", {"kind": alert.kind}
    if entry.kind == "wrong_code":
        return "wrong_code", {}
    return "cancelled", {"duress": entry.kind == "duress", "code": bool(entry.data.get("code"))}


def _by(entry: Entry | None) -> str:
    if entry is None or entry.actor == Actor.SYSTEM or entry.person is None:
        return ""
    return entry.person.name[:200]


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def tell_nameless(instance: Any, **_signal: Any) -> None:
    """Who deletes their account loses their name at the other end too."""
    for alert in Alert.objects.filter(person=instance, shared=True, forgotten_at=None):
        tell(alert, "nameless", {}, side=Side.OUT)
