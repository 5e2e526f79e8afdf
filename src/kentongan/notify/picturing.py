"""The one letter with a picture: the first that a reporter gets shows on a small map where their report lies.

The picture comes inside of the letter (RFC 2392), so that reading it asks nothing of anybody and tells nobody of it.
The plain text beside it says all that the letter says. docs/decisions/0027-a-picture-in-the-first-letter.md
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
from kentongan.notify.models import Message

FIRST = {"routed", "awaiting_partner"}  # what a reporter is told as soon as the report is there
ZOOM, WIDTH, HEIGHT = 16, 320, 200  # some 760 by 480 metres
MOST = 30_000  # bytes: five seconds on a slow link (50 kbit/s), and what a letter may take more
_log = structlog.get_logger(__name__)


class _Illustrated(EmailMultiAlternatives):
    """The picture belongs to the page beside the text, and is no attachment of its own."""

    mixed_subtype = "related"


def letter(message: Message, **given: Any) -> EmailMessage:
    """The mail to send: with the picture where it helps and can be had, else of plain text alone."""
    picture = _picture(message)
    if picture is None:
        return EmailMessage(message.subject, message.body, to=[message.address], **given)
    mail = _Illustrated(message.subject, message.body, to=[message.address], **given)
    mail.attach_alternative(_page(message), "text/html")
    part = MIMEImage(picture, "png")
    part.add_header("Content-ID", "<map>")
    part.add_header("Content-Disposition", "inline", filename="map.png")
    mail.attach(part)
    return mail


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


def _page(message: Message) -> str:
    """The letter's own words, unchanged, above the picture."""
    language = message.to_person.language if message.to_person else "id"
    with translation.override(language):
        words = _("Map: the pin shows the place of your report.")
    text = urlize(escape(message.body), nofollow=False)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"></head><body>'
        f'<div style="white-space:pre-wrap;font-family:sans-serif">{text}</div>'
        f'<p><img src="cid:map" alt="{escape(words)}" width="{WIDTH}" height="{HEIGHT}" style="max-width:100%"></p>'
        "</body></html>"
    )
