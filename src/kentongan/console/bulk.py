"""Many reports at once: choosing what is done with them, how far it is, what was refused, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import bodies, casework
from kentongan.casework.models import Bulk, BulkItem, Template
from kentongan.console import deeds, lists, looks, ways
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Priority

SHOWN = 200  # refused reports on a page
STAGES = {
    Bulk.Stage.RUNNING: _("Under way"), Bulk.Stage.DONE: _("Done"), Bulk.Stage.STOPPED: _("Stopped"),
    Bulk.Stage.UNDOING: _("Being taken back"), Bulk.Stage.UNDONE: _("Taken back"),
}  # fmt: skip
FATES = {
    BulkItem.Fate.WAITS: _("waiting"), BulkItem.Fate.DONE: _("done"), BulkItem.Fate.SAME: _("was so already"),
    BulkItem.Fate.FAILED: _("refused"), BulkItem.Fate.LEFT: _("not begun"), BulkItem.Fate.UNDONE: _("taken back"),
    BulkItem.Fate.KEPT: _("not taken back"),
}  # fmt: skip
OPEN = {Bulk.Stage.RUNNING, Bulk.Stage.UNDOING}


@require_safe
@for_staff
def listing(request: HttpRequest) -> HttpResponse:
    """The last of a body."""
    person = person_of(request)
    body = request.GET.get("body") or next((one.code for one in casework.bodies_of(person)), "")
    found = [_told(one) for one in casework.bulks(person, body)]
    return render(request, "console/bulks.html", {"found": found, "of": bodies.get(body)})


@require_safe
@for_staff
def choose(request: HttpRequest) -> HttpResponse:
    """What is to be done with the reports that were ticked, or (`all`) with all of a filter."""
    return _choosing(request, request.GET, str(uuid4()))


@require_POST
@for_staff
def begin(request: HttpRequest) -> HttpResponse:
    """Writes it down for the worker; pressed twice it is one. Refused, everything that was typed is still there."""
    given = request.POST
    try:
        token = UUID(given.get("token", ""))
    except ValueError:
        raise Problem("bad_token", 422, _("Choose the reports again.")) from None
    upto = given.get("upto", "")
    asked = _asked(given.get("asked", "")) if given.get("all") else _rows(given)
    number = int(upto) if upto.isascii() and upto.isdigit() and len(upto) < 19 else 0
    try:
        bulk = casework.begin_bulk(person_of(request), given.get("body", ""), token, _wanted(given), asked, upto=number)
    except Problem as problem:
        if not problem.field:
            raise
        return _choosing(request, given, str(token), problem)
    return redirect("console:bulk", bulk.pk)


@require_safe
@for_staff
def page(request: HttpRequest, bulk: int) -> HttpResponse:
    """How far it is, and what was refused and why."""
    found = casework.bulk_of(person_of(request), bulk)
    shown = {
        **_told(found), "of": found.bulk.body, "troubles": casework.troubles(found.bulk, SHOWN), "fates": FATES,
        "came": ways.here(request),
        "may_undo": found.bulk.stage not in {Bulk.Stage.UNDOING, Bulk.Stage.UNDONE} and bool(
            found.counts.get(BulkItem.Fate.DONE)
        ),
    }  # fmt: skip
    return render(request, "console/bulk.html", shown)


@require_POST
@for_staff
def undo(request: HttpRequest, bulk: int) -> HttpResponse:
    """Takes back what is still as it was left."""
    undone = casework.undo_bulk(person_of(request), bulk)
    messages.success(request, _("It is being taken back. What somebody has changed since stays as it is."))
    return redirect("console:bulk", undone.pk)


def _choosing(request: HttpRequest, given: QueryDict, token: str, wrong: Problem | None = None) -> HttpResponse:
    person, body = person_of(request), given.get("body", "")
    of, rows, everything = bodies.get(body), given.getlist("row"), bool(given.get("all"))
    asked, upto = given.get("asked", ""), given.get("upto", "")
    if everything and not upto:
        upto = str(casework.newest_report())
    if everything:
        counted = casework.count(person, body, _asked(asked))
        number = f"{intcomma(counted.number)}{'+' if counted.more else ''}"
    else:
        casework.bulks(person, body)  # who is no staff here is told so
        number = str(len(_rows(given)))
    q = given.get("q", "")
    held = casework.role_for(person, body) or casework.Role.VIEWER
    do = given.get("do", "")
    shown: dict[str, Any] = {
        "of": of, "rows": rows, "everything": everything, "asked": asked, "upto": upto, "token": token,
        "number": number, "nothing": number == "0", "typed": given, "chosen_do": do,
        "errors": {f"{do}-{wrong.field}" if do else wrong.field: wrong.detail} if wrong else {},
        "priorities": looks.PRIORITIES, "steps": deeds.STEPS, "gives": held >= casework.Role.COORDINATOR,
        "people": casework.workers_of(body), "teams": casework.teams_of(body), "q": q,
        "found_bodies": casework.find_bodies(q, without=body) if q else [],
        "templates": [(one, casework.asked_of_template(one)) for one in casework.templates_for(body)],
    }  # fmt: skip
    return render(request, "console/bulk_choose.html", shown, status=wrong.status if wrong else 200)


def _asked(written: str) -> casework.Filter:
    given = lists.kept(written)
    return casework.read_filter({name: given.getlist(name) for name in given})


def _rows(given: QueryDict) -> list[tuple[str, int]]:
    """The ticked reports, each with the entry that it was shown at."""
    parted = [one.partition(":") for one in given.getlist("row")[:100]]
    return [(code, int(seq)) for code, _colon, seq in parted if seq.isascii() and seq.isdigit() and len(seq) < 10]


def _wanted(given: QueryDict) -> dict[str, Any]:
    """What one of the forms asks for."""
    do = given.get("do", "")
    text = {"text": given.get("text", "")}
    if do == "template":
        key = given.get("template", "")
        values = {name[6:]: str(value) for name, value in given.items() if name.startswith("field-")}
        return {"template": key, "version": given.get("version", "0"), "values": values}
    named = {"assign": ["to"], "prioritise": ["priority"], "step": ["step"], "transfer": ["body_to"],
             "merge": ["original"]}.get(do, [])  # fmt: skip
    wanted = {"body" if name == "body_to" else name: given.get(name, "") for name in named}
    return wanted | (text if do in {"step", "transfer"} else {})


def _told(one: casework.Progress) -> dict[str, Any]:
    """A bulk in words and numbers."""
    counts = [(word, one.counts[fate]) for fate, word in FATES.items() if one.counts.get(fate)]
    return {
        "bulk": one.bulk, "stage": STAGES[Bulk.Stage(one.bulk.stage)], "total": one.total, "counts": counts,
        "waiting": one.waiting, "looked": one.total - one.waiting, "runs": one.bulk.stage in OPEN,
        "what": _what(one.bulk), "by": one.bulk.maker.name or one.bulk.maker.email,
    }  # fmt: skip


def _what(bulk: Bulk) -> str:
    """What is done with each report, in words."""
    deed = bulk.deed
    if key := deed.get("template"):
        found = Template.objects.filter(pk=key).first()
        return str(_("Template: %(name)s") % {"name": found.name if found else "–"})
    said = []
    if deed["step"]:
        said.append(str(deeds.STEPS[deed["step"]]))
    if deed["to"]:
        said.append(_("In the hands of: %(name)s") % {"name": _hand(bulk.maker, deed["to"])})
    if deed["priority"]:
        priority = looks.PRIORITIES[Priority[deed["priority"].upper()]]
        said.append(_("Priority: %(priority)s") % {"priority": priority})
    if deed["body"]:
        said.append(_("Passed on to: %(body)s") % {"body": bodies.get(deed["body"]).name})
    if deed["original"]:
        said.append(_("Joined with: %(code)s") % {"code": deed["original"]})
    return " · ".join(str(one) for one in said)


def _hand(maker: Person, to: str) -> str:
    return maker.name or maker.email if to == "me" else deeds.hand(to)
