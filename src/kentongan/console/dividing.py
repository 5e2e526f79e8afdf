"""The page on which a body says who of its own gets what: a draft, tried on past reports, published, taken back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, catalogue, places, reports, routing
from kentongan.console import ways
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.routing import OwnRule

SHOWN = 200  # reports that a rehearsal names and puts on the map
DEEDS: dict[str, Any] = {
    "begun": _("began a draft"), "written": _("wrote a rule"), "removed": _("removed a rule"),
    "rehearsed": _("tried the draft on past reports"), "went_on": _("went on over a newer version"),
    "discarded": _("discarded the draft"), "published": _("published a version"),
    "taken_back": _("took an earlier version back"),
}  # fmt: skip
SAID: dict[str, Any] = {
    "write": _("The rule is in the draft. Nothing changes before you publish it."),
    "remove": _("The rule is out of the draft. Nothing changes before you publish it."),
    "discard": _("The draft is discarded. What is in force stays."),
    "go_on": _("The draft goes on from the newest version. Try it again."),
    "publish": _("Published. Reports that come from now on go by it; those that are with somebody stay there."),
    "back": _("Taken back. Reports that come from now on go by it; those that are with somebody stay there."),
}  # fmt: skip


@for_staff
def division(request: HttpRequest, code: str) -> HttpResponse:
    """What is in force, the draft, and what was before. POST (`do`): `begin`, `write`, `remove`, `rehearse`, `publish`,
    `discard`, `go_on`, `back`."""
    if request.method != "POST":
        return _page(request, code)
    do = request.POST.get("do", "")
    try:
        if do == "rehearse":
            return _page(request, code, tried=routing.try_draft(person_of(request), code, request.POST.dict()))
        _done(person_of(request), code, do, request.POST.dict())
    except Problem as problem:
        if not problem.field:
            raise
        return _page(request, code, problem)
    if do in SAID:
        messages.success(request, SAID[do])
    return redirect(f"{reverse('console:division', args=[code])}{'' if do in ('publish', 'back') else '#draft'}")


def _done(person: Person, code: str, do: str, given: dict[str, Any]) -> None:
    if do == "begin":
        routing.begin_draft(person, code)
    elif do == "write":
        routing.write_rule(person, code, given)
    elif do == "remove":
        routing.remove_rule(person, code, given)
    elif do == "discard":
        routing.discard_draft(person, code, given)
    elif do == "go_on":
        routing.go_on(person, code, given)
    elif do == "publish":
        routing.publish(person, code, given)
    elif do == "back":
        routing.take_back(person, code, given)
    else:
        routing.draft_of(person, code)  # who may not, hears so first
        raise Problem("bad_request", 422, _("This page does not know what to do with that."))


def _page(
    request: HttpRequest, code: str, wrong: Problem | None = None, tried: routing.Tried | None = None
) -> HttpResponse:
    person = person_of(request)
    draft = routing.draft_of(person, code)
    told = routing.history(person, code)
    held = told[0] if told else None
    rules = routing.as_rules(draft.rules) if draft else ()
    receivers = routing.receivers(code)
    shown = {
        "body": bodies.get(code), "page": "division", "held": held, "draft": draft, "alone": len(receivers) < 2,
        "in_force": [_shown(code, one) for one in (held.rules if held else ())],
        "rules": [_shown(code, one) for one in rules],
        "differences": _told(routing.differences(held.rules if held else (), rules)) if draft else [],
        "stale": bool(draft and draft.base != (held.version.number if held else 0)),
        "history": [(one.version, _told(one.differences)) for one in told],
        "deeds": [(one, DEEDS[one.kind], _deed(one)) for one in routing.deeds(person, code)],
        "errors": {wrong.field: wrong.detail} if wrong else {},
        "tried": _tried(request, tried) if tried else None,
    }  # fmt: skip
    shown |= _form(request, code, rules, wrong) | {"receivers": receivers}
    return render(request, "console/division.html", shown, status=wrong.status if wrong else 200)


def _form(request: HttpRequest, code: str, rules: tuple[OwnRule, ...], wrong: Problem | None) -> dict[str, Any]:
    """What the form of one rule offers and shows: what was sent and refused, or the rule that is to be changed."""
    key = request.POST.get("key", "") if wrong else request.GET.get("rule", "")
    chosen = next((one for one in rules if one.key == key), None)
    typed: dict[str, Any] = asdict(chosen) if chosen else {}
    if wrong and request.POST.get("do") == "write":
        typed = request.POST.dict()
    return {
        "key": chosen.key if chosen else "", "typed": typed, "categories": _by_branch(),
        "areas": [(one, max(one.code.count(".") - bodies.get(code).area_code.count("."), 0))
                  for one in routing.areas_of(code)],
        "layers": routing.layers(), "why": request.POST.get("why", "") if wrong else "",
        "number": request.POST.get("number", "") if wrong and request.POST.get("do") == "back" else "",
    }  # fmt: skip


def _by_branch() -> list[tuple[Any, int]]:
    """The kinds of reports, each followed by those below it, with how deep it lies."""
    known = catalogue.all_active()
    ordered = sorted(known, key=lambda one: [catalogue.known(code).position for code in _down(one.code)])
    return [(one, len(_down(one.code)) - 1) for one in ordered]


def _down(code: str) -> list[str]:
    return list(reversed(catalogue.branch(code)))


def _shown(code: str, rule: OwnRule) -> dict[str, Any]:
    """A rule in words, and what is wrong with it today."""
    wrong = [words for _code, words in routing.wrong_with(code, rule).values()]
    return {"rule": rule, "words": _words(rule), "wrong": wrong}


def _words(rule: OwnRule) -> str:
    """A rule as one says it: *Waste, in Denpasar Utara, near a provincial road → Dinas Kebersihan*."""
    named = {one.code: one.name for one in catalogue.all_active()}
    parts = [named.get(rule.category, rule.category) if rule.category else _("All reports")]
    if rule.area:
        area = places.area(rule.area)
        parts.append(_("in %(area)s") % {"area": area.name if area else rule.area})
    if rule.layer:
        parts.append(_("near %(line)s") % {"line": routing.layers().get(rule.layer, rule.layer)})
    return f"{', '.join(str(one) for one in parts)} → {_name(rule.to)}"


def _name(code: str) -> Any:
    body = bodies.snapshot().body(code)
    return body.name if body else code or _("nobody")


def _told(differences: list[routing.Difference]) -> list[tuple[Any, str, str]]:
    """Each as a word and the rule before and after."""
    return [
        (_("new") if one.before is None else _("removed") if one.after is None else _("changed"),
         _words(one.before) if one.before else "", _words(one.after) if one.after else "")
        for one in differences
    ]  # fmt: skip


def _deed(one: Any) -> str:
    """The rule that was written or removed, in words."""
    plain = one.after or one.before
    return _words(routing.as_rules([plain])[0]) if plain else ""


def _tried(request: HttpRequest, tried: routing.Tried) -> dict[str, Any]:
    """What a rehearsal shows. A report that the reader may not open is counted and not named."""
    person, rows = person_of(request), []
    for one in tried.shifted[:SHOWN]:
        here = casework.may_see(person, one.report)
        if here or (reports.may_open(one.report) and not one.report.is_restricted):
            to = reverse("console:report", args=[one.report.code]) + ways.here(request) if here else ""
            rows.append({"report": one.report, "to": to or reverse("report", args=[one.report.code]),
                         "before": _name(one.before), "after": _name(one.after)})  # fmt: skip
    spots = [(row["report"].lon, row["report"].lat) for row in rows if row["report"].lon is not None]
    lons, lats = [lon for lon, _lat in spots], [lat for _lon, lat in spots]
    return {
        "looked_at": tried.looked_at, "more": tried.more, "number": len(tried.shifted), "rows": rows,
        "unnamed": len(tried.shifted) - len(rows), "box": _box(lons, lats) if spots else "",
        "counts": [(_name(before), _name(after), number) for before, after, number in tried.counts],
    }  # fmt: skip


def _box(lons: list[float], lats: list[float]) -> str:
    """West, south, east, north of some places, as a map begins there; one place alone has some room around it."""
    return f"{min(lons) - 0.002},{min(lats) - 0.002},{max(lons) + 0.002},{max(lats) + 0.002}"
