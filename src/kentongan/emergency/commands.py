"""The steps of an alert, each one transaction by the one writer. The ways in have decided who acts (`Who`)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.emergency import calling, coming, watching
from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.states import ENDED, Actor, Asks, Result, State
from kentongan.emergency.writer import Happening, Who, append, changing, each, next_state, no_alert
from kentongan.foundation import text
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

LONGEST_ETA = 240  # minutes
LONGEST_WORDS = 2_000  # letters


def operator(person: Person, alert: Alert) -> Who:
    """The person as an operator of the alert. Raises Problem `no_alert` (404) where none of their posts covers it."""
    post = watching.post_for(person, alert)
    if post is None:
        raise no_alert()
    return Who(Actor.OPERATOR, person, post)


def acknowledge(alert_id: UUID, person: Person) -> Alert:
    """Takes an alert: it has one owner. Raises Problem `owned` (409) that names who has it already."""
    with changing(alert_id) as alert:
        who = operator(person, alert)
        if alert.owner_id == person.pk:
            return alert  # pressed twice
        if alert.owner is not None or alert.owner_away:
            raise _owned(alert)
        if alert.duress and alert.state == State.CANCELLED:
            state = State.CANCELLED  # what the person's screen shows does not change
        elif alert.state in (State.ACKNOWLEDGED, State.ON_THE_WAY, State.THERE):
            state = State(alert.state)  # its operator was gone, here or at another instance
        else:
            state = next_state(alert, "acknowledge", who)
        _own_from_now_on(alert, who)
        append(alert, Happening("acknowledged", who, state=state))
        return alert


def take_over(alert_id: UUID, person: Person, reason: str) -> Alert:
    """Takes an alert from its owner, who reads why in the log. Raises Problem `missing_reason` (422)."""
    with changing(alert_id) as alert:
        who = operator(person, alert)
        if alert.owner_away and alert.away:
            raise _owned(alert)  # whoever watches the place decides
        state = next_state(alert, "take_over", who, *_given(reason))
        before = alert.owner_id
        _own_from_now_on(alert, who)
        append(alert, Happening("taken_over", who, read_words(reason), state, {"from": before}))
        return alert


def release(alert_id: UUID, person: Person) -> Alert:
    """The owner gives it back: everybody on duty is called anew. Raises Problem `not_owner` (409)."""
    with changing(alert_id) as alert:
        who = own(alert, person)
        next_state(alert, "release", who)
        calling.put_back(alert, "given_back")
        return alert


def set_out(alert_id: UUID, person: Person, unit: str, minutes: int | None = None) -> Alert:
    """A unit is on its way; `minutes` until it is there, where known. Raises Problem `missing_unit` (422)."""
    with changing(alert_id) as alert:
        who = own(alert, person)
        named = text.read_line({"unit": unit}, "unit", 80)
        if not named:
            raise Problem("missing_unit", 422, _("Say who is on the way."), field="unit")
        state = next_state(alert, "set_out", who)
        minutes = minutes if minutes is not None and 0 < minutes <= LONGEST_ETA else None
        coming.say_who_comes(alert, (named, timezone.now() + timedelta(minutes=minutes) if minutes else None))
        append(alert, Happening("set_out", who, named, state, {"minutes": minutes}))
        return alert


def arrive(alert_id: UUID, person: Person) -> Alert:
    """Help is there."""
    with changing(alert_id) as alert:
        who = own(alert, person)
        coming.say_who_comes(alert, (coming.written_by_hand(alert)[0], None))
        append(alert, Happening("arrived", who, state=next_state(alert, "arrive", who)))
        return alert


def close(alert_id: UUID, person: Person, result: str, words: str = "") -> Alert:
    """Ends it with a result (`states.Result`) and words for the log. Raises Problem `bad_result` (422)."""
    with changing(alert_id) as alert:
        # What its person cancelled freely, anybody there may close; what goes on, who has it.
        who = own(alert, person) if calling.goes_on(alert) else operator(person, alert)
        if result not in set(Result) - {Result.UNANSWERED, Result.HANDED_ON} or (
            result == Result.EXERCISE and not alert.exercise
        ):
            raise Problem("bad_result", 422, _("Choose how it ended."), field="result")
        state = next_state(alert, "close", who, Asks.RESULT)
        alert.result = result
        append(alert, Happening("closed", who, read_words(words), state, {"result": result}))
        return alert


def doubt(alert_id: UUID, person: Person, reason: str) -> Alert:
    """An operator does not believe that its person cancelled it freely: it goes on, and is theirs."""
    with changing(alert_id) as alert:
        who = operator(person, alert)
        if alert.duress:
            # The screen of whoever forced its person would say that it goes on.
            words = _("This is not possible at the stage the alert is in now. Reload the page to see it.")
            raise Problem("wrong_state", 409, words)
        state = next_state(alert, "doubt", who, *_given(reason))
        _own_from_now_on(alert, who)
        coming.say_who_comes(alert)  # units that were on their way have been called off
        append(alert, Happening("doubted", who, read_words(reason), state))
        return alert


def note(alert_id: UUID, person: Person, words: str) -> Alert:
    """Something for the log. Raises Problem `missing_words` (422)."""
    if not read_words(words):
        raise Problem("missing_words", 422, _("Write something first."), field="text")
    with changing(alert_id) as alert:
        append(alert, Happening("noted", operator(person, alert), read_words(words)))
        return alert


def cancel(alert: Alert, person: Person | None, *, duress: bool = False, with_code: bool = False) -> Alert:
    """Its person cancels. Under duress it looks so to them, stays open, and everybody on duty is called again.

    A second time changes nothing.
    """
    who = Who(Actor.CALLER, person)
    with changing(alert.pk) as held:
        if held.state in ENDED:
            return held
        state = next_state(held, "cancel", who)
        held.duress, due = duress, held.step_at
        append(held, Happening("duress" if duress else "cancelled", who, state=state, data={"code": with_code}))
        if duress:
            held.ended_at, held.steps, held.called_from = None, 0, timezone.now()
            # Where another instance was asked and has not said that it has it, we are called as soon as before.
            held.step_at = due if held.away and not held.called_home else None
            held.save(update_fields=["ended_at", "steps", "called_from", "step_at"])
            if held.owner_id is None and not (held.away and not held.called_home):
                calling.call(held)
        return held


def lapse_unanswered(older_than: timedelta) -> int:
    """Closes alerts that nobody has had for so long, as unanswered; returns how many."""
    before = timezone.now() - older_than
    nobodys = Alert.objects.filter(ended_at=None, owner=None, owner_away="")
    left = nobodys.filter(created_at__lt=before, called_from__lt=before)

    def lapse(alert_id: UUID) -> int:
        with changing(alert_id) as alert:
            if alert.ended_at is not None or alert.owner_id is not None or alert.called_from >= before:
                return 0
            alert.result = Result.UNANSWERED
            append(alert, Happening("lapsed", Who(Actor.SYSTEM), state=State.CLOSED))
            return 1

    return each(lapse, list(left.values_list("pk", flat=True)[:500]))


def begin_exercise(person: Person, post: Watch) -> Alert:
    """A drill at a post, made by one of its operators: marked on every screen, told to nobody outside the house."""
    now = timezone.now()
    alert = Alert(
        id=uuid4(), created_at=now, heard_at=now, called_from=now, kind="other", area_code=post.area_code, watch=post,
        exercise=True,
    )  # fmt: skip
    with transaction.atomic():
        append(alert, Happening("exercise", Who(Actor.OPERATOR, person, post), state=State.RECEIVED))
        calling.call(alert)
    return alert


def _own_from_now_on(alert: Alert, who: Who) -> None:
    """Gives a locked alert to an operator; it sounds for nobody any more. Who takes one is on duty: nobody else is
    heard to answer for it."""
    if who.person is None or who.watch is None:
        return
    watching.begin_duty(who.person, who.watch.pk)
    alert.owner, alert.owner_watch, alert.owner_away = who.person, who.watch, ""
    alert.calls.all().delete()


def own(alert: Alert, person: Person) -> Who:
    """The owner of a locked alert. Raises Problem `not_owner` (409) in words that say who is."""
    who = operator(person, alert)
    if alert.owner_id != person.pk:
        if alert.owner is None and not alert.owner_away:
            raise Problem("not_owner", 409, _("Nobody has this alert. Take it first."))
        raise _owned(alert)
    return who


def _owned(alert: Alert) -> Problem:
    name = owner_name(alert)
    return Problem("owned", 409, _("%(name)s has this alert already.") % {"name": name}, extra={"owner": name})


def owner_name(alert: Alert) -> str:
    """What the person and other operators read of who has it: name and post; empty for nobody."""
    return alert.own_name or alert.owner_away


def _given(reason: str) -> tuple[Asks, ...]:
    return (Asks.REASON,) if read_words(reason) else ()


def read_words(words: str, field: str = "text") -> str:
    """What an operator wrote, cleaned. Raises Problem `too_long` (422): a log without its end says something else."""
    return text.read_words({field: words}, field, LONGEST_WORDS)
