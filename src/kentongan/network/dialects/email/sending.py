"""The sending side: one mail for each parcel, through Django's mail settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kentongan.foundation import mail
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network.dialects.base import Dialect, Discovery, Done, Later, Line, Outcome, Parcel, Parked
from kentongan.network.dialects.email import letter, links

BUSY = timedelta(minutes=5)  # servers that delay unknown senders want to be asked again after about that long


class Email(Dialect):
    """A mailbox: `endpoint` is its address, with or without `mailto:`."""

    name: ClassVar[str] = "email"
    title: ClassVar[str | Promise] = gettext_lazy("Mailbox")
    tells: ClassVar[frozenset[str]] = frozenset({"request", "update", "withdraw", "link"})

    def carries(self, kind: str) -> bool:
        """Every kind, where mails go anywhere at all."""
        return config().sends_mail

    def discover(self, line: Line) -> Discovery:
        """Looks whether the address is one. Raises Problem `bad_mailbox` (422)."""
        try:
            validate_email(mailbox(line))
        except ValidationError:
            raise Problem(
                "bad_mailbox", 422, _("This is no e-mail address. Give one such as dinas@example.go.id."),
                field="endpoint",
            ) from None  # fmt: skip
        return Discovery(line)

    def test(self, line: Line) -> list[str]:
        """Opens a connection to the mail server that this installation sends through."""
        connection = mail.server()
        try:
            with mail.within(connection):
                connection.open()
        except (SMTPException, OSError) as fault:
            return [_("The mail server of this installation takes no mail (%(why)s).") % {"why": type(fault).__name__}]
        finally:
            connection.close()
        return []

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """A mail for each. A repeat bears the same Message-ID and the same link."""
        connection = mail.server()
        try:
            return [_send(line, parcel, connection) for parcel in parcels]
        finally:
            connection.close()


def mailbox(line: Line) -> str:
    """The address of the peer's mailbox."""
    return line.endpoint.removeprefix("mailto:")


def _send(line: Line, parcel: Parcel, connection: BaseEmailBackend) -> Outcome:
    link = "" if parcel.kind == "withdraw" else links.issue(line.name, parcel.payload["stay"], parcel.key)
    written = letter.write(parcel, mailbox(line), link)
    written.connection = connection
    try:
        with mail.within(connection):
            written.send()
    except (SMTPException, OSError) as fault:
        return _what_became(fault)
    return Done()


def _what_became(fault: Exception) -> Outcome:
    """A refusal for good needs a person; anything else is tried again. A server's own words are never kept."""
    code = getattr(fault, "smtp_code", 0)
    if isinstance(fault, SMTPRecipientsRefused):
        code = max((said for said, _words in fault.recipients.values()), default=0)
        if code >= 500:
            return Parked(
                _("The mail server refuses this mailbox (%(code)s). Correct the address, then send it again.")
                % {"code": code}
            )
    if isinstance(fault, SMTPSenderRefused) and code >= 500:
        return Later(_("The mail server refuses KENTONGAN_MAIL_FROM as the sender (%(code)s).") % {"code": code}, BUSY)
    if isinstance(fault, SMTPDataError) and code >= 500:
        return Parked(_("The mail server will not take this mail (%(code)s).") % {"code": code})
    if isinstance(fault, SMTPException):
        return Later(_("The mail server puts it off (%(why)s).") % {"why": code or type(fault).__name__}, BUSY)
    return Later(_("The mail server of this installation cannot be reached."))
