"""A first message becomes an alert: committed before anything is said, once for each id, told only to its sender."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan.emergency import calling, elsewhere, handing, posts, watching
from kentongan.emergency.models import Alert, Position
from kentongan.emergency.neighbours import call_neighbours
from kentongan.emergency.press import Press, find_area
from kentongan.emergency.states import ENDED, Actor, State
from kentongan.emergency.writer import SYSTEM, Happening, Who, append, changing, opening, settle, store
from kentongan.foundation import again, prepared
from kentongan.foundation.config import config
from kentongan.foundation.inserting import insert_new, made, moment
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal
from kentongan.people.models import Person
from kentongan.places import Spot

CLAIM = re.compile(r"[A-Za-z0-9_-]{22,64}")  # what a phone may make itself: at least 128 bits
HINT = 12  # letters of the digest of a claim, by which an SMS shows whose it is (48 bits, tried only against one alert)
TRIES = 5  # each reads anew what may have been deleted since a moment
MANY = 10  # alerts of one sender in an hour, beyond which the next ones are marked
HOUR = timedelta(hours=1)
# However many there are, so many are looked at.
_LATELY = f"SELECT 1 FROM emergency_alert WHERE sender = %s AND created_at >= %s LIMIT {MANY}"  # noqa: S608

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Received:
    """The alert, whether it is new, and the token by which its phone comes back. `watched`: whether anybody is on duty
    for a new one, as its transaction found it; None where that has to be asked."""

    alert: Alert
    created: bool
    token: str
    watched: bool | None = None


def receive(press: Press, person: Person | None, address: str, claim: str = "") -> Received:
    """Keeps an alert and calls whoever watches its place; the same again gives the same, and changes nothing.

    `claim`: a token that the phone made itself (22 to 64 letters and digits), else one is made here. However many come
    from one sender (`person` or network `address`), each is kept: from the eleventh in an hour on they are marked.
    Raises Problem `other_alert` (409) where the id is somebody else's alert: the phone takes a new one; and
    `changed_meanwhile` (503) where what it belongs to was deleted each time between look and write.
    """
    claim, sender = claim if CLAIM.fullmatch(claim) else "", sender_of(person, address)
    last: Exception | None = None
    for _try in range(TRIES):
        if known := prepared.objects(Alert, "WHERE id = %s", [press.alert_id.hex]):
            return _again(known[0], press, person, claim, sender)
        try:
            with transaction.atomic():
                token = claim or _made_token(press.alert_id)
                alert, watched = _keep(press, person, sender, digest(token))
            return Received(alert, True, token, watched)
        except again.FAULTS as fault:
            if not isinstance(fault, IntegrityError) and not again.is_changed(fault):
                raise
            # The same message came twice at the same moment: the other one is kept. Or a post, an operator, a neighbour
            # or the account itself is gone since a moment: all are read anew, and the alert is kept without it.
            last = fault
            posts.posts.forget()
            person = person and Person.objects.filter(pk=person.pk).first()
    # Each time: that is no chance, and whoever runs this has to hear of it.
    _log.error("alert.not_kept", error=type(last).__name__, sqlstate=getattr(last and last.__cause__, "sqlstate", ""))
    raise again.changed_meanwhile() from last


def sender_of(person: Person | None, address: str) -> str:
    """A keyed hash by which alerts of one account, or of one address without any, are counted."""
    return _keyed("kentongan.alert.sender", f"person/{person.pk}" if person else f"address/{address}")


def digest(token: str) -> str:
    """How a claim token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def holds(alert: Alert, token: str) -> bool:
    """Whether `token` is that of the alert's phone."""
    return bool(token) and constant_time_compare(alert.claim_digest, digest(token))


def keep_spot(alert: Alert, spot: Spot) -> None:
    """Stores one place of the phone, sealed."""
    now = timezone.now()
    at = now - spot.age_as_time
    insert_new([
        made(Position, alert_id=alert.pk, number=spot.number, at=at, received_at=now, sealed=seal(spot.as_kept()))
    ])  # fmt: skip


def keep(press: Press, person: Person | None, sender: str, claim_digest: str, caller: str = "") -> Alert:
    """Stores a new alert with its first entry and calls whoever watches; in the caller's transaction.

    Raises IntegrityError where the id is taken.
    """
    return _keep(press, person, sender, claim_digest, caller)[0]


def _keep(
    press: Press, person: Person | None, sender: str, claim_digest: str, caller: str = ""
) -> tuple[Alert, bool | None]:
    """The same, and whether anybody is on duty for it: None where others than the posts of its area are asked too."""
    now, remarks = timezone.now(), list(dict.fromkeys(press.remarks))
    if len(prepared.rows(_LATELY, [sender, moment(now - HOUR)])) >= MANY:
        remarks.append("many")
    near = watching.covering(press.area)
    there = watching.turns(near)
    alert = made(
        Alert, id=press.alert_id, created_at=now, heard_at=now, called_from=now, claim_digest=claim_digest,
        proof=_proof(press), sender=sender, kind=press.kind, silent=press.silent, battery=press.spot.battery,
        area_code=press.area, remarks=remarks, exercise=config().mode == "demo", caller=caller,
    )  # fmt: skip
    alert.person, alert.watch = person, watching.first_awake(near, there)
    with opening(alert):
        append(alert, Happening("received", Who(Actor.CALLER, person), state=State.RECEIVED))
        if press.spot.is_known:
            keep_spot(alert, press.spot)
        # Operators may be left aside for seconds, never the alert.
        wait = call_neighbours(alert)
        if _given(alert):
            return alert, None
        alert.called_from = now + wait
        store(alert, "called_from")
        calling.call(alert, now, there)
    is_asked_elsewhere = alert.called_home or elsewhere.is_claimed(alert.area_code)
    return alert, None if is_asked_elsewhere else bool(there)


def _given(alert: Alert) -> bool:
    """Whether it went to the instance that watches the place. Whatever is wrong there, it is kept, and ours."""
    if not elsewhere.is_claimed(alert.area_code):
        return False
    settle(alert)
    try:
        with transaction.atomic():
            return handing.give(alert)
    except (InterfaceError, OperationalError):
        raise
    except Exception as fault:  # noqa: BLE001  an alert is never lost for another instance
        _log.error("alert.not_given", error=type(fault).__name__)
        alert.refresh_from_db()
        return False


def locate_late(alert_id: UUID, spot: Spot) -> None:
    """The first place of an alert that came without one, or with a guess: now those who watch there are called."""
    remarks: list[str] = []
    area = find_area(spot, remarks)
    with changing(alert_id) as alert:
        if (alert.area_code and "home_area" not in alert.remarks) or alert.state in ENDED or not area:
            return
        alert.remarks = [one for one in alert.remarks if one not in ("home_area", "no_place")]
        if handing.leave_guessed(alert, area):
            alert.area_code = area
            append(alert, Happening("located", SYSTEM))
            return
        alert.area_code, alert.called_home = area, not watching.covering(area)
        # Who has it by a guess of the place cannot go on with what lies elsewhere.
        had, alert.owner = alert.owner, None
        is_elsewhere = had is not None and watching.post_for(had, alert) is None
        if had is not None and not is_elsewhere:
            alert.owner = had
        else:
            alert.owner_watch = None
            alert.watch, _awake = watching.watcher(area)
            alert.steps, alert.called_from = 0, timezone.now()
        append(alert, Happening("located", SYSTEM, state=None if had else handing.nobody_has(alert)))
        if _given(alert):
            return
        if is_elsewhere:
            calling.put_back(alert, "elsewhere")
        elif alert.owner is None:
            calling.call(alert)


def _again(alert: Alert, press: Press, person: Person | None, claim: str, sender: str) -> Received:
    """The answer once more, to who sent the alert: known by its claim, its account, or by saying the same again from
    the same address. The id alone is in mails and webhooks, and an alert without a place says nothing else."""
    if holds(alert, claim) or _adopts(alert, press, person, claim):
        return Received(alert, False, claim)
    made = _made_token(alert.pk)
    same = not claim and constant_time_compare(alert.proof, _proof(press)) and holds(alert, made)
    if same and constant_time_compare(alert.sender, sender):
        return Received(alert, False, made)
    if person is not None and alert.person_id == person.pk:
        return Received(alert, False, "")
    raise Problem(
        "other_alert", 409, _("This id belongs to another alert. Make a new id and send the alert again."),
        field="alert_id",
    )  # fmt: skip


def _adopts(alert: Alert, press: Press, person: Person | None, claim: str) -> bool:
    """An alert that came as SMS first: its phone, known by the beginning of its claim's digest, has a network now."""
    hint = alert.claim_digest
    if not claim or len(hint) != HINT or not constant_time_compare(digest(claim)[:HINT], hint):
        return False
    with changing(alert.pk) as held:
        held.claim_digest, held.proof, held.heard_at = digest(claim), _proof(press), timezone.now()
        held.person, held.silent = held.person or person, press.silent
        held.battery = press.spot.battery
        append(held, Happening("received", Who(Actor.CALLER, person)))
        if press.spot.is_known:
            keep_spot(held, press.spot)
    if press.spot.is_known and not alert.area_code:
        locate_late(alert.pk, press.spot)
    alert.refresh_from_db()
    return True


def _made_token(alert_id: UUID) -> str:
    return _keyed("kentongan.alert.claim", str(alert_id))


def _proof(press: Press) -> str:
    """Where it was said to be: an id alone, which operators see, is no proof."""
    spot = press.spot
    return _keyed("kentongan.alert.proof", f"{press.alert_id}/{spot.lon}/{spot.lat}/{spot.accuracy}")


def _keyed(salt: str, value: Any) -> str:
    return salted_hmac(salt, value, algorithm="sha256").hexdigest()
