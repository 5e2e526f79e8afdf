"""One call to a push service: a stranger's machine that a browser named. It is made without the database.

It is called by the one door for that, with a short deadline. One that does not answer rests. What it says is gone
(404, 410) is gone. How quickly each answers is kept here, for this process.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from threading import Lock

import orjson
from django.utils import timezone

from kentongan.foundation import addresses, journal, outgoing
from kentongan.notify import sealing_push
from kentongan.notify.models import Push

SECONDS, ANSWER = 5.0, 65_536  # of one call, and the bytes of its answer
FIRST_REST, REST = 2.0, 30.0  # seconds in which a service that did not answer once, or again and again, is left alone
SLOW = 1.0  # seconds after which an answer is slow
LATE = 3  # slow answers in a row after which a service is no longer quick: one may be this machine's own doing
MOST_KNOWN = 400  # services whose pace is kept


class End(Enum):
    """How a call has ended."""

    TAKEN = "taken"
    GONE = "gone"  # there is no such subscription, or it leads into a private network now
    REFUSED = "refused"
    AGAIN = "again"
    PUT_OFF = "put off"  # it was not made
    OVER = "over"  # nobody needs it any more, or it never can be told


@dataclass(frozen=True)
class Outcome:
    """What became of one message; `pause` is the least until the next try."""

    push: Push
    end: End
    error: str = ""
    pause: timedelta = timedelta()


class Paces:
    """How quickly services answer; several threads ask and tell."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._quick: set[str] = set()  # whose last answer came quickly
        self._late: Counter[str] = Counter()  # how many answers in a row of such a one came slowly
        # Whose last call failed: until when they rest (monotonic), and how long that is.
        self._failed: dict[str, tuple[float, float]] = {}

    def quick(self) -> set[str]:
        """Those whose last answer came quickly."""
        with self._guard:
            return set(self._quick)

    def resting(self) -> set[str]:
        """Those that did not answer a moment ago."""
        now = time.monotonic()
        with self._guard:
            return {host for host, (until, _rest) in self._failed.items() if until > now}

    def rests(self, host: str) -> float:
        """For how many seconds more it is left alone."""
        with self._guard:
            until, _rest = self._failed.get(host, (0.0, 0.0))
        return max(0.0, until - time.monotonic())

    def has_failed(self, host: str) -> bool:
        """Whether its last call failed."""
        with self._guard:
            return host in self._failed

    def note(self, host: str, seconds: float) -> None:
        """It has answered after so many seconds."""
        with self._guard:
            self._failed.pop(host, None)
            if seconds > SLOW:
                if host in self._quick:  # of others, any number of which a stranger may name, nothing is kept
                    self._late[host] += 1
                if self._late[host] >= LATE:
                    self._quick.discard(host)
                    del self._late[host]
                return
            self._late.pop(host, None)
            if host not in self._quick and len(self._quick) >= MOST_KNOWN:
                self._quick.clear()
                self._late.clear()
            self._quick.add(host)

    def note_failure(self, host: str) -> None:
        """It has not answered. One connection that broke is no service that is away: it rests the longer, the more
        often in a row; of calls that were under way at once only the first counts."""
        now = time.monotonic()
        with self._guard:
            self._quick.discard(host)
            if len(self._failed) >= MOST_KNOWN:
                self._failed = {one: kept for one, kept in self._failed.items() if kept[0] > now}
            until, before = self._failed.get(host, (0.0, 0.0))
            if until <= now:
                rest = min(REST, before * 4 or FIRST_REST)
                self._failed[host] = (now + rest, rest)


paces = Paces()


def call(push: Push, headers: Mapping[str, str], note: journal.Noting, is_quick: bool) -> Outcome:
    """Hands one message over, sealed for its phone. `is_quick`: it is called among those that answer quickly, which it
    is not if it has ceased to since."""
    phone, holds = push.phone, (push.expires_at - timezone.now()).total_seconds()
    if holds <= 0:
        return Outcome(push, End.OVER, "too late")  # it has waited for a thread
    if rest := paces.rests(phone.host):
        return Outcome(push, End.PUT_OFF, pause=timedelta(seconds=rest))
    if is_quick and phone.host not in paces.quick():
        return Outcome(push, End.PUT_OFF)
    try:
        sealed = sealing_push.sealed(orjson.dumps(push.said), phone.p256dh, phone.auth)
        begun = time.monotonic()
        answer = outgoing.call("POST", phone.endpoint, seconds=SECONDS, most=ANSWER, body=sealed,
                               headers={**headers, "TTL": str(int(holds))})  # fmt: skip
    except addresses.Refused:
        return Outcome(push, End.GONE)
    except ValueError as fault:
        return Outcome(push, End.OVER, type(fault).__name__)
    except (outgoing.CallFailed, OSError) as fault:
        paces.note_failure(phone.host)
        return Outcome(push, End.AGAIN, type(fault).__name__)
    paces.note(phone.host, time.monotonic() - begun)
    return _read(push, answer, note)


def _read(push: Push, answer: outgoing.Answer, note: journal.Noting) -> Outcome:
    if answer.ok:
        note(named(push))  # at once: whoever is killed now tells nobody twice
        return Outcome(push, End.TAKEN)
    if answer.status in {404, 410}:
        return Outcome(push, End.GONE)  # RFC 8030: the subscription has ended
    error = f"status {answer.status}"
    if answer.status == 429 or answer.status >= 500:
        return Outcome(push, End.AGAIN, error, _asked_to_wait(answer))
    return Outcome(push, End.REFUSED, error)


def named(push: Push) -> dict[str, object]:
    """By which a note knows a message: a database that was restored gives its numbers again, the moment never."""
    return {"push": push.pk, "written": push.written_at.isoformat()}


def _asked_to_wait(answer: outgoing.Answer) -> timedelta:
    written = answer.headers.get("Retry-After", "")
    asked = int(written) if written.isascii() and written.isdigit() and len(written) < 12 else 0
    return timedelta(seconds=min(asked, 3600))
