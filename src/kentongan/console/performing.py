"""What I have finished in a month, for me; for coordinators, a week after its end, that of one colleague, or a team."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.views.decorators.http import require_safe

from kentongan import bodies, casework
from kentongan.console import looks
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

AS_PERCENT = 20  # of fewer, one more or less would move it by more than five points
MEANT = (
    (
        _later("Finished"),
        _later(
            "Results of reports that were in these hands when they were solved or closed without a fix, whoever pressed"
            " the button; where a report was in nobody's hands, of whoever gave the result. What was passed on, joined"
            " or taken back is not counted."
        ),
    ),
    (
        _later("Opened again"),
        _later("How many of these results somebody opened again, until today. Not every one of them was a mistake."),
    ),
    (
        _later("In time"),
        _later(
            "Of those that had a deadline. What was late already when it came into these hands is left out, and named."
        ),
    ),
    (
        _later("Working hours"),
        _later(
            "From when it came into these hands, or was opened again, to the result: only hours in which the body"
            " works, without those in which the reporter was asked something. Half of them took less."
        ),
    ),
)


@require_safe
@for_staff
def performance(request: HttpRequest) -> HttpResponse:
    """My month; or with `body` and `of` (`person:KEY`, `team:KEY`) that of another, for coordinators."""
    person, body, of = person_of(request), request.GET.get("body", ""), request.GET.get("of", "")
    if not casework.works_somewhere(person):
        raise Problem("no_body", 403, _("You are not on the staff of any body. Ask its administrator to add you."))
    zone = bodies.zone(body) if body else casework.own_zone(person)
    known = casework.months(zone)
    month = _month(request, known)
    shown: dict[str, Any] = {"months": known, "month": month, "meant": MEANT, "body": body, "of": of, "subject": ""}
    if of:
        found, figures = casework.performance(person, body, of, month)
        shown["subject"] = looks.called(found)
    else:
        figures = casework.own_performance(person, month)
        shown["opens"] = casework.opened_on(month)
    shown |= {"rows": _rows(figures), "is_cut": figures.is_cut, "finished": figures.finished}
    # What others may open by now: the newest month that ended a week ago.
    today = timezone.now().astimezone(zone).date()
    shown |= {"places": _others(person), "closed": next(one for one in known if casework.opened_on(one) <= today)}
    return render(request, "console/performance.html", shown)


def _others(person: Person) -> list[dict[str, Any]]:
    """The bodies whose coordinator the person is, each with its people and teams by name: never by a number."""
    return [
        {
            "of": one, "people": [(each.pk, looks.called(each)) for each in casework.workers_of(one.code, below=True)],
            "teams": casework.teams_of(one.code, below=True),
        }
        for one in casework.bodies_of(person) if casework.may_see_performance(person, one.code)
    ]  # fmt: skip


def _month(request: HttpRequest, known: list[date]) -> date:
    written = request.GET.get("month", "")
    if not written:
        return known[0]
    found = next((one for one in known if f"{one:%Y-%m}" == written), None)
    if found is None:
        raise Problem("bad_month", 422, _("Choose one of the last twelve months."), field="month")
    return found


def _rows(found: casework.Figures) -> list[tuple[str, str]]:
    """Each number in words, beside that which it is a part of."""
    if not found.finished:
        return []
    ends = _("%(all)d: %(solved)d solved, %(closed)d closed without a fix")
    told = {"all": found.finished, "solved": found.solved, "closed": found.closed}
    rows = [(_("Finished"), ends % told), (_("Opened again"), _share(found.reopened, found.finished))]
    if found.due or found.came_late:
        late = _("; %(late)d more were late already when they came") % {"late": found.came_late}
        in_time = _share(found.in_time, found.due) if found.due else "–"
        rows.append((_("In time"), in_time + (late if found.came_late else "")))
    if found.hours is not None:
        half = _("half of %(many)d took less than %(hours)s hours")
        hours = number_format(found.hours, 1 if found.hours < 10 else 0)
        rows.append((_("Working hours"), half % {"many": found.timed, "hours": hours}))
    return rows


def _share(part: int, whole: int) -> str:
    said = _("%(part)d of %(whole)d") % {"part": part, "whole": whole}
    return f"{said} ({round(100 * part / whole)} %)" if whole >= AS_PERCENT else said
