"""Feeds of others, each message once: fetched by the one door, kept as far as their source may speak for the place."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import structlog
from django.db import transaction
from django.utils import timezone

from kentongan.foundation import addresses, outgoing
from kentongan.foundation.pausing import doubled
from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.warnings import cap_reading, publishing, shapes, standing
from kentongan.warnings.cap_reading import Foreign, Listed, Unusable
from kentongan.warnings.models import Feed, Fetched, Warning
from kentongan.warnings.states import State

INDEX, MESSAGE = 4 * 1024 * 1024, 1024 * 1024  # bytes; of an index, of all its pages together
MOST_PAGES, PAGES_WITHIN = 10, 20.0  # pages of one index that are read, and the seconds for all of them
SECONDS = 10.0  # of one call
MOST_NEW = 30  # messages of one look: BMKG allows sixty calls a minute from one address
ENOUGH, SHORT = 60.0, 20.0  # seconds for the messages of one look, and after a look of which one did not come
MOST_IN_FORCE = 300  # of one feed at once
LONGEST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=30)
AGAIN = timedelta(days=1)  # after which what was refused is read once more: who may say what may have changed here

FAULTS = (outgoing.CallFailed, addresses.Refused, Unusable, OSError)

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
        with transaction.atomic():
            standing.changed()
    return gone


def read_feeds() -> int:
    """Reads what is due; returns how many messages were new."""
    now, new, end = timezone.now(), 0, time.monotonic() + ENOUGH
    for feed in Feed.objects.filter(due_at__lte=now).order_by("due_at"):
        if time.monotonic() > end:
            break  # what else the worker does comes first; the others are due still
        mine = Feed.objects.filter(pk=feed.pk, due_at=feed.due_at)
        if mine.update(due_at=now + timedelta(seconds=feed.every)):  # else another worker has it
            new += _look(feed)
    return new


def sweep_feeds() -> int:
    """Forgets what was looked at a month ago; returns how many."""
    return Fetched.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def _look(feed: Feed) -> int:
    mine, new = Feed.objects.filter(pk=feed.pk), 0
    faults = min(feed.faults + 1, 1000)
    try:
        listed, seen, wrong = _index(feed)
    except FAULTS as why:
        mine.update(fault=_said(feed, why), faults=faults, due_at=timezone.now() + _pause(feed))
        return 0
    with outgoing.within(SHORT if feed.faults else ENOUGH):
        for one in reversed(listed):  # the oldest first: an update finds what it updates
            try:
                new += _fetch(feed, one)
            except FAULTS as why:  # it holds up none of the others, and is asked for again at the next look
                wrong = _said(feed, why)
    told = {"fault": wrong, "faults": faults} if wrong else {"fault": "", "faults": 0, **seen}
    mine.update(looked_at=timezone.now(), **told)
    return new


def _pause(feed: Feed) -> timedelta:
    """Until a feed that failed is asked again: never sooner than one that answers."""
    every = timedelta(seconds=feed.every)
    return doubled(every, feed.faults, max(LONGEST_PAUSE, every))


def _said(feed: Feed, fault: Exception) -> str:
    words = str(fault) if isinstance(fault, Unusable) else type(fault).__name__
    _log.warning("warnings.feed_failed", feed=feed.pk, error=words)
    return words[:120]


def _index(feed: Feed) -> tuple[list[Listed], dict[str, str], str]:
    """The entries that were not looked at yet, the newest first, what the index says of itself, and why some of its
    pages could not be read."""
    refused = Fetched.objects.filter(feed=feed, at__lt=timezone.now() - AGAIN).exclude(fault="")
    is_again = refused.exists()
    asked = {} if is_again else {"If-None-Match": feed.etag, "If-Modified-Since": feed.modified}
    headers = {name: value for name, value in asked.items() if value}
    answer = outgoing.call("GET", feed.url, seconds=SECONDS, most=INDEX, headers=headers, hops=2)
    if answer.status == 304:
        return [], {}, ""
    answer.expect()
    listed = cap_reading.entries(answer.content, feed.url)
    further, wrong = _further_pages(feed, answer)
    listed += further
    if is_again:
        with transaction.atomic():  # until all of it is read, the index is not asked whether it has changed
            refused.delete()
            Feed.objects.filter(pk=feed.pk).update(etag="", modified="")
    digests = {_digest(one): one for one in listed}
    known = set(Fetched.objects.filter(feed=feed, digest__in=digests).values_list("digest", flat=True))
    fresh = [one for digest, one in digests.items() if digest not in known]
    part = fresh[:MOST_NEW]
    if len(fresh) > len(part):
        return part, {"etag": "", "modified": ""}, wrong  # there is more: the next look must be told all again
    seen = {"etag": answer.headers.get("ETag", "")[:200], "modified": answer.headers.get("Last-Modified", "")[:80]}
    return part, seen, wrong


def _further_pages(feed: Feed, first: outgoing.Answer) -> tuple[list[Listed], str]:
    """The entries of the pages that an index names one after the other, as many as may be read; and why no more where
    one failed. What was read by then counts."""
    listed, read, left, last, wrong = list[Listed](), {feed.url}, INDEX - len(first.content), first, ""
    try:
        with outgoing.within(PAGES_WITHIN):
            while (url := cap_reading.following(last.content, last.url)) and url not in read and len(read) < MOST_PAGES:
                read.add(url)
                last = outgoing.call("GET", url, seconds=SECONDS, most=max(1, left), hops=1).expect()
                left -= len(last.content)
                listed += cap_reading.entries(last.content, feed.url)
    except FAULTS as why:
        wrong = _said(feed, why)
    return listed, wrong


def _fetch(feed: Feed, listed: Listed) -> int:
    """One message: 1 where it was new and of use. Raises CallFailed where its host does not answer: later again."""
    try:
        answer = outgoing.call("GET", listed.url, seconds=SECONDS, most=MESSAGE, hops=1)
    except (outgoing.TooLarge, addresses.Refused) as why:
        _note(feed, listed, type(why).__name__)
        raise
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
    _note(feed, listed, fault)
    return int(new)


def _note(feed: Feed, listed: Listed, fault: str) -> None:
    Fetched.objects.get_or_create(feed=feed, digest=_digest(listed), defaults={"fault": fault[:120]})


def take(feed: Feed, said: Foreign) -> bool:
    """Keeps a message of a feed, once; whether it was new. What it updates or cancels ends, if the same source said it.

    Raises Unusable where this source may not say it.
    """
    if feed.senders and said.sender not in feed.senders:
        raise Unusable("a sender that this feed may not speak for")
    with transaction.atomic():
        source = _source(feed)
        theirs = Warning.objects.select_for_update().filter(feed__in=source, sender=said.sender)
        known = theirs.filter(identifier=said.identifier, sent=said.sent).first()
        if known is not None:
            return _add(known, feed, said)
        # Nobody takes back what somebody else said, and no exercise what is real.
        names = [identifier for sender, identifier in said.references if sender == said.sender]
        before = list(theirs.filter(identifier__in=names, status=said.status).order_by("sent"))
        made = _made(feed, said, before, source)
        made.save()
        for one in before:
            if one.state == State.ACTIVE:
                name = "cancel" if said.msg_type == "Cancel" else "update"
                publishing.end(one, name, State.CANCELLED if name == "cancel" else State.UPDATED)
        if made.state == State.ACTIVE or (said.msg_type == "Cancel" and before):
            publishing.announce(made)
    return True


def _source(feed: Feed) -> list[str]:
    """The feeds of the same host, which is one source: the indexes of its languages, or of its provinces. They are held
    to the end of the transaction, so that one of them is read at a time."""
    host = feed.url.split("/")[:3]
    same = [one.pk for one in Feed.objects.all() if one.url.split("/")[:3] == host]
    return [one.pk for one in Feed.objects.select_for_update().filter(pk__in=same).order_by("pk")]


def _add(known: Warning, feed: Feed, said: Foreign) -> bool:
    """The same message from another index of its source: words of another language are added, and what lies in the area
    of that index. Nobody is told twice."""
    fresh = {language: words for language, words in said.words.items() if language not in known.words}
    wider = [one for one in _covered(feed, said) if not any(shapes.inside([one], held) for held in known.covers)]
    if not fresh and not wider:
        return False
    known.words, known.area_words = known.words | fresh, said.area_words | known.area_words
    known.covers = sorted({*known.covers, *wider})
    known.save(update_fields=["words", "area_words", "covers"])
    if wider and known.state == State.ACTIVE:
        publishing.announce(known)
    standing.changed()
    return False


def _covered(feed: Feed, said: Foreign) -> list[str]:
    """What lies in its area, as far as the feed may speak for it."""
    covered = shapes.covers(said.area)
    if feed.area_code:
        covered = [one for one in covered if shapes.touches([feed.area_code], one)]
        covered = [feed.area_code if feed.area_code.startswith(f"{one}.") else one for one in covered]
    return covered


def _made(feed: Feed, said: Foreign, before: list[Warning], source: list[str]) -> Warning:
    covered = _covered(feed, said)
    expires = said.expires or said.sent + cap_reading.USUAL
    if said.msg_type == "Cancel":
        covered = _as_before(said, before) or covered
        expires = max(min(expires, said.sent + cap_reading.LONGEST), timezone.now() + publishing.TOLD_FOR)
    elif not covered:
        raise Unusable("outside the area of this source")
    elif not before and feed.warnings.filter(state=State.ACTIVE, expires__gt=timezone.now()).count() >= MOST_IN_FORCE:
        raise Unusable("too many in force")
    named = dict.fromkeys(said.words or ["id"], shapes.named(covered, 12)[:400])
    return Warning(
        pk=uuid4(), identifier=said.identifier, sender=said.sender, sent=said.sent, status=said.status,
        msg_type=said.msg_type, references=" ".join(",".join(one) for one in said.references), feed=feed,
        body_id=feed.body_id, replaces=before[-1] if before else None, kind=said.kind, category=said.category,
        urgency=said.urgency, severity=said.severity, certainty=said.certainty, onset=said.onset, expires=expires,
        words=said.words, area=said.area, area_words=named | said.area_words, covers=covered,
        state=_state(source, said),
    )  # fmt: skip


def _as_before(said: Foreign, before: Iterable[Warning]) -> list[str]:
    """What a cancel takes back, which it need not say again, and may word otherwise: its area as codes."""
    covered: list[str] = []
    for last in before:
        covered = sorted({*covered, *last.covers})
        said.words, said.area, said.area_words = said.words or last.words, last.area, last.area_words
        said.kind, said.category, said.severity = last.kind, last.category, last.severity
    return covered


def _state(source: list[str], said: Foreign) -> State:
    """Where it stands from its first moment on: over already, or ended by what came before it."""
    if said.msg_type == "Cancel":
        return State.CANCELLED
    if said.expires is not None and said.expires <= timezone.now():
        return State.EXPIRED
    name = f"{said.sender},{said.identifier}"
    rows = Warning.objects.filter(feed__in=source, sender=said.sender, status=said.status, sent__gte=said.sent)
    named = rows.filter(references__contains=name)  # also of names that this one begins: looked at whole
    parts = ((one, f"{part},") for one in named.order_by("sent") for part in one.references.split())
    later = next((one for one, part in parts if part.startswith(f"{name},")), None)
    if later is None:
        return State.ACTIVE
    return State.CANCELLED if later.msg_type == "Cancel" else State.UPDATED


def _digest(one: Listed) -> str:
    return sha256(one.mark.encode("utf-8", "surrogateescape")).hexdigest()
