"""Alerts that come as SMS: what the page's *send as SMS* wrote, or whatever somebody wrote who needs help.

A gateway's word for the sender is taken; the number is kept sealed, for calling back. Nothing that asks for help is
dropped: what cannot be read is an alert in words, without a place.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.press import Press, find_area
from kentongan.emergency.receiving import HINT, keep, keep_spot, locate_late, sender_of
from kentongan.emergency.states import ENDED, Actor
from kentongan.emergency.trail import say
from kentongan.emergency.writer import Happening, Who, append, changing
from kentongan.foundation import again
from kentongan.foundation.nearness import is_near, near_to
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal, unseal
from kentongan.places import Spot, read_spot

NAMES = UUID("5b0c6a0e-3f0d-4a52-9a5d-6a5f5d3f0a11")  # of alerts made from messages that bear no id of a phone
SAME = timedelta(hours=24)  # in which what a number writes belongs to its alert that goes on
TWICE = timedelta(minutes=2)  # in which the same words of a number are the same message
AGAIN = timedelta(minutes=10)  # the same, under the same name, of an alert that has ended meanwhile
LONGEST = 2_000  # letters

# As the page writes it: k:, the id in base64url, and the beginning of the digest of the phone's claim.
_ID = re.compile(r"(?:^|\s)k:([A-Za-z0-9_-]{22})(?:\.([0-9a-f]{12}))?(?=\s|$)")
_NUMBER = r"(-?\d{1,3}[.,]\d{2,12})"  # some phones write a comma where numbers have a point
_FINE = r"(-?\d{1,3}\.\d{3,12})"  # nobody's price
_PLACES = (
    re.compile(rf"lat={_NUMBER}&(?:amp;)?m?lon={_NUMBER}"),  # OpenStreetMap, as the page has it
    re.compile(rf"geo:{_NUMBER},{_NUMBER}"),  # RFC 5870
    re.compile(rf"(?:[?&]q=|[?&]query=|/@|ll=|loc:){_NUMBER}(?:,|%2C){_NUMBER}"),  # what maps of phones share
    re.compile(rf"(?<![\d.]){_FINE}\s*[,;]\s*{_FINE}(?![\d.])"),
    re.compile(r"(?<![\d.,])(-?\d{1,3},\d{3,12})(?:\s*;\s*|,\s+|\s+)(-?\d{1,3},\d{3,12})(?![\d.,])"),
)
_ACCURACY = re.compile(r"\((?:±|\+-)?\s?(\d{1,7}) ?m\b")
_HELP = re.compile(
    r"\b(to+lo+ng|bantu|bantuan|darurat|bahaya|gawat|sos|help|emergency|kebakaran|terbakar|kecelakaan|tabrakan|banjir|"
    r"gempa|tsunami|longsor|rampok|perampokan|maling|begal|culik|diculik|perkosa|diperkosa|kdrt|dipukuli|disekap|"
    r"dibacok|ditusuk|terjebak|tenggelam|hanyut|pingsan|berdarah|terluka|sekarat|kejang|keracunan|selamatkan|"
    r"ambulans?|ambulance|damkar|112)(?:lah|in|kan|i)?\b|🆘",
    re.IGNORECASE,
)


@dataclass
class Text:
    """What an SMS says. `hint`: the beginning of the digest of the phone's claim; `calls`: it asks for help."""

    words: str
    alert_id: UUID | None
    hint: str
    spot: Spot
    calls: bool


def read_text(written: str) -> Text:
    """Reads an SMS. Raises nothing, whatever it says."""
    words = "".join(one for one in written if one == "\n" or one.isprintable()).strip()[:LONGEST]
    found = _ID.search(words)
    spot = next((_spot(one[1], one[2]) for one in (place.search(words) for place in _PLACES) if one), Spot())
    if spot.is_known and (accuracy := _ACCURACY.search(words)):
        spot.accuracy = float(accuracy[1])
    return Text(
        words=words, alert_id=_uuid(found[1]) if found else None, hint=(found[2] or "") if found else "", spot=spot,
        calls=bool(found or spot.is_known or _HELP.search(words)),
    )  # fmt: skip


def take_text(number: str, written: str, name: str = "") -> Alert | None:
    """What an SMS from `number` became, or was added to; `name` is the gateway's own for the message, where it has one.

    Once: the same alert as the phone's own, where that came by the network too, before or after. None for what asks
    for no help, which is nobody's alert unless a post says that it takes any text (`Watch.takes_texts`).
    """
    text, number = read_text(written), _plain(number)
    if not text.words:
        return None
    sender = sender_of(None, f"sms/{number}") if number else sender_of(None, f"sms/{uuid5(NAMES, written)}")
    key = uuid5(NAMES, f"{number}/{name}" if name else f"{number}/{timezone.now():%Y-%m-%d %H}/{text.words}")
    known = _known(text, sender, key)
    if known is not None and (known.state not in ENDED or _is_here(known, text, key) or _is_late(known, text)):
        return _add(known, text, number, key)
    # Whoever asks again after the end has not been helped: a new alert, whatever the gateway calls the message.
    if not text.calls and not Watch.objects.filter(takes_texts=True).exists():
        return None
    names = [one for one in (text.alert_id, key) if one]
    taken = set(Alert.objects.filter(pk__in=names).values_list("pk", flat=True))
    free = next((one for one in names if one not in taken), uuid4())
    try:
        return again.tried(lambda: _new(text, number, sender, free, key))
    except IntegrityError:  # the same message twice at once
        found = Alert.objects.filter(pk__in=names).exclude(pk__in=taken).first()
        if found is not None:
            return _add(found, text, number, key)
        return again.tried(lambda: _new(text, number, sender, uuid4(), key))


def _known(text: Text, sender: str, key: UUID) -> Alert | None:
    """The alert that an SMS belongs to: the phone's own, shown by its hint; the one this message made already; or one
    of the same number that goes on. One that goes on comes before one that has ended."""
    same = Alert.objects.filter(pk=text.alert_id).first() if text.alert_id else None
    is_theirs = same and text.hint and constant_time_compare(same.claim_digest[: len(text.hint)], text.hint)
    once = Alert.objects.filter(pk=key, sender=sender).first()
    young = Alert.objects.filter(sender=sender, created_at__gte=timezone.now() - SAME).exclude(state__in=ENDED)
    # An id that is not here yet is a new press, whatever the number has said before.
    other = young.order_by("-created_at").first() if text.alert_id is None or same is not None else None
    found = [one for one in (same if is_theirs else None, once, other) if one is not None]
    return min(found, key=lambda one: one.state in ENDED, default=None)


def _new(text: Text, number: str, sender: str, alert_id: UUID, key: UUID) -> Alert:
    remarks = ["sms"] if text.spot.is_known else ["sms", "sms_words"]
    press = Press(alert_id, text.spot, remarks=remarks)
    press.area = find_area(text.spot, press.remarks) if text.spot.is_known else ""
    with transaction.atomic():
        caller = seal({"phone": number}) if number else ""
        alert = keep(press, None, sender, text.hint if len(text.hint) == HINT else "", caller=caller)
        _say(alert, text, key)
    return alert


def _add(alert: Alert, text: Text, number: str, key: UUID) -> Alert:
    """The number, the words and the place of an SMS at an alert that is here already; each message once."""
    with changing(alert.pk) as held:
        if held.state in ENDED or _is_here(held, text, key):
            return held
        told = unseal(held.caller) or {}
        if number and told.get("phone") != number:
            held.caller = seal({**told, "phone": number})
        append(held, Happening("sms", Who(Actor.CALLER)))
        if text.spot.is_known:
            keep_spot(held, text.spot)
        _say(held, text, key)
    if text.spot.is_known:
        locate_late(alert.pk, text.spot)
    return alert


def _is_here(alert: Alert, text: Text, key: UUID) -> bool:
    """Whether a message was taken in before. Some gateways hand on one SMS twice, each with a name of its own, and some
    give one name to many."""
    said, now = alert.messages.filter(actor=Actor.CALLER), timezone.now()
    young = said.filter(near_to("at", now, TWICE)).order_by("-at")[:5]
    # What a gateway did not hear answered it tells again for hours; after the end it may be the person who asks again.
    same = said.filter(near_to("at", now, AGAIN if alert.state in ENDED else SAME), key=key)
    return text.words in [unseal(one.sealed) for one in (*young, *same)]


def _is_late(alert: Alert, text: Text) -> bool:
    """Whether it may have been under way since before its alert ended a moment ago."""
    ended = alert.ended_at or alert.cancelled_at
    return alert.pk == text.alert_id and is_near(ended, timezone.now(), AGAIN)


def _say(alert: Alert, text: Text, key: UUID) -> None:
    key = uuid4() if alert.messages.filter(key=key).exists() else key
    with suppress(Problem):  # five hundred messages: the alert and its number are there all the same
        say(alert, Who(Actor.CALLER), key, text.words)


def _spot(lat: str, lon: str) -> Spot:
    return read_spot({"lat": float(lat.replace(",", ".")), "lon": float(lon.replace(",", "."))}, [])


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{written}=="))
    except ValueError:
        return None


def _plain(number: str) -> str:
    """A telephone number as it is dialled; letters (a sender's name) are left as they are."""
    bare = re.sub(r"[\s().-]", "", number.replace("\0", ""))[:40]
    return bare if re.fullmatch(r"\+?\d{3,20}", bare) else number.replace("\0", "").strip()[:40]
