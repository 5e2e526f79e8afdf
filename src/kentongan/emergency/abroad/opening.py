"""An alert comes from another instance: taken where we watch its place, and nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan.emergency import calling, watching
from kentongan.emergency.abroad.wire import OpeningLetter, SpotShape
from kentongan.emergency.models import Alert, Message, Position, Watch
from kentongan.emergency.press import KINDS, find_area
from kentongan.emergency.states import Actor, State
from kentongan.emergency.stays import Side, Stay, StayState
from kentongan.emergency.telling import step, write
from kentongan.emergency.writer import Happening, Who, append
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal
from kentongan.network.models import Peer
from kentongan.places import Spot

SOON = timedelta(minutes=10)
MANY = 30  # alerts of one instance in ten minutes, beyond which the next ones are marked
MOST = 300  # beyond which they are not taken: their own operators see them
MOST_AGAIN = 50  # times that one alert that ended is opened again
OLDEST = timedelta(days=2)  # that a time of theirs may lie back


def open_alert(peer: Peer, alert_id: UUID, letter: OpeningLetter) -> Stay:
    """Keeps an alert of another instance, calls who watches, and returns its stay, in the caller's transaction.

    Raises Problem `other_alert` (409) for an id that is another's, `not_watched` (422), `too_many` (429).
    """
    if Alert.objects.filter(pk=alert_id).exists():
        raise Problem("other_alert", 409, _("This id belongs to another alert."))
    area, post = _ours(letter)
    now, remarks = timezone.now(), list(dict.fromkeys(letter.remarks))
    young = Stay.objects.filter(peer=peer, side=Side.IN, since__gte=now - SOON).count()
    if young >= MOST:
        raise Problem("too_many", 429, _("Too many alerts from this instance in a short time."))
    if young >= MANY:
        remarks += [one for one in ("many", "many_there") if one not in remarks]
    alert = Alert(
        id=alert_id, created_at=when(letter.at), heard_at=now, called_from=now,
        sender=salted_hmac("kentongan.alert.sender", f"{peer.pk}/{letter.sender}", algorithm="sha256").hexdigest(),
        kind=letter.kind if letter.kind in KINDS else "", silent=letter.silent, battery=letter.battery,
        exercise=letter.exercise or config().mode == "demo", area_code=area, remarks=remarks, watch=post, shared=True,
        caller=_caller(letter),
    )  # fmt: skip
    append(alert, Happening("received", Who(Actor.CALLER), state=State.RECEIVED, data={"instance": peer.called}))
    stay = Stay.objects.create(alert=alert, peer=peer, title=peer.called[:160], side=Side.IN, state=StayState.HELD)
    _keep_content(alert, letter)
    calling.call(alert, now)
    return stay


def open_again(alert: Alert, stay: Stay, letter: OpeningLetter) -> None:
    """The phone came back to our area, or what we were told before was lost there."""
    area, post = _ours(letter)
    _keep_content(alert, letter)
    was_over = stay.state == StayState.OVER
    stay.state = StayState.HELD
    if not was_over and calling.goes_on(alert):
        if alert.owner is not None:
            write(stay, "step", step(alert))  # they have forgotten who
        return
    if alert.entries.filter(kind="asked_again").count() >= MOST_AGAIN:
        raise Problem("too_many", 429, _("Too many alerts from this instance in a short time."))
    alert.forgotten_at, alert.caller = None, _caller(letter)
    alert.area_code, alert.watch, alert.owner, alert.owner_watch, alert.owner_away = area, post, None, None, ""
    alert.steps, alert.called_from, alert.result = 0, timezone.now(), ""
    append(alert, Happening("asked_again", Who(Actor.SYSTEM), state=State.RECEIVED, data={"instance": stay.title}))
    calling.call(alert)


def keep_spots(alert: Alert, spots: list[SpotShape]) -> None:
    """Places of the phone, each once."""
    now = timezone.now()
    rows = [
        Position(
            alert=alert, number=one.n, at=when(one.at), received_at=now,
            sealed=seal(Spot(one.lon, one.lat, one.accuracy, battery=one.battery).as_kept()),
        )
        for one in spots
    ]  # fmt: skip
    Position.objects.bulk_create(rows, ignore_conflicts=True)


def when(at: datetime) -> datetime:
    """A time of theirs, by whatever clock, as it is kept: none to come, none long ago."""
    now = timezone.now()
    return min(now, max(at, now - OLDEST))


def _caller(letter: OpeningLetter) -> str:
    return seal({"name": letter.name, "phone": letter.phone})


def _keep_content(alert: Alert, letter: OpeningLetter) -> None:
    keep_spots(alert, letter.spots)
    for one in letter.messages:
        kept = {"at": when(one.at), "actor": one.actor, "by": one.by, "sealed": seal(one.text)}
        Message.objects.get_or_create(alert=alert, key=one.key, defaults=kept)


def _ours(letter: OpeningLetter) -> tuple[str, Watch]:
    """The area by our own map, and our post there. Their word for it counts only where our map does not answer."""
    remarks: list[str] = []
    last = letter.spots[-1] if letter.spots else None
    area = find_area(Spot(last.lon, last.lat), remarks) if last else letter.area
    area = letter.area if "no_map" in remarks else area
    post, _awake = watching.watcher(area) if area else (None, False)
    # Who has it may be a post of the whole country, where nobody nearer is on duty; that alone watches for nobody else.
    if post is None or not any(one.area_code for one in watching.covering(area)):
        raise Problem("not_watched", 422, _("Nobody here watches this place."))
    return area, post
