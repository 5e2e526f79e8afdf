"""Sharing where I am: begun by the person alone, for a limited time, one at a time, ended by one press or by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.community import journeys, letters
from kentongan.community.models import Share, Viewer
from kentongan.foundation import prepared, rates
from kentongan.foundation.inserting import moment
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal
from kentongan.foundation.text import cut_text, read_line
from kentongan.people.models import Person
from kentongan.people.proving import is_proven
from kentongan.places import Spot, read_spot

SHORTEST, LONGEST = 5, 12 * 60  # minutes
KEPT = timedelta(hours=24)  # after the begin nothing at all is left
MOST_VIEWERS = 20
A_DAY, SHARES = 100, 50  # viewers that one account may name, and times that it may begin, in a day


def running(person: Person, lock: bool = False) -> Share | None:
    """The share of this person that goes on now. Time ends it, whether a worker runs or not."""
    if lock:
        rows = Share.objects.select_for_update()
        return rows.filter(person=person, ended_at=None, ends_at__gt=timezone.now()).first()
    # Every page of somebody asks.
    asked = "WHERE person_id = %s AND ended_at IS NULL AND ends_at > %s ORDER BY id LIMIT 1"
    return next(iter(prepared.objects(Share, asked, (person.pk, moment(timezone.now())))), None)


def begin(
    person: Person, minutes: int, to: tuple[float, float, str] | None = None, arrive_in: int | None = None,
    device: str = "",
) -> Share:  # fmt: skip
    """Begins to share for so many minutes; what was shared before ends. `to`: lon, lat and name of a destination,
    `arrive_in`: minutes until the person means to be there. Nobody sees anything before a viewer is named.

    Raises Problem `bad_minutes`, `bad_arrival` (422), `too_many` (429).
    """
    if not SHORTEST <= minutes <= LONGEST:
        raise Problem("bad_minutes", 422, _("Share for 5 minutes to 12 hours."), field="minutes")
    if arrive_in is not None and not 1 <= arrive_in <= minutes:
        raise Problem("bad_arrival", 422, _("The arrival has to lie within the time of sharing."), field="arrive_in")
    rates.spend(f"family-begin/{person.pk}", SHARES, 86_400)
    now = timezone.now()
    way = journeys.Way(to[0], to[1], cut_text(to[2], 120)) if to else journeys.Way()
    with transaction.atomic():
        _lock(person)
        for before in Share.objects.select_for_update().filter(person=person, ended_at=None):
            close(before, "person" if before.ends_at > now else "time")
        made = Share.objects.create(
            person=person, started_at=now, ends_at=now + timedelta(minutes=minutes), device=cut_text(device, 36),
            due_at=now + timedelta(minutes=arrive_in) if to and arrive_in else None, sealed=journeys.closed(way),
        )  # fmt: skip
        letters.to_who_shares(made)
        tell(made)
    return made


def add(person: Person, name: str, email: str = "") -> Viewer:
    """Lets one more see: whoever gets the link, or the account of an e-mail address. Nobody is told whether an address
    has an account. Raises Problem `not_sharing` (409), `missing_name`, `too_long`, `bad_email` (422), `too_many`
    (429)."""
    name, email = read_line({"name": name}, "name", 80), _address(email)
    if not name and not email:
        raise Problem("missing_name", 422, _("Say who it is, so that you know later who can see you."), field="name")
    rates.spend(f"family/{person.pk}", A_DAY, 86_400)
    with transaction.atomic():
        share = _running(person)
        if share.viewers.count() >= MOST_VIEWERS:
            raise Problem("too_many", 429, _("Twenty people can see you already. Take somebody away first."))
        other = Person.objects.filter(email=email, is_active=True).first() if email else None
        if other is not None and (not is_proven(other) or other.pk == person.pk):
            other = None  # an address that nobody has shown to be theirs may be a stranger's
        if other is not None and (known := share.viewers.filter(person=other).first()):
            return known
        made = Viewer(share=share, person=other, is_link=not email, sealed=seal(name or email))
        made.digest = digest(token_of(made))
        made.save(force_insert=True)
        if other is not None:
            letters.to_viewer(made, "began")
            live.tell(f"family:{other.pk}")
        tell(share)
    return made


def _address(typed: str) -> str:
    """An e-mail address as accounts have it; empty where none was given. Nobody would ever see by one that is none."""
    email = typed.strip().lower()
    try:
        if email:
            validate_email(email)
            MaxLengthValidator(254)(email)
    except ValidationError:
        raise Problem("bad_email", 422, _("Write a whole e-mail address."), field="email") from None
    return email


def remove(person: Person, viewer: UUID) -> int:
    """Takes somebody's sight away at once; returns how many."""
    with transaction.atomic():
        share = _running(person)
        gone = share.viewers.filter(pk=viewer).delete()[0]
        tell(share)
    return gone


def end(person: Person, ending: str = "person") -> bool:
    """Ends all sight at once; whether there was any. `ending` may be `arrived`."""
    with transaction.atomic():
        share = running(person, lock=True)
        if share is not None:
            close(share, "arrived" if ending == "arrived" else "person")
        return share is not None


def place(person: Person, sent: Mapping[str, Any], device: str, take: bool = False) -> Share:
    """Keeps where the phone is, in place of where it was. An older place than the last is heard and not kept.

    One device sends; another one may `take` that over. Raises Problem `not_sharing` (409), `other_device` (409),
    `bad_position` (422).
    """
    spot, now = read_spot(sent, []), timezone.now()
    if not spot.is_known:
        raise Problem("bad_position", 422, _("There is no place in this."), field="lon")
    with transaction.atomic():
        share, device = _running(person), cut_text(device, 36)
        if share.device and share.device != device and not take:
            raise Problem("other_device", 409, _("Another of your devices sends where you are."))
        share.device, share.heard_at = device, now
        _put(share, spot, now)
        share.save()
        tell(share)
    return share


def token_of(viewer: Viewer) -> str:
    """What stands in the address of a viewer: made of the row, so that it can be shown again and is kept nowhere."""
    return salted_hmac("kentongan.family.viewer", str(viewer.pk), algorithm="sha256").hexdigest()[:40]


def digest(token: str) -> str:
    """How a token is looked for."""
    return hashlib.sha256(token.encode()).hexdigest()


def close(share: Share, ending: str) -> None:
    """Ends a locked share: the place goes at once, that it ended and how stays for a day."""
    now = timezone.now()
    share.ended_at = min(now, share.ends_at) if ending == "time" else now
    share.ending, share.sealed, share.at = ending, "", None
    share.save()
    if ending == "arrived":
        letters.to_viewers(share, "arrived")
    tell(share)


def tell(share: Share) -> None:
    """The page of whoever shares, and those of all who see it, look again."""
    live.tell(f"share:{share.pk}", *(f"seen:{one}" for one in share.viewers.values_list("digest", flat=True)))


def _put(share: Share, spot: Spot, now: datetime) -> None:
    way, at = journeys.opened(share.sealed), now - spot.age_as_time
    if spot.battery is not None:
        way.battery = spot.battery
        if spot.battery <= journeys.LOW and share.low_at is None:
            share.low_at = now
            letters.to_viewers(share, "low")
    said = ""
    # One that was later than now, by a clock of ours that has been put back since, would stand for as long as that.
    if share.at is None or at > share.at or share.at > now:
        said = journeys.judge(way, spot, at, now)
        share.at = at
    share.sealed = journeys.closed(way)
    if said == "off" and share.off_at is None:
        share.off_at = now
        letters.to_viewers(share, "off")
    elif said == "on":
        share.off_at = None
    elif said == "there":
        close(share, "arrived")


def _running(person: Person) -> Share:
    share = running(person, lock=True)
    if share is None:
        raise Problem("not_sharing", 409, _("Nothing is shared any more. Begin anew if you want to."))
    return share


def _lock(person: Person) -> None:
    """Two windows that begin at once wait for each other."""
    Person.objects.select_for_update().filter(Q(pk=person.pk)).first()
