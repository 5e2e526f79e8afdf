"""Much news for one person in a short time comes in one mail: the first at once, the others together ten minutes later.

One step for many reports, an import or a peer that wakes up may tell one reporter of thirty things within a minute.
The news of a report that was just made is never held back: it is what its reporter waits for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import Count, Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kentongan.notify import picturing
from kentongan.notify.models import Message

WINDOW = timedelta(minutes=10)
AT_ONCE = 5  # letters of one person within the window; what is more waits for its end
LEAST = 3  # that make a bundle
BETWEEN = "\n\n" + "—" * 20 + "\n\n"


def hold_back(mails: list[Message]) -> None:
    """Sets `due_at` of what is more than a person should get at once, so that it goes together."""
    now = timezone.now()
    waiting = [(one, one.to_person_id) for one in mails if one.to_person_id and _may_wait(one)]
    seen, due = _before({person for _mail, person in waiting}, now)
    for mail, person in waiting:
        seen[person] += 1
        if seen[person] > AT_ONCE:
            mail.due_at = due.get(person) or now + WINDOW


def bundles(leased: Iterable[Message]) -> list[list[Message]]:
    """What goes in one mail each, in the order in which the first of each is due."""
    found: dict[Any, list[Message]] = {}
    for message in leased:
        key = (message.to_person_id, message.address) if _may_wait(message) else message.pk
        found.setdefault(key, []).append(message)
    return [part for one in found.values() for part in ([one] if len(one) >= LEAST else [[single] for single in one])]


def name(messages: list[Message]) -> str:
    """What stands in the Message-ID: the same for the same letters, and another one as soon as one more goes along."""
    keys = [one.key for one in messages]
    return keys[0] if len(keys) == 1 else f"news/{sha256(' '.join(keys).encode()).hexdigest()[:32]}"


def letter(messages: list[Message], **given: Any) -> EmailMessage:
    """The mail of a bundle: all the letters, each with its own words."""
    if len(messages) == 1:
        return picturing.letter(messages[0], **given)
    first = messages[0]
    with translation.override(first.to_person.language if first.to_person else "id"):
        subject = _("%(count)d news of your reports") % {"count": len(messages)}
    body = BETWEEN.join(f"{one.subject}\n\n{one.body.strip()}" for one in messages)
    return EmailMessage(subject, body, to=[first.address], **given)


def _may_wait(message: Message) -> bool:
    """Whether it is news of a report, to a person who is not waiting for it."""
    entry = message.entry
    return bool(entry and message.to_person_id and not message.is_urgent and entry.kind not in picturing.FIRST)


def _before(people: set[int], now: datetime) -> tuple[Counter[int], dict[int, datetime]]:
    """How many letters each had within the window, and when those go that wait already."""
    recent = Message.objects.filter(to_person__in=people, entry__isnull=False, written_at__gt=now - WINDOW)
    recent = recent.exclude(entry__kind__in=picturing.FIRST)
    seen = Counter({one["to_person"]: one["many"] for one in recent.values("to_person").annotate(many=Count("pk"))})
    waiting = recent.filter(sent_at=None, given_up=False, due_at__gt=now, attempts=0).order_by()
    later = waiting.values("to_person").annotate(at=Max("due_at"))
    return seen, {one["to_person"]: one["at"] for one in later}
