"""The filters of the queue as a page shows them: what is chosen, what can be chosen and how many each would leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from kentongan import casework, catalogue, places
from kentongan.bodies.models import Team
from kentongan.console import looks
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person
from kentongan.places import Meant
from kentongan.reports.models import Priority

LONGEST = 16_000  # characters of an address: a hundred corners, all kinds, and words of which each letter is twelve
NEAR = 1_000.0  # metres around a place that is looked at
ORDERS = {
    "age": gettext_lazy("Oldest first"), "-age": gettext_lazy("Newest first"),
    "deadline": gettext_lazy("Nearest deadline first"), "-priority": gettext_lazy("Most pressing first"),
    "-changed": gettext_lazy("Last changed first"),
    "changed": gettext_lazy("Longest unchanged first"), "-support": gettext_lazy("Most supported first"),
    "category": gettext_lazy("By category"), "place": gettext_lazy("By village"),
}  # fmt: skip
AGES = {
    "today": gettext_lazy("Sent today"), "week": gettext_lazy("Sent within 7 days"),
    "month": gettext_lazy("Sent within 30 days"), "older": gettext_lazy("Older than 30 days"),
}  # fmt: skip
DEADLINES = {
    "overdue": gettext_lazy("Overdue"), "today": gettext_lazy("Due today"), "week": gettext_lazy("Due within 7 days"),
    "none": gettext_lazy("Without a deadline"),
}  # fmt: skip
CHANNELS = {
    "web": gettext_lazy("Website"), "api": gettext_lazy("Application"), "open311": gettext_lazy("Open311"),
    "peer": gettext_lazy("Another system"), "import": gettext_lazy("Import of past reports"),
    "part": gettext_lazy("Part of another report"),
}  # fmt: skip


class Known(Protocol):
    """Those in whose hands reports of a body may be, by name; with those of its parts."""

    def __call__(self, body: str, *, below: bool = False) -> Sequence[Person | Team]: ...


KEYS = (
    ("j", gettext_lazy("the next report")), ("k", gettext_lazy("the one before")),
    ("o", gettext_lazy("open it (Enter too)")), ("a", gettext_lazy("open it where work is given")),
    ("x", gettext_lazy("tick it, or not")),
    ("n", gettext_lazy("go to the next page")), ("/", gettext_lazy("search words")), ("m", gettext_lazy("the map")),
    ("r", gettext_lazy("load the list anew")), ("?", gettext_lazy("this help")),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The queue that an address asks for. `meant` is the place that was typed or chosen, which the filter has too;
    `columns` those that are shown, none: cards, and `said` how an address says so."""

    body: str
    filter: casework.Filter
    typed: str
    at: str
    meant: Meant | None
    columns: tuple[str, ...] = ()
    said: str = ""

    def address(self, asked: casework.Filter, *, place: bool = True) -> str:
        """The address of the same queue with another filter."""
        kept: list[tuple[str, str]] = []
        if self.meant and place:
            asked = asked.without("area", "near")
            kept = [("place", self.typed), ("at", self.at)]
        shown = [("columns", self.said)] if self.said else []
        return "?" + urlencode([("body", self.body), *asked.pairs(), *kept, *shown])


def asked_of(request: HttpRequest, body: str) -> Asked:
    """What the address of a request asks for. Raises Problem as `casework.read_filter`."""
    asked = casework.read_filter({name: request.GET.getlist(name) for name in request.GET})
    typed, at = request.GET.get("place", "").strip(), request.GET.get("at", "")
    meant = places.meant(typed, at)
    if meant:
        near = (*meant.point, NEAR) if meant.point else None
        asked = replace(asked, area=meant.area or asked.area, near=near or asked.near)
    return Asked(body, asked, typed, at, meant)


def kept(written: str) -> QueryDict:
    """What a form kept of the address of a list. Raises Problem `bad_filter` (422) for more than any list has: cut
    short it would lose a filter, and what is then done with all of the list be done with others too.
    """
    if len(written) > LONGEST:
        raise Problem("bad_filter", 422, _("This filter cannot be read. Choose it again."))
    return QueryDict(written, mutable=True)


def without(request: HttpRequest, name: str) -> str:
    """The address of the same list without the part `name`, which cannot be read any more."""
    kept = request.GET.copy()
    for one in (name, "cursor"):
        kept.pop(one, None)
    return f"?{kept.urlencode()}"


def facts(person: Person, asked: Asked) -> dict[str, Any]:
    """What `console/partials/filters.html` shows."""
    counts = casework.facets(person, asked.body, asked.filter)
    return {
        "asked": asked.filter,
        "chosen": list(_chosen(asked)),
        "clear": asked.address(casework.Filter(state=asked.filter.state, sort=asked.filter.sort), place=False),
        "orders": ORDERS,
        "ages": AGES,
        "deadlines": DEADLINES,
        "categories": _choices(counts["categories"], asked.filter.categories, _category_name),
        "areas": _choices(counts["area"], (asked.filter.area,) if asked.filter.area else (), _area_name),
        "channels": _choices(counts["channels"], asked.filter.channels, _channel_name),
        "priorities": _choices(counts["priorities"], asked.filter.priorities, _priority_name),
        "assignees": _hands(counts["assignee"], asked.filter.assignee, casework.workers_of, asked.body),
        "teams": _hands(counts["team"], asked.filter.team, casework.teams_of, asked.body),
        "kept": [one for one in asked.filter.pairs() if one[0] == "near" and not asked.meant]
        + ([("columns", asked.said)] if asked.said else []),
        "shape": ";".join(value for name, value in asked.filter.pairs() if name == "shape"),
    }


def views(request: HttpRequest, person: Person, asked: Asked) -> dict[str, Any]:
    """What `console/partials/views.html` shows: the saved views, and the one that is looked at."""
    now = urlencode(asked.filter.pairs())
    found = casework.views(person, asked.body)
    return {
        "views": [
            {
                "key": one.view.pk, "word": one.view.name, "shared": one.view.is_shared, "fault": one.fault,
                "at": f"?{urlencode({'body': asked.body})}&{one.view.asked}", "may_end": one.may_end,
                "count": counted(one.count) if one.count else "", "current": one.view.asked == now,
                "calendar": request.build_absolute_uri(
                    reverse("console:calendar", args=[casework.calendar_token(person, one.view)])
                ),
            }
            for one in found
        ],
        "as_view": now,
        "may_share": casework.may_share(person, asked.body),
        "as_table": asked.address(asked.filter),
    }  # fmt: skip


def box(items: Iterable[casework.Queued], shape: Sequence[tuple[float, float]] = ()) -> str:
    """West, south, east, north of what is listed and of a drawn shape, in degrees; empty where nothing has a place."""
    places_of = [(one.lon, one.lat) for one in items if one.lon is not None and one.lat is not None]
    places_of += shape
    if not places_of:
        return ""
    lons, lats = zip(*places_of, strict=True)
    return f"{min(lons)},{min(lats)},{max(lons)},{max(lats)}"


def counted(count: casework.Count) -> str:
    """A number as it is shown; with a plus where it was counted only so far."""
    return f"{_grouped(count.number, get_language())}{'+' if count.more else ''}"


@remembered(maxsize=4096)
def _grouped(number: int, _language: str | None) -> str:
    return str(intcomma(number))


def _chosen(asked: Asked) -> Iterable[tuple[str, str]]:
    """What narrows the list down, in words, each with the address without it."""
    now = asked.filter
    for code in now.categories:
        rest = tuple(one for one in now.categories if one != code)
        yield _category_name(code), asked.address(replace(now, categories=rest))
    for one in now.channels:
        rest = tuple(other for other in now.channels if other != one)
        yield _channel_name(one), asked.address(replace(now, channels=rest))
    for one in now.priorities:
        rest = tuple(other for other in now.priorities if other != one)
        yield _priority_name(one), asked.address(replace(now, priorities=rest))
    for field in fields(now):
        if getattr(now, field.name) != field.default and (word := _narrowed(asked, field.name)):
            yield word, asked.address(now.without(field.name))


def _narrowed(asked: Asked, name: str) -> str:
    """What a part of the filter says, in words; empty where it is told in another place."""
    now = asked.filter
    words: dict[str, Callable[[], Any]] = {
        "words": lambda: _("Words: %(words)s") % {"words": now.words},
        "assignee": lambda: (
            _("In the hands of: %(name)s") % {"name": _hand(now.assignee, casework.workers_of, asked.body)}
        ),
        "team": lambda: _("Team: %(name)s") % {"name": _hand(now.team, casework.teams_of, asked.body)},
        "age": lambda: AGES.get(now.age, ""), "deadline": lambda: DEADLINES.get(now.deadline, ""),
        "contested": lambda: _("Somebody objects"), "shape": lambda: _("Inside a drawn shape"),
        "street": lambda: _("Street: %(street)s") % {"street": now.street},
        "stars": lambda: (
            ngettext("At most %(stars)d star", "At most %(stars)d stars", now.stars) % {"stars": now.stars}
        ),
    }  # fmt: skip
    if not asked.meant:
        words |= {"area": lambda: _area_name(now.area), "near": lambda: _("Near a point")}
    return str(words[name]()) if name in words else ""


def _hand(held: str, known: Known, body: str) -> str:
    return next((one["word"] for one in _hands({}, held, known, body) if one["chosen"]), held) if held else ""


def _choices(
    counts: dict[str, casework.Count], chosen: tuple[str, ...], name_of: Callable[[str], str]
) -> list[dict[str, Any]]:
    """What there is in the list, the most frequent first, and what is chosen, though it leaves nothing."""
    known = counts | {one: casework.Count(0) for one in chosen if one not in counts}
    return [
        {"value": value, "word": name_of(value), "count": counted(count), "chosen": value in chosen}
        for value, count in known.items()
    ]


def _hands(counts: dict[str, casework.Count], held: str, known: Known, body: str) -> list[dict[str, Any]]:
    """Mine and nobody's first, then those who work here, by name, and those below who have something in hand."""
    here, fixed = known(body), {"none": _("Nobody yet")}
    if any(isinstance(one, Person) for one in here):
        fixed["me"] = _("Me")
    working = {*counts, held} - {"", "none", "me"} - {str(one.pk) for one in here}
    below = [one for one in known(body, below=True) if str(one.pk) in working] if working else []
    names = {str(one.pk): looks.called(one) for one in [*here, *below]}
    kept = {} if not held or held in fixed or held in names else {held: _("Somebody who has left")}
    words = {**dict(sorted(fixed.items())), **names, **kept}
    return [
        {"value": key, "word": word, "count": counted(counts[key]) if key in counts else "", "chosen": key == held}
        for key, word in words.items()
    ]


def _category_name(code: str) -> str:
    return str(catalogue.known(code).name)


def _area_name(code: str) -> str:
    found = places.area(code) if code else None
    return str(found.name) if found else code


def _priority_name(code: str) -> str:
    return str(looks.PRIORITIES[Priority[code.upper()]])


def _channel_name(code: str) -> str:
    return str(CHANNELS.get(code, code))
