"""Where somebody at work can go: the bar of every page of the console."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from kentongan import casework, emergency, warnings
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person


class Way(NamedTuple):
    """The name of a page's address, where it is, and the picture and word that lead there."""

    page: str
    address: str
    picture: str
    word: str


def shown_to(request: HttpRequest) -> dict[str, Callable[[], list[Way]]]:
    """For every page, `ways_at_work`: asked only by those that show the bar."""
    return {"ways_at_work": partial(ways_at_work, request)}


def ways_at_work(request: HttpRequest) -> list[Way]:
    """The pages that are for this person, the most used first."""
    person = request.user if isinstance(request.user, Person) else None
    administers = person is not None and person.is_superuser
    ways = [
        (True, "queue", "inbox", _("Queue")),
        (person and not administers and casework.works_somewhere(person), "tasks", "route", _("My tasks")),
        (person and emergency.posts_of(person), "alerts", "siren", _("Alerts")),
        (person and emergency.my_units(person), "unit", "forward", _("My unit")),
        (administers, "bodies", "landmark", _("Bodies")),
        (administers, "categories", "tag", _("Categories")),
        (administers or (person and warnings.rights_of(person)), "warnings", "triangle-alert", _("Warnings")),
        (administers, "peers", "globe", _("Network")),
    ]
    found = [Way(page, _address(page), picture, word) for theirs, page, picture, word in ways if theirs]
    return [*found, Way("map", "/", "map", _("Map"))]


@remembered(maxsize=16)
def _address(page: str) -> str:
    return reverse(f"console:{page}")
