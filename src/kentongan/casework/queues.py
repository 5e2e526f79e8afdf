"""The queue of a body: its reports by state and age, the restricted ones too."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.casework.roles import role_for
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import PUBLIC, State, Status

PAGE = 25
IN_HAND = (Status.WAITING, Status.IN_PROCESS)  # what a body still has to do
QUEUE_STATES = ("open", *(str(status) for status in Status))


@dataclass(frozen=True)
class Queue:
    """A piece of a queue, the cursor of the next piece (empty: there is none), and how many by status."""

    items: list[Report]
    next: str
    counts: dict[str, int]


def queue(person: Person, body: str, state: str = "open", *, oldest_first: bool = True, cursor: str = "") -> Queue:
    """Reports of `body` and those below it, by age. `state` is one of QUEUE_STATES.

    Raises Problem `forbidden` (403) for those who are no staff there; `unknown_body`, `bad_state` or
    `bad_cursor` (422).
    """
    bodies.get(body)
    if role_for(person, body) is None and not person.administers:
        raise Problem("forbidden", 403, _("You are not on the staff of this body."), extra={"body": body})
    if state not in QUEUE_STATES:
        raise Problem("bad_state", 422, _("There is no such list. Choose one of those shown."), field="state")
    mine = Report.objects.filter(body__in=bodies.subtree(body))
    found = _after(mine.filter(_listed(state)), oldest_first, cursor)
    items = list(found.select_related("category", "body")[: PAGE + 1])
    following = str(items[PAGE - 1].pk) if len(items) > PAGE else ""
    return Queue(items[:PAGE], following, _counts(mine))


def _after(found: QuerySet[Report], oldest_first: bool, cursor: str) -> QuerySet[Report]:
    """Keyset paging by id, which grows with age: a page stays stable while reports come in."""
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise Problem("bad_cursor", 422, _("This page of the list does not exist. Start from the first."))
        found = found.filter(**{"pk__gt" if oldest_first else "pk__lt": int(cursor)})
    return found.order_by("pk" if oldest_first else "-pk")


def _listed(word: str) -> Q:
    """A result that somebody objects to is work again, and ended as well."""
    wanted = IN_HAND if word == "open" else (Status(word),)
    states = Q(state__in=[state for state, status in PUBLIC.items() if status in wanted])
    return states | Q(contest_count__gt=0) if word == "open" else states


def _counts(mine: QuerySet[Report]) -> dict[str, int]:
    counts = dict.fromkeys(QUEUE_STATES, 0)
    for state, number in mine.values_list("state").annotate(Count("id")):
        status = PUBLIC[State(state)]
        counts[status] += number
        counts["open"] += number if status in IN_HAND else 0
    ended = [state for state, status in PUBLIC.items() if status not in IN_HAND]
    counts["open"] += mine.filter(contest_count__gt=0, state__in=ended).count()
    return counts
