"""Whom an alert calls, and when: the rules of its post, from the first operator to mail and webhook.

A rule is data (`Rule`). What calls people is done in the transaction; what leaves the house is written as a `Relay`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from kentongan import casework
from kentongan.emergency import watching
from kentongan.emergency.models import Alert, Call, Duty, Escalation, Relay, Rule, Watch
from kentongan.emergency.states import ENDED, State
from kentongan.emergency.writer import SYSTEM, Happening, append, changing, each
from kentongan.people.models import Person
from kentongan.people.proving import proven

ONCE = timedelta(minutes=10)  # in which gateways are told once of a sender who sends many
AGAIN = timedelta(seconds=60)  # after the last rule everybody on duty is called anew, for as long as nobody has it


@dataclass(frozen=True)
class Step:
    """A rule as it is followed: so many seconds after the alert came."""

    after: int
    to: str
    address: str = ""
    rule: int | None = None


# Of a post without rules of its own, and of places that no post watches.
USUAL = (Step(0, Escalation.ALL), Step(20, Escalation.WIDER), Step(60, Escalation.MAIL))


def rules_of(post: Watch | None) -> tuple[Step, ...]:
    """The rules of a post in their order."""
    own = Rule.objects.filter(watch=post) if post else ()
    return tuple(Step(one.after, one.to, one.address, one.pk) for one in own) or USUAL


def call(alert: Alert, now: datetime | None = None) -> None:
    """Follows all rules of a locked alert that are due, and notes when the next one is."""
    now = now or timezone.now()
    if alert.away and not alert.called_home:
        _call_home(alert)
    _find_post(alert)
    rules, since = rules_of(alert.watch), alert.called_from
    while alert.steps < len(rules) and since + timedelta(seconds=rules[alert.steps].after) <= now:
        step = rules[alert.steps]
        alert.steps += 1
        _follow(alert, step)
    if alert.steps < len(rules):
        alert.step_at = since + timedelta(seconds=rules[alert.steps].after)
    else:
        alert.step_at = now + AGAIN
        _ring(alert, _everybody(alert))
    alert.save(update_fields=["steps", "step_at", "called_home", "watch"])


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
            alert.save(update_fields=["step_at"])
            return 0
        call(alert)
        return 1


def release_silent() -> int:
    """Takes alerts from operators whose console is silent, who work at their post no longer or whose account is gone:
    nobody may think that they have it; returns how many."""
    silent = ~Q(owner=None) & ~Q(Exists(watching.awake(person=OuterRef("owner"), watch=OuterRef("owner_watch"))))
    # No rule is due either: the account of who had it was deleted, or another instance has passed it back.
    nobody = Q(owner=None, step_at=None, owner_away="") & (Q(away="") | Q(called_home=True))
    left = Alert.objects.filter(going_on()).filter(silent | nobody)
    return each(_put_back_one, list(left.values_list("pk", flat=True)))


def _put_back_one(alert_id: UUID) -> int:
    with changing(alert_id) as alert:
        if alert.owner_id is None:
            is_theirs = bool(alert.away) and not alert.called_home
            is_had = alert.step_at is not None or is_theirs or bool(alert.owner_away)
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


def _follow(alert: Alert, step: Step) -> None:
    """One rule, with its entry: who was called, or what was written to a gateway."""
    if step.to in (Escalation.MAIL, Escalation.WEBHOOK):
        told = _relay(alert, step)
    else:
        told = _ring(alert, _whom(alert, step.to))
    append(alert, Happening("called", SYSTEM, data={"to": step.to, "number": told}))


def _whom(alert: Alert, to: str) -> list[Duty]:
    posts = watching.posts_for(alert)
    near = [one for one in posts if one.pk == alert.watch_id]
    wider = [one for one in posts if one.pk != alert.watch_id]
    if to == Escalation.WIDER:
        return list(watching.on_duty(wider))
    on_duty = list(watching.on_duty(near))
    if to == Escalation.ONE and on_duty:
        open_alerts = Q(person__alerts_owned__ended_at=None, person__alerts_owned__isnull=False)
        counted = watching.on_duty(near).annotate(busy=Count("person__alerts_owned", filter=open_alerts))
        called_before = set(alert.calls.values_list("person", flat=True))
        fresh = [one for one in counted if one.person_id not in called_before]
        return [*sorted(fresh, key=lambda one: one.busy)[:1]]
    return on_duty


def _everybody(alert: Alert) -> list[Duty]:
    return list(watching.on_duty(watching.posts_for(alert)))


def _ring(alert: Alert, turns: list[Duty]) -> int:
    people = {one.person_id for one in turns}
    Call.objects.bulk_create([Call(alert=alert, person_id=one) for one in sorted(people)], ignore_conflicts=True)
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
