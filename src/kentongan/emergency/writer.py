"""The one writer: every change of an alert is one entry and one updated row in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import community, live
from kentongan.emergency.fleet import Ending, Sending, Unit, UnitState
from kentongan.emergency.models import Alert, Entry, Watch
from kentongan.emergency.states import ENDED, Actor, Asks, State, StepRefused, take
from kentongan.emergency.telling import tell_entry
from kentongan.emergency.watching import posts_for
from kentongan.foundation.inserting import insert, insert_all, made, rewrite
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal
from kentongan.people.models import Person

_log = structlog.get_logger(__name__)

STATUSES = {"wrong_state": 409, "wrong_actor": 403}  # of a refused step; what is missing from it is 422


@dataclass(frozen=True)
class Who:
    """Who makes a step: the system, the person in need, or an operator at a post."""

    actor: Actor
    person: Person | None = None
    watch: Watch | None = None


SYSTEM = Who(Actor.SYSTEM)


@dataclass
class Happening:
    """What an entry says. `words` are what somebody wrote: they are sealed."""

    kind: str
    who: Who
    words: str = ""
    state: State | None = None
    data: dict[str, Any] = field(default_factory=dict)


@contextmanager
def changing(alert_id: UUID) -> Iterator[Alert]:
    """The alert, locked until the end of the transaction. Raises Problem `no_alert` (404)."""
    with transaction.atomic():
        found = Alert.objects.select_for_update(of=("self",)).filter(pk=alert_id).first()
        if found is None:
            raise no_alert()
        yield found


def each(act: Callable[[UUID], int], keys: Iterable[UUID]) -> int:
    """The sum of what `act` returns for each key. What is wrong with one of them keeps none of the others waiting;
    a database that is away is the caller's to hear of."""
    done = 0
    for key in keys:
        try:
            done += act(key)
        except (InterfaceError, OperationalError):
            raise
        except Exception as fault:  # noqa: BLE001  nobody may stop the calls for others
            _log.error("alert.step_failed", error=type(fault).__name__)
    return done


def no_alert() -> Problem:
    """The same for one that is not there and one that is not theirs."""
    return Problem("no_alert", 404, _("There is no such alert, or it is not yours."))


def next_state(alert: Alert, step: str, who: Who, *given: Asks) -> State:
    """The state after `step`; raises Problem in words where the table of states refuses it."""
    try:
        return take(step, State(alert.state), who.actor, frozenset(given))
    except StepRefused as refused:
        raise Problem(refused.reason, STATUSES.get(refused.reason, 422), _refusal(refused)) from None


@contextmanager
def opening(alert: Alert) -> Iterator[None]:
    """A new alert: its row, its first entries and what is told of them are stored together, at the end or by `settle`,
    in the caller's transaction. Rows that refer to it may be stored before: both databases look at its end.

    Raises IntegrityError where the id is taken.
    """
    vars(alert)["_draft"] = list[Entry]()
    yield
    settle(alert)


def settle(alert: Alert) -> None:
    """Stores what `opening` holds back, so that the alert can be locked and read."""
    entries = vars(alert).pop("_draft", None)
    if entries is not None:
        insert(alert)
        insert_all(entries)
        _tell(alert, entries, by_groups=alert.person_id is not None)  # nobody else has neighbours


def store(alert: Alert, *names: str) -> None:
    """Stores these columns of a locked alert. Of a new one everything is stored at the end."""
    if "_draft" not in vars(alert):
        rewrite([alert], names)


def append(alert: Alert, what: Happening) -> Entry:
    """Adds one entry to a locked (or new) alert and stores its row."""
    now, who = timezone.now(), what.who
    entry = made(
        Entry, alert_id=alert.pk, kind=what.kind, at=now, actor=who.actor, data=what.data,
        person_id=who.person.pk if who.person else None, watch_id=who.watch.pk if who.watch else None,
        words=seal(what.words) if what.words else "",
    )  # fmt: skip
    if what.state is not None and (what.state != alert.state or not alert.seq):
        entry.state_from, entry.state_to = alert.state if alert.seq else "", what.state
        _move(alert, what.state, now)
    alert.seq += 1
    alert.updated_at = now
    entry.seq = alert.seq
    draft = vars(alert).get("_draft")
    if draft is not None:
        draft.append(entry)
        return entry
    if alert.seq == 1:
        insert(alert)
    else:
        rewrite([alert])
    insert(entry)
    _tell(alert, [entry])
    return entry


def _tell(alert: Alert, entries: list[Entry], by_groups: bool = True) -> None:
    for entry in entries:
        tell_entry(alert, entry)
    groups = community.topics_of(alert.pk) if by_groups else ()
    watches = [one.pk for one in posts_for(alert)]
    if alert.owner_watch_id is not None and alert.owner_watch_id not in watches:
        watches.append(alert.owner_watch_id)  # its phone has gone elsewhere since
    live.tell(*(f"watch:{one}" for one in watches), *groups)


def _move(alert: Alert, state: State, now: Any) -> None:
    alert.state = state
    alert.ended_at = now if state in ENDED else None
    if state == State.CANCELLED:
        alert.cancelled_at = now
    if state != State.RECEIVED:
        alert.step_at = None  # nobody else has to be called
        alert.calls.all().delete()
    if state in ENDED and not (state == State.CANCELLED and alert.duress):
        _stand_down(alert, now)


def _stand_down(alert: Alert, now: Any) -> None:
    """Whoever was sent is free again, and their phones say so."""
    for one in list(alert.sendings.filter(ended_at=None)):
        Sending.objects.filter(pk=one.pk).update(ended_at=now, ending=Ending.ALERT_ENDED)
        going = Unit.objects.filter(pk=one.unit_id, state__in=(UnitState.ON_THE_WAY, UnitState.THERE))
        going.update(state=UnitState.AVAILABLE, state_at=now)
        live.tell(f"unit:{one.unit_id}")


def _refusal(refused: StepRefused) -> Any:
    return {
        "wrong_state": _("This is not possible at the stage the alert is in now. Reload the page to see it."),
        "wrong_actor": _("You are not the one who may take this step."),
        "missing_result": _("Say how it ended."),
        "missing_reason": _("Give a reason: it stays in the log."),
    }[refused.reason]
