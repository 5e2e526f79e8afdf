"""The mail itself: Indonesian first, English below, as text and as HTML, with what the body needs to act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from kentongan import bodies, catalogue, places, reports
from kentongan.foundation.config import config
from kentongan.network import facts
from kentongan.network.dialects.base import Parcel, Picture

LANGUAGES = ("id", "en")
MOST_PICTURES = 3
MOST_BYTES = 5 * 1024 * 1024  # of all photos of one mail; mailboxes of offices are small


def write(parcel: Parcel, address: str, token: str) -> EmailMultiAlternatives:
    """The mail that tells the parcel; `token` is that of its reply link, empty where there is nothing to answer."""
    parts = [_part(parcel, language, token) for language in LANGUAGES]
    mail = EmailMultiAlternatives(
        _subject(parcel), "\n".join(render_to_string("network/mail.txt", one) for one in parts),
        settings.DEFAULT_FROM_EMAIL, [address], headers=_headers(parcel),
    )  # fmt: skip
    mail.attach_alternative(render_to_string("network/mail.html", {"parts": parts}), "text/html")
    for number, content in enumerate(_contents(parcel.pictures), start=1):
        mail.attach(f"{parcel.report['code']}-{number}.jpg", content, "image/jpeg")
    return mail


def _headers(parcel: Parcel) -> dict[str, str]:
    """The same Message-ID for the same parcel, all of one report in one thread, and no out-of-office answers."""
    headers = {"Message-ID": _name(parcel.key), "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if parcel.kind != "request":
        first = _name(f"request/{parcel.payload['stay']}")
        headers |= {"In-Reply-To": first, "References": first}
    return headers


def _name(key: str) -> str:
    host = urlsplit(config().base_url).hostname or "localhost"
    return f"<network.{key.replace('/', '.')}@{host}>"


def _subject(parcel: Parcel) -> str:
    with override("id"):
        kind, where = catalogue.get(parcel.report["category"]).name, parcel.report["address"].split(", ")
        place = f", {where[-2]}" if len(where) > 1 else ""
        answers = "" if parcel.kind == "request" else "Re: "
        return f"{answers}[{parcel.report['code']}] {kind}{place}"[:200]


def _part(parcel: Parcel, language: str, token: str) -> dict[str, Any]:
    """What one language's half of the mail says."""
    with override(language):
        report = parcel.report
        body = bodies.snapshot().body(report["body"] or "")
        return {
            "language": language, "kind": parcel.kind, "report": report, "entry": parcel.entry,
            "category": catalogue.get(report["category"]).name, "body": body.name if body else "",
            "opening": _opening(parcel), "answers": _answers(report),
            "received": _day(report["created_at"], report), "deadline": _day(report["deadline_at"], report),
            "reasons": [one["text"].get(language, "") for one in report["reasons"]],
            "link": facts.link(f"reply/{token}") if token else "",
            "photos": [one.url for one in parcel.pictures if one.url],
            "map": _map(report["lon"], report["lat"]),
        }  # fmt: skip


def _answers(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was asked and answered, in words."""
    asked = report["asked"] or catalogue.get(report["category"]).questions
    return reports.in_their_words(catalogue.in_order(asked, report["answers"]))


def _opening(parcel: Parcel) -> str:
    """The first sentence: why this mail was sent."""
    if parcel.kind == "request":
        return _("A report from a citizen is for you.")
    if parcel.kind == "withdraw":
        return _("This report has been passed on to somebody else. You need not do anything more.")
    if parcel.kind == "link":
        return _("Here is a fresh link by which you answer this report.")
    return {
        "commented": _("Somebody has commented on a report that you have."),
        "supported": _("One more person has the trouble of a report that you have."),
        "confirmed": _("The reporter confirms that it is solved. Thank you."),
        "rated": _("The reporter has rated your answer."),
        "reopened": _("It is not solved, says the reporter. The report is open again."),
        "contested": _("Somebody objects to the result."),
        "hidden": _("Something of this report must not be public. Please do not show it to others."),
        "shown_again": _("What was hidden of this report is public again."),
    }.get(parcel.entry.get("kind", ""), _("There is news of a report that you have."))


def _day(written: str | None, report: Mapping[str, Any]) -> str:
    """A time in the zone of the report's place, and which zone that is."""
    zone = places.zone_of(next(iter(report["areas"]), ""))
    return date_format(datetime.fromisoformat(written).astimezone(zone), "j F Y, H:i T") if written else ""


def _map(lon: float | None, lat: float | None) -> str:
    return f"https://www.openstreetmap.org/?mlat={lat:.6f}&mlon={lon:.6f}#map=18/{lat:.6f}/{lon:.6f}" if lat else ""


def _contents(pictures: tuple[Picture, ...]) -> Iterator[bytes]:
    """The photos that go with the mail; the others are linked in it. One whose file is gone is left out."""
    left = MOST_BYTES
    for one in pictures[:MOST_PICTURES]:
        try:
            content = one.read()
        except OSError:
            continue
        if len(content) <= left:
            left -= len(content)
            yield content
