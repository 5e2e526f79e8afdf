"""A member needs help: their groups are called, before the operator or with them, and say who goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.community import groups, letters
from kentongan.community.neighbours import Answer, Group, GroupCall, Member
from kentongan.foundation import prepared
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

KEPT = timedelta(days=1)
MOST = 50  # calls that a page shows
WORDS = ("going", "there")


@dataclass(frozen=True)
class Coming:
    """A neighbour who answered: the name, the group, `going` or `there`."""

    name: str
    group: str
    what: str


def call(alert: UUID, person: Person, by_mail: bool = True) -> int:
    """Calls the groups of a person for an alert, in the caller's transaction; without `by_mail` by their pages alone,
    neither by mail nor on phones. Returns for how many seconds operators may be left aside: only where a group has
    chosen to be first and somebody of it has its page open just now."""
    if not prepared.rows("SELECT 1 FROM community_member WHERE person_id = %s AND is_in LIMIT 1", [person.pk]):
        return 0
    found = list(Group.objects.filter(members__person=person, members__is_in=True))
    made = [GroupCall(group=one, alert=alert, is_told=not by_mail) for one in found]
    GroupCall.objects.bulk_create(made, ignore_conflicts=True)
    for one in found:
        live.tell(f"group:{one.pk}")
        if by_mail:
            others = one.members.filter(is_in=True).exclude(person=person).select_related("person")
            letters.to_members(one, [each.person for each in others], f"alert/{alert.hex}", "alert")
    return max((one.head_start for one in found if one.order == "first" and groups.hears(one, person)), default=0)


def answer(person: Person, group: UUID, key: int, what: str) -> None:
    """`going` or `there`. Raises Problem `no_group` (404), `bad_answer` (422)."""
    mine = groups.member(person, group)
    found = GroupCall.objects.filter(group=mine.group, pk=key).first()
    if found is None:
        raise groups.no_group()
    if what not in WORDS:
        raise Problem("bad_answer", 422, _("Say that you go, or that you are there."))
    with transaction.atomic():
        Answer.objects.update_or_create(call=found, person=person, defaults={"what": what, "at": timezone.now()})
        live.tell(*topics_of(found.alert))


def call_off(alerts: Iterable[UUID], group: UUID) -> int:
    """A group is called for these alerts no longer; for how many it was."""
    with transaction.atomic():
        gone: int = GroupCall.objects.filter(group=group, alert__in=alerts).delete()[0]
        if gone:
            live.tell(f"group:{group}")
    return gone


def calls_of(group: Group) -> list[GroupCall]:
    """What a group was called for within a day, the newest first; of very many the newest."""
    rows = group.calls.filter(at__gt=timezone.now() - KEPT).order_by("-at", "-pk")
    return list(rows.prefetch_related("answers__person")[:MOST])


def is_called(person: Person, alert: UUID) -> bool:
    """Whether a person was called for an alert as a neighbour, and still is one."""
    young = GroupCall.objects.filter(alert=alert, at__gt=timezone.now() - KEPT).values("group")
    return Member.objects.filter(person=person, is_in=True, group__in=young).exists()


def coming(alert: UUID) -> list[Coming]:
    """Which neighbours said that they go or are there, each once."""
    rows = Answer.objects.filter(call__alert=alert).select_related("person", "call__group").order_by("at", "pk")
    told = {one.person_id: Coming(one.person.name, one.call.group.name, one.what) for one in rows}
    return list(told.values())


def topics_of(alert: UUID) -> Iterable[str]:
    """The topics of the groups that were called for an alert."""
    rows = prepared.rows("SELECT group_id FROM community_groupcall WHERE alert = %s", [alert.hex])
    return [f"group:{UUID(str(one))}" for (one,) in rows]
