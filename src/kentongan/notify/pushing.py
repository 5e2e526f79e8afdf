"""What phones are told: written once, handed to their push services by the worker, and forgotten.

A push service is a stranger's machine that a browser named: it is called by the one door for that, with a short
deadline. One that does not answer rests; one that is slow, or was not heard of before, shares two turns with its like,
so that they hold up none of the others. What a service says is gone (404, 410) is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock, get_ident

import orjson
import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from kentongan.foundation import addresses, outgoing, sweeping
from kentongan.foundation.config import config
from kentongan.notify import phones, sealing_push
from kentongan.notify.models import Phone, Push

SECONDS, ANSWER = 5.0, 65_536  # of one call, and the bytes of its answer
LEASE = timedelta(minutes=2)  # longer than a whole batch of calls may take
REST = 30.0  # seconds in which a service that did not answer is left alone
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
SLOW = 1.0  # seconds after which an answer is slow
STRANGE = 2  # calls at once to services that are slow, or whose pace nobody knows yet
MOST_GOOD = 200  # services whose pace is kept
TOLD = timedelta(minutes=1)  # in which it is not written anew that a phone was told
MOST_FAULTS = 10  # refusals in a row after which a phone is let go
KEPT = timedelta(days=3)  # beyond the time in which an event can come again
TITLE, BODY = 120, 400  # characters that are shown

_log = structlog.get_logger(__name__)
_resting: dict[str, float] = {}
_good: set[str] = set()  # services whose last answer came quickly
_strange: set[str] = set()  # those under way that are not among them
_tokens: dict[tuple[str, str], tuple[float, str]] = {}
_guard = Lock()


@dataclass(frozen=True)
class Note:
    """What a phone shows. `path` is the page that a touch opens; notes of one `tag` replace each other.

    It is sealed on its way, and then stands on a locked screen for everybody to read: nothing secret belongs in it.
    """

    title: str
    body: str
    path: str
    tag: str
    language: str = "id"
    urgent: bool = False
    holds: timedelta = timedelta(days=2)


def told(key: str, note: Note, people: Iterable[Phone]) -> list[Push]:
    """What is written for each of the phones; `key` names what it tells of, unique with the phone."""
    said = {
        "title": note.title[:TITLE], "body": note.body[:BODY], "path": note.path, "tag": note.tag,
        "lang": note.language, "urgent": note.urgent,
    }  # fmt: skip
    topic, until = sha256(note.tag.encode()).hexdigest()[:32], timezone.now() + note.holds
    return [
        Push(
            key=f"{key}/{one.pk}"[:120], phone=one, said=said, topic=topic, is_urgent=note.urgent, expires_at=until
        )
        for one in people
    ]  # fmt: skip


def store(pushes: list[Push]) -> None:
    """Writes them, those that are written already once."""
    Push.objects.bulk_create(pushes, ignore_conflicts=True)


def deliver_pushes(batch: int = 10, stopping: Callable[[], bool] = lambda: False) -> int:
    """Hands what is due to the push services; returns how many they took. Several threads may do so at once."""
    taken = 0
    while not stopping():
        leased, turn = _next(batch)
        if not leased:
            break
        try:
            for at, one in enumerate(leased):
                if stopping():
                    _release(leased[at:], timedelta())
                    break
                taken += _send(one)
        finally:
            with _guard:
                _strange.discard(turn)
    return taken


def sweep_pushes() -> int:
    """Deletes what was told three days ago; returns how many."""
    return sweeping.sweep(Push.objects.filter(written_at__lt=timezone.now() - KEPT))


def _next(batch: int) -> tuple[list[Push], str]:
    """The next ones, held for this worker: one of a service whose pace is unknown or slow, where there is a turn for
    it (then with the service's name), else some of those that answer quickly. None of services that rest."""
    now = time.monotonic()
    with _guard:
        for host in [host for host, until in _resting.items() if until <= now]:
            del _resting[host]
        good, others = [one for one in _good if one not in _resting], {*_good, *_resting, *_strange}
        is_turn, turn = len(_strange) < STRANGE, f"thread {get_ident()}"
        if is_turn:
            _strange.add(turn)
    if is_turn:
        try:
            found = _lease(1, ~Q(phone__host__in=others))
        finally:
            with _guard:
                _strange.discard(turn)
        host = found[0].phone.host if found else ""
        with _guard:
            is_first = bool(host) and host not in _strange
            if is_first:
                _strange.add(host)
        if is_first:
            return found, host
        _release(found, timedelta())  # another thread has just begun with the same service
    return (_lease(batch, Q(phone__host__in=good)) if good else []), ""


def _lease(batch: int, which: Q) -> list[Push]:
    """The next ones of these that are due, urgent ones first."""
    now = timezone.now()
    due = Push.objects.filter(which, ended_at=None, due_at__lte=now)
    if not due.exists():
        return []  # without asking SQLite for its only right to write
    with transaction.atomic():
        # What is of use for the shortest time first: nobody's call for help waits behind a warning to everybody.
        due = due.order_by("-is_urgent", "expires_at", "due_at", "id").select_related("phone")
        if database.features.has_select_for_update_skip_locked:
            due = due.select_for_update(of=("self",), skip_locked=True)
        found = list(due[:batch])
        Push.objects.filter(pk__in=[one.pk for one in found]).update(due_at=now + LEASE)
    return found


def _send(push: Push) -> int:
    """One call; 1 where the service took it."""
    phone, now = push.phone, timezone.now()
    if push.expires_at <= now:
        return _end(push, "too late")
    with _guard:
        is_put_off = phone.host in _resting or (phone.host not in _good and phone.host not in _strange)
    if is_put_off:  # since this was leased it did not answer, or slowly
        _release([push], timedelta(seconds=REST) if phone.host in _resting else timedelta())
        return 0
    try:
        headers = _headers(push, now)
        sealed = sealing_push.sealed(orjson.dumps(push.said), phone.p256dh, phone.auth)
        begun = time.monotonic()
        answer = outgoing.call("POST", phone.endpoint, seconds=SECONDS, most=ANSWER, body=sealed, headers=headers)
    except phones.KeyClosed:
        _log.warning("push.key_closed")
        return _again(push, "key closed")
    except addresses.Refused:
        Phone.objects.filter(pk=phone.pk).delete()  # leads into a private network now
        return 0
    except ValueError as fault:
        return _end(push, type(fault).__name__)
    except (outgoing.CallFailed, OSError) as fault:
        with _guard:
            _resting[phone.host] = time.monotonic() + REST
            _good.discard(phone.host)
        return _again(push, type(fault).__name__)
    _note_pace(phone.host, time.monotonic() - begun)
    return _settle(push, answer)


def _note_pace(host: str, seconds: float) -> None:
    with _guard:
        if seconds > SLOW:
            _good.discard(host)
            return
        if len(_good) >= MOST_GOOD:
            _good.clear()
        _good.add(host)


def _headers(push: Push, now: datetime) -> dict[str, str]:
    left = max(0, int((push.expires_at - now).total_seconds()))
    return {
        "Authorization": _token(push.phone.endpoint), "Content-Encoding": "aes128gcm", "TTL": str(left),
        "Content-Type": "application/octet-stream", "Urgency": "high" if push.is_urgent else "normal",
        "Topic": push.topic,
    }  # fmt: skip


def _token(endpoint: str) -> str:
    """One token for all phones of a service, made anew every hour (RFC 8292 asks for reuse). Whether our key is still
    the same is looked at every ten seconds: to read and open it was a fifth of a message."""
    origin, now = addresses.read(endpoint).origin, time.monotonic()
    with _guard:
        until, kept = _tokens.get(("", origin), (0.0, ""))
    if now < until:
        return kept
    key = phones.own_key()
    name = (phones.public_key_of(key), origin)
    with _guard:
        until, kept = _tokens.get(name, (0.0, ""))
    if now >= until:
        until, kept = now + 3600, sealing_push.token(key, origin, _contact(), timezone.now())
    with _guard:
        if len(_tokens) > 400:
            _tokens.clear()
        _tokens[name], _tokens["", origin] = (until, kept), (min(until, now + 10), kept)
    return kept


def _contact() -> str:
    """Whom a push service may write to: the address mails come from, else the site."""
    base = config().base_url.rstrip("/")
    return base if base.startswith("https://") else "mailto:" + config().mail_from.rpartition("<")[2].rstrip("> ")


def _settle(push: Push, answer: outgoing.Answer) -> int:
    phone = Phone.objects.filter(pk=push.phone_id)
    if answer.ok:
        now = timezone.now()
        if push.phone.faults or push.phone.told_at is None or push.phone.told_at < now - TOLD:
            phone.update(told_at=now, faults=0)
        _end(push, "")
        return 1
    if answer.status in {404, 410}:
        phone.delete()  # RFC 8030: the subscription has ended
        _log.info("push.gone", phone=push.phone_id)
        return 0
    if answer.status == 429 or answer.status >= 500:
        return _again(push, f"status {answer.status}", _asked_to_wait(answer))
    phone.update(faults=F("faults") + 1)
    phone.filter(faults__gte=MOST_FAULTS).delete()
    _log.warning("push.refused", phone=push.phone_id, status=answer.status)
    return _end(push, f"status {answer.status}")


def _asked_to_wait(answer: outgoing.Answer) -> timedelta:
    written = answer.headers.get("Retry-After", "")
    asked = int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0
    return timedelta(seconds=min(asked, 3600))


def _end(push: Push, error: str) -> int:
    Push.objects.filter(pk=push.pk).update(ended_at=timezone.now(), said={}, error=error[:80])
    return 0


def _again(push: Push, error: str, least: timedelta = timedelta()) -> int:
    pause = max(least, min(FIRST_PAUSE * 2 ** min(push.attempts, 10), LONGEST_PAUSE))
    mine = Push.objects.filter(pk=push.pk)
    mine.update(attempts=min(push.attempts + 1, 1000), due_at=timezone.now() + pause, error=error[:80])
    return 0


def _release(pushes: list[Push], pause: timedelta) -> None:
    Push.objects.filter(pk__in=[one.pk for one in pushes]).update(due_at=timezone.now() + pause)
