"""The phones of neighbours are told that one of them needs help: by the worker, so that no press waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kentongan import notify
from kentongan.community.neighbours import Group, GroupCall, Member
from kentongan.notify import PushKind

MOST = 100  # calls of one look
HOLDS = timedelta(minutes=30)  # after which nobody hurries any more


def untold() -> list[UUID]:
    """The alerts for which groups were called whose phones do not know of it yet, the oldest first."""
    return list(GroupCall.objects.filter(is_told=False).order_by("at", "pk").values_list("alert", flat=True)[:MOST])


def tell_phones(callers: Mapping[UUID, int | None], drills: frozenset[UUID] = frozenset()) -> int:
    """Tells the members of the groups called for these alerts, each with the account (key) that is in need, in the
    caller's transaction; returns to how many phones it is written. Other calls that waited are told to nobody."""
    waiting = GroupCall.objects.filter(is_told=False, alert__in=list(callers)).select_related("group")
    found = [one for one in waiting if one.at > timezone.now() - HOLDS]
    members: dict[UUID, list[int]] = {}
    groups = {one.group_id for one in found}
    for group, person in Member.objects.filter(group__in=groups, is_in=True).values_list("group", "person"):
        members.setdefault(group, []).append(person)
    phones = notify.listening({one for people in members.values() for one in people}, PushKind.NEIGHBOURS)
    pushes = []
    for call in found:
        for person in members.get(call.group_id, ()):
            if person in phones and person != callers[call.alert]:
                language = phones[person][0].person.language
                note = _note(call.group, call.alert, language, call.alert in drills)
                pushes += notify.told(f"group/{call.pk}", note, phones[person])
    notify.store(pushes)
    return len(pushes)


def let_be(alerts: list[UUID]) -> None:
    """Nobody's phone has to be told of these any more."""
    GroupCall.objects.filter(alert__in=alerts, is_told=False).update(is_told=True)


def _note(group: Group, alert: UUID, language: str, drill: bool) -> notify.Note:
    """On a locked screen stands the group's name, which its members share; never who it is, nor where."""
    with translation.override(language):
        title, body = _("A neighbour needs help"), _("%(name)s: the emergency button was pressed. Open to see.")
        title = f"{_('DRILL')}: {title}" if drill else title
        path, tag = reverse("neighbourhood", args=[group.pk]), f"group/{group.pk}/{alert.hex}"
        return notify.Note(title, body % {"name": group.name}, path, tag, language, urgent=True, holds=HOLDS)
