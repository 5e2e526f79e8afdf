"""Who is warned of what: the places that a person follows, and how they want to hear of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import gazetteer
from kentongan.warnings import shapes, standing
from kentongan.warnings.models import Choice, Follow

MOST = 20  # places of one person


def follow(person: Person, code: str) -> None:
    """Notes that the person wants the warnings for an area. Raises Problem `unknown_area`, `too_many_places` (422)."""
    if code not in gazetteer.areas():
        raise Problem("unknown_area", 422, _("This place was not found."), field="place")
    mine = Follow.objects.filter(person=person)
    if not mine.filter(area_code=code).exists() and mine.count() >= MOST:
        raise Problem("too_many_places", 422, _("At most 20 places: let go of one first."), field="place")
    Follow.objects.get_or_create(person=person, area_code=code)


def unfollow(person: Person, code: str) -> None:
    """The person follows an area no longer."""
    Follow.objects.filter(person=person, area_code=code).delete()


def places_of(person: Person) -> list[str]:
    """The codes that the person follows, their home among them."""
    found = list(Follow.objects.filter(person=person).order_by("area_code").values_list("area_code", flat=True))
    return list(dict.fromkeys([*([person.home_area_code] if person.home_area_code else []), *found]))


def choice(person: Person) -> Choice:
    """How the person is warned; until they chose, by mail and of everything."""
    return Choice.objects.filter(person=person).first() or Choice(person=person)


def choose(person: Person, *, by_mail: bool, only_grave: bool) -> None:
    """Keeps how the person is warned."""
    Choice.objects.update_or_create(person=person, defaults={"by_mail": by_mail, "only_grave": only_grave})


def concerned(covered: Iterable[str]) -> QuerySet[Person]:
    """Everybody whose home, or a place that they follow, is touched by what is covered."""
    covered = list(covered)
    homes = Person.objects.filter(is_active=True).exclude(home_area_code="").values_list("home_area_code", flat=True)
    followed = Follow.objects.values_list("area_code", flat=True)
    codes = shapes.touched(covered, {*homes.distinct(), *followed.distinct()})
    if not codes:
        return Person.objects.none()
    following = Follow.objects.filter(area_code__in=codes).values("person")
    return Person.objects.filter(Q(home_area_code__in=codes) | Q(pk__in=following), is_active=True)


def warnings_of(person: Person) -> list[standing.Standing]:
    """What is in force for the places of a person, the gravest first."""
    found = standing.all_in_force()
    codes = places_of(person) if found else []
    return [one for one in found if any(shapes.touches(one.covers, code) for code in codes)]
