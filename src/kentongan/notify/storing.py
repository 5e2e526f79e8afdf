"""Django's mail backend: a request only stores its mail, so that no mail server can hold it up or fail it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from kentongan.notify.models import Message
from kentongan.people.models import Person


class StoringBackend(BaseEmailBackend):
    """For what is sent while somebody waits: sign-in codes, links to a new password, confirmations of an address.

    Such mails go before all others and are deleted once they are sent or given up: they hold secrets.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Stores each mail once for each of its recipients; returns how many mails there were.

        Raises ValueError for a mail with attachments: nobody here writes one, and it would arrive without them.
        """
        for mail in email_messages:
            if mail.attachments:
                raise ValueError("a stored mail has no attachments")
            for address in mail.recipients():
                Message.objects.create(
                    key=f"mail/{uuid4()}", address=address, subject=mail.subject[:200], body=str(mail.body),
                    to_person=Person.objects.filter(email=address.lower()).first(), is_urgent=True,
                )  # fmt: skip
        return len(email_messages)
