"""Who watches a place, and whether anybody does now: posts, turns of duty, and the heart-beat of a console."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework
from kentongan.casework import Role
from kentongan.emergency import elsewhere, posts
from kentongan.emergency.models import Alert, Call, Duty, Watch
from kentongan.foundation import prepared
from kentongan.foundation.inserting import moment
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person

EVERY = 10  # seconds between two heart-beats of a console
HALF = 0.005  # degrees: half the side of the square that a place with two decimals stands for
MOST_HOME = 200  # posts
MOST_WAITING = 200  # alerts that sound at once for whoever comes on duty
SILENT = timedelta(seconds=30)  # after which a console that was not heard watches nobody


def covering(area: str) -> list[Watch]:
    """The posts that watch an area (Kemendagri code), the nearest to it first; without a code those of the country."""
    return sorted(posts.of_areas(["", *elsewhere.around(area)]), key=lambda one: -len(one.area_code))


def posts_for(alert: Alert) -> list[Watch]:
    """The posts that see an alert, the nearest first. One that no other instance answers for is seen, where none of
    ours covers its place, by all of them. Read once for as long as the alert is in hand: a press asks five times."""
    where, kept = (alert.area_code, alert.called_home), vars(alert).get("_posts")
    if kept is None or kept[0] != where:
        near = covering(alert.area_code)
        kept = vars(alert)["_posts"] = (where, near or home() if alert.called_home else near)
    found: list[Watch] = kept[1]
    return found


def home() -> list[Watch]:
    """Our own posts, those of the whole country before the others: for what nobody else answers for."""
    return posts.of_areas([""]) or posts.every(MOST_HOME)


def first_awake(near: list[Watch], there: list[Duty] | None = None) -> Watch | None:
    """The first of these posts where somebody is on duty, else the first. `there`: turns that were just read."""
    awake = {one.watch_id for one in (turns(near) if there is None else there)}
    return next((one for one in near if one.pk in awake), None) or next(filter(_is_kept, near), None)


def _is_kept(post: Watch) -> bool:
    """Whether a post of the copy in memory is there still: what refers to one that is gone is not stored."""
    if prepared.rows("SELECT 1 FROM emergency_watch WHERE id = %s", [post.pk]):
        return True
    posts.posts.forget()
    return False


def turns(near: Iterable[Watch]) -> list[Duty]:
    """As `on_duty`, of which the names are read when they are asked for: for what happens with every press."""
    keys = sorted({one.pk for one in near})
    if not keys:
        return []
    now = timezone.now()
    return prepared.objects(Duty, _awake_at(len(keys)), [moment(now - SILENT), moment(now + SILENT), *keys])


@remembered(maxsize=64)
def _awake_at(number: int) -> str:
    marks = ", ".join(["%s"] * number)
    active = "EXISTS (SELECT 1 FROM people_person WHERE people_person.id = person_id AND is_active)"
    here = f"watch_id IN ({marks})"
    return f"WHERE until IS NULL AND beat_at BETWEEN %s AND %s AND {here} AND {active} ORDER BY since, id"


def on_duty(watches: Iterable[Watch]) -> QuerySet[Duty]:
    """The turns at these posts whose console was heard within half a minute, the longest first."""
    found = awake(watch__in=list(watches), person__is_active=True)
    return found.select_related("person", "watch").order_by("since", "id")


def awake(**which: Any) -> QuerySet[Duty]:
    """Those turns whose console was heard within half a minute. One that was heard later than now, by a clock of ours
    that has been put back since, may have been silent for as long as that."""
    now = timezone.now()
    return Duty.objects.filter(until=None, beat_at__range=(now - SILENT, now + SILENT), **which)


def watcher(area: str) -> tuple[Watch | None, bool]:
    """The post that is called for an area, and whether anybody is on duty there now."""
    near = covering(area)
    there = turns(near)
    return first_awake(near, there), bool(there)


def is_watched(area: str) -> bool:
    """Whether an operator is on duty for an area at this moment, here or at the instance that watches it."""
    return _watched(area)[0]


def _watched(area: str) -> tuple[bool, str]:
    """The same with the title of the post."""
    post, is_awake = watcher(area)
    there = elsewhere.find(area)
    if there is not None and there.on_duty and not is_ours(area, there):
        return True, f"{there.post} ({there.title})" if there.post else there.title
    return is_awake, post.title if post and is_awake else ""


def is_ours(area: str, there: elsewhere.Watcher) -> bool:
    """Whether an area is watched here although another instance watches it too: by a post as near as theirs."""
    post, is_awake = watcher(area)
    return post is not None and len(post.area_code) >= len(there.area) and (is_awake or not there.on_duty)


def watched_at(lon: float, lat: float) -> tuple[bool, str]:
    """Whether a place (WGS 84 degrees) is watched now, and the title of the post; for before the button is held.

    Where the place is given to two decimals at most, as our page does, it is a square of a kilometre: it is watched
    only where all of it is, as far as it lies in the country.
    """
    from kentongan.emergency.press import find_area
    from kentongan.places import Spot

    is_square = round(lon, 2) == lon and round(lat, 2) == lat
    corners = [(lon + x, lat + y) for x in (-HALF, HALF) for y in (-HALF, HALF)] if is_square else []
    areas = list(dict.fromkeys(find_area(Spot(*one), []) for one in [(lon, lat), *corners]))
    found = [_watched(area) for area in [one for one in areas if one] or [""]]
    awake = all(is_awake for is_awake, _title in found)
    return awake, found[0][1] if awake else ""


def posts_of(person: Person) -> list[Watch]:
    """The posts at which the person may be an operator: officer or more at the post's body today."""
    if not person.is_active:
        return []
    held = {code for code, _role in bodies.open_roles(person)}
    if not held:
        return []
    # Many posts, few roles: the roles are read once, and asked for only where there may be one.
    every = prepared.objects(Watch, "ORDER BY title, id", ())
    found = [one for one in every if held.intersection(bodies.line(one.body_id))]
    return [one for one in found if (casework.role_for(person, one.body_id) or 0) >= Role.OFFICER]


def post_for(person: Person, alert: Alert) -> Watch | None:
    """At which of the person's posts they may work on the alert: the nearest that covers its area, of those where they
    are on duty if there is one; else where they have it already, whose phone has gone elsewhere since; None at none."""
    mine = {one.pk for one in posts_of(person)}
    near = [one for one in posts_for(alert) if one.pk in mine]
    here = set(Duty.objects.filter(person=person, until=None, watch__in=near).values_list("watch", flat=True))
    found = next((one for one in near if one.pk in here), near[0] if near else None)
    has_it = alert.owner_id == person.pk and alert.owner_watch_id in mine
    return alert.owner_watch if found is None and has_it else found


def begin_duty(person: Person, post: int) -> Duty:
    """Goes on duty at a post (key); already there, it is a heart-beat. Raises Problem `not_your_post` (403)."""
    found = next((one for one in posts_of(person) if one.pk == post), None)
    if found is None:
        raise Problem("not_your_post", 403, _("Only the staff of this post can go on duty there."))
    for _try in range(2):
        if beat(person, post):
            break
        try:
            with transaction.atomic():
                _ring_for_what_waits(turn := Duty.objects.create(watch=found, person=person))
                return turn
        except IntegrityError:
            continue  # two windows at once: the other made it
    return Duty.objects.select_related("watch").get(watch=found, person=person, until=None)


def _ring_for_what_waits(turn: Duty) -> None:
    """Alerts that nobody has sound at once for whoever comes: the next rule may be minutes away."""
    nobodys = Alert.objects.filter(watch=turn.watch_id, owner=None, owner_away="", step_at__isnull=False)
    waiting = nobodys.values_list("pk", flat=True)
    calls = [Call(alert_id=one, person_id=turn.person_id) for one in waiting[:MOST_WAITING]]
    Call.objects.bulk_create(calls, ignore_conflicts=True)


def beat(person: Person, post: int | None = None) -> int:
    """The console answers: the person's turns go on, at one post or at all of theirs; returns how many.

    Who no longer works for a body is on duty there no longer.
    """
    mine = [one.pk for one in posts_of(person)]
    if post is not None:
        mine = [one for one in mine if one == post]
    turns = Duty.objects.filter(person=person, until=None)
    turns.exclude(watch__in=[one.pk for one in posts_of(person)]).update(until=timezone.now())
    return turns.filter(watch__in=mine).update(beat_at=timezone.now())


def is_on_duty(person: Person) -> bool:
    """Whether the person's console was heard at any post within half a minute."""
    return awake(person=person).exists()


def end_duty(person: Person, post: int) -> int:
    """Goes off duty at a post; returns how many turns ended."""
    return Duty.objects.filter(person=person, watch=post, until=None).update(until=timezone.now())


def close_silent() -> int:
    """Ends the turns of consoles that were not heard for a quarter of an hour, at the time they were last heard."""
    ended = 0
    for turn in Duty.objects.filter(until=None, beat_at__lt=timezone.now() - timedelta(minutes=15)):
        ended += Duty.objects.filter(pk=turn.pk, beat_at=turn.beat_at).update(until=turn.beat_at)
    return ended
