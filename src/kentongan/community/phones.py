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
PIECE = 250  # messages of one transaction
HOLDS = timedelta(minutes=30)  # after which nobody hurries any more


def untold() -> list[UUID]:
    """The alerts for which groups were called whose phones do not know of it yet, the oldest first."""
    return list(GroupCall.objects.filter(is_told=False).order_by("at", "pk").values_list("alert", flat=True)[:MOST])


def tell_phones(callers: Mapping[UUID, int | None], drills: frozenset[UUID] = frozenset()) -> int:
    """Tells the members of the groups called for these alerts, each with the account (key) that is in need; returns to
    how many phones it is written. Calls that waited too long are told to nobody.

    Somebody may be in twenty groups of five hundred: each is told by itself, a piece of it in a transaction, so that no
    press waits for ten thousand rows. Whoever is killed in between leaves the rest; what is written is written once.
    """
    told = 0
    for call in GroupCall.objects.filter(is_told=False, alert__in=list(callers)).select_related("group").order_by("pk"):
        if call.at > timezone.now() - HOLDS:
            pushes = _pushes(call, callers[call.alert], call.alert in drills)
            for at in range(0, len(pushes), PIECE):
                notify.store(pushes[at : at + PIECE])
            told += len(pushes)
        GroupCall.objects.filter(pk=call.pk).update(is_told=True)
    return told


def _pushes(call: GroupCall, caller: int | None, drill: bool) -> list[notify.Push]:
    people = list(Member.objects.filter(group=call.group_id, is_in=True).values_list("person", flat=True))
    notes: dict[str, notify.Note] = {}
    found: list[notify.Push] = []
    for person, phones in notify.listening(people, PushKind.NEIGHBOURS).items():
        if person != caller:
            language = phones[0].person.language
            if language not in notes:
                notes[language] = _note(call.group, call.alert, language, drill)
            found += notify.told(f"group/{call.pk}", notes[language], phones)
    return found


def called_groups(calls: set[int]) -> dict[int, tuple[UUID, set[int]]]:
    """For which alert each of these calls (keys) was, and who is in its group today (keys of people)."""
    found: dict[int, tuple[UUID, set[int]]] = {}
    for call in GroupCall.objects.filter(pk__in=calls):
        members = Member.objects.filter(group=call.group_id, is_in=True).values_list("person", flat=True)
        found[call.pk] = (call.alert, set(members))
    return found


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
