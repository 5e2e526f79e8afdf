"""An alert is given to the instance that watches its place, goes with its phone from one to the next, and comes back.

All of it is written here in the transaction of what the phone sent; nobody outside is waited for. The instance of the
phone decides where it goes; whoever watched before keeps it until the next has it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from kentongan.emergency import calling, elsewhere, watching
from kentongan.emergency.models import Alert
from kentongan.emergency.press import find_area
from kentongan.emergency.states import ENDED, State
from kentongan.emergency.stays import Side, Stay, StayState
from kentongan.emergency.telling import media_said, message_said, spot_said, write
from kentongan.emergency.writer import SYSTEM, Happening, append, changing, store
from kentongan.foundation.nearness import is_near
from kentongan.foundation.sealing import unseal
from kentongan.places import Spot

PATIENCE = 10  # seconds another instance has to say that it keeps an alert, where no post of ours says otherwise
ROUGH = 2_000.0  # metres: a place no better than that moves nothing
REST = timedelta(seconds=60)  # after an alert was given, until it may go to the next: people live on borders
MOST_SPOTS = 100  # that are told with the alert


def give(alert: Alert) -> bool:
    """Gives a locked alert to the instance that watches its area; False where that is us, or nobody."""
    there = _next(alert.area_code) if not _is_theirs(alert) else None
    if there is None:
        return False
    _ask(alert, there)
    return True


def follow(alert: Alert, spot: Spot) -> None:
    """The phone is somewhere else now: where another instance watches, it is asked, and where we do, we are called."""
    if not (alert.shared or elsewhere.claimed.get()) or (spot.accuracy or 0) > ROUGH:
        return
    area = find_area(spot, [])
    if not area or area == alert.area_code:
        return
    with changing(alert.pk) as held:
        if held.state in ENDED or _is_theirs(held):
            return
        _move(held, area)


def away(alert: Alert) -> Stay | None:
    """Where a given alert is now."""
    if not alert.shared:
        return None
    asked = alert.stays.filter(side=Side.OUT, state__in=(StayState.ASKING, StayState.HELD, StayState.REFUSED))
    return asked.select_related("peer").order_by("-since").first()


def leave_guessed(alert: Alert, area: str) -> bool:
    """Its first place is known now, after a guess by which it went to another instance: it leaves that one, unless it
    is the right one. Whether it stays there."""
    now, there = away(alert), _next(area)
    if now is None:
        return False
    if there is not None and there.peer.pk == now.peer_id:
        return True
    Stay.objects.filter(pk=now.pk).update(state=StayState.LEAVING)
    alert.away = alert.owner_away = ""
    return False


def withdraw(stay: Stay, to: str) -> None:
    """Whoever watched before is told that the alert has gone on."""
    write(stay, "withdrawn", {"to": to})
    Stay.objects.filter(pk=stay.pk).update(state=StayState.OVER)


def _next(area: str) -> elsewhere.Watcher | None:
    there = elsewhere.find(area) if area else None
    return None if there is None or watching.is_ours(area, there) else there


def _is_theirs(alert: Alert) -> bool:
    """Whether its phone is another instance's: they decide where it goes."""
    return alert.shared and alert.stays.filter(side=Side.IN).exists()


def _move(alert: Alert, area: str) -> None:
    there, now = _next(area), away(alert)
    if there is None and now is None:
        return  # it is ours, and stays with the post that has it
    if there is not None and now is not None and there.peer.pk == now.peer_id:
        Alert.objects.filter(pk=alert.pk).update(area_code=area)
        return
    if now is not None and is_near(now.since, timezone.now(), REST):
        return
    if there is None and not watching.covering(area):
        return  # nobody watches there: who has it keeps it
    if now is not None:
        Stay.objects.filter(pk=now.pk).update(state=StayState.LEAVING)
    alert.area_code, alert.owner_away = area, ""
    if there is not None:
        _ask(alert, there)
    else:
        _come_back(alert)


def _ask(alert: Alert, there: elsewhere.Watcher) -> None:
    now = timezone.now()
    stay, made = Stay.objects.get_or_create(
        alert=alert, peer=there.peer, defaults={"title": there.title, "side": Side.OUT, "since": now}
    )
    if not made:
        stay.state, stay.since, stay.failing_since, stay.problem, stay.owner = StayState.ASKING, now, None, "", ""
        stay.heard_at = now
        stay.save()
    alert.shared, alert.away, alert.called_home = True, there.title, False
    patience = [one.abroad_seconds for one in watching.covering(alert.area_code) or watching.home()]
    alert.steps, alert.called_from = 0, now + timedelta(seconds=min(patience, default=PATIENCE))
    write(stay, "alert", _opening(alert))  # before what the next entry says: without it they know of no such alert
    append(alert, Happening("asked", SYSTEM, state=nobody_has(alert), data={"to": there.title}))
    alert.step_at = alert.called_from if alert.owner_id is None else None
    store(alert, "step_at")
    for one in alert.media.order_by("at").defer("sealed"):
        write(stay, "media", media_said(one))


def _come_back(alert: Alert) -> None:
    alert.away, alert.called_home = "", False
    alert.watch, _awake = watching.watcher(alert.area_code)
    alert.steps, alert.called_from = 0, timezone.now()
    append(alert, Happening("came_back", SYSTEM, state=nobody_has(alert)))
    if alert.owner_id is None:
        calling.call(alert)


def nobody_has(alert: Alert) -> State:
    """The state where who had it has it no more: help that is on its way stays so."""
    is_had = alert.owner_id is not None
    return State.RECEIVED if alert.state == State.ACKNOWLEDGED and not is_had else State(alert.state)


def _opening(alert: Alert) -> dict[str, Any]:
    """All that is known of it so far: see docs/reference/alerts-between-instances.md."""
    spots = list(alert.positions.order_by("-at", "-id")[:MOST_SPOTS])
    words = alert.messages.order_by("at", "id").select_related("person")
    told = unseal(alert.caller) or {}
    name = told.get("name") or (alert.person.name if alert.person else "")
    return {
        "kind": alert.kind, "silent": alert.silent, "exercise": alert.exercise, "battery": alert.battery,
        "at": alert.created_at.isoformat(), "remarks": [one for one in alert.remarks if one != "many_there"],
        "area": alert.area_code, "name": name[:160], "phone": str(told.get("phone", ""))[:40],
        "sender": salted_hmac("kentongan.alert.abroad", alert.sender, algorithm="sha256").hexdigest()[:32],
        "spots": [spot_said(unseal(one.sealed) or {}, one.at, one.number) for one in reversed(spots)],
        "messages": [message_said(one, unseal(one.sealed) or "") for one in words],
    }  # fmt: skip
