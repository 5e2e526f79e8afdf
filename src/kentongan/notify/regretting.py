"""What a step at a desk writes waits for the minute in which it can be taken back: then nobody is told of either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from kentongan.notify.models import Message, Push
from kentongan.reports.models import Entry

# A minute to press, and what the worker takes to hear of it. Where it is later than that, the taking back is told too.
HELD = timedelta(seconds=75)


def unsaid(mails: Sequence[Message]) -> list[Message]:
    """Those that are to be written: what is taken back and has not left goes, with what takes it back."""
    kept: list[Message] = []
    for mail in mails:
        if mail.entry is None or "takes_back" not in mail.entry.data or not _unsaid(mail, mail.entry, kept):
            kept.append(mail)
    return kept


def hold(mails: Sequence[Message]) -> None:
    """Sets `due_at` of what can still be taken back."""
    for mail in mails:
        if mail.entry is not None and mail.entry.data.get("regrets"):
            mail.due_at = max(mail.due_at, mail.entry.at + HELD)


def hold_pushes(pushes: Sequence[Push], entries: Sequence[Entry]) -> list[Push]:
    """As both, for what phones are told of `entries`."""
    kept = {push.key: push for push in pushes}
    for entry in entries:
        for push in [one for one in kept.values() if one.key.startswith(_key(entry.report_id, entry.seq))]:
            if entry.data.get("regrets"):
                push.due_at = entry.at + HELD
            if "takes_back" in entry.data:
                keys = [f"{_key(entry.report_id, seq)}{push.phone_id}" for seq in _since(entry)]
                fresh = [kept.pop(key) for key in keys if key in kept]
                now = timezone.now()
                held = Push.objects.filter(key__in=keys, ended_at=None, attempts=0, due_at__gt=now)
                if held.filter(written_at__gt=now - HELD).delete()[0] or fresh:
                    del kept[push.key]
    return list(kept.values())


def _key(report: int, seq: int) -> str:
    return f"report/{report}/{seq}/"


def _since(entry: Entry) -> range:
    return range(entry.data["takes_back"] + 1, entry.seq)


def _unsaid(mail: Message, entry: Entry, written: list[Message]) -> bool:
    """Whether what `mail` takes back had not left yet, and never will; of `written`, which is not stored yet, too."""
    since, now = _since(entry), timezone.now()
    fresh = [
        one for one in written
        if one.entry and one.entry.report_id == entry.report_id and one.entry.seq in since
        and one.to_person_id == mail.to_person_id
    ]  # fmt: skip
    for one in fresh:
        written.remove(one)
    held = Message.objects.filter(
        entry__report=entry.report_id, entry__seq__in=since, to_person=mail.to_person_id, sent_at=None, given_up=False,
        attempts=0, due_at__gt=now, entry__at__gt=now - HELD,
    )  # fmt: skip
    return bool(held.delete()[0] or fresh)
