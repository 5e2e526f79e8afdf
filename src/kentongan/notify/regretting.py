"""What a step at a desk writes waits for the minute in which it can be taken back: then nobody is told of either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from kentongan.notify.models import Message, Push
from kentongan.reports.models import Entry

# A minute to press, and what the worker takes to hear of it. Where it is later than that, the taking back is told too.
HELD = timedelta(seconds=75)
MARGIN = timedelta(seconds=5)  # before it leaves: nothing is taken out of the hands of a worker that sends it


def unsaid(mails: Sequence[Message], told: Sequence[Entry]) -> list[Message]:
    """Those that are to be written: what an entry of `told` takes back and has not left goes, whoever it was for, and
    to whom it would have gone the taking back is not told either."""
    kept = list(mails)
    for entry in _taking_back(told):
        fresh = _fresh(entry, told)
        gone = [one for one in kept if one.entry and one.entry.report_id == entry.report_id and one.entry.seq in fresh]
        held = Message.objects.filter(entry__in=_waiting(entry), sent_at=None, given_up=False, attempts=0)
        people = {*(one.to_person_id for one in gone), *held.values_list("to_person", flat=True)}
        held.delete()
        left = [one for one in kept if not any(one is other for other in gone)]
        kept = [one for one in left if one.entry != entry or one.to_person_id not in people]
    return kept


def hold(mails: Sequence[Message]) -> None:
    """Sets `due_at` of what can still be taken back."""
    for mail in mails:
        if mail.entry is not None and mail.entry.data.get("regrets"):
            mail.due_at = max(mail.due_at, mail.entry.at + HELD)


def hold_pushes(pushes: Sequence[Push], told: Sequence[Entry]) -> list[Push]:
    """As both, for what phones are told of `told`."""
    kept = {push.key: push for push in pushes}
    for entry in told:
        if entry.data.get("regrets"):
            for key, push in kept.items():
                if key.startswith(_key(entry.report_id, entry.seq)):
                    push.due_at = entry.at + HELD
    for entry in _taking_back(told):
        begins = tuple(_key(entry.report_id, seq) for seq in _fresh(entry, told))
        gone = [key for key in kept if key.startswith(begins)] + _unsent(entry)
        for key in gone:
            kept.pop(key, None)
            kept.pop(_key(entry.report_id, entry.seq) + key.rpartition("/")[2], None)
    return list(kept.values())


def _taking_back(told: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in told if "takes_back" in entry.data]


def _fresh(entry: Entry, told: Sequence[Entry]) -> set[int]:
    """The numbers of what `entry` takes back and is heard of together with it."""
    after = entry.data["takes_back"]
    return {
        one.seq for one in told
        if one.report_id == entry.report_id and after < one.seq < entry.seq and one.data.get("regrets")
    }  # fmt: skip


def _waiting(entry: Entry) -> QuerySet[Entry]:
    """What `entry` takes back and was heard of before: nothing that was written of it has left yet."""
    since = timezone.now() - HELD + MARGIN
    back = Entry.objects.filter(report=entry.report_id, seq__gt=entry.data["takes_back"], seq__lt=entry.seq)
    return back.filter(data__regrets=True, at__gt=since)


def _unsent(entry: Entry) -> list[str]:
    """Takes away what waits for phones of what `entry` takes back; the keys of it."""
    begins = Q()
    for seq in _waiting(entry).values_list("seq", flat=True):
        begins |= Q(key__startswith=_key(entry.report_id, seq))
    held = Push.objects.filter(begins, ended_at=None, attempts=0)
    keys = list(held.values_list("key", flat=True)) if begins else []
    Push.objects.filter(key__in=keys).delete()
    return keys


def _key(report: int, seq: int) -> str:
    return f"report/{report}/{seq}/"
