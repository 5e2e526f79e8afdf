"""Words to the whole group, with how many read them; and guests overnight, told to the head (1 x 24 hours)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.community import letters
from kentongan.community.neighbours import Guest, Member, Notice, Role
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal, unseal
from kentongan.foundation.text import TextTooLong, clean_text, read_line

LONGEST = 2_000
NOTICES_KEPT = timedelta(days=90)
GUESTS_KEPT = timedelta(days=7)  # after they have left
MOST_NIGHTS = 30
MOST_NOTICES, MOST_GUESTS, A_DAY = 50, 20, 86_400  # of one person


@dataclass(frozen=True)
class Posted:
    """A notice as it is shown: how many of the members have read it."""

    notice: Notice
    text: str
    read: int


@dataclass(frozen=True)
class Staying:
    """A guest as host and head see them."""

    guest: Guest
    name: str
    home: str


def post(leader: Member, text: str) -> Notice:
    """A notice of head or guard. Raises Problem `missing_words`, `too_long` (422), `too_many` (429)."""
    try:
        words = clean_text(text, LONGEST)
    except TextTooLong:
        raise Problem("too_long", 422, _("This is longer than 2,000 letters."), field="text") from None
    if not words:
        raise Problem("missing_words", 422, _("Write something first."), field="text")
    rates.spend(f"notices/{leader.person_id}", MOST_NOTICES, A_DAY)
    with transaction.atomic():
        made = Notice.objects.create(group=leader.group, person=leader.person, sealed=seal(words))
        made.readers.add(leader.person)
        live.tell(f"group:{leader.group_id}")
    return made


def take_down(leader: Member, key: str) -> None:
    """A notice goes: its writer's own, or any for the head."""
    rows = leader.group.notices.filter(pk=int(key)) if key.isdecimal() and len(key) < 12 else Notice.objects.none()
    (rows if leader.role == Role.HEAD else rows.filter(person=leader.person)).delete()


def notices(mine: Member) -> list[Posted]:
    """The newest first. That this member has them on the screen is noted, as a count for all."""
    rows = list(mine.group.notices.select_related("person").order_by("-at", "-pk")[:20])
    through: Any = Notice.readers.through
    known = set(through.objects.filter(person=mine.person, notice__in=rows).values_list("notice_id", flat=True))
    if fresh := [one for one in rows if one.pk not in known]:
        links = [through(notice_id=one.pk, person_id=mine.person_id) for one in fresh]
        through.objects.bulk_create(links, ignore_conflicts=True)
    return [Posted(one, str(unseal(one.sealed) or ""), one.readers.count()) for one in rows]


def tell_guest(host: Member, name: str, home: str, nights: str, from_on: str) -> Guest:
    """Somebody stays overnight. Raises Problem `missing_name`, `too_long`, `bad_nights`, `bad_date` (422), `too_many`
    (429)."""
    said = {"guest": name, "home": home}
    name, home = read_line(said, "guest", 80), read_line(said, "home", 120)
    if not name:
        raise Problem("missing_name", 422, _("Who is it?"), field="guest")
    if not nights.isdecimal() or len(nights) > 4 or not 1 <= int(nights) <= MOST_NIGHTS:
        raise Problem("bad_nights", 422, _("One to thirty nights."), field="nights")
    today = timezone.now().astimezone(ZoneInfo(host.group.zone)).date()  # after midnight there, it is yesterday in UTC
    try:
        begins = date.fromisoformat(from_on) if from_on else today
    except ValueError:
        raise Problem("bad_date", 422, _("This is no date."), field="from_on") from None
    if not today - timedelta(days=2) <= begins <= today + timedelta(days=60):
        raise Problem("bad_date", 422, _("The guest comes within sixty days, or came yesterday."), field="from_on")
    rates.spend(f"guests/{host.person_id}", MOST_GUESTS, A_DAY)  # each is a mail to the head
    with transaction.atomic():
        made = Guest.objects.create(
            group=host.group, person=host.person, sealed=seal({"name": name, "home": home}), from_on=begins,
            until_on=begins + timedelta(days=int(nights)),
        )  # fmt: skip
        heads = host.group.members.filter(role=Role.HEAD, is_in=True).select_related("person")
        letters.to_members(host.group, [one.person for one in heads], f"guest/{made.pk}", "guest")
        live.tell(f"group:{host.group_id}")
    return made


def guests(mine: Member) -> list[Staying]:
    """The head's: all who stay or come; anybody else's: their own. That the head has seen them is noted."""
    rows = mine.group.guests.select_related("person").order_by("from_on", "pk")
    if mine.role == Role.HEAD:
        if (unseen := rows.filter(seen_at=None)).exists():
            unseen.update(seen_at=timezone.now())
    else:
        rows = rows.filter(person=mine.person)
    told = [(one, unseal(one.sealed) or {}) for one in rows]
    return [Staying(one, str(said.get("name", "")), str(said.get("home", ""))) for one, said in told]


def guest_left(host: Member, key: str) -> None:
    """The host takes back what was told of a guest."""
    if key.isdecimal() and len(key) < 12:
        host.group.guests.filter(pk=int(key), person=host.person).delete()
