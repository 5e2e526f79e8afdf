"""Sends what is written, at least once: a mail is claimed, given to the server, then marked as sent.

Nothing is held locked while a mail server thinks. A worker that dies in between leaves the mail to the next.
"""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from kentongan.foundation import sweeping
from kentongan.foundation.config import config
from kentongan.notify.models import Message

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
KEPT = timedelta(days=90)  # far beyond the time in which the event of a mail can come again
MOST_ATTEMPTS = 12  # about a day and a half, as mail servers themselves try
KEPT_HERE = "kentongan.notify.keeping.KeepingBackend"

_log = structlog.get_logger(__name__)


def stays_here() -> bool:
    """Whether this installation keeps its mail on a page instead of sending it: the demo does."""
    return settings.EMAIL_BACKEND == KEPT_HERE


def deliver(batch: int = 50) -> int:
    """Sends up to `batch` mails that are due; returns how many were taken by the server."""
    due = Message.objects.filter(sent_at=None, given_up=False, due_at__lte=timezone.now()).order_by("due_at", "id")
    waiting = list(due[:batch])
    if not waiting:
        return 0
    if stays_here():
        return Message.objects.filter(pk__in=[one.pk for one in waiting], sent_at=None).update(sent_at=timezone.now())
    connection, sent = get_connection(), 0
    try:
        for message in waiting:
            sent += _send(message, connection)
    finally:
        connection.close()
    return sent


def sweep() -> int:
    """Deletes mails that were sent, or given up, three months ago or longer; returns how many."""
    old = Message.objects.filter(written_at__lt=timezone.now() - KEPT)
    return sweeping.sweep(old.filter(sent_at__isnull=False)) + sweeping.sweep(old.filter(given_up=True))


def _send(message: Message, connection: BaseEmailBackend) -> bool:
    if not _claim(message):
        return False
    host = urlsplit(config().base_url).hostname or "localhost"
    # The same id on each attempt, so that a mail server can drop a repeat.
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{message.key.replace('/', '.')}@{host}>"}
    mail = EmailMessage(message.subject, message.body, to=[message.address], headers=headers, connection=connection)
    try:
        connection.open()
        mail.send()
    except (SMTPException, OSError) as fault:
        connection.close()
        _failed(message, fault)
        return False
    Message.objects.filter(pk=message.pk).update(sent_at=timezone.now(), error="")
    return True


def _claim(message: Message) -> bool:
    """Makes this worker the one that tries now; false where another was faster."""
    pause = min(FIRST_PAUSE * 2**message.attempts, LONGEST_PAUSE)
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts, sent_at=None, given_up=False)
    return bool(mine.update(attempts=F("attempts") + 1, due_at=timezone.now() + pause))


def _failed(message: Message, fault: Exception) -> None:
    hopeless = isinstance(fault, SMTPRecipientsRefused) and all(
        code >= 500 for code, _words in fault.recipients.values()
    )
    given_up = hopeless or message.attempts + 1 >= MOST_ATTEMPTS
    # The kind of fault only: a server's words may repeat the address.
    _log.warning("mail.failed", message=message.pk, error=type(fault).__name__, given_up=given_up)
    Message.objects.filter(pk=message.pk).update(error=f"{type(fault).__name__}: {fault}"[:200], given_up=given_up)
