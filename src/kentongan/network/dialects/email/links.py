"""The links by which a mailbox answers: unguessable, kept as a hash, for one hand-over, used by one browser.

A link is the signature (HMAC-SHA256 with the installation's key) of what was told: the same mail sent twice bears the
same link. Whoever opens it changes nothing; the first step taken by it binds it to that browser.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend
from kentongan.network.models import Delivery, HandOver, ReplyLink

LASTS = timedelta(days=30)
HELD = "reply_links"  # in the session: the links that this browser has used
MAILS = 3  # an hour, for one report: new links that are asked for on the page


def issue(peer: str, stay: int, key: str) -> str:
    """The token of the mail that tells `key`; the same again for the same mail."""
    signed = salted_hmac("kentongan.network.reply", f"{peer}/{stay}/{key}", algorithm="sha256").digest()
    token = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    ReplyLink.objects.get_or_create(
        digest=_digest(token), defaults={"stay_id": stay, "expires_at": timezone.now() + LASTS}
    )
    return token


def find(token: str) -> ReplyLink:
    """The link of this token. Raises Problem `unknown_link` (404)."""
    found = ReplyLink.objects.select_related("stay__peer", "stay__report__category", "stay__report__body")
    link = found.filter(digest=_digest(token)).first()
    if link is None:
        raise Problem("unknown_link", 404, _("This link is not known. Use the one in the newest mail, whole."))
    return link


def standing(link: ReplyLink, session: SessionBase) -> str:
    """What can be done by the link: `open`, or why nothing: `ended`, `expired`, `used` (in another browser)."""
    if not link.stay.is_open:
        return "ended"
    if link.expires_at <= timezone.now():
        return "expired"
    return "used" if link.used_at is not None and link.pk not in session.get(HELD, []) else "open"


def use(link: ReplyLink, session: SessionBase) -> None:
    """Takes the link for this browser with its first step, and has a fresh one written to the mailbox.

    In the transaction of the step; `hold` follows when that is over.
    Raises Problem `used_link` (409) where another browser was faster.
    """
    if link.pk in session.get(HELD, []):
        return
    now = timezone.now()
    if not ReplyLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        raise Problem("used_link", 409, _("This link has been used. Ask for a new one; it comes by mail."))
    _write(link, f"link/{link.pk}")


def hold(link: ReplyLink, session: SessionBase) -> None:
    """Lets this browser go on with a link that it has used."""
    if link.pk not in session.get(HELD, []):
        session[HELD] = [*session.get(HELD, []), link.pk][-50:]


def ask_anew(link: ReplyLink) -> None:
    """Has a fresh link written to the mailbox, never shown here.

    Raises Problem `impossible_step` (409) where the report is with them no more, `too_many` (429).
    """
    if not link.stay.is_open:
        raise Problem("impossible_step", 409, _("This step is not possible now: look at what has happened meanwhile."))
    spend(f"reply-mail/{link.stay_id}", MAILS, 3600)
    _write(link, f"link/{link.pk}/{timezone.now():%Y%m%d%H%M%S%f}")


def _write(link: ReplyLink, key: str) -> None:
    stay = HandOver.objects.get(pk=link.stay_id)
    if stay.is_open:
        due = Delivery(
            peer_id=stay.peer_id, report_id=stay.report_id, kind="link", key=key, payload={"stay": stay.pk}
        )  # fmt: skip
        Delivery.objects.bulk_create([due], ignore_conflicts=True)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
