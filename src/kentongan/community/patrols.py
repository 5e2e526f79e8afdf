"""Rounds of the watch: when they are due, who was where, and a warning where nobody was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.community import groups, letters
from kentongan.community.neighbours import CheckIn, Group, Member, Patrol, Point, Round
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import read_line
from kentongan.people.models import Person
from kentongan.places import distance, read_spot

LONGEST = 12 * 60  # minutes of one round
MOST = 30  # points, and rounds, of a group
NEAR, WIDE = 50, 100  # metres around a point; a place with a wider circle is no proof
KEPT = timedelta(days=90)
LATE = timedelta(hours=12)  # a round that was over for longer before any worker looked is told to nobody


def add_point(leader: Member, name: str, given: Mapping[str, Any]) -> Point:
    """A place that patrols pass; with a place of the phone it can be told by position too."""
    name = _named(leader.group.points.count(), name)
    spot = read_spot(given, [])
    return Point.objects.create(group=leader.group, name=name, lon=spot.lon, lat=spot.lat)


def add_round(leader: Member, name: str, starts: str, minutes: str, days: str) -> Round:
    """A round that comes again. `starts` HH:MM of the group's clock, `days` seven 0 or 1 from Monday on.

    Raises Problem `missing_name`, `too_long`, `no_points`, `bad_time`, `bad_minutes`, `bad_days` (422).
    """
    name = _named(leader.group.rounds.count(), name)
    if not leader.group.points.exists():
        raise Problem("no_points", 422, _("Add a point first: a round passes all of them."))
    try:
        begins = time.fromisoformat(starts)
    except ValueError:
        raise Problem("bad_time", 422, _("Give the time as 22:30."), field="starts") from None
    if not minutes.isdecimal() or len(minutes) > 6 or not 5 <= int(minutes) <= LONGEST:
        raise Problem("bad_minutes", 422, _("A round takes 5 minutes to 12 hours."), field="minutes")
    if len(days) != 7 or set(days) - {"0", "1"} or "1" not in days:
        raise Problem("bad_days", 422, _("Choose at least one day."), field="days")
    return Round.objects.create(
        group=leader.group, name=name, starts=begins.replace(tzinfo=None), minutes=int(minutes), days=days
    )


def drop(leader: Member, what: str, key: str) -> None:
    """Takes a point or a round away, with what it held."""
    rows: Any = leader.group.points if what == "point" else leader.group.rounds
    try:
        known = UUID(key) if what == "point" else int(key if key.isdecimal() and len(key) < 12 else "")
    except ValueError:
        raise groups.no_group() from None
    rows.filter(pk=known).delete()


def point_token(point: Point) -> str:
    """What stands in the QR code of a point."""
    return point.pk.hex + salted_hmac("kentongan.point", str(point.pk), algorithm="sha256").hexdigest()[:16]


def point_of(token: str) -> Point:
    """The point of a QR code. Raises Problem `no_point` (404)."""
    try:
        found = Point.objects.select_related("group").filter(pk=UUID(token[:32])).first()
    except ValueError:
        found = None
    if found is None or not constant_time_compare(point_token(found), token):
        raise Problem("no_point", 404, _("This is no point of a patrol, or not any more."))
    return found


def check_in(person: Person, point: Point, how: str = "qr") -> int:
    """The person is at a point: it counts for every round that is on now; returns for how many.

    Raises Problem `no_group` (404) for who is not in the group, `no_round` (409) where none is on.
    """
    groups.member(person, point.group_id)
    now = timezone.now()
    plan(point.group, now)
    on = Patrol.objects.filter(round__group=point.group, begins_at__lte=now, until__gt=now).exclude(state="missed")
    with transaction.atomic():
        patrols = list(on.select_for_update(of=("self",)))
        if not patrols:
            raise Problem("no_round", 409, _("No round is on now. It is not counted."))
        CheckIn.objects.bulk_create(
            [CheckIn(patrol=one, point=point, person=person, how=how) for one in patrols], ignore_conflicts=True
        )
        points = point.group.points.count()
        for one in patrols:
            if one.state == "waiting" and one.checks.count() >= points:
                one.state = "done"
                one.save(update_fields=["state"])
        live.tell(f"group:{point.group_id}")
    return len(patrols)


def check_in_here(person: Person, group: UUID, given: Mapping[str, Any]) -> Point:
    """The same by where the phone is: the nearest point within reach.

    Raises Problem `bad_position`, `not_there` (422) and what `check_in` does.
    """
    mine, spot = groups.member(person, group), read_spot(given, [])
    if spot.lon is None or spot.lat is None or not 0 < (spot.accuracy or 0) <= WIDE:
        raise Problem("bad_position", 422, _("The phone does not know well enough where it is. Read the QR code."))
    placed = [one for one in mine.group.points.all() if one.lon is not None and one.lat is not None]
    reach = [(distance(spot.lon, spot.lat, one.lon or 0.0, one.lat or 0.0), one) for one in placed]
    near = min((one for one in reach if one[0] <= NEAR + (spot.accuracy or 0)), key=lambda one: one[0], default=None)
    if near is None:
        raise Problem("not_there", 422, _("You are at none of the points. Go nearer, or read the QR code."))
    check_in(person, near[1], "place")
    return near[1]


def plan(group: Group, now: datetime) -> list[Patrol]:
    """Writes down the rounds of yesterday and today that have begun: one that goes past midnight belongs to the day on
    which it began. Returns those whose time is not over or was over within a day."""
    zone, wanted = ZoneInfo(group.zone), list[Patrol]()
    has_points = group.points.exists()
    for one in group.rounds.all() if has_points else ():
        wanted += [Patrol(round=one, begins_at=begins, until=until) for begins, until in begun(one, now, zone)]
    rows = Patrol.objects.filter(round__group=group, until__gt=now - timedelta(days=1)).select_related("round")
    known = set(rows.values_list("round", "begins_at")) if wanted else set()
    # A page that only looks asks nobody for the right to write.
    if new := [one for one in wanted if (one.round_id, one.begins_at) not in known]:
        Patrol.objects.bulk_create(new, ignore_conflicts=True)
    return list(rows.order_by("-begins_at", "-pk").prefetch_related("checks__point", "checks__person"))


def begun(one: Round, now: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """From when until when a round has been on, of those times that are not over for long."""
    found, today = [], now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):  # the longest ends within the day after its begin
        begins = datetime.combine(day, one.starts, zone)
        until = begins + timedelta(minutes=one.minutes)
        if one.days[day.weekday()] == "1" and one.created_at <= begins <= now < until + LATE:
            found.append((begins, until))
    return found


def warn_missed() -> int:
    """What the worker does: a round whose time is over with points that nobody passed is missed, and head and guards
    are told, once. Returns how many were missed."""
    now, missed = timezone.now(), 0
    for group in Group.objects.filter(rounds__isnull=False).distinct():
        plan(group, now)
    due = Patrol.objects.filter(state="waiting", until__lte=now).values_list("pk", flat=True)
    for key in list(due[:500]):
        with transaction.atomic():
            rows = Patrol.objects.select_for_update(of=("self",)).select_related("round__group")
            one = rows.filter(pk=key, state="waiting").first()
            if one is None:
                continue
            one.state = "missed"
            one.save(update_fields=["state"])
            group = one.round.group
            leaders = group.members.filter(is_in=True, role__in=groups.LEADERS).select_related("person")
            letters.to_members(group, [each.person for each in leaders], f"patrol/{one.pk}", "missed")
            live.tell(f"group:{group.pk}")
            missed += 1
    return missed


def _named(number: int, written: str) -> str:
    name = read_line({"name": written}, "name", 80)
    if not name:
        raise Problem("missing_name", 422, _("Give it a name."), field="name")
    if number >= MOST:
        raise Problem("too_many", 429, _("There are thirty already. Take one away first."))
    return name
