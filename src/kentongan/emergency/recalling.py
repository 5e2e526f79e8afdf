"""What phones of the staff were to be told is taken back where it is true no longer, as long as no push service has it.

A service that was away takes minutes later what is due: that nobody has an alert, which somebody has by then; or that
one is needed at a post where one works no longer; or that a neighbour needs help, who has said since that all is well.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import UUID

from django.utils import timezone

from kentongan import casework, community, notify
from kentongan.emergency import calling, watching
from kentongan.emergency.fleet import Sending
from kentongan.emergency.models import Alert
from kentongan.emergency.states import ENDED
from kentongan.emergency.units import crew_of
from kentongan.people.models import Person

YOUNG = timedelta(seconds=3)  # what was written since then has just been looked at
_looks = count()


def take_back() -> int:
    """What the worker does beside telling phones; returns how many messages nobody is told any more."""
    waiting = notify.waiting(("duty/", "unit/", "group/"), timezone.now() - YOUNG, next(_looks))
    if not waiting:
        return 0  # without asking SQLite for its only right to write
    duty, units, groups = ([one for one in waiting if one.key.startswith(kind)] for kind in ("duty", "unit", "group"))
    return notify.withdraw(_untrue(duty) + _unneeded(units) + _over(groups))


def _untrue(pushes: list[notify.Push]) -> list[notify.Push]:
    named = {one.pk: UUID(str(one.said["path"]).rpartition("/")[2]) for one in pushes}
    alerts = {one.pk: one for one in Alert.objects.filter(pk__in=set(named.values())).select_related("watch")}
    known: dict[tuple[int, UUID], bool] = {}
    gone = []
    for push in pushes:
        alert, person = alerts.get(named[push.pk]), push.phone.person
        if alert is not None and (person.pk, alert.pk) not in known:
            known[person.pk, alert.pk] = _may_answer(person, alert)
        # Of a sender who sends many, one message speaks of all of a minute: another may wait still.
        is_of_many = push.key.startswith("duty/many/")
        if alert is None or not known[person.pk, alert.pk] or not (is_of_many or _waits(alert)):
            gone.append(push)
    return gone


def _waits(alert: Alert) -> bool:
    """Whether nobody has it."""
    return alert.step_at is not None and calling.goes_on(alert)


def _may_answer(person: Person, alert: Alert) -> bool:
    posts = [*watching.posts_for(alert), *([alert.watch] if alert.watch else [])]
    roles = (casework.role_for(person, one) or 0 for one in {post.body_id for post in posts})
    return any(role >= casework.Role.OFFICER for role in roles)


def _unneeded(pushes: list[notify.Push]) -> list[notify.Push]:
    """Those of sendings that have ended, and of people who are not of the unit any more."""
    keys = {one.pk: int(one.key.split("/")[1]) for one in pushes}
    open_ones = Sending.objects.filter(pk__in=set(keys.values()), ended_at=None).select_related("unit__watch")
    crews = {one.pk: {person.pk for person in crew_of(one.unit)} for one in open_ones}
    return [one for one in pushes if one.phone.person_id not in crews.get(keys[one.pk], set())]


def _over(pushes: list[notify.Push]) -> list[notify.Push]:
    """Those of alerts that have ended, or look so, and of people who have left the group."""
    if not pushes:
        return []
    called = {one.pk: int(one.key.split("/")[1]) for one in pushes}
    groups = community.called_groups(set(called.values()))
    alerts = Alert.objects.filter(pk__in={alert for alert, _members in groups.values()}).exclude(state__in=ENDED)
    going = set(alerts.values_list("pk", flat=True))
    needed = {key: members for key, (alert, members) in groups.items() if alert in going}
    return [one for one in pushes if one.phone.person_id not in needed.get(called[one.pk], set())]
