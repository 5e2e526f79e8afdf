"""A unit is sent to an alert, answers, is there, leaves: each one transaction by the one writer.

The alert is locked first, then the unit. What its person reads follows from the units that took it: nobody is said to
come who turned back, and no time is named that nobody knows any more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Manager
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.emergency import calling, coming, letters, phones, trail, units
from kentongan.emergency.commands import LONGEST_ETA, own, read_words
from kentongan.emergency.fleet import Answer, Ending, Sending, Unit, UnitState
from kentongan.emergency.models import Alert
from kentongan.emergency.states import BY_NAME, Actor, State
from kentongan.emergency.travel import way
from kentongan.emergency.writer import Happening, Who, append, changing, next_state
from kentongan.foundation import again
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person


def send_unit(alert_id: UUID, person: Person, unit: units.Key) -> Sending:
    """The owner sends a unit (a key); sent twice, it is the same. Raises Problem `no_unit` (404), `unit_off`,
    `unit_busy` (409): one that has another alert has to be called back there first."""
    # A phone of the crew that signs out in this moment takes nothing of it back.
    return again.tried(lambda: _send(alert_id, person, unit))


def _send(alert_id: UUID, person: Person, unit: units.Key) -> Sending:
    with changing(alert_id) as alert:
        who = own(alert, person)
        if not calling.goes_on(alert):
            raise Problem("wrong_state", 409, _("This alert has ended."))
        found = units.offered_to(alert, person).filter(pk=units.key(unit)).first()
        if found is None:
            raise units.no_unit()
        held = Unit.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if known := held.sendings.filter(ended_at=None).select_related("alert").first():
            if known.alert_id == alert.pk:
                return known
            raise Problem("unit_busy", 409, _("%(name)s has another alert.") % {"name": held.call_sign}, field="unit")
        if held.state == UnitState.OFF:
            raise Problem("unit_off", 409, _("%(name)s is not on duty.") % {"name": held.call_sign}, field="unit")
        found_way = way(units.place_of(held), trail.last_spot(alert))
        made = Sending.objects.create(
            alert=alert, unit=held, sent_by=person, seconds=found_way.seconds if found_way else None
        )
        data = {"unit": held.pk, "minutes": found_way.minutes if found_way else None}
        append(alert, Happening("sent", who, held.call_sign, data=data))
        letters.to_crew(made)
        phones.tell_crew(made)
        live.tell(f"unit:{held.pk}")
        return made


def answer(unit: Unit, person: Person, sending: units.Key, takes: bool, reason: str = "") -> Sending:
    """Somebody of the unit says whether it goes. Said twice it is the same. Raises Problem `sending_over` (409) where
    it was called back or the alert has ended meanwhile."""

    def do(alert: Alert, held: Sending) -> None:
        if held.answer == Answer.TAKES and takes:
            return
        who = Who(Actor.UNIT, person, held.unit.watch)
        _take(alert, held, who) if takes else _refuse(alert, held, who, reason)

    return with_sending(unit, sending, do)


def report(unit: Unit, person: Person, state: str) -> Unit:
    """One thumb: the unit says how it is. `there` is told to whoever it goes to, `available`, `busy` and `off` end the
    way to them; without an alert it is what the unit says of itself. Raises Problem `bad_state` (422)."""
    if state not in set(UnitState):
        raise Problem("bad_state", 422, _("This is not one of the states."), field="state")
    going = unit.sendings.filter(ended_at=None, answer=Answer.TAKES).first()
    if going is not None:

        def do(alert: Alert, held: Sending) -> None:
            who = Who(Actor.UNIT, person, held.unit.watch)
            if state == UnitState.THERE:
                _arrive(alert, held, who)
            elif state != UnitState.ON_THE_WAY:
                _leave(alert, held, who, Ending.LEFT)

        with_sending(unit, going.pk, do)
    elif state == UnitState.OFF and (asked := unit.sendings.filter(ended_at=None).first()):
        answer(unit, person, asked.pk, False)
    set_state(unit, state)
    return Unit.objects.select_related("watch").get(pk=unit.pk)


def set_state(unit: Unit, state: str) -> None:
    """Off duty nothing is known of where it is."""
    now = timezone.now()
    with transaction.atomic():
        rows = Unit.objects.filter(pk=unit.pk)
        if state == UnitState.OFF:
            rows.update(sealed="", placed_at=None)
        rows.exclude(state=state).update(state=state, state_at=now)
        rows.update(heard_at=now)
        live.tell(f"watch:{unit.watch_id}", f"unit:{unit.pk}")


def radio(alert_id: UUID, person: Person, sending: units.Key, what: str, reason: str = "") -> Sending:
    """The owner writes down what a unit said by radio: `takes`, `cannot`, `there`, `left`; or calls it back
    (`recalled`). Raises Problem `bad_state` (422), `sending_over` (409)."""
    with changing(alert_id) as alert:
        who = own(alert, person)
        held = _open(alert.sendings, sending)
        held.by_radio = held.by_radio or what != "recalled"
        steps: dict[str, Callable[[], None]] = {
            "takes": lambda: None if held.answer else _take(alert, held, who),
            "cannot": lambda: _refuse(alert, held, who, reason),
            "there": lambda: _arrive(alert, held, who),
            "left": lambda: _leave(alert, held, who, Ending.LEFT),
            "recalled": lambda: _leave(alert, held, who, Ending.RECALLED),
        }
        if what not in steps:
            raise Problem("bad_state", 422, _("This is not one of the states."), field="state")
        steps[what]()
        return held


def sendings(alert: Alert) -> list[Sending]:
    """All units that were ever sent to it, the last first."""
    return list(alert.sendings.select_related("unit").order_by(F("ended_at").desc(nulls_first=True), "-sent_at"))


def who_comes(alert: Alert) -> list[dict[str, Any]]:
    """The units that took it, as its person reads them: `name`, `state`, `eta_at`, `silent_since`."""
    taken = alert.sendings.filter(ended_at=None, answer=Answer.TAKES).select_related("unit").order_by("answered_at")
    return [
        {
            "name": one.unit.call_sign, "state": "there" if one.there_at else "on_the_way", "eta_at": one.eta_at,
            "silent_since": (one.unit.heard_at or one.answered_at) if one.silent_at else None,
        }
        for one in taken
    ]  # fmt: skip


def with_sending(
    unit: Unit, sending: units.Key, do: Callable[[Alert, Sending], None], gone_is_fine: bool = False
) -> Sending:
    """Does something with the alert and what a unit is sent to (key), both locked. Raises Problem `sending_over` (409)
    unless `gone_is_fine`."""
    found = unit.sendings.filter(pk=units.key(sending)).first()
    if found is None:
        raise _over()
    with changing(found.alert_id) as alert:
        try:
            held = _open(unit.sendings, found.pk)
        except Problem:
            if gone_is_fine:
                return found
            raise
        do(alert, held)
        live.tell(f"unit:{unit.pk}")
        return held


def _open(rows: Manager[Sending], sending: units.Key) -> Sending:
    found = rows.select_for_update(of=("self",)).filter(pk=units.key(sending), ended_at=None).first()
    if found is None:
        raise _over()
    found.unit = Unit.objects.select_for_update(of=("self",)).select_related("watch").get(pk=found.unit_id)
    return found


def _over() -> Problem:
    return Problem("sending_over", 409, _("This is over: the unit was called back, or the alert has ended."))


def _take(alert: Alert, held: Sending, who: Who) -> None:
    now = timezone.now()
    held.answer, held.answered_at, held.late_at = Answer.TAKES, now, None
    found = way(units.place_of(held.unit), trail.last_spot(alert))
    seconds = found.seconds if found else held.seconds
    held.eta_at = until(seconds)
    held.save()
    _move(held.unit, UnitState.ON_THE_WAY)
    coming.say_who_comes(alert)
    _note(alert, held, who, "unit_takes", "unit_takes")


def until(seconds: int | None) -> datetime | None:
    """The time that is named for a way of so many seconds; None beyond four hours, where nobody knows it."""
    is_near = seconds is not None and seconds < LONGEST_ETA * 60
    return timezone.now() + timedelta(seconds=seconds) if seconds is not None and is_near else None


def _is_nobodys(alert: Alert) -> bool:
    """Whether nobody has it, neither here nor at another instance."""
    return alert.owner_id is None and not alert.owner_away


def _refuse(alert: Alert, held: Sending, who: Who, reason: str) -> None:
    if held.answer == Answer.TAKES:
        _leave(alert, held, who, Ending.LEFT)
        return
    held.answer, held.answered_at = Answer.CANNOT, timezone.now()
    held.ended_at, held.ending = held.answered_at, Ending.CANNOT
    held.save()
    _note(alert, held, who, "unit_cannot", words=read_words(reason))


def _arrive(alert: Alert, held: Sending, who: Who) -> None:
    if held.there_at is not None:
        return
    now = timezone.now()
    held.answer, held.answered_at = Answer.TAKES, held.answered_at or now
    held.there_at, held.eta_at, held.silent_at = now, None, None
    held.save()
    _move(held.unit, UnitState.THERE)
    coming.say_who_comes(alert)
    _note(alert, held, who, "unit_there", "unit_there")


def _leave(alert: Alert, held: Sending, who: Who, ending: Ending) -> None:
    was_there = held.there_at is not None
    held.ended_at, held.ending = timezone.now(), ending
    held.save()
    _move(held.unit, UnitState.AVAILABLE)
    coming.say_who_comes(alert)
    kind = "unit_recalled" if ending == Ending.RECALLED else "unit_done" if was_there else "unit_turned"
    nobody = alert.state == State.ON_THE_WAY and not alert.unit
    _note(alert, held, who, kind, "nobody_comes" if nobody else "")
    if nobody and _is_nobodys(alert):
        calling.put_back(alert, "owner_silent")


def _note(alert: Alert, held: Sending, who: Who, kind: str, step: str = "", words: str = "") -> None:
    """The entry, with the state of the alert where this moves it: one cancelled under duress looks cancelled."""
    may = step and State(alert.state) in BY_NAME[step].sources
    state = next_state(alert, step, who) if may else None
    named = f"{held.unit.call_sign}: {words}" if words else held.unit.call_sign
    append(alert, Happening(kind, who, named, state, {"unit": held.unit_id, "radio": held.by_radio}))
    if may and _is_nobodys(alert) and alert.state != State.ACKNOWLEDGED:
        # Help comes, and nobody has it: a step stops the calls, so they begin anew.
        alert.steps, alert.called_from = 0, timezone.now()
        calling.call(alert)


def _move(unit: Unit, state: UnitState) -> None:
    Unit.objects.filter(pk=unit.pk).update(state=state, state_at=timezone.now())
    live.tell(f"unit:{unit.pk}", f"watch:{unit.watch_id}")
