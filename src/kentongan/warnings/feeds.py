"""Feeds of others, each message once: fetched by the one door, kept as far as their source may speak for the place."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import structlog
from django.db import transaction
from django.utils import timezone

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.warnings import cap_reading, publishing, shapes
from kentongan.warnings.cap_reading import Foreign, Listed, Unusable
from kentongan.warnings.models import Feed, Fetched, Warning
from kentongan.warnings.states import State

INDEX, MESSAGE = 4 * 1024 * 1024, 1024 * 1024  # bytes
SECONDS = 10.0  # of one call
MOST_NEW = 30  # messages of one look: BMKG allows sixty calls a minute from one address
LONGEST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=30)

_log = structlog.get_logger(__name__)


def add_feed(
    name: str, url: str, *, title: str = "", area: str = "", senders: list[str] | None = None, body: str | None = None,
    every: int = 120,
) -> Feed:  # fmt: skip
    """Names a feed that is read from now on, or changes it. Raises Problem `bad_address`, `unknown_area` (422)."""
    addresses.read(url)
    if area and area not in gazetteer.areas():
        raise Problem("unknown_area", 422, f"there is no area {area}", field="area")
    said = {
        "url": url, "title": title or name, "area_code": area, "senders": senders or [], "body_id": body,
        "every": max(60, every), "due_at": timezone.now(), "fault": "", "faults": 0,
    }  # fmt: skip
    made, _new = Feed.objects.update_or_create(name=name, defaults=said)
    return made


def all_feeds() -> list[Feed]:
    """All that are read."""
    return list(Feed.objects.order_by("name"))


def end_feed(name: str) -> bool:
    """Reads a feed no longer; what came from it goes with it."""
    gone = bool(Feed.objects.filter(name=name).delete()[0])
    if gone:
        from kentongan.warnings import standing

        with transaction.atomic():
            standing.changed()
    return gone


def read_feeds() -> int:
    """Reads what is due; returns how many messages were new."""
    now, new = timezone.now(), 0
    for feed in Feed.objects.filter(due_at__lte=now).order_by("due_at"):
        mine = Feed.objects.filter(pk=feed.pk, due_at=feed.due_at)
        if mine.update(due_at=now + timedelta(seconds=feed.every)):  # else another worker has it
            new += _look(feed)
    return new


def sweep_feeds() -> int:
    """Forgets what was looked at a month ago; returns how many."""
    return Fetched.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def _look(feed: Feed) -> int:
    mine, new = Feed.objects.filter(pk=feed.pk), 0
    try:
        listed, seen = _index(feed)
        with outgoing.within(SECONDS * MOST_NEW):
            for one in reversed(listed):  # the oldest first: an update finds what it updates
                new += _fetch(feed, one)
    except (outgoing.CallFailed, addresses.Refused, Unusable, OSError) as fault:
        words = str(fault) if isinstance(fault, Unusable) else type(fault).__name__
        pause = min(timedelta(seconds=feed.every) * 2 ** min(feed.faults, 6), LONGEST_PAUSE)
        faults = min(feed.faults + 1, 1000)
        mine.update(fault=words[:120], faults=faults, due_at=timezone.now() + pause)
        _log.warning("warnings.feed_failed", feed=feed.pk, error=words)
        return new
    mine.update(fault="", faults=0, looked_at=timezone.now(), **seen)
    return new


def _index(feed: Feed) -> tuple[list[Listed], dict[str, str]]:
    """The entries that were not looked at yet, the newest first, and what the index says of itself."""
    asked = {"If-None-Match": feed.etag, "If-Modified-Since": feed.modified}
    headers = {name: value for name, value in asked.items() if value}
    answer = outgoing.call("GET", feed.url, seconds=SECONDS, most=INDEX, headers=headers, hops=2)
    if answer.status == 304:
        return [], {}
    answer.expect()
    listed = cap_reading.entries(answer.content, feed.url)
    digests = {_digest(one): one for one in listed}
    known = set(Fetched.objects.filter(feed=feed, digest__in=digests).values_list("digest", flat=True))
    fresh = [one for digest, one in digests.items() if digest not in known]
    part = fresh[:MOST_NEW]
    if len(fresh) > len(part):
        return part, {"etag": "", "modified": ""}  # there is more: the next look must be told all again
    seen = {"etag": answer.headers.get("ETag", "")[:200], "modified": answer.headers.get("Last-Modified", "")[:80]}
    return part, seen


def _fetch(feed: Feed, listed: Listed) -> int:
    """One message: 1 where it was new and of use. Raises CallFailed where its host does not answer: later again."""
    answer = outgoing.call("GET", listed.url, seconds=SECONDS, most=MESSAGE, hops=1)
    if answer.status == 429 or answer.status >= 500:
        answer.expect()
    fault, new = "", False
    try:
        if not answer.ok:
            raise Unusable(f"status {answer.status}")
        new = take(feed, cap_reading.message(answer.content))
    except Unusable as why:
        fault = str(why)
        _log.warning("warnings.unusable", feed=feed.pk, error=fault)
    Fetched.objects.get_or_create(feed=feed, digest=_digest(listed), defaults={"fault": fault[:120]})
    return int(new)


def take(feed: Feed, said: Foreign) -> bool:
    """Keeps a message of a feed, once; whether it was new. What it updates or cancels ends, if it is of the same feed.

    Raises Unusable where this source may not say it.
    """
    if feed.senders and said.sender not in feed.senders:
        raise Unusable("a sender that this feed may not speak for")
    with transaction.atomic():
        known = Warning.objects.select_for_update().filter(
            identifier=said.identifier, sender=said.sender, sent=said.sent
        ).first()  # fmt: skip
        if known is not None:
            return _add_languages(known, feed, said)
        before = _referred(feed, said)
        made = _made(feed, said, before)
        made.save()
        for one in before:
            if one.state == State.ACTIVE:
                name = "cancel" if said.msg_type == "Cancel" else "update"
                publishing.end(one, name, State.CANCELLED if name == "cancel" else State.UPDATED)
        if made.state == State.ACTIVE or (said.msg_type == "Cancel" and before):
            publishing.announce(made)
    return True


def _add_languages(known: Warning, feed: Feed, said: Foreign) -> bool:
    """The same message from the index of another language: its words are added, nobody is told again."""
    fresh = {language: words for language, words in said.words.items() if language not in known.words}
    source = known.feed
    if source is not None and fresh and source.url.split("/")[:3] == feed.url.split("/")[:3]:
        known.words = known.words | fresh
        known.area_words = said.area_words | known.area_words
        known.save(update_fields=["words", "area_words"])
    return False


def _referred(feed: Feed, said: Foreign) -> list[Warning]:
    """What it refers to, of the same source: nobody takes back what somebody else said."""
    names = [identifier for sender, identifier in said.references if sender == said.sender]
    rows = Warning.objects.select_for_update().filter(sender=said.sender, identifier__in=names, feed=feed)
    return list(rows.order_by("sent"))


def _made(feed: Feed, said: Foreign, before: list[Warning]) -> Warning:
    if said.msg_type == "Cancel" and not said.words:  # CAP lets a cancel say nothing more
        _as_before(said, before)
    covered = shapes.covers(said.area)
    if feed.area_code:
        covered = [one for one in covered if shapes.touches([feed.area_code], one)]
        covered = [feed.area_code if feed.area_code.startswith(f"{one}.") else one for one in covered]
    if not covered:
        raise Unusable("outside the area of this source")
    expires = said.expires or said.sent + cap_reading.USUAL
    return Warning(
        pk=uuid4(), identifier=said.identifier, sender=said.sender, sent=said.sent, status=said.status,
        msg_type=said.msg_type, references=" ".join(",".join(one) for one in said.references), feed=feed,
        body_id=feed.body_id, replaces=before[-1] if before else None, kind=said.kind, category=said.category,
        urgency=said.urgency, severity=said.severity, certainty=said.certainty, onset=said.onset, expires=expires,
        words=said.words, area=said.area, area_words=said.area_words, covers=covered,
        state=_state(feed, said, expires),
    )  # fmt: skip


def _as_before(said: Foreign, before: list[Warning]) -> None:
    if not before:
        raise Unusable("takes back what is not known here")
    last = before[-1]
    said.words, said.area, said.area_words = last.words, last.area, last.area_words
    said.kind, said.category, said.severity, said.expires = last.kind, last.category, last.severity, last.expires


def _state(feed: Feed, said: Foreign, expires: object) -> State:
    """Where it stands from its first moment on: over already, or ended by what came before it."""
    if said.msg_type == "Cancel":
        return State.CANCELLED
    if said.expires is not None and said.expires <= timezone.now():
        return State.EXPIRED
    name = f"{said.sender},{said.identifier}"
    rows = Warning.objects.filter(feed=feed, sender=said.sender, sent__gt=said.sent, references__contains=name)
    later = next((one for one in rows.order_by("sent") if name in one.references.split(" ")), None)
    if later is None:
        return State.ACTIVE
    return State.CANCELLED if later.msg_type == "Cancel" else State.UPDATED


def _digest(one: Listed) -> str:
    return sha256(one.mark.encode("utf-8", "surrogateescape")).hexdigest()
