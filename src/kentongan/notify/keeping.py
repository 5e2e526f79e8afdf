"""The demo's mail server: keeps every mail on a page, the sign-in codes too, and sends none."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from kentongan.notify.models import Message
from kentongan.people.models import Person

KEPT_HERE = "kentongan.notify.keeping.KeepingBackend"


def stays_here() -> bool:
    """Whether this installation keeps its mail on a page instead of sending it: the demo does."""
    return settings.EMAIL_BACKEND == KEPT_HERE


def reaches(person: Person) -> bool:
    """Whether mail may be written to somebody: made-up people have made-up addresses, which may be a stranger's. What
    they would have got is read on a page, never sent."""
    return stays_here() or not person.is_demo


class KeepingBackend(BaseEmailBackend):
    """Django's `EMAIL_BACKEND` where the mode is `demo`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keeps each mail once for each of its recipients; returns how many mails there were."""
        now = timezone.now()
        for mail in email_messages:
            for address in mail.recipients():
                Message.objects.create(
                    key=f"mail/{uuid4()}", address=address, subject=mail.subject[:200], body=str(mail.body),
                    to_person=Person.objects.filter(email=address.lower()).first(), sent_at=now, is_demo=True,
                )  # fmt: skip
        return len(email_messages)
