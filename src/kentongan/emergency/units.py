"""Units: made by those who lead a post, moved by their own people, offered to who has an alert by their way to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import casework, live
from kentongan.casework import Role
from kentongan.emergency import trail, watching
from kentongan.emergency.fleet import Sending, Unit, UnitKind, UnitState
from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.travel import Way, way
from kentongan.foundation import prepared
from kentongan.foundation.nearness import far_from, is_near
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal, unseal
from kentongan.foundation.stale import mark, over
from kentongan.foundation.text import read_line
from kentongan.people.models import Person
from kentongan.places import Spot, read_spot

QUIET = timedelta(minutes=2)  # after which a phone on duty counts as silent
STALE = timedelta(hours=1)  # of silence, after which nothing is known of a place any more and the unit is off
MOST = 200  # units of a post
WRITTEN = ("call_sign", "kind", "phone", "area_code")  # on its form
AREA = re.compile(r"\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?", re.ASCII)  # a Kemendagri code
Key = int | str  # of a row: as the database has it, or as a page sends it back
ORDER = (UnitState.AVAILABLE, UnitState.BUSY, UnitState.ON_THE_WAY, UnitState.THERE, UnitState.OFF)
_NAMED = "SELECT 1 FROM emergency_unit_members WHERE person_id = %s LIMIT 1"  # the menu of every page of staff asks


@dataclass(frozen=True)
class Offer:
    """A unit as the operator of an alert sees it. `way` None where one of the places is not known."""

    unit: Unit
    way: Way | None
    sending: Sending | None  # what it is sent to now
    is_silent: bool

    @property
    def is_free(self) -> bool:
        """Whether it can be sent."""
        return self.sending is None and self.unit.state != UnitState.OFF


def posts_led_by(person: Person) -> list[Watch]:
    """The posts whose units, cards and shifts the person may change: coordinator or more at the post's body."""
    mine = watching.posts_of(person)
    return [one for one in mine if (casework.role_for(person, one.body_id) or 0) >= Role.COORDINATOR]


def led(person: Person, post: Key) -> Watch:
    """The post with this key. Raises Problem `not_your_post` (403)."""
    found = next((one for one in posts_led_by(person) if str(one.pk) == str(post)), None)
    if found is None:
        raise Problem("not_your_post", 403, _("Only those who lead this post may change this."))
    return found


def keep_unit(person: Person, post: Key, given: Mapping[str, str], members: Iterable[str], unit: Key = "") -> Unit:
    """Makes a unit, or changes one (`unit`, a key), of which `was` in `given` is the `mark_of_unit` that was shown.

    Raises Problem `missing_name`, `too_long`, `bad_kind`, `bad_member`, `bad_area`, `name_taken`, `too_many` (422, with
    the field), `no_unit` (404) for one that was taken away, `changed_meanwhile` (409)."""
    where = led(person, post)
    with transaction.atomic():
        found = _to_change(where, unit)
        with over(given.get("was") if unit else "", "call_sign", lambda: mark_of_unit(found) if found.pk else ""):
            _fill(found, where, given, members)
    return found


def mark_of_unit(unit: Unit) -> str:
    """The mark of what the form of a unit shows."""
    crew = sorted(one.pk for one in unit.members.all())
    return mark(unit.call_sign, unit.kind, unit.phone, unit.area_code, crew)


def _to_change(where: Watch, unit: Key) -> Unit:
    if not unit:
        return Unit(watch=where)
    found = units_of([where]).select_for_update(of=("self",)).filter(pk=key(unit)).first()
    if found is None:
        raise no_unit()
    return found


def _fill(found: Unit, where: Watch, given: Mapping[str, str], members: Iterable[str]) -> None:
    name, phone = read_line(given, "call_sign", 40), read_line(given, "phone", 40)
    if not name:
        raise Problem("missing_name", 422, _("Give it a call sign."), field="call_sign")
    if given.get("kind") not in set(UnitKind):
        raise Problem("bad_kind", 422, _("This is not one of the kinds."), field="kind")
    crew = _crew(where, members)
    if not found.pk and units_of([where]).count() >= MOST:
        raise Problem("too_many", 422, _("This post has two hundred units already."), field="call_sign")
    found.call_sign, found.kind, found.phone = name, given["kind"], phone
    found.area_code = read_area(where, given.get("area", ""))
    try:
        with transaction.atomic():
            # Of one that is there its form alone: its people say meanwhile how they are and where.
            found.save(update_fields=WRITTEN if found.pk else None)
            found.members.set(crew)
            live.tell(f"watch:{where.pk}")
    except IntegrityError:
        raise Problem("name_taken", 422, _("Another unit here has this call sign."), field="call_sign") from None


def end_unit(person: Person, post: Key, unit: Key) -> None:
    """Takes a unit away. Raises Problem `unit_busy` (409) while it is sent to an alert."""
    where = led(person, post)
    with transaction.atomic():
        found = units_of([where]).select_for_update(of=("self",)).filter(pk=key(unit)).first()
        if found is None:
            raise no_unit()
        if found.sendings.filter(ended_at=None).exists():
            raise Problem("unit_busy", 409, _("It is on its way to somebody."))
        found.ended_at, found.state, found.sealed, found.placed_at = timezone.now(), UnitState.OFF, "", None
        found.save()
        live.tell(f"watch:{where.pk}", f"unit:{found.pk}")


def read_area(post: Watch, written: str) -> str:
    """A code within the post's area; empty for all of it. Raises Problem `bad_area` (422)."""
    code = written.strip()
    if not code or code == post.area_code:
        return post.area_code
    if not AREA.fullmatch(code) or (post.area_code and not code.startswith(f"{post.area_code}.")):
        raise Problem("bad_area", 422, _("Give the code of an area within that of the post."), field="area")
    return code


def key(written: Key) -> int:
    """The key of a row as a page sends it back; 0, which is nobody's, for anything else."""
    return int(written) if str(written).isdecimal() and len(str(written)) < 18 else 0


def units_of(posts: Iterable[Watch]) -> QuerySet[Unit]:
    """The units of these posts, by call sign."""
    found = Unit.objects.filter(watch__in=list(posts), ended_at=None)
    return found.select_related("watch").order_by("call_sign", "pk")


def crew_of(unit: Unit) -> list[Person]:
    """Who is told that the unit is sent: its members who are still on the staff of its post's body."""
    named = unit.members.filter(is_active=True)
    return [one for one in named if casework.role_for(one, unit.watch.body_id) is not None]


def my_units(person: Person) -> list[Unit]:
    """The units of which the person is today: named as a member, and still on the staff of the post's body."""
    if not person.is_active or not prepared.rows(_NAMED, (person.pk,)):
        return []
    found = Unit.objects.filter(members=person, ended_at=None).select_related("watch").order_by("call_sign", "pk")
    return [one for one in found if casework.role_for(person, one.watch.body_id) is not None]


def my_unit(person: Person, unit: Key) -> Unit:
    """One of them. Raises Problem `no_unit` (404)."""
    found = next((one for one in my_units(person) if str(one.pk) == str(unit)), None)
    if found is None:
        raise no_unit()
    return found


def no_unit() -> Problem:
    """The same for one that is not there and one that is not theirs."""
    return Problem("no_unit", 404, _("There is no such unit, or you are not of it."))


def offers(alert: Alert, person: Person) -> list[Offer]:
    """Units for an alert: those that work in its area or belong to the body of the person's post, who can be sent and
    is nearest first."""
    spot, now = trail.last_spot(alert), timezone.now()
    found = list(offered_to(alert, person).select_related("watch"))
    open_ones = Sending.objects.filter(unit__in=found, ended_at=None).select_related("alert")
    sent = {one.unit_id: one for one in open_ones}
    rows = [
        Offer(one, way(place_of(one), spot, under_way=one.pk in sent), sent.get(one.pk), is_silent(one, now))
        for one in found
    ]  # fmt: skip
    far = 10**9
    return sorted(
        rows, key=lambda one: (
            not one.is_free, ORDER.index(UnitState(one.unit.state)), one.is_silent,
            one.way.seconds if one.way else far, one.unit.call_sign,
        ),
    )  # fmt: skip


def offered_to(alert: Alert, person: Person) -> QuerySet[Unit]:
    """Which units an operator of the alert may send."""
    post = watching.post_for(person, alert)
    parts = alert.area_code.split(".") if alert.area_code else []
    codes = ["", *(".".join(parts[: at + 1]) for at in range(len(parts)))]
    near = Q(area_code__in=codes)
    if post is not None:
        near |= Q(watch__body=post.body_id)
    return Unit.objects.filter(near, ended_at=None)


def place_of(unit: Unit) -> Spot | None:
    """Where its phone was last; None off duty, or where that is too long ago."""
    told = unseal(unit.sealed)
    if not told or not is_near(unit.placed_at, timezone.now(), STALE):
        return None
    return Spot(told["lon"], told["lat"], told.get("accuracy"))


def is_silent(unit: Unit, now: datetime | None = None) -> bool:
    """Whether a unit on duty was not heard for two minutes."""
    return unit.state != UnitState.OFF and not is_near(unit.heard_at, now or timezone.now(), QUIET)


def keep_place(unit: Unit, sent: Mapping[str, Any]) -> Spot:
    """Puts where the phone is in the place of where it was. An older place than the last is heard and not kept.

    Raises Problem `off_duty` (409): the phone stops; `bad_position` (422).
    """
    spot, now = read_spot(sent, []), timezone.now()
    if not spot.is_known:
        raise Problem("bad_position", 422, _("There is no place in this."), field="lon")
    at = now - spot.age_as_time
    held = Unit.objects.filter(pk=unit.pk, ended_at=None).exclude(state=UnitState.OFF)
    if not held.update(heard_at=now):
        raise Problem("off_duty", 409, _("You are not on duty: nobody sees where you are."))
    newer = held.filter(Q(placed_at=None) | Q(placed_at__lte=at) | Q(placed_at__gt=now))
    newer.update(sealed=seal({"lon": spot.lon, "lat": spot.lat, "accuracy": spot.accuracy}), placed_at=at)
    return spot


def note_heard(unit: Unit) -> None:
    """The unit's phone answers, wherever it is."""
    Unit.objects.filter(pk=unit.pk).update(heard_at=timezone.now())


def sweep_units() -> int:
    """Forgets the places of units that are off or were not heard for an hour, and ends their duty; returns of how
    many. Who is on the way to somebody stays."""
    now = timezone.now()
    idle = Unit.objects.exclude(sendings__in=Sending.objects.filter(ended_at=None))
    old = idle.exclude(state=UnitState.OFF).filter(Q(heard_at=None) | far_from("heard_at", now, STALE))
    old = old.filter(far_from("state_at", now, STALE))
    done = old.update(state=UnitState.OFF, state_at=now, sealed="", placed_at=None)
    left = Unit.objects.exclude(sealed="").filter(Q(state=UnitState.OFF) | far_from("placed_at", now, STALE))
    return done + left.update(sealed="", placed_at=None)


def _crew(post: Watch, members: Iterable[str]) -> list[Person]:
    able = {str(one.pk): one for one in staff_of(post)}
    if strange := [one for one in members if one not in able]:
        raise Problem("bad_member", 422, _("Only the staff of this body can be of the unit."), field="members",
                      extra={"members": strange})  # fmt: skip
    return [able[one] for one in members]


def staff_of(post: Watch) -> list[Person]:
    """Who works at the post's body today, by name."""
    found = casework.desks({post.body_id}).get(post.body_id, set())
    people = Person.objects.filter(pk__in=found, is_active=True)
    return sorted(people, key=lambda one: (one.name or one.email).casefold())
