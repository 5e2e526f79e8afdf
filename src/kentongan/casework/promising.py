"""A body's calendar and promises, as its administrators set them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.bodies.models import Body, Calendar, Promise
from kentongan.casework.staff import only_managers
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import over
from kentongan.people.models import Person
from kentongan.reports.models import Priority

LONGEST = 8_760  # hours: a year
MOST_DAYS_OFF = 400
NUMBER = re.compile(r"[0-9]{1,5}")
MIDNIGHT = ("00:00", "24:00")  # until then: as one browser says it, and as people do
HOUR = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")  # as a browser sends it: no zone, by which it could not be compared


def calendar_of(person: Person, body: str) -> tuple[Calendar, Body | None]:
    """The calendar that holds at `body`, and whose it is: None where every hour counts. Raises Problem `forbidden`."""
    _check(person, body)
    held = bodies.calendar(body)
    return held, bodies.snapshot().body(held.body_id or "")


def promises_of(person: Person, body: str) -> list[Promise]:
    """What `body` itself promises, the general first. Raises Problem `forbidden`."""
    _check(person, body)
    return sorted(Promise.objects.filter(body=body), key=lambda one: (one.category, one.priority))


def set_calendar(person: Person, body: str, given: Mapping[str, Any]) -> Calendar:
    """Keeps a calendar for `body` and its parts. `given`: `workdays` (numbers, 0 is Monday), `opens`, `closes`
    (HH:MM, or both empty), `national`, `joint` (truth), `days_off` (text with dates), `tell`, `warn_hours`,
    `escalate_to`, `escalate_hours`, `was` (the mark of the one that was shown). Deadlines that were promised before
    stay.

    Raises Problem with the field: `no_workdays`, `bad_hours`, `bad_date`, `too_many_days`, `bad_number`, `bad_choice`,
    `changed_meanwhile` (409).
    """
    _check(person, body)
    with transaction.atomic():
        held = Body.objects.select_for_update(of=("self",)).get(pk=bodies.get(body).pk)
        with over(given.get("was"), "workdays", lambda: bodies.mark_of(Calendar.objects.filter(body=held).first())):
            made, _new = Calendar.objects.update_or_create(body=held, defaults=_read_calendar(given))
        bodies.promises_changed()
    return made


def _read_calendar(given: Mapping[str, Any]) -> dict[str, Any]:
    opens, closes = _opening(str(given.get("opens") or ""), str(given.get("closes") or ""))
    return {
        "workdays": _workdays(given.get("workdays") or []), "opens": opens, "closes": closes,
        "national": bool(given.get("national")), "joint": bool(given.get("joint")),
        "days_off": _days_off(str(given.get("days_off") or "")),
        "tell": _choice(given, "tell", Calendar.Tell.values),
        "warn_hours": _number(given, "warn_hours", least=1) or 24,
        "escalate_to": _choice(given, "escalate_to", Calendar.Escalate.values),
        "escalate_hours": _number(given, "escalate_hours", least=0) or 0,
    }  # fmt: skip


def drop_calendar(person: Person, body: str) -> None:
    """From now on that of the body above holds, or every hour counts."""
    _check(person, body)
    with transaction.atomic():
        Calendar.objects.filter(body=body).delete()
        bodies.promises_changed()


def add_promise(person: Person, body: str, given: Mapping[str, Any]) -> Promise:
    """Keeps a promise of `body`; one for the same category and priority is replaced. `given`: `category` (empty: any),
    `priority` (a word, empty: any), `answer_hours`, `solve_hours` (one of them at least).

    Raises Problem `unknown_category`, `bad_priority`, `bad_number` or `hours_required` (422, with the field).
    """
    _check(person, body)
    category, word = str(given.get("category") or ""), str(given.get("priority") or "")
    if category:
        catalogue.get(category)
    if word and word.upper() not in Priority.__members__:
        raise Problem("bad_priority", 422, _("Choose one of the four priorities."), field="priority")
    answer, solve = (_number(given, name, least=1) for name in ("answer_hours", "solve_hours"))
    if answer is None and solve is None:
        raise Problem(
            "hours_required",
            422,
            _("Say within how many hours: for the answer, or for the solution."),
            field="solve_hours",
        )
    with transaction.atomic():
        made, _new = Promise.objects.update_or_create(
            body=bodies.get(body), category=category, priority=Priority[word.upper()] if word else 0,
            defaults={"answer_hours": answer, "solve_hours": solve},
        )  # fmt: skip
        bodies.promises_changed()
    return made


def drop_promise(person: Person, body: str, promise: int) -> None:
    """Ends a promise; deadlines that were given by it stay. Raises Problem `not_found` (404)."""
    _check(person, body)
    with transaction.atomic():
        if not Promise.objects.filter(body=body, pk=promise).delete()[0]:
            raise Problem("not_found", 404, _("This promise has ended already."))
        bodies.promises_changed()


def _check(person: Person, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can see and change its deadlines."))


def _workdays(given: Any) -> list[int]:
    found = sorted({int(one) for one in given if str(one) in {"0", "1", "2", "3", "4", "5", "6"}})
    if not found:
        raise Problem("no_workdays", 422, _("Choose at least one day on which you work."), field="workdays")
    return found


def _opening(opens: str, closes: str) -> tuple[time | None, time | None]:
    """Both, or neither. Midnight at the end is `bodies.MIDNIGHT`."""
    if not opens and not closes:
        return None, None
    closes = bodies.MIDNIGHT.isoformat() if closes in MIDNIGHT else closes
    first = last = time.min
    if HOUR.fullmatch(opens) and HOUR.fullmatch(closes):
        with suppress(ValueError):
            first, last = time.fromisoformat(opens), time.fromisoformat(closes)
    if first >= last:
        raise Problem(
            "bad_hours", 422, _("Write both hours, the first before the last, or leave both empty."), field="opens"
        )
    return first, last


def _days_off(text: str) -> list[str]:
    """The dates in a text, each once and in order."""
    found = set()
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            found.add(date.fromisoformat(word).isoformat())
        except ValueError:
            raise Problem(
                "bad_date", 422, _("“%(word)s” is no date. Write each as 2026-12-24.") % {"word": word[:40]},
                field="days_off",
            ) from None  # fmt: skip
    if len(found) > MOST_DAYS_OFF:
        raise Problem("too_many_days", 422, _("At most %(most)d days fit.") % {"most": MOST_DAYS_OFF}, field="days_off")
    return sorted(found)


def _number(given: Mapping[str, Any], name: str, *, least: int) -> int | None:
    written = str(given.get(name) or "").strip()
    if not written:
        return None
    if not NUMBER.fullmatch(written) or not least <= int(written) <= LONGEST:
        raise Problem(
            "bad_number", 422, _("Write a whole number of hours, at most %(most)d.") % {"most": LONGEST}, field=name
        )
    return int(written)


def _choice(given: Mapping[str, Any], name: str, known: list[str]) -> str:
    chosen = str(given.get(name) or "")
    if chosen not in known:
        raise Problem("bad_choice", 422, _("Choose one of those shown."), field=name)
    return chosen
