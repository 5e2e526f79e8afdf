"""Letters about an alert are taken in: each once, in their order; a late one changes nothing, a bad one stops no other.

Where an alert lives at two instances, each speaks for what is its own: the phone's for the person, the watching one for
who has it. A letter that is not the sender's to write is passed over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from kentongan.emergency import calling, handing, watching
from kentongan.emergency.abroad import opening, wire
from kentongan.emergency.commands import LONGEST_ETA, cancel
from kentongan.emergency.fleet import Answer
from kentongan.emergency.keeping import forget
from kentongan.emergency.models import Alert, Look, Media, Message
from kentongan.emergency.press import KINDS
from kentongan.emergency.states import ENDED, Actor, Result, State
from kentongan.emergency.stays import LIVE, Side, Stay, StayState
from kentongan.emergency.telling import step as standing
from kentongan.emergency.telling import write
from kentongan.emergency.trail import MEDIA_KINDS, MOST_KINDS, MOST_MEDIA, MOST_MESSAGES, MOST_SPOTS
from kentongan.emergency.writer import Happening, Who, append, no_alert
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal
from kentongan.network.models import Peer

MOST_LOOKS, MOST_CODES = 2_000, 50
MOST_ENTRIES = 1_000  # in the log of an alert: another adds none then but that it is closed, or given back
AHEAD = 86_400_000  # milliseconds: numbers follow the clock; one from beyond a day would silence all that come after it
LATE = timedelta(hours=1)  # after which a unit that was to be there is named no time
# What an entry is called that says where an alert stands now, where their name for it is not one of ours.
BY_STATE = {
    State.RECEIVED: "released", State.ACKNOWLEDGED: "acknowledged", State.ON_THE_WAY: "set_out", State.THERE: "arrived",
    State.CLOSED: "closed",
}  # fmt: skip
OURS = {"acknowledged", "taken_over", "released", "set_out", "arrived", "closed", "lapsed", "doubted", "report"}

_log = structlog.get_logger(__name__)


def take(peer: Peer, alert_id: UUID, letters: Sequence[Any]) -> dict[str, Any]:
    """What became of letters about one alert, as it is answered. Never raises for what they say."""
    try:
        with transaction.atomic():
            return {"alert": str(alert_id), "status": "taken", **_take(peer, alert_id, letters)}
    except Problem as problem:
        status = "later" if problem.status == 429 or problem.status >= 500 else "refused"
        return {"alert": str(alert_id), "status": status, "problem": problem.code}
    except (OperationalError, IntegrityError):
        return {"alert": str(alert_id), "status": "later", "problem": "busy"}  # twice at once: the next try finds it
    except Exception as fault:  # noqa: BLE001  one alert never fails the others
        _log.error("alert.letters_failed", peer=peer.name, error=type(fault).__name__)
        return {"alert": str(alert_id), "status": "later", "problem": "failed"}


def _take(peer: Peer, alert_id: UUID, letters: Sequence[Any]) -> dict[str, Any]:
    alert = Alert.objects.select_for_update(of=("self",)).filter(pk=alert_id).first()
    stay = Stay.objects.select_for_update().filter(alert=alert, peer=peer).first() if alert else None
    read, bad = _read(letters)
    first = read[0] if read else None
    opened = 0
    if stay is None:
        if not isinstance(first, wire.OpeningLetter):
            raise no_alert()
        stay = opening.open_alert(peer, alert_id, first)
        alert, opened = stay.alert, first.number
    assert alert is not None  # noqa: S101  a stay has one
    new = [one for one in read if one.number > max(stay.taken, opened)]
    bad += [one.number for one in new if not _applied(alert, stay, one)]
    stay.taken = max([stay.taken, opened, *(one.number for one in read), *bad])
    stay.heard_at = timezone.now()
    stay.save(update_fields=["taken", "heard_at", "state", "owner"])
    alert.refresh_from_db()
    return {"number": stay.taken, **({"bad": bad} if bad else {}), **(_duty(alert) if stay.side == Side.IN else {})}


def _duty(alert: Alert) -> dict[str, Any]:
    post, awake = watching.watcher(alert.area_code)
    return {
        "watched": awake, "post": post.title if post else "", "kept_days": max(1, post.kept_days) if post else None,
    }  # fmt: skip


def _read(letters: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """The letters in their order, and the numbers of those that cannot be read; without those of another time."""
    read, bad, most = [], [], int(time.time() * 1000) + AHEAD
    for one in letters:
        try:
            read.append(wire.LETTER.validate_python(one))
        except ValidationError:
            number = one.get("number") if isinstance(one, dict) else None
            if isinstance(number, int) and 0 < number <= most:
                bad.append(number)
    return sorted((one for one in read if one.number <= most), key=lambda one: one.number), bad


def _applied(alert: Alert, stay: Stay, letter: Any) -> bool:
    """Whether a letter was the sender's to write, and could be kept."""
    act = _ACTS[Side(stay.side)].get(letter.type)
    if act is None or (stay.state not in LIVE and letter.type not in _AFTERWARDS):
        return False
    try:
        with transaction.atomic():
            act(alert, stay, letter)
    except OperationalError:
        raise
    except (Problem, DatabaseError) as fault:
        if isinstance(letter, wire.OpeningLetter):
            raise  # who asks must know that nobody here has it
        _log.warning("alert.letter_refused", letter=letter.type, error=type(fault).__name__)
        alert.refresh_from_db()
        return False
    return True


# --- what the instance of the phone says to the one that watches ---


def _positions(alert: Alert, stay: Stay, letter: wire.PositionsLetter) -> None:
    if alert.positions.count() < MOST_SPOTS and alert.state not in ENDED:
        opening.keep_spots(alert, letter.spots)
    _heard(alert, next((one.battery for one in reversed(letter.spots) if one.battery is not None), None))


def _message(alert: Alert, stay: Stay, letter: wire.MessageLetter) -> None:
    if letter.actor == "caller" and stay.side == Side.OUT:
        raise no_alert()  # nobody else speaks for its person
    if alert.messages.count() >= MOST_MESSAGES and not alert.messages.filter(key=letter.key).exists():
        raise Problem("too_many", 429, _("This alert has too many messages. Call instead."))
    by = letter.by or stay.title if letter.actor == "operator" else ""
    kept = {"at": opening.when(letter.at), "actor": letter.actor, "by": by, "sealed": seal(letter.text)}
    Message.objects.get_or_create(alert=alert, key=letter.key, defaults=kept)
    if letter.actor == "caller":
        _heard(alert)


def _kind(alert: Alert, stay: Stay, letter: wire.KindLetter) -> None:
    if letter.kind not in KINDS or alert.entries.filter(kind="described").count() >= MOST_KINDS:
        return
    alert.kind, alert.heard_at = letter.kind, timezone.now()
    append(alert, Happening("described", Who(Actor.CALLER), data={"kind": letter.kind, "instance": stay.title}))


def _media(alert: Alert, stay: Stay, letter: wire.MediaLetter) -> None:
    if letter.content_type not in MEDIA_KINDS:
        raise Problem("bad_media", 422, _("Send a picture or a sound."))
    if alert.media.count() >= MOST_MEDIA or alert.media.filter(pk=letter.id).exists():
        return
    Media.objects.create(
        id=letter.id, alert=alert, at=opening.when(letter.at), content_type=letter.content_type,
        digest=letter.sha256, sealed=b"", missing=True,
    )  # fmt: skip
    _heard(alert)
    append(alert, Happening("media", Who(Actor.CALLER), data={"instance": stay.title}))


def _cancelled(alert: Alert, stay: Stay, letter: wire.CancelledLetter) -> None:
    cancel(alert, None, duress=letter.duress, with_code=letter.code)
    alert.refresh_from_db()


def _wrong_code(alert: Alert, stay: Stay, letter: wire.PlainLetter) -> None:
    if alert.entries.filter(kind="wrong_code").count() < MOST_CODES:
        append(alert, Happening("wrong_code", Who(Actor.CALLER), data={"instance": stay.title}))


def _their_step(alert: Alert, stay: Stay, letter: wire.StepLetter) -> None:
    """An operator at the phone's own instance took a step, as nobody here had it or nothing was heard of us."""
    if alert.owner_id is not None:
        write(stay, "step", standing(alert))  # who watches decides who has it
        return
    if alert.state in ENDED and not (alert.duress and alert.state == State.CANCELLED):
        return
    had, alert.owner_away = alert.owner_away, letter.owner
    if had and not letter.owner and letter.state != "closed":
        calling.put_back(alert, "given_back")
        return
    if letter.owner or letter.state == "closed":
        _mirror(alert, stay, letter)


def _withdrawn(alert: Alert, stay: Stay, letter: wire.WithdrawnLetter) -> None:
    stay.state = StayState.OVER
    if alert.state in ENDED and not calling.goes_on(alert):
        return
    alert.result = Result.HANDED_ON
    append(
        alert,
        Happening("closed", Who(Actor.SYSTEM), state=State.CLOSED, data={"to": letter.to, "instance": stay.title}),
    )


def _nameless(alert: Alert, stay: Stay, letter: wire.PlainLetter) -> None:
    alert.caller = ""  # also of what the letters after it store
    Alert.objects.filter(pk=alert.pk).update(caller="")


def _forget(alert: Alert, stay: Stay, letter: wire.PlainLetter) -> None:
    if not calling.goes_on(alert) and alert.forgotten_at is None:
        forget(alert)
        stay.state = StayState.OVER


# --- what the instance that watches says to that of the phone ---


def _watcher_step(alert: Alert, stay: Stay, letter: wire.StepLetter) -> None:
    stay.owner = letter.owner
    if stay.state == StayState.LEAVING and (letter.state != "closed" or letter.result == Result.HANDED_ON):
        return  # the next is asked already; until an operator there has it, `stay.owner` is told all the same
    if not _goes_on_there(alert, letter):
        return
    if letter.owner and alert.owner_id is not None:
        alert.owner = alert.owner_watch = None  # theirs from now on
    alert.owner_away = letter.owner
    _mirror(alert, stay, letter)
    if alert.state == State.CLOSED:
        for other in alert.stays.filter(side=Side.OUT, state__in=LIVE).exclude(pk=stay.pk):
            handing.withdraw(other, stay.title)


def _goes_on_there(alert: Alert, letter: wire.StepLetter) -> bool:
    """Whether a step there moves what has ended here: letters cross. What its person cancelled freely goes on only
    where an operator doubts that, what was closed only where somebody has it: nothing is open with nobody."""
    if alert.state == State.CLOSED:
        return letter.state == "closed" or bool(letter.owner)
    if alert.state == State.CANCELLED and not alert.duress:
        return letter.state == "closed" or (letter.step == "doubted" and bool(letter.owner))
    return True


def _look(alert: Alert, stay: Stay, letter: wire.LookLetter) -> None:
    key = f"{stay.pk}/{letter.id}"
    if alert.looks.count() >= MOST_LOOKS and not alert.looks.filter(key=key).exists():
        raise Problem("too_many", 429, _("Too many looks."))
    at, until = opening.when(letter.at), opening.when(letter.until)
    times = {"at": at, "until": max(at, until)}
    Look.objects.update_or_create(alert=alert, key=key, defaults={**times, "by": letter.by or stay.title})


def _mirror(alert: Alert, stay: Stay, letter: wire.StepLetter) -> None:
    """Writes how it stands at the other side, as their act. Only its person cancels, and what looks cancelled under
    duress looks so until it is closed; units of ours that come still come."""
    state = State(letter.state)
    is_forced = alert.duress and alert.state == State.CANCELLED and state != State.CLOSED
    is_helped = alert.sendings.filter(ended_at=None, answer=Answer.TAKES).exists()
    if not is_helped:
        alert.unit, alert.eta_at = letter.unit, _soon(letter.eta_at)
    if state == State.CANCELLED or is_forced or (is_helped and state != State.CLOSED):
        state = State(alert.state)
    elif state == State.ACKNOWLEDGED and not letter.owner:
        state = State.RECEIVED
    if letter.result in set(Result):
        alert.result = letter.result
    if alert.seq >= MOST_ENTRIES and not (state == State.CLOSED != alert.state or _is_given_back(alert, letter)):
        raise Problem("too_many", 429, _("This alert has too many steps."))
    kind = letter.step if letter.step in OURS else BY_STATE.get(state, "acknowledged")
    kind = "acknowledged" if is_forced and kind == "doubted" else kind
    if letter.owner:
        alert.calls.all().delete()
    by = letter.by or letter.owner or stay.title
    append(alert, Happening(kind, Who(Actor.OPERATOR), state=state, data={"by": by, "instance": stay.title}))


def _is_given_back(alert: Alert, letter: wire.StepLetter) -> bool:
    """Whether somebody had it until this letter, and nobody has now: its phone must not show them any longer."""
    return not letter.owner and Alert.objects.filter(pk=alert.pk).exclude(owner_away="").exists()


def _soon(eta: datetime | None) -> datetime | None:
    """A time that somebody may wait for."""
    now = timezone.now()
    return eta if eta is not None and now - LATE < eta < now + timedelta(minutes=LONGEST_ETA) else None


def _heard(alert: Alert, battery: int | None = None) -> None:
    alert.heard_at = timezone.now()
    alert.battery = battery if battery is not None else alert.battery
    alert.save(update_fields=["heard_at", "battery"])


_AFTERWARDS = {"alert", "look", "forget", "nameless"}
_Act = Callable[[Alert, Stay, Any], None]
_ACTS: dict[Side, dict[str, _Act]] = {
    Side.IN: {
        "alert": opening.open_again, "positions": _positions, "message": _message, "kind": _kind, "media": _media,
        "cancelled": _cancelled, "wrong_code": _wrong_code, "step": _their_step, "withdrawn": _withdrawn,
        "nameless": _nameless, "forget": _forget,
    },
    Side.OUT: {"step": _watcher_step, "message": _message, "look": _look},
}  # fmt: skip
