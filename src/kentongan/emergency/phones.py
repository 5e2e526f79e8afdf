"""The phones of those on duty, and of those whom the duty list names, are told that somebody needs help.

The worker writes what they are told, beside the press and never in it: a phone, its push service and an account that
is deleted meanwhile cannot keep an alert from being stored. Only who asked for it is told. A locked screen shows the
post alone: no place, and nobody's name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kentongan import casework, community, notify
from kentongan.emergency import calling, recalling, watching
from kentongan.emergency.fleet import Sending, Shift
from kentongan.emergency.models import Alert, Call, Escalation
from kentongan.emergency.posts import rules_of
from kentongan.emergency.states import ENDED
from kentongan.emergency.units import crew_of
from kentongan.emergency.writer import each
from kentongan.emergency.zones import zone_of_alert
from kentongan.notify import PushKind
from kentongan.people.models import Person

MOST = 200  # alerts of one look
PIECE = 25  # of them in one transaction: each may be told to fifty people
HOLDS = timedelta(minutes=10)  # by then somebody else has it, or it has been told again


def tell_phones() -> int:
    """What the worker does twice a second; returns to how many phones something was written. Two workers at once tell
    each thing once. Where one of many cannot be told, as its phone went a moment ago, the others are. What waits and is
    true no longer is taken back."""
    recalling.take_back()
    duty = list(_waiting().values_list("pk", flat=True)[:MOST])
    told = sum(_told(_tell_duty, duty[at : at + PIECE]) for at in range(0, len(duty), PIECE))
    return told + _told(_tell_neighbours, list(dict.fromkeys(community.untold())))


def _told(tell: Callable[[list[UUID]], int], alerts: list[UUID]) -> int:
    if not alerts:
        return 0  # without asking SQLite for its only right to write
    try:
        return tell(alerts)
    except (InterfaceError, OperationalError):
        raise
    except Exception:  # noqa: BLE001  one by one, `each` says what is wrong
        return each(lambda one: tell([one]), alerts)


def tell_crew(sending: Sending) -> None:
    """That their unit is sent, in the caller's transaction."""
    people = [one.pk for one in crew_of(sending.unit)]
    phones, named = notify.listening(people, PushKind.DUTY), {"name": sending.unit.call_sign}
    pushes = []
    for own in phones.values():
        with translation.override(own[0].person.language):
            title, body = _("%(name)s is needed") % named, _("Open to answer with one press.")
            note = _note(title, body, reverse("console:unit"), f"unit/{sending.unit_id}", own[0].person.language,
                         sending.alert.exercise)  # fmt: skip
        pushes += notify.told(f"unit/{sending.pk}", note, own)
    notify.store(pushes)


def _waiting() -> QuerySet[Alert]:
    """Those of whom no phone was told yet before those of whom it is told again."""
    return Alert.objects.filter(phoned__lt=F("rounds")).order_by("phoned", "created_at")


def _tell_duty(alerts: list[UUID]) -> int:
    """Whom and what is read and written down before the transaction: on SQLite no press is stored during it. Somebody
    else may tell of the same alert at once: what is written is written once, by its key."""
    found = list(_waiting().filter(pk__in=alerts).select_related("watch"))
    going = [one for one in found if one.step_at is not None and calling.goes_on(one)]
    pushes = _pushes(going)
    with transaction.atomic():
        rows = Alert.objects.filter(pk__in=[one.pk for one in found]).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(of=("self",), skip_locked=True)  # their turn comes half a second later
        rounds = dict(rows.values_list("pk", "rounds"))
        notify.store([one for alert in going if alert.pk in rounds for one in pushes[alert.pk]])
        for number in {one.rounds for one in found}:  # a round that began meanwhile is told by itself
            told = [one.pk for one in found if one.pk in rounds and one.rounds == number]
            Alert.objects.filter(pk__in=told, phoned__lt=number).update(phoned=number)
    return sum(len(pushes[one.pk]) for one in going if one.pk in rounds)


def _pushes(going: list[Alert]) -> dict[UUID, list[notify.Push]]:
    """What is to be written for the phones of those whom each alert concerns."""
    whom = _Duty(going).of_each()
    phones = notify.listening({one for people in whom.values() for one in people}, PushKind.DUTY)
    pushes: dict[UUID, list[notify.Push]] = {alert.pk: [] for alert in going}
    for alert in going:
        for own in (phones[one] for one in whom[alert.pk] if one in phones):
            pushes[alert.pk] += notify.told(_key(alert), _of_alert(alert, own[0].person.language), own)
    return pushes


class _Duty:
    """Who is told of alerts: whom their rules have called, who has the shift now (the console may be closed), and once
    the rules wrote mails to the staff, of these whoever asked to be told."""

    def __init__(self, alerts: list[Alert]) -> None:
        self._alerts, now = alerts, timezone.now()
        self._posts = {one.pk: watching.posts_for(one) for one in alerts}
        posts = {post.pk for near in self._posts.values() for post in near}
        self._called: dict[UUID, set[int]] = {}
        for alert, person in Call.objects.filter(alert__in=alerts).values_list("alert", "person"):
            self._called.setdefault(alert, set()).add(person)
        self._shifts: dict[int, set[int]] = {}
        rows = Shift.objects.filter(watch__in=posts, begins_at__lte=now, ends_at__gt=now)
        for post, person in rows.values_list("watch", "person"):
            self._shifts.setdefault(post, set()).add(person)
        mailed = {one.watch.body_id for one in alerts if one.watch and _is_mailed(one)}
        self._staff = casework.desks(mailed) if mailed else {}
        others = {*(one for people in self._shifts.values() for one in people)}
        others |= {one for people in (*self._staff.values(), *self._called.values()) for one in people}
        listening = notify.listening(others, PushKind.DUTY)
        self._people = {own[0].person_id: own[0].person for own in listening.values()}
        self._may: dict[tuple[int, str], bool] = {}

    def of_each(self) -> dict[UUID, set[int]]:
        """The keys of the people, by alert."""
        return {one.pk: self._told(one) for one in self._alerts}

    def _told(self, alert: Alert) -> set[int]:
        """Only who may answer it today: whoever was called and dismissed since hears of it no more."""
        near = self._posts[alert.pk] if alert.rounds > 1 else [alert.watch] if alert.watch else []
        told = {(one, post.body_id) for post in near for one in self._shifts.get(post.pk, ())}
        told |= {(one, post.body_id) for post in self._posts[alert.pk] for one in self._called.get(alert.pk, ())}
        if alert.watch and _is_mailed(alert):
            told |= {(one, alert.watch.body_id) for one in self._staff.get(alert.watch.body_id, ())}
        return {one for one, body in told if one in self._people and self._may_answer(self._people[one], body)}

    def _may_answer(self, person: Person, body: str) -> bool:
        known = (person.pk, body)
        if known not in self._may:
            self._may[known] = (casework.role_for(person, body) or 0) >= casework.Role.OFFICER
        return self._may[known]


def _is_mailed(alert: Alert) -> bool:
    return any(one.to == Escalation.MAIL for one in rules_of(alert.watch)[: alert.steps])


def _key(alert: Alert) -> str:
    """What is told once. Of a sender who sends many a phone hears once a minute: no other alert waits behind it."""
    if "many" in alert.remarks:
        return f"duty/many/{alert.sender[:32]}/{timezone.now():%Y%m%d%H%M}"
    return f"duty/{alert.pk.hex}/{alert.rounds}"


def _of_alert(alert: Alert, language: str) -> notify.Note:
    with translation.override(language):
        post = alert.watch.title if alert.watch else _("No post")
        if alert.rounds > 1:
            title, body = _("Still nobody has it: the emergency button"), _("%(post)s: somebody waits since %(time)s.")
        else:
            title, body = _("The emergency button was pressed"), _("%(post)s: nobody has it yet. Open to take it.")
        said = body % {"post": post, "time": f"{alert.created_at.astimezone(zone_of_alert(alert)):%H:%M %Z}"}
        # Of a sender who sends many, the newest stands in the place of those before.
        tag = f"many/{alert.sender[:16]}" if "many" in alert.remarks else f"alert/{alert.pk.hex}"
        return _note(title, said, reverse("console:alert", args=[alert.pk]), tag, language, alert.exercise)


def _note(title: str, body: str, path: str, tag: str, language: str, drill: bool) -> notify.Note:
    """In the language that is active. A drill says so before all."""
    if drill:
        title, body = f"{_('DRILL')}: {title}", f"{_('This is a drill: nobody needs help.')} {body}"
    return notify.Note(title, body, path, tag, language, urgent=True, holds=HOLDS)


def _tell_neighbours(alerts: list[UUID]) -> int:
    """A call is told once, and not of an alert that has ended or only looks so."""
    found = list(Alert.objects.filter(pk__in=alerts))
    going = [one for one in found if one.state not in ENDED]
    drills = frozenset(one.pk for one in going if one.exercise)
    told = community.tell_phones({one.pk: one.person_id for one in going}, drills)
    community.let_be(list(set(alerts) - {one.pk for one in going}))
    return told
