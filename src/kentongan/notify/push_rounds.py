"""Hands what phones are told to their push services, in rounds: many calls at once, in threads without the database.

One thread reads what is due, begins calls, and writes what became of all that have ended meanwhile in one transaction,
with the lease of the next: a write for each message kept SQLite's one writer busy beside the presses. What a service
has taken is in the journal before it is in the database.

Services that answer quickly have threads of their own. One that is slow, or was not heard of before, has most of the
others while it is alone, and two of them once it is not: so that they hold up none, and are slow but not serial.

One phone is called once at a time, also by several workers (`called_until`), and of what is due for it under one topic
it is told the newest: the older would else now and then arrive behind the newer, and stand in its place.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from kentongan.foundation import addresses, journal
from kentongan.foundation.nearness import ahead
from kentongan.foundation.pausing import doubled
from kentongan.notify import phones, push_calls
from kentongan.notify.models import Phone, Push
from kentongan.notify.push_calls import End, Outcome, paces
from kentongan.notify.push_tokens import headers

QUICK, SLOW = 24, 8  # calls at once to services that answer quickly, and to others
AHEAD = 2 * QUICK  # messages that are leased for those: so many wait that a thread need not wait for a round
SHARE = 2  # calls at once to one slow service where there are several
LEASE = timedelta(minutes=1)  # longer than what is leased at once may take
LOOK = 0.5  # seconds between two looks for what is due, and for services that nobody knows
GATHER = 0.03  # seconds in which what has ended is written together
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1, minutes=5)  # beyond the hour that a service may ask for
TOLD = timedelta(minutes=1)  # in which it is not written anew that a phone was told
MOST_FAULTS = 10  # refusals in a row after which a phone is let go
PIECE = 500  # messages that are marked at once

_log = structlog.get_logger(__name__)
Calls = dict["Future[Outcome]", tuple[Push, bool]]  # each message, and whether its service is among the quick ones


class Pusher:
    """The threads that call push services, kept from one time to the next: their connections stay open."""

    def __init__(self) -> None:
        self._quick = ThreadPoolExecutor(QUICK, thread_name_prefix="push")
        self._slow = ThreadPoolExecutor(SLOW, thread_name_prefix="push-slow")
        self._looked = -LOOK  # when there was nothing last for services that are not quick

    def deliver(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Hands over all that is due; returns how much was taken. One thread at a time may ask for it."""
        _end_late()
        journal.settle_left("push", _mark_left)  # first: what is due for a phone that a killed worker called waits
        if not _due().exists():
            return 0
        taken, under_way, ended = 0, Calls(), list[Outcome]()
        with journal.noting("push") as note:
            try:
                while True:
                    if is_last := stopping():
                        ended += _put_back(under_way)
                    leased = _write(ended, [] if is_last else self._next(under_way, ended))
                    taken += sum(one.end is End.TAKEN for one in ended)
                    ended = self._begin(leased, under_way, note)
                    if not under_way and not ended:
                        break
                    ended += _ended(under_way)
            finally:
                wait(under_way)  # none of them may write a note any more
        return taken

    def close(self) -> None:
        """Ends the threads."""
        self._quick.shutdown()
        self._slow.shutdown()

    def _next(self, under_way: Calls, ended: list[Outcome]) -> list[int]:
        """The keys of what may be begun now, when what has ended is written."""
        quick, resting = paces.quick(), paces.resting()
        free = AHEAD - sum(is_quick for _push, is_quick in under_way.values())
        called = {one.phone_id for one, _is_quick in under_way.values()}
        due = _due(called, {one.push.phone_id for one in ended})
        rows = due.filter(phone__host__in=quick - resting) if quick else due.none()
        found = list(rows.values_list("pk", flat=True)[:free]) if free else []
        if time.monotonic() - self._looked >= LOOK:  # it passes over all that is due for the others
            busy = Counter(one.phone.host for one, is_quick in under_way.values() if not is_quick)
            others = _slow_ones(busy, quick | resting, due)
            self._looked = -LOOK if others or busy else time.monotonic()
            found += others
        return found

    def _begin(self, leased: list[Push], under_way: Calls, note: journal.Noting) -> list[Outcome]:
        """Begins a call for each; returns those for which there is none to make."""
        ended, quick = list[Outcome](), paces.quick()
        for one in leased:
            is_quick = one.phone.host in quick
            if not is_quick and sum(not each for _push, each in under_way.values()) >= SLOW:
                ended.append(Outcome(one, End.PUT_OFF))  # its service was quick when it was leased
                continue
            try:
                said = headers(one)
            except phones.KeyClosed:
                _log.warning("push.key_closed")
                ended.append(Outcome(one, End.AGAIN, "key closed"))
                continue
            except addresses.Refused:  # rules have changed since it joined
                ended.append(Outcome(one, End.GONE))
                continue
            call = (self._quick if is_quick else self._slow).submit(push_calls.call, one, said, note, is_quick)
            under_way[call] = (one, is_quick)
        return ended


def deliver_pushes(stopping: Callable[[], bool] = lambda: False) -> int:
    """Hands over all that is due, with threads for this time alone; returns how much was taken."""
    pusher = Pusher()
    try:
        return pusher.deliver(stopping)
    finally:
        pusher.close()


def _due(called: set[int] | None = None, freed: set[int] | None = None) -> QuerySet[Push]:
    """What is due, except for phones that are called already, by us or (all but those `freed`) by other workers: what
    is of use for the shortest time first, so that nobody's call for help waits behind a warning to everybody."""
    now = timezone.now()
    # What waits, or is called, for longer than anything can does so by a clock that has been put back since.
    due = Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_WAIT)
    rows = Push.objects.filter(due, ended_at=None, expires_at__gt=now).exclude(phone__in=called or ())
    rows = rows.exclude(ahead("phone__called_until", now, LEASE) & ~Q(phone__in=freed or ()))
    return rows.order_by("-is_urgent", "expires_at", "due_at", "id")


def _end_late() -> None:
    """Ends what nobody needs any more, all of it together: once a service was away for an hour, that would else have
    its turn before whatever is new."""
    now = timezone.now()
    late = Push.objects.filter(ended_at=None, due_at__lte=now, expires_at__lte=now).order_by("pk")
    while late.exists():
        with transaction.atomic():
            rows = late
            if database.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True)
            keys = list(rows.values_list("pk", flat=True)[:PIECE])
            Push.objects.filter(pk__in=keys).update(ended_at=now, said={}, error="too late")
        if not keys:
            return  # another worker has them


def _put_back(under_way: Calls) -> list[Outcome]:
    """Those whose call has not begun, which is not made any more: the next worker need not wait for the lease."""
    return [Outcome(under_way.pop(one)[0], End.PUT_OFF) for one in list(under_way) if one.cancel()]


def _slow_ones(busy: Counter[str], others: set[str], due: QuerySet[Push]) -> list[int]:
    """Of services that are slow or unknown, as many as have a thread. `busy`: those under way, by service; `due`: what
    may be begun."""
    free = SLOW - busy.total()
    full = {host for host, many in busy.items() if many >= _share(host, busy)}
    rows = due.exclude(phone__host__in=others | full).values_list("pk", "phone__host")[: 8 * free] if free else ()
    found, counted = list[int](), Counter(busy)
    for key, host in rows:
        if len(found) < free and counted[host] < _share(host, counted):
            found.append(key)
            counted[host] += 1
    return found


def _share(host: str, busy: Counter[str]) -> int:
    """How many threads a slow service may have; of one whose last call failed it is seen by one."""
    if paces.has_failed(host):
        return 1
    return SHARE if any(other != host for other in busy) else SLOW - SHARE


def _ended(under_way: Calls) -> list[Outcome]:
    """Those that have ended, which are under way no more; waits for the first, and a moment for others beside it."""
    if wait(under_way, LOOK, FIRST_COMPLETED).not_done:
        wait(under_way, GATHER)
    return [_outcome(one, under_way.pop(one)[0]) for one in list(under_way) if one.done()]


def _outcome(call: Future[Outcome], push: Push) -> Outcome:
    """Whatever is wrong with one, the others have ended as they have."""
    if (fault := call.exception()) is None:
        return call.result()
    _log.error("push.failed", push=push.pk, error=type(fault).__name__)
    return Outcome(push, End.AGAIN, type(fault).__name__)


def _write(ended: list[Outcome], wanted: list[int]) -> list[Push]:
    """What became of these, and the lease of those that are wanted, as far as no other worker has them."""
    if not ended and not wanted:
        return []  # without asking SQLite for its only right to write
    with transaction.atomic():
        _mark([one.push for one in ended if one.end is End.TAKEN])
        for pause in {one.pause for one in ended if one.end is End.PUT_OFF}:
            off = [one.push.pk for one in ended if one.end is End.PUT_OFF and one.pause == pause]
            later = {"attempts": F("attempts") + 1} if pause else {}  # nothing that was held back to be regretted
            Push.objects.filter(pk__in=off).update(due_at=timezone.now() + pause, **later)
        busy = _release({one.push.phone_id for one in ended})
        leased = _lease(wanted) if wanted else []
    for phone in busy:  # with nothing in hand: whoever lets a phone go takes what waits for it first, then the phone
        Phone.objects.filter(pk=phone).update(called_until=None)
    for one in ended:
        _settle(one)
    return leased


def _release(phones: set[int]) -> set[int]:
    """Others may call these again; returns those of which somebody else writes in this moment."""
    rows = Phone.objects.filter(pk__in=phones).order_by("pk")
    if database.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    free = set(rows.values_list("pk", flat=True))
    Phone.objects.filter(pk__in=free).update(called_until=None)
    return phones - free


def _lease(wanted: list[int]) -> list[Push]:
    now = timezone.now()
    rows = _due().filter(pk__in=wanted).select_related("phone")
    if database.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    found = list(rows)
    old = _replaced(found)
    Push.objects.filter(pk__in=old).update(ended_at=now, said={}, error="replaced")
    found = _alone([one for one in found if one.pk not in old], now)
    Push.objects.filter(pk__in=[one.pk for one in found]).update(due_at=now + LEASE)
    return found


def _alone(found: list[Push], now: datetime) -> list[Push]:
    """Those whose phones no other worker calls, which is none's now for as long as the lease holds."""
    rows = Phone.objects.filter(pk__in={one.phone_id for one in found}).order_by("pk")
    rows = rows.exclude(ahead("called_until", now, LEASE))
    if database.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    free = set(rows.values_list("pk", flat=True))
    Phone.objects.filter(pk__in=free).update(called_until=now + LEASE)
    return [one for one in found if one.phone_id in free]


def _replaced(found: list[Push]) -> set[int]:
    """The keys of those in whose place a newer one stands (RFC 8030, section 5.4): one that is due with it, or that
    the phone has already. What was held back until now, and never tried, is news all the same."""
    newest: dict[tuple[int, str], int] = {}
    for one in found:
        newest[one.phone_id, one.topic] = max(one.pk, newest.get((one.phone_id, one.topic), 0))
    told = Push.objects.filter(phone__in={one.phone_id for one in found}, topic__in={one.topic for one in found})
    last = (
        told.filter(error="").exclude(ended_at=None).values_list("phone", "topic").annotate(Max("pk"), Max("ended_at"))
    )
    taken = {(phone, topic): (key, at) for phone, topic, key, at in last}
    old = set[int]()
    for one in found:
        key, at = taken.get((one.phone_id, one.topic), (0, one.due_at))
        is_behind = key > one.pk and (one.attempts > 0 or at >= one.due_at)
        if one.topic and (is_behind or newest[one.phone_id, one.topic] != one.pk):
            old.add(one.pk)
    return old


def _mark(taken: list[Push]) -> None:
    """Push services have these. Of a phone that somebody else writes of in this moment, that is enough."""
    if not taken:
        return
    now = timezone.now()
    Push.objects.filter(pk__in=[one.pk for one in taken]).update(ended_at=now, said={}, error="")
    stale = {
        one.phone_id for one in taken if one.phone.faults or not one.phone.told_at or one.phone.told_at < now - TOLD
    }
    if stale:
        rows = Phone.objects.filter(pk__in=stale).order_by("pk")
        if database.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        Phone.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(told_at=now, faults=0)


def _mark_left(said: list[dict[str, Any]]) -> None:
    """What services had taken from somebody who was killed before it could be written."""
    for at in range(0, len(said), PIECE):
        part = said[at : at + PIECE]
        rows = Push.objects.filter(pk__in=[one["push"] for one in part], ended_at=None).select_related("phone")
        with transaction.atomic():
            taken = [one for one in rows if push_calls.named(one) in part]
            _mark(taken)
            _release({one.phone_id for one in taken})


def _settle(one: Outcome) -> None:
    """What became of one that was not taken."""
    mine, phone = Push.objects.filter(pk=one.push.pk), Phone.objects.filter(pk=one.push.phone_id)
    if one.end is End.GONE:
        phone.delete()
        _log.info("push.gone", phone=one.push.phone_id)
    elif one.end is End.AGAIN:
        tried = one.push.attempts
        pause = max(one.pause, doubled(FIRST_PAUSE, tried, LONGEST_PAUSE))
        mine.update(attempts=min(tried + 1, 1000), due_at=timezone.now() + pause, error=one.error[:80])
    elif one.end is End.REFUSED:
        phone.update(faults=F("faults") + 1)
        phone.filter(faults__gte=MOST_FAULTS).delete()
        _log.warning("push.refused", phone=one.push.phone_id, status=one.error)
    if one.end in {End.REFUSED, End.OVER}:
        mine.update(ended_at=timezone.now(), said={}, error=one.error[:80])
