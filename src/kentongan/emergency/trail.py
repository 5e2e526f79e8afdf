"""What follows the first message: where the phone goes, words both ways, pictures and sounds. All of it sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import reports
from kentongan.emergency import handing, telling
from kentongan.emergency.commands import LONGEST_WORDS, operator
from kentongan.emergency.models import Alert, Look, Media, Message, Watch
from kentongan.emergency.press import KINDS
from kentongan.emergency.receiving import keep_spot, locate_late
from kentongan.emergency.states import ENDED, Actor
from kentongan.emergency.stays import Side
from kentongan.emergency.writer import Happening, Who, append, changing
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal, seal_bytes, unseal, unseal_bytes
from kentongan.people.models import Person
from kentongan.places import Spot, read_spot

MOST_AT_ONCE = 100  # places of one message, after a gap
MOST_SPOTS = 20_000  # of one alert: every five seconds for more than a day
MOST_MESSAGES = 500
MOST_KINDS = 20  # times that the kind is said; each stands in the log
MOST_MEDIA, LARGEST = 12, 8 * 1024 * 1024  # bytes of each
MOST_PIXELS = (
    128_000_000  # of a picture, beyond any phone: a console that shows more of them may be ended by its browser
)
ONE_LOOK = timedelta(minutes=2)  # pauses shorter than this are the same look

_SIGNS = (
    (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"\x89PNG\r\n\x1a\n", "image/png"), (8, b"WEBP", "image/webp"),
    (4, b"ftyphei", "image/heic"), (4, b"ftypavif", "image/avif"), (0, b"\x1aE\xdf\xa3", "audio/webm"),
    (0, b"OggS", "audio/ogg"), (0, b"ID3", "audio/mpeg"), (8, b"WAVE", "audio/wav"), (4, b"ftyp", "audio/mp4"),
)  # fmt: skip

MEDIA_KINDS = frozenset(kind for _at, _sign, kind in _SIGNS)


def add_positions(alert: Alert, sent: Any) -> int:
    """Keeps where the phone is now, or a list of where it was (`positions`); returns how many were places.

    Raises Problem `ended` (409) once the alert has ended: the phone stops.
    """
    _refuse_ended(alert)
    given = sent.get("positions", [sent]) if isinstance(sent, Mapping) else []
    spots = [read_spot(one, []) for one in list(given)[:MOST_AT_ONCE] if isinstance(one, Mapping)] \
        if isinstance(given, list) else []  # fmt: skip
    known = [one for one in spots if one.is_known]
    if not known:
        raise Problem("bad_position", 422, _("There is no place in this."), field="lon")
    with transaction.atomic():
        if alert.positions.count() < MOST_SPOTS:
            for spot in known:
                keep_spot(alert, spot)
        battery = next((one.battery for one in reversed(known) if one.battery is not None), alert.battery)
        now = timezone.now()
        Alert.objects.filter(pk=alert.pk).update(heard_at=now, battery=battery)
        said = [telling.spot_said(one.as_kept(), now - one.age_as_time, one.number) for one in known]
        telling.tell(alert, "positions", {"spots": said}, side=Side.OUT)
    if not alert.area_code or "home_area" in alert.remarks:
        locate_late(alert.pk, known[-1])
    else:
        handing.follow(alert, known[-1])
    return len(known)


def describe(alert: Alert, person: Person | None, kind: str) -> Alert:
    """The person says what kind it is, afterwards. Raises Problem `bad_kind` (422), `ended` (409), `too_many` (429)."""
    if kind not in KINDS:
        raise Problem("bad_kind", 422, _("This is not one of the kinds."), field="kind")
    with changing(alert.pk) as held:
        _refuse_ended(held)
        if held.kind != kind:
            if held.entries.filter(kind="described").count() >= MOST_KINDS:
                raise Problem("too_many", 429, _("This alert has too many messages. Call instead."))
            held.kind, held.heard_at = kind, timezone.now()
            append(held, Happening("described", Who(Actor.CALLER, person), data={"kind": kind}))
        return held


def say(alert: Alert, who: Who, key: UUID, words: str) -> Message:
    """Keeps what somebody wrote, once for each key. Raises Problem `missing_words` (422), `ended` (409)."""
    text = words.replace("\0", "").strip()
    if not text:
        raise Problem("missing_words", 422, _("Write something first."), field="text")
    if len(text) > LONGEST_WORDS:
        raise Problem("too_long", 422, _("This is longer than 2,000 letters."), field="text")
    with changing(alert.pk) as held:
        if known := held.messages.filter(key=key).first():
            return known
        _refuse_ended(held)
        if held.messages.count() >= MOST_MESSAGES:
            raise Problem("too_many", 429, _("This alert has too many messages. Call instead."))
        if who.actor == Actor.CALLER:
            held.heard_at = timezone.now()
            held.save(update_fields=["heard_at"])
        made = Message.objects.create(alert=held, key=key, actor=who.actor, person=who.person, sealed=seal(text))
        telling.tell(held, "message", telling.message_said(made, text))
        return made


def add_media(alert: Alert, person: Person | None, content: bytes) -> Media:
    """Keeps a picture or a sound as it came, the same one once.

    Raises Problem `bad_media`, `photo_too_many_pixels` (422), `too_large` (413), `too_many` (429), `ended` (409).
    """
    if len(content) > LARGEST:
        raise Problem("too_large", 413, _("This is larger than 8 MB."), field="file")
    kind = kind_of(content)
    if not kind:
        raise Problem("bad_media", 422, _("Send a picture or a sound."), field="file")
    reports.refuse_too_large(content, MOST_PIXELS, "file")
    named = salted_hmac("kentongan.alert.media", content, algorithm="sha256").hexdigest()
    sealed = seal_bytes(content)
    with changing(alert.pk) as held:
        if known := held.media.filter(digest=named).first():
            return known
        _refuse_ended(held)
        if held.media.count() >= MOST_MEDIA:
            raise Problem("too_many", 429, _("This alert has twelve pictures and sounds already."))
        held.heard_at = timezone.now()
        append(held, Happening("media", Who(Actor.CALLER, person), data={"type": kind}))
        made = Media.objects.create(alert=held, content_type=kind, digest=named, sealed=sealed)
        telling.tell_media(held, made)
        return made


def kind_of(content: bytes) -> str:
    """What kind of picture or sound it is, by its first bytes; empty for none."""
    return next((kind for at, sign, kind in _SIGNS if content[at : at + len(sign)] == sign), "")


def look(alert: Alert, person: Person) -> None:
    """Notes that an operator has the places and words of an alert open. Raises Problem `no_alert` (404)."""
    note_look(alert, person, operator(person, alert).watch)


def note_look(alert: Alert, person: Person, post: Watch | None) -> None:
    """The same of anybody who may look: an operator at a post, or a neighbour."""
    now = timezone.now()
    young = Look.objects.filter(alert=alert, person=person, until__gte=now - ONE_LOOK)
    if not young.update(until=now):
        with transaction.atomic():
            telling.tell_look(alert, Look.objects.create(alert=alert, person=person, watch=post, at=now, until=now))


def positions(alert: Alert, last: int = 500) -> list[dict[str, Any]]:
    """The newest places, the oldest of them first: lon, lat, accuracy, battery, `at`, `received_at`."""
    rows = list(alert.positions.order_by("-at", "-id")[:last])
    opened = [(one, unseal(one.sealed)) for one in reversed(rows)]
    return [{**told, "at": one.at, "received_at": one.received_at} for one, told in opened if told]


def last_spot(alert: Alert) -> Spot | None:
    """Where the phone was last."""
    found = positions(alert, 1)
    return Spot(found[0]["lon"], found[0]["lat"], found[0]["accuracy"]) if found else None


def messages(alert: Alert) -> list[dict[str, Any]]:
    """The words both ways in their order: `actor`, `person`, `text`, `at`, `key`."""
    rows = alert.messages.order_by("at", "id").select_related("person")
    return [
        {
            "key": one.key, "at": one.at, "actor": one.actor, "person": one.person, "by": one.by,
            "text": unseal(one.sealed) or "",
        }
        for one in rows
    ]  # fmt: skip


def media_content(alert: Alert, media: UUID) -> tuple[bytes, str]:
    """A picture or sound and its type. Raises Problem `no_alert` (404)."""
    found = alert.media.filter(pk=media).first()
    content = unseal_bytes(bytes(found.sealed)) if found else None
    if found is None or content is None:
        raise Problem("no_alert", 404, _("There is no such picture."))
    return content, found.content_type


def _refuse_ended(alert: Alert) -> None:
    if alert.state in ENDED:
        raise Problem("ended", 409, _("This alert has ended. If you need help, press again."))
