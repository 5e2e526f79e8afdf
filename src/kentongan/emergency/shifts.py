"""Who means to be on duty when: shifts, who stands in, what is handed over, and hours that nobody has, told before.

A shift is an intention. On duty is who is heard, whatever the calendar says: `watching`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from kentongan import casework, live
from kentongan.emergency import letters, units, watching
from kentongan.emergency.commands import read_words
from kentongan.emergency.fleet import HandOver, Shift
from kentongan.emergency.models import Watch
from kentongan.emergency.zones import zone_of_post
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal, unseal
from kentongan.foundation.sweeping import sweep
from kentongan.people.models import Person

LONGEST = timedelta(hours=24)  # of one shift
AHEAD = timedelta(days=7)  # that gaps are looked for
TOLD = timedelta(hours=24)  # before it begins a gap is told by mail
LATE = timedelta(minutes=10)  # after its begin a shift without anybody on duty is told
WEEKS = 12  # that one entry may be repeated for
FARTHEST = timedelta(days=400)  # that anybody plans
KEPT = timedelta(days=90)
NOTES = timedelta(days=14)  # of what was handed over


@dataclass(frozen=True)
class Gap:
    """Hours that nobody has. `since`: when the last shift before it ends or ended, by which it is known again."""

    begins_at: datetime
    ends_at: datetime
    since: datetime


def add_shift(person: Person, post: units.Key, who: units.Key, given: Mapping[str, str]) -> list[Shift]:
    """Writes a shift of a colleague (key): `day`, `from`, `to` by the clock of the post's place, the next day where
    `to` is not later, for `weeks` weeks. One that is there already stays. Raises Problem `bad_time`, `bad_member`,
    `bad_weeks` (422, with the field)."""
    where = units.led(person, post)
    found = next((one for one in able(where) if str(one.pk) == str(who)), None)
    if found is None:
        raise Problem("bad_member", 422, _("Only the staff of this post can have a shift."), field="person")
    zone = zone_of_post(where)
    day, begins, ends = _read_times(given, zone)
    weeks = given.get("weeks", "1") or "1"
    if not weeks.isdecimal() or len(weeks) > 3 or not 1 <= int(weeks) <= WEEKS:
        raise Problem("bad_weeks", 422, _("Repeat it for 1 to 12 weeks."), field="weeks")
    made = []
    with transaction.atomic():
        for week in range(int(weeks)):
            first, last = span(day + timedelta(days=7 * week), begins, ends, zone)
            row, new = Shift.objects.get_or_create(
                watch=where, person=found, begins_at=first, defaults={"ends_at": last}
            )
            made += [row] if new else []
        live.tell(f"watch:{where.pk}")
    return made


def span(day: date, begins: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when, by the clock of a zone; past midnight where the end is not later than the begin."""
    first = datetime.combine(day, begins, zone)
    last = datetime.combine(day if ends > begins else day + timedelta(days=1), ends, zone)
    return first, last


def drop_shift(person: Person, post: units.Key, shift: units.Key) -> int:
    """Takes a shift away; returns how many."""
    where = units.led(person, post)
    with transaction.atomic():
        live.tell(f"watch:{where.pk}")
        return Shift.objects.filter(watch=where, pk=units.key(shift)).delete()[0]


def stand_in(person: Person, shift: units.Key) -> Shift:
    """The person takes a colleague's shift, as it is, from now on. Whose it was first stays written. Raises Problem
    `no_shift` (404), `shift_over`, `already_there` (409)."""
    mine = watching.posts_of(person)
    with transaction.atomic():
        found = Shift.objects.select_for_update(of=("self",)).filter(pk=units.key(shift), watch__in=mine).first()
        if found is None:
            raise Problem("no_shift", 404, _("There is no such shift, or it is not of your post."))
        if found.ends_at <= timezone.now():
            raise Problem("shift_over", 409, _("This shift is over."))
        if found.person_id == person.pk:
            return found
        first = found.stands_in_for_id or found.person_id
        found.stands_in_for_id = first if first != person.pk else None
        found.person = person
        try:
            with transaction.atomic():
                found.save(update_fields=["person", "stands_in_for"])
        except IntegrityError:
            raise Problem("already_there", 409, _("You have a shift that begins then already.")) from None
        live.tell(f"watch:{found.watch_id}")
        return found


def take_gap(person: Person, post: units.Key, begins: str) -> Shift:
    """The person takes the hours that nobody has from a moment (ISO 8601) on, a day of them at most. Raises Problem
    `no_shift` (409) where they are taken meanwhile."""
    where = next((one for one in watching.posts_of(person) if str(one.pk) == str(post)), None)
    try:
        start = max(datetime.fromisoformat(begins), timezone.now())
    except (ValueError, TypeError):
        start = timezone.now()
    with transaction.atomic():
        if where is not None:
            Watch.objects.select_for_update().get(pk=where.pk)  # two who take it at once: one has it
        found = gaps(where, timezone.now()) if where else []
        hole = next((one for one in found if one.begins_at <= start < one.ends_at), None)
        if where is None or hole is None:
            raise Problem("no_shift", 409, _("These hours are taken, or they are not those of your post."))
        ends = min(hole.ends_at, start + LONGEST)
        made = Shift.objects.create(watch=where, person=person, begins_at=start, ends_at=ends)
        live.tell(f"watch:{where.pk}")
        return made


def gaps(post: Watch, now: datetime) -> list[Gap]:
    """Hours from now on, in the next seven days, that nobody of a post has; none of a post without a calendar: it had
    no shift in the last week and has none to come. Only shifts of people who may be on duty there today count."""
    able_now = {one.pk for one in able(post)}
    rows = list(Shift.objects.filter(watch=post, ends_at__gt=now - AHEAD).order_by("begins_at", "ends_at"))
    zone = zone_of_post(post)
    until = datetime.combine((now + AHEAD).astimezone(zone).date(), time(), zone)
    taken = [(one.begins_at, one.ends_at) for one in rows if one.person_id in able_now]
    return holes(taken, rows[0].begins_at if rows else until, now, until)


def holes(taken: Iterable[tuple[datetime, datetime]], covered: datetime, now: datetime, until: datetime) -> list[Gap]:
    """From now on what nobody has of the time up to `until`; `taken`: from when until when, by their begin. Before
    `covered` nobody was asked."""
    found = []
    for begins, ends in taken:
        if begins > max(covered, now) and covered < until:
            found.append(Gap(max(covered, now), min(begins, until), covered))
        covered = max(covered, ends)
    if covered < until:
        found.append(Gap(max(covered, now), until, covered))
    return found


def able(post: Watch) -> list[Person]:
    """Who may be on duty at a post today."""
    held = [(one, casework.role_for(one, post.body_id) or 0) for one in units.staff_of(post)]
    return [one for one, role in held if role >= casework.Role.OFFICER]


def calendar(post: Watch, first: datetime, last: datetime) -> list[Shift]:
    """The shifts of a post within these times, by their begin."""
    rows = Shift.objects.filter(watch=post, begins_at__lt=last, ends_at__gt=first)
    return list(rows.select_related("person", "stands_in_for").order_by("begins_at", "pk"))


def hand_over(person: Person, post: units.Key, words: str) -> HandOver:
    """Leaves words to the next at a post. Raises Problem `not_your_post` (403), `missing_words` (422)."""
    where = next((one for one in watching.posts_of(person) if str(one.pk) == str(post)), None)
    if where is None:
        raise Problem("not_your_post", 403, _("Only the staff of this post can go on duty there."))
    if not read_words(words):
        raise Problem("missing_words", 422, _("Write something first."), field="text")
    with transaction.atomic():
        live.tell(f"watch:{where.pk}")
        return HandOver.objects.create(watch=where, person=person, sealed=seal(read_words(words)))


def handed_over(posts: Iterable[Watch], last: int = 3) -> list[dict[str, Any]]:
    """The newest words at these posts: `at`, `zone`, `person`, `watch`, `text`."""
    rows = HandOver.objects.filter(watch__in=list(posts), at__gt=timezone.now() - NOTES)
    found = rows.select_related("person", "watch").order_by("-at", "-pk")[:last]
    return [
        {
            "at": one.at, "zone": zone_of_post(one.watch), "person": one.person, "watch": one.watch,
            "text": unseal(one.sealed) or "",
        }
        for one in found
    ]  # fmt: skip


def tell_gaps() -> int:
    """What the worker does: a gap that begins within a day, and a shift to which nobody came, are told once by mail to
    the staff of the post. Returns of how many."""
    now, told = timezone.now(), 0
    planned = Watch.objects.filter(shifts__ends_at__gt=now - AHEAD).distinct()
    for post in planned:
        if found := next((one for one in gaps(post, now) if one.begins_at < now + TOLD), None):
            told += bool(_tell_gap(post, found))
        told += _tell_absent(post, now)
    return told


def sweep_shifts() -> int:
    """Deletes shifts and what was handed over once their time is over; returns how many."""
    now = timezone.now()
    return sweep(Shift.objects.filter(ends_at__lt=now - KEPT)) + sweep(HandOver.objects.filter(at__lt=now - NOTES))


def _tell_gap(post: Watch, gap: Gap) -> int:
    clock = partial(_clock, zone_of_post(post))
    said = {"name": post.title, "begins": partial(clock, gap.begins_at), "ends": partial(clock, gap.ends_at)}
    key = f"gap/{post.pk}/{int(gap.since.timestamp()) // 60}"
    return letters.write(able(post), key, "gap", said, reverse("console:shifts"))


def _tell_absent(post: Watch, now: datetime) -> int:
    begun = Shift.objects.filter(watch=post, begins_at__lt=now - LATE, ends_at__gt=now, told_at=None)
    if not begun.exists() or watching.on_duty([post]).exists():
        return 0
    told = 0
    for one in begun:
        if Shift.objects.filter(pk=one.pk, told_at=None).update(told_at=now):
            said = {"name": post.title, "begins": partial(_clock, zone_of_post(post), one.begins_at)}
            told += bool(letters.write(able(post), f"absent/{one.pk}", "absent", said, reverse("console:alerts")))
    return told


def _clock(zone: ZoneInfo, at: datetime) -> str:
    return date_format(at.astimezone(zone), "j M H:i T")


def _read_times(given: Mapping[str, str], zone: ZoneInfo) -> tuple[date, time, time]:
    try:
        day = date.fromisoformat(given.get("day", ""))
        begins, ends = (time.fromisoformat(given.get(name, "")).replace(tzinfo=None) for name in ("from", "to"))
    except ValueError:
        raise Problem("bad_time", 422, _("Give the day, and times as 22:30."), field="from") from None
    today = timezone.localdate(timezone=zone)
    if not today - timedelta(days=1) <= day <= today + FARTHEST:
        raise Problem("bad_time", 422, _("Give a day from today on."), field="day")
    return day, begins, ends
