"""Sends what is written: leased, given to the server, and marked in the moment in which the server says 250.

Nothing is held locked while a mail server thinks. A worker that dies in between leaves its lease to the next. What it
had sent but not marked yet is in its journal; where there is none, it goes again with the same Message-ID.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from kentongan.foundation import journal, mail, prepared, sweeping
from kentongan.foundation.config import config
from kentongan.foundation.inserting import moment
from kentongan.foundation.pausing import doubled
from kentongan.notify import bundling, staff
from kentongan.notify.keeping import stays_here
from kentongan.notify.models import Message

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
LEASE = timedelta(minutes=5)  # far longer than one mail may take, and no mail of a lease begins near its end
KEPT = timedelta(days=90)  # far beyond the time in which the event of a mail can come again
MOST_ATTEMPTS = 12  # about a day and a half, as mail servers themselves try
_TAKEN = "UPDATE notify_message SET sent_at = %s, attempts = %s, error = '' WHERE id = %s"

_log = structlog.get_logger(__name__)


def deliver(batch: int = 50, stopping: Callable[[], bool] = lambda: False) -> int:
    """Sends all mails that are due, urgent ones first, on one connection; returns how many the server took.

    `batch`: how many are leased at once. `stopping` is asked between two mails.
    """
    if stays_here():
        due = Message.objects.filter(sent_at=None, given_up=False, due_at__lte=timezone.now())
        return due.update(sent_at=timezone.now())
    journal.settle_left("mail", _mark_left)
    sent, server = 0, None
    try:
        while not stopping() and (leased := _lease(batch)):
            server = server or mail.server()
            with journal.noting("mail") as note:
                taken, well = _send_all(leased, server, stopping, note)
            sent += taken
            if not well:
                break
    finally:
        if server is not None:
            server.close()
    return sent


def late(than: timedelta) -> tuple[int, timedelta]:
    """How many mails were written longer ago than `than` and are not sent, and how long ago the oldest was."""
    now = timezone.now()
    waiting = Message.objects.filter(sent_at=None, given_up=False, written_at__lt=now - than)
    told = waiting.aggregate(number=Count("pk"), oldest=Min("written_at"))
    return told["number"], now - (told["oldest"] or now)


def ahead() -> int:
    """How many mails are due later than any that was written or failed by a right clock can be."""
    beyond = timezone.now() + LONGEST_PAUSE + timedelta(minutes=5)
    return Message.objects.filter(sent_at=None, given_up=False, due_at__gt=beyond).count()


def sweep() -> int:
    """Deletes mails that were sent, or given up, three months ago or longer; returns how many."""
    old = Message.objects.filter(written_at__lt=timezone.now() - KEPT)
    return sweeping.sweep(old.filter(sent_at__isnull=False)) + sweeping.sweep(old.filter(given_up=True))


def _lease(batch: int) -> list[Message]:
    """The next mails, held for this worker."""
    due = Message.objects.filter(sent_at=None, given_up=False, due_at__lte=timezone.now())
    if not due.exists():
        return []  # without asking SQLite for its only right to write
    with transaction.atomic():
        due = due.order_by("-is_urgent", "due_at", "id").select_related("entry__report", "to_person")
        if database.features.has_select_for_update_skip_locked:
            due = due.select_for_update(of=("self",), skip_locked=True)
        found = list(due[:batch])
        Message.objects.filter(pk__in=[one.pk for one in found]).update(due_at=timezone.now() + LEASE)
    return found


def _send_all(
    leased: list[Message], server: BaseEmailBackend, stopping: Callable[[], bool], note: journal.Noting
) -> tuple[int, bool]:
    """How many the server took, and False where it cannot be spoken to: the others then wait without a failed try."""
    end, sent, well = time.monotonic() + LEASE.total_seconds() - 2 * mail.DEADLINE, 0, True
    parts = bundling.bundles(leased)
    for at, part in enumerate(parts):
        message = part[0]
        if message.staff_of and not staff.may_have(message):
            Message.objects.filter(pk=message.pk).update(given_up=True, error="not for them any more")
            continue
        fault = None if stopping() or time.monotonic() > end else _send(part, server, note)
        if fault is None and not message.sent_at:
            _release(parts[at:], timedelta())
            break
        if fault is None:
            sent += len(part)
        elif not isinstance(fault, SMTPRecipientsRefused | SMTPSenderRefused | SMTPDataError):
            _release(parts[at + 1 :], FIRST_PAUSE)
            well = False
            break
    return sent, well


def _send(part: list[Message], server: BaseEmailBackend, note: journal.Noting) -> Exception | None:
    message = part[0]
    host = urlsplit(config().base_url).hostname or "localhost"
    # The same id on each attempt, so that a mail server can drop a repeat.
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{bundling.name(part).replace('/', '.')}@{host}>"}
    if message.staff_of and message.to_person_id:
        # RFC 8058: the reader's mail program posts to this address without any page.
        headers["List-Unsubscribe"] = f"<{stop_link(message.to_person_id)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter = bundling.letter(part, headers=headers, connection=server)
    try:
        with mail.within(server):
            server.open()
            letter.send()
            note({"mails": [_named(one) for one in part]})  # at once: half a bundle noted is half of it sent again
    except (SMTPException, OSError) as fault:
        server.close()
        for one in part:
            _failed(one, fault)
        return fault
    for one in part:
        _mark(one)
    return None


def _mark(message: Message) -> None:
    """The server has taken it."""
    message.sent_at = timezone.now()
    if message.is_urgent:
        Message.objects.filter(pk=message.pk).delete()
    else:
        prepared.run(_TAKEN, (moment(message.sent_at), message.attempts + 1, message.pk))


def _mark_left(said: list[dict[str, Any]]) -> None:
    """What somebody had sent who was killed before it could be marked."""
    named = [one for note in said for one in note["mails"]]
    for message in Message.objects.filter(pk__in=[one["mail"] for one in named], sent_at=None):
        if _named(message) in named:
            _mark(message)


def _named(message: Message) -> dict[str, Any]:
    """By which a note knows a mail. A database that was restored gives its numbers, and with them its keys, again: the
    moment does not come again."""
    return {"mail": message.pk, "key": message.key, "written": message.written_at.isoformat()}


def stop_link(person: int) -> str:
    """The address by which a member of staff (key) ends their mails."""
    return config().base_url.rstrip("/") + reverse("console:mail_stop", args=[staff.stop_token(person)])


def _release(parts: list[list[Message]], pause: timedelta) -> None:
    """Gives back what was leased and not tried."""
    Message.objects.filter(pk__in=[one.pk for part in parts for one in part]).update(due_at=timezone.now() + pause)


def _failed(message: Message, fault: Exception) -> None:
    hopeless = isinstance(fault, SMTPRecipientsRefused) and all(
        code >= 500 for code, _words in fault.recipients.values()
    )
    given_up = hopeless or message.attempts + 1 >= MOST_ATTEMPTS
    # The kind of fault only: a server's words may repeat the address.
    _log.warning("mail.failed", message=message.pk, error=type(fault).__name__, given_up=given_up)
    mine = Message.objects.filter(pk=message.pk)
    if given_up and message.is_urgent:
        mine.delete()
        return
    pause = doubled(FIRST_PAUSE, message.attempts, LONGEST_PAUSE)
    mine.update(
        error=f"{type(fault).__name__}: {fault}"[:200], given_up=given_up, attempts=message.attempts + 1,
        due_at=timezone.now() + pause,
    )  # fmt: skip
