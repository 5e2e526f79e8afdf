"""Whom an alert calls, and when: the rules of its post, from the first operator to mail and webhook.

A rule is data (`Rule`). What calls people is done in the transaction; what leaves the house is written as a `Relay`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from kentongan import casework
from kentongan.emergency import watching
from kentongan.emergency.models import Alert, Call, Duty, Escalation, Relay, Watch
from kentongan.emergency.posts import Step, rules_of
from kentongan.emergency.states import ENDED, State
from kentongan.emergency.writer import SYSTEM, Happening, append, changing, each, store
from kentongan.foundation.inserting import insert_new
from kentongan.foundation.nearness import CLOCKS
from kentongan.people.models import Person
from kentongan.people.proving import proven

ONCE = timedelta(minutes=10)  # in which gateways are told once of a sender who sends many
AGAIN = timedelta(seconds=60)  # after the last rule everybody on duty is called anew, for as long as nobody has it
LEFT_ASIDE = timedelta(minutes=5)  # longer than any neighbours are given before operators are called
PHONES = timedelta(minutes=20)  # in which phones too are told again; then whoever has one knows


def call(alert: Alert, now: datetime | None = None, there: list[Duty] | None = None) -> None:
    """Follows all rules of a locked alert that are due, and notes when the next one is. `there`: who is on duty at its
    posts, where that was just read."""
    now = now or timezone.now()
    if alert.away and not alert.called_home:
        _call_home(alert)
    _find_post(alert)
    if there is None or alert.called_home:
        there = watching.turns(watching.posts_for(alert))
    rules, since, before = rules_of(alert.watch), alert.called_from, alert.steps
    alert.steps, alert.step_at = due(rules, before, since, now)
    for step in rules[before : alert.steps]:
        _follow(alert, step, there)
    if alert.steps >= len(rules):  # its post may have fewer rules now than were followed
        _ring(alert, there)
    if alert.steps > before or (alert.steps == len(rules) and now - since < PHONES):
        alert.rounds += 1
    store(alert, "steps", "step_at", "rounds", "called_home", "watch_id")


def due(rules: Sequence[Step], done: int, since: datetime, now: datetime) -> tuple[int, datetime]:
    """How many rules have been followed by now, of which `done` were before, of an alert that calls `since`; and when
    it is to be looked at next."""
    times = [since + timedelta(seconds=one.after) for one in rules]
    while done < len(rules) and times[done] <= now:
        done += 1
    return done, times[done] if done < len(rules) else now + AGAIN


def _call_home(alert: Alert) -> None:
    """The instance that watches its place does not answer, or nobody does there: it is ours to answer."""
    alert.called_home = True
    alert.watch = watching.first_awake(watching.posts_for(alert))
    append(alert, Happening("called_home", SYSTEM, data={"from": alert.away}))


def _find_post(alert: Alert) -> None:
    """No alert is nobody's: where no post of ours covers the place, or its post was closed, all there are have it."""
    alert.called_home = alert.called_home or not watching.posts_for(alert)
    if alert.watch is None:
        alert.watch = watching.first_awake(watching.posts_for(alert))


def call_due() -> int:
    """What the worker does every few seconds: calls the next for alerts that nobody has; returns for how many."""
    due = Alert.objects.filter(step_at__lte=timezone.now()).order_by("step_at").values_list("pk", flat=True)
    return each(_call_one, list(due[:500]))


def _call_one(alert_id: UUID) -> int:
    with changing(alert_id) as alert:
        if alert.step_at is None or alert.step_at > timezone.now():
            return 0  # another worker, or somebody has it meanwhile
        if alert.owner_id is not None or alert.owner_away or not goes_on(alert):
            alert.step_at = None
            store(alert, "step_at")
            return 0
        call(alert)
        return 1


def release_silent() -> int:
    """Takes alerts from operators whose console is silent, who work at their post no longer or whose account is gone:
    nobody may think that they have it. And calls anew for those that a clock has put off; returns how many."""
    silent = ~Q(owner=None) & ~Q(Exists(watching.awake(person=OuterRef("owner"), watch=OuterRef("owner_watch"))))
    # No rule is due either: the account of who had it was deleted, or another instance has passed it back.
    nobody = Q(owner=None, step_at=None, owner_away="") & (Q(away="") | Q(called_home=True))
    left = Alert.objects.filter(going_on()).filter(silent | nobody)
    now = timezone.now()
    waiting = Alert.objects.filter(going_on(), owner=None, owner_away="", step_at__gt=now + AGAIN + CLOCKS)
    put_off = [one.pk for one in waiting.select_related("watch") if _is_put_off(one, now)]
    return each(_put_back_one, [*left.values_list("pk", flat=True), *put_off])


def _is_put_off(alert: Alert, now: datetime) -> bool:
    """Whether its next call waits for a time that a clock has written which was put back since: what is nobody else's
    to answer is left aside for minutes at most, and once all rules were followed everybody is called each minute."""
    if alert.step_at is None or alert.step_at <= now + AGAIN + CLOCKS or (alert.away and not alert.called_home):
        return False
    return alert.called_from > now + LEFT_ASIDE or alert.steps >= len(rules_of(alert.watch))


def _put_back_one(alert_id: UUID) -> int:
    with changing(alert_id) as alert:
        if alert.owner_id is None:
            is_theirs = bool(alert.away) and not alert.called_home
            is_due = alert.step_at is not None and not _is_put_off(alert, timezone.now())
            is_had = is_due or is_theirs or bool(alert.owner_away)
        else:
            is_had = watching.awake(person=alert.owner_id, watch=alert.owner_watch_id).exists()
        if is_had or not goes_on(alert):
            return 0
        put_back(alert, "owner_silent")
        return 1


def put_back(alert: Alert, why: str) -> None:
    """Nobody has a locked alert any more: everybody on duty is called at once. Help that is on its way stays so."""
    state = State.RECEIVED if alert.state == State.ACKNOWLEDGED else State(alert.state)
    alert.owner = alert.owner_watch = None
    alert.steps, alert.called_from = 0, timezone.now()
    append(alert, Happening("released", SYSTEM, state=state, data={"why": why}))
    call(alert)


def called(person: Person) -> set[UUID]:
    """The alerts that sound on the person's console."""
    return set(Call.objects.filter(person=person).values_list("alert_id", flat=True))


def goes_on(alert: Alert) -> bool:
    """Whether operators have to do with it still: what was cancelled under duress only looks ended."""
    return alert.state not in ENDED or (alert.state == State.CANCELLED and alert.duress)


def going_on() -> Q:
    """The same of many, as a filter."""
    return ~Q(state__in=ENDED) | Q(state=State.CANCELLED, duress=True)


def _follow(alert: Alert, step: Step, there: list[Duty]) -> None:
    """One rule, with its entry: who was called, or what was written to a gateway."""
    if step.to in (Escalation.MAIL, Escalation.WEBHOOK):
        told = _relay(alert, step)
    else:
        told = _ring(alert, _whom(alert, step.to, there))
    append(alert, Happening("called", SYSTEM, data={"to": step.to, "number": told}))


def _whom(alert: Alert, to: str, there: list[Duty]) -> list[Duty]:
    near = [one for one in there if one.watch_id == alert.watch_id]
    if to == Escalation.WIDER:
        return [one for one in there if one.watch_id != alert.watch_id]
    if to == Escalation.ONE and near:
        busy = _busy({one.person_id for one in near})
        called_before = set(alert.calls.values_list("person", flat=True))
        fresh = [one for one in near if one.person_id not in called_before]
        return [*sorted(fresh, key=lambda one: busy.get(one.person_id, 0))[:1]]
    return near


def _busy(people: set[int]) -> dict[int, int]:
    """How many alerts that have not ended each of these people has."""
    held = Alert.objects.filter(owner__in=people, ended_at=None).values_list("owner").annotate(Count("pk")).order_by()
    return dict(held)


def _ring(alert: Alert, turns: list[Duty]) -> int:
    people = sorted({one.person_id for one in turns})
    insert_new([Call(alert=alert, person_id=one) for one in people])
    return len(people)


def _relay(alert: Alert, step: Step) -> int:
    """Writes what a gateway is told. A drill stays in the house: nobody outside may take it for the real thing."""
    if alert.exercise or _was_told(alert, step.to):
        return 0
    where = [step.address] if step.address else _staff(alert.watch) if step.to == Escalation.MAIL else []
    Relay.objects.bulk_create([Relay(alert=alert, rule_id=step.rule, to=step.to, address=one) for one in where])
    return len(where)


def _was_told(alert: Alert, to: str) -> bool:
    """Whether a gateway was told of another alert of a sender who sends many: the consoles show each of them."""
    young = Q(alert__sender=alert.sender, alert__created_at__gte=alert.created_at - ONCE)
    return "many" in alert.remarks and Relay.objects.filter(young, to=to).exclude(alert=alert).exists()


def _staff(post: Watch | None) -> list[str]:
    """The proven addresses of those who work for the post's body."""
    if post is None:
        return []
    people = casework.desks({post.body_id}).get(post.body_id, set())
    able = Person.objects.filter(pk__in=proven(people), is_active=True)
    return sorted(able.values_list("email", flat=True))[:50]
