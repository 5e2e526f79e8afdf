"""Letters with a picture: the first that a reporter gets shows on a small map where their report lies, and all that
tell of a report have the logo and the colour of the body that has it, where it has set one (`notify/heading.py`).

The pictures come inside of the letter (RFC 2392), so that reading it asks nothing of anybody and tells nobody of it.
The plain text beside them says all that the letter says. docs/decisions/0027-a-picture-in-the-first-letter.md
"""

from __future__ import annotations

from email.mime.image import MIMEImage
from typing import Any

import structlog
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import translation
from django.utils.html import escape, urlize
from django.utils.translation import gettext as _

from kentongan import basemap
from kentongan.foundation.problems import Problem
from kentongan.notify import heading
from kentongan.notify.models import Message

FIRST = {"routed", "awaiting_partner"}  # what a reporter is told as soon as the report is there
ZOOM, WIDTH, HEIGHT = 16, 320, 200  # some 760 by 480 metres
MOST = 30_000  # bytes: five seconds on a slow link (50 kbit/s), and what a letter may take more
_log = structlog.get_logger(__name__)


class _Illustrated(EmailMultiAlternatives):
    """The picture belongs to the page beside the text, and is no attachment of its own."""

    mixed_subtype = "related"


def letter(message: Message, **given: Any) -> EmailMessage:
    """The mail to send: with the pictures that help and can be had, else of plain text alone."""
    picture, head = _picture(message), heading.of(message)
    if picture is None and head is None:
        return EmailMessage(message.subject, message.body, to=[message.address], **given)
    mail = _Illustrated(message.subject, message.body, to=[message.address], **given)
    mail.attach_alternative(
        _page(message, heading.drawn(head) if head else "", has_map=picture is not None), "text/html"
    )
    if head and head.logo:
        mail.attach(_part(head.logo, "logo"))
    if picture is not None:
        mail.attach(_part(picture, "map"))
    return mail


def _part(picture: bytes, name: str) -> MIMEImage:
    part = MIMEImage(picture, "png")
    part.add_header("Content-ID", f"<{name}>")
    part.add_header("Content-Disposition", "inline", filename=f"{name}.png")
    return part


def _picture(message: Message) -> bytes | None:
    """The map of the reporter's own report in the first letter about it; None for all others."""
    entry = message.entry
    if entry is None or entry.kind not in FIRST or entry.data.get("decision") is None:
        return None
    report = entry.report
    if report.reporter_id != message.to_person_id or report.is_restricted or report.lon is None or report.lat is None:
        return None
    view = basemap.View(ZOOM, round(report.lon, 5), round(report.lat, 5), WIDTH, HEIGHT)
    try:
        return basemap.for_a_letter(view, MOST)
    except (Problem, OSError, ValueError) as fault:  # whatever is wrong with the map, the letter goes
        _log.warning("mail.no_picture", message=message.pk, error=type(fault).__name__)
        return None


def _page(message: Message, head: str, *, has_map: bool) -> str:
    """The letter's own words, unchanged, below the head and above the map."""
    language = message.to_person.language if message.to_person else "id"
    with translation.override(language):
        words = _("Map: the pin shows the place of your report.")
    text = urlize(escape(message.body), nofollow=False)
    size = f'width="{WIDTH}" height="{HEIGHT}" style="max-width:100%"'
    drawn = f'<p><img src="cid:map" alt="{escape(words)}" {size}></p>' if has_map else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"></head><body>{head}'
        f'<div style="white-space:pre-wrap;font-family:sans-serif">{text}</div>{drawn}</body></html>'
    )
