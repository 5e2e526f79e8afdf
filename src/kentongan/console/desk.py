"""The queue and the report, as an officer works with them."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from kentongan import bodies, casework, emergency, network, places, reports
from kentongan.console import columns, deeds, joining, lists, looks, parting, regrets, together, ways
from kentongan.console.doors import for_staff, person_of, refusal, seen, typed, unsent
from kentongan.console.steps import STEPS, expected_seq
from kentongan.foundation import outbox
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Report
from kentongan.reports.states import Status

TABS = {
    "open": ("inbox", _("To do")),
    Status.WAITING: ("hourglass", _("New")),
    Status.IN_PROCESS: ("wrench", _("In process")),
    Status.NO_PARTNER: ("unlink", _("No partner yet")),
    casework.ARCHIVE: ("lock", _("Archive")),
    Status.DONE: ("circle-check", _("Done")),
    Status.CLOSED: ("circle-x", _("Closed")),
}
ENDED = {casework.ARCHIVE, Status.DONE, Status.CLOSED}  # finished work never stands among what is to be done
# Where the form asks for what a step cannot do without.
FIELDS = {"missing_evidence": "photos", "missing_reason": "text", "missing_body": "body"}


@require_safe
@for_staff
def queue(request: HttpRequest) -> HttpResponse:
    """My body's reports by state, filter and order."""
    person = person_of(request)
    mine = casework.bodies_of(person)
    chosen = request.GET.get("body") or (mine[0].code if mine else "")
    if not chosen and person.administers:
        return redirect("console:bodies")
    if not chosen:
        raise Problem("no_body", 403, _("You are not on the staff of any body. Ask its administrator to add you."))
    try:
        asked = columns.shown(request, person, lists.asked_of(request, chosen))
    except Problem as problem:
        return refusal(request, problem, lists.without(request, problem.field))
    found = casework.queue(person, chosen, asked.filter, cursor=request.GET.get("cursor", ""))
    late = outbox.minutes_late()
    shown = {
        "silent": person.administers and not config().sends_mail,
        "late": late and _("News may be late by %(minutes)d minutes.") % {"minutes": late},
        "box": lists.box(found.items, asked.filter.shape), "keys": lists.KEYS,
        "found": found, "tabs": _tabs(person, asked), "bodies": mine, "body": chosen,
        "state": asked.filter.state, "now": timezone.now(), "manages": casework.may_manage_staff(person, chosen),
        "typed": asked.typed, "meant": asked.meant, "here": asked.address(asked.filter),
        "everywhere": asked.address(asked.filter.without("area", "near"), place=False),
        "keeping": asked.address(asked.filter.without("area", "near"), place=False)[1:] + "&",
        "stopped": casework.stopped_rules(chosen) if casework.may_manage_staff(person, chosen) else 0,
        "flagged": casework.count_waiting(bodies.subtree(chosen)),
        "works": (casework.role_for(person, chosen) or casework.Role.VIEWER) >= casework.Role.OFFICER,
        "edits_templates": casework.may_edit_templates(person, chosen),
        "undecided": network.count_undecided(person, chosen), "of": bodies.get(chosen),
        "heading": TABS[asked.filter.state][1], "came": ways.here(request), **lists.facts(person, asked),
        "regret": regrets.offered(request),
        **lists.views(request, person, asked), **columns.facts(asked, found.items),
    }  # fmt: skip
    return render(request, "console/queue.html", shown)


def _tabs(person: Person, asked: lists.Asked) -> list[dict[str, Any]]:
    """The lists, each with the filter and how many are in it."""
    counts = casework.counts(person, asked.body, asked.filter)
    return [
        {
            "state": name, "icon": icon, "word": word, "count": lists.counted(counts[name]),
            "at": asked.address(replace(asked.filter, state=str(name))), "ends": name in ENDED,
        }
        for name, (icon, word) in TABS.items()
        if counts[name].number or name != Status.NO_PARTNER
    ]  # fmt: skip


@require_safe
@for_staff
def report(request: HttpRequest, code: str) -> HttpResponse:
    """A report as the staff of its body see it."""
    found = seen(person_of(request), code)
    kept = unsent(request, found)
    return _page(request, found, {**_facts(person_of(request), found), "kept": kept, "unsent": bool(kept)})


@require_POST
@for_staff
def step(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Takes one step; where it is refused, everything that was typed is still there."""
    person = person_of(request)
    found = seen(person, code)
    if name not in STEPS:
        raise Problem("not_found", 404, _("There is no such step."))
    who = casework.who(person, found, name)
    network.refuse_elsewhere(found, name)
    try:
        with transaction.atomic():
            used = casework.inserted(found, request.POST.getlist("template"), request.POST.get("text", ""))
            who = replace(who, regrets=name in regrets.STEPS)
            changed = STEPS[name].take(request, found.code, who, expected_seq(request))
            casework.note_use(used, changed)
            casework.forget_draft(person, found, name)
    except Problem as problem:
        return again(request, found.code, name, problem)
    messages.success(request, STEPS[name].said(changed, person))
    regrets.offer(request, name, found, changed)
    if casework.passed_it_on(person, changed) or not casework.may_see(person, changed):
        return redirect(ways.back(request, found))
    return redirect(reverse("console:report", args=[changed.code]) + ways.came(request))


@require_GET
@for_staff
def transfer(request: HttpRequest, code: str) -> HttpResponse:
    """Where to: the bodies that are likely, or those found by name."""
    person = person_of(request)
    found = seen(person, code)
    casework.who(person, found, "transfer")
    shown = _choices(found, request.GET.get("q", ""), found.seq) | {"came": ways.came(request)}
    return render(request, "console/transfer.html", shown)


@require_POST
@for_staff
def identity(request: HttpRequest, code: str) -> HttpResponse:
    """Who the reporter is, after a reason: the look is logged and the reporter sees it."""
    person = person_of(request)
    found = seen(person, code)
    who = _looker(person, found)
    try:
        reporter = reports.look_at_identity(found.code, who, request.POST.get("reason", ""))
    except Problem as problem:
        return again(request, found.code, "identity", problem)
    shown = _facts(person, reports.find(found.code, person))
    return _page(request, found, {**shown, "looked": True, "reporter": reporter})


def prints() -> bool:
    """Whether a PDF can be drawn here (`kentongan[pdf]`): a tenth of an installation, and not everybody wants paper."""
    return find_spec("fpdf") is not None


def _page(request: HttpRequest, found: Report, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """The officer's page of a report, every time on it one of the place."""
    shown |= {
        "back": ways.back(request, found), "back_to": ways.back_to(request), "came": ways.came(request),
        "regret": regrets.offered(request), "prints": prints(),
    }  # fmt: skip
    with timezone.override(places.zone_of(found.province_code)):
        return render(request, "console/report.html", shown, status=status)


@require_safe
@for_staff
def photo(request: HttpRequest, photo_id: UUID, size: str) -> HttpResponseBase:
    """A photo in the size `thumb` or `large`, for those who may see its report."""
    found = Photo.objects.select_related("report").filter(pk=photo_id).first()
    if found is None or found.report is None or size not in {"thumb", "large"}:
        raise Problem("not_found", 404, _("There is no such photo."))
    seen(person_of(request), found.report.code)
    return FileResponse(reports.photo_file(found, size), content_type="image/jpeg")


def _looker(person: Person, report: Report) -> Any:
    """The platform's administrator may look at any identity; of a body's staff those who may work on the report."""
    if person.administers and casework.role_for(person, report.body_id) is None:
        return reports.Who(person, reports.Actor.OFFICER)
    return casework.who(person, report, "identity")


def _facts(person: Person, report: Report) -> dict[str, Any]:
    possible = _possible(person, report)
    return {
        "report": report,
        "alert": emergency.became(person, report.code),
        "possible": possible,
        "main": next((name for name in ("accept", "start", "resolve") if name in possible), ""),
        "steps": looks.steps(reports.timeline(report, person)),
        "elsewhere": network.works_on(report),
        "decides": network.may_decide(person, report.body_id or "") and network.is_undecided(report),
        "photos": photos_of(report),
        "parts": reports.parts_of(report),
        "whole": report.whole if report.whole and reports.may_open(report.whole, person) else None,
        "address": places.address_text(report.address, report.area_codes),
        "answers": answers_of(report),
        "landmark": places.landmark_of(report.address, report.lon, report.lat),
        "history": reports.history(report, person),
        "things": _things(report) if "asset" in possible else [],
        "reasons": report.decision.get("reasons", []),
        "hands": casework.hands(person, report) if "assign" in possible else None,
        "priorities": looks.PRIORITIES,
        "may_hide": casework.may_hide(person, report),
        "inside": person.administers or casework.role_for(person, report.body_id) is not None,
        "may_look": report.privacy == "public" or person.administers,
        "now": timezone.now(),
        "hears": reports.hears(report, person),
        "templates": deeds.offered(person, report) if "note" in possible else [],
        "seq": report.seq,
        "typed": {},
        "errors": {},
        "read": report.seq,
        "drafts": casework.drafts(person, report),
        **together.facts(person, report),
    }


def _things(report: Report) -> list[places.Thing]:
    """The things of its kind that stand near the report, the nearest first."""
    layer = report.category.asset_layer
    if not layer or report.lon is None or report.lat is None:
        return []
    return places.nearest_assets(layer, report.lon, report.lat)


def _possible(person: Person, report: Report) -> frozenset[str]:
    """The steps that can be taken here: fewer where a peer works on it, giving back only what came from one."""
    possible = casework.possible_steps(person, report)
    if network.works_on(report):
        possible &= network.MAY
    if report.away:
        return frozenset()
    if "decline" in possible and not network.may_decline(report):
        possible -= {"decline"}
    return possible | {"identity"} if person.administers else possible


def again(request: HttpRequest, code: str, name: str, problem: Problem) -> HttpResponse:
    """The form once more with what was typed, the words beside the field, and what is new since it was read."""
    person = person_of(request)
    found = seen(person, code)
    at = problem.field or FIELDS.get(problem.code, "")
    field = at if at.startswith("use-") else f"{name}-{at}" if at else ""
    wrong: dict[str, Any] = {"errors": {field: problem.detail}, "open": name, "typed": request.POST, "problem": problem}
    read = request.POST.get("expected_seq", "")
    if problem.code == "changed_meanwhile" and read.isdecimal():
        new = [entry for entry in reports.timeline(found, person) if entry.seq > int(read[:9])]
        wrong["news"] = looks.steps(new)
    if name == "transfer":
        shown = _choices(found, request.POST.get("q", ""), found.seq, request.POST.get("body", ""))
        shown |= {**wrong, "came": ways.came(request)}
        return render(request, "console/transfer.html", shown, status=problem.status)
    facts = _facts(person, found)
    if name == "split" and name in facts["possible"]:
        return parting.page(request, found, problem, wrong.get("news"))
    if name == "merge" and name in facts["possible"] and "news" not in wrong:
        return joining.page(request, found, request.POST.get("original", ""), problem)
    if name not in facts["possible"] and not (name == "use" and facts["templates"]):
        # The form is gone with the stage it belonged to; the words must not go with it.
        wrong["kept"] = typed(request)
    return _page(request, found, {**facts, **wrong}, problem.status)


def _choices(report: Report, asked: str, seq: int, chosen: str = "") -> dict[str, Any]:
    if asked:
        choices = casework.find_bodies(asked, without=report.body_id or "")
    else:
        choices = casework.suggested_bodies(report)
    return {"report": report, "q": asked, "choices": choices, "chosen": chosen, "seq": seq, "typed": {}, "errors": {}}


def photos_of(report: Report) -> list[dict[str, Any]]:
    """The photos of a report, each with what it is and what is to be known of it, in words; for
    `web/partials/photos.html` with its addresses, and the `side` on which it stands where two are compared."""
    found = reports.photos(report)
    pair = reports.before_and_after(found) or ()
    sides = {one.pk: side for one, side in zip(pair, ("before", "after"), strict=False)}
    return [
        {
            "photo": one, "caption": looks.ROLES.get(one.role, one.role), "side": sides.get(one.pk, ""),
            "marks": [looks.MARKS.get(mark, mark) for mark in one.marks],
            **{size: reverse("console:photo", args=[one.pk, size]) for size in ("thumb", "large")},
        }
        for one in found
    ]  # fmt: skip


def answers_of(report: Report) -> list[tuple[str, str]]:
    """The questions that were asked with what was answered; a question that is gone shows by its code."""
    return reports.in_their_words(reports.answered(report))
