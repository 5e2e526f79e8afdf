"""Warnings by the staff of bodies that may: drafts, the page that confirms, updates, taking back; what is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kentongan import emergency, warnings
from kentongan.casework import Role
from kentongan.console.doors import for_platform, for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.warnings.models import Right, Warning
from kentongan.warnings.rights import right_for
from kentongan.warnings.terms import CERTAINTY, KINDS, SEVERITY, URGENCY

USUAL = {"urgency": "Expected", "severity": "Severe", "certainty": "Likely", "hours": "6"}


@require_safe
@for_staff
def listing(request: HttpRequest) -> HttpResponse:
    """Drafts and messages of my bodies, what is proposed, and for the platform who may publish."""
    person = person_of(request)
    mine, posts = warnings.rights_of(person), emergency.posts_of(person)
    if not mine and not posts and not person.administers:
        raise Problem("not_a_publisher", 403, _("You work at no body that may publish warnings here."))
    shown = {
        "mine": mine, "rows": warnings.of_bodies(person), "proposals": proposed(person),
        "rights": warnings.all_rights() if person.administers else None, "feeds": warnings.all_feeds(),
    }  # fmt: skip
    return render(request, "console/warnings.html", shown)


def proposed(person: Any) -> list[dict[str, Any]]:
    """What is proposed to the person, as pages show it."""
    return [
        {"one": one, "kind": KINDS[one.kind], "where": warnings.where(one)} for one in warnings.proposals_for(person)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def new(request: HttpRequest) -> HttpResponse:
    """A new draft of `body`, from nothing, of a proposal (`proposal`), or as the update of a warning (`of`)."""
    person, given = person_of(request), request.POST if request.method == "POST" else request.GET
    mine = warnings.rights_of(person)
    if not mine:
        raise Problem("not_a_publisher", 403, _("You work at no body that may publish warnings here."))
    before = warnings.in_force(person, _uuid(given.get("of", ""))) if given.get("of") else None
    body = str(before.body_id) if before else given.get("body", "") or mine[0].body_id
    said: Mapping[str, Any] = given if request.method == "POST" else _beginning(request, before)
    wrong = None
    if request.method == "POST":
        try:
            made = warnings.draft(person, body, given, replaces=before)
            if given.get("proposal", "").isdecimal():
                _close(person, given["proposal"], made)
            return redirect("console:warning", made.pk)
        except Problem as problem:
            wrong = problem
    return _form(request, mine, body, said, wrong, {"of": given.get("of", ""), "proposal": given.get("proposal", "")})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def edit(request: HttpRequest, number: UUID) -> HttpResponse:
    """A draft again in its form."""
    person = person_of(request)
    found, wrong = warnings.find_draft(person, number), None
    said: Mapping[str, Any] = request.POST if request.method == "POST" else _said(found)
    if request.method == "POST":
        try:
            warnings.draft(person, str(found.body_id), said, number)
            return redirect("console:warning", number)
        except Problem as problem:
            wrong = problem
    return _form(request, warnings.rights_of(person), str(found.body_id), said, wrong, {"draft": found})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def warning(request: HttpRequest, number: UUID) -> HttpResponse:
    """A draft with whom it reaches, to confirm; or what was published, to update or take back."""
    person = person_of(request)
    found = Warning.objects.select_related("body", "feed", "replaces").filter(pk=number, feed=None).first()
    if found is None or found.body_id is None:
        raise Problem("not_found", 404, _("There is no such warning."))
    right = _right(person, found)
    wrong, typed = None, ""
    if request.method == "POST":
        try:
            return _do(request, found)
        except Problem as problem:
            wrong, typed = problem, request.POST.get("reason", "")
            found.refresh_from_db()
    people, phones = warnings.counted(found) if found.state == "draft" else (0, 0)
    mine = right_for_publishing(person, found.body_id)
    shown = warnings.shown(found) | {
        "people": people, "phones": phones, "wrong": wrong, "typed": typed, "publishes": mine,
        "second": right is not None and right.four_eyes and found.drafted_by_id == person.pk,
        "ends": mine or right is None, "areas": len(found.covers),
        "words_of": [(language, found.words.get(language, {})) for language in ("id", "en")],
    }  # fmt: skip
    return render(request, "console/warning.html", shown, status=wrong.status if wrong else 200)


def _right(person: Any, found: Warning) -> Right | None:
    """The right of its body; None for who may only take back what was published. Raises Problem (403) for others."""
    try:
        return right_for(person, str(found.body_id))
    except Problem:
        if found.state == "draft":
            raise
        warnings.check_taking_back(person, str(found.body_id))
        return None


def right_for_publishing(person: Any, body: str) -> bool:
    """Whether the person may publish for a body."""
    return any(one.body_id == body for one in warnings.rights_of(person, Role.COORDINATOR))


def _do(request: HttpRequest, found: Warning) -> HttpResponse:
    person, do = person_of(request), request.POST.get("do", "")
    if do == "publish":
        version = request.POST.get("version", "")
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else -1
        warnings.publish(person, found.pk, number)
        messages.success(request, _("Published. People are being told now."))
        return redirect("console:warning", found.pk)
    if do == "cancel":
        made = warnings.cancel(person, found.pk, request.POST.get("reason", ""))
        messages.success(request, _("Taken back. Everybody who was told is told so."))
        return redirect("console:warning", made.pk)
    if do == "discard":
        warnings.discard(person, found.pk)
        messages.success(request, _("The draft is thrown away."))
        return redirect("console:warnings")
    raise Problem("not_found", 404, _("There is no such step."))


@require_POST
@for_staff
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """No warning is needed for what was proposed."""
    warnings.decide(person_of(request), pk)
    messages.success(request, _("Noted: no warning is needed there."))
    return redirect("console:warnings")


@require_POST
@for_platform
def right(request: HttpRequest) -> HttpResponse:
    """Gives a body (`body`) the right to publish, or takes it (`do=take`)."""
    body = request.POST.get("body", "").strip()
    try:
        if request.POST.get("do") == "take":
            warnings.take(body)
        else:
            area = request.POST.get("area", "").strip()
            warnings.give(body, area or None, four_eyes=bool(request.POST.get("four_eyes")))
        messages.success(request, _("Saved."))
    except Problem as problem:
        messages.error(request, str(problem.detail))
    return redirect("console:warnings")


def _form(
    request: HttpRequest, mine: list[Any], body: str, said: Mapping[str, Any], wrong: Problem | None,
    more: dict[str, Any],
) -> HttpResponse:  # fmt: skip
    area = next((one.area_code for one in mine if one.body_id == body), "")
    found = gazetteer.areas().get(area)
    shown = {
        "mine": mine, "body": body, "said": said, "wrong": wrong, "kinds": KINDS, "urgency": URGENCY,
        "severity": SEVERITY, "certainty": CERTAINTY, "begins": (found.lon, found.lat) if found else (118.0, -2.5),
        "zoom": {0: 8, 1: 10, 2: 12, 3: 14}[area.count(".")] if found else 4, "draft": None, **more,
        "fields": [
            ("headline", _("In one line: what, where"), 160),
            ("description", _("What is happening, what is coming"), 3000),
            ("instruction", _("What people should do"), 2000),
        ],
        "languages_of": [("id", "Bahasa Indonesia"), ("en", "English")],
    }  # fmt: skip
    return render(request, "console/warning_form.html", shown, status=wrong.status if wrong else 200)


def _beginning(request: HttpRequest, before: Warning | None) -> dict[str, Any]:
    if before is not None:
        return _said(before)
    said: dict[str, Any] = dict(USUAL)
    written = request.GET.get("proposal", "")
    if written.isascii() and written.isdigit() and len(written) < 18:
        one = warnings.proposal(person_of(request), int(written))
        kind, where = KINDS[one.kind], warnings.where(one)
        said |= {"kind": one.kind, "polygon": warnings.outline(one), "certainty": "Observed", "urgency": "Immediate"}
        for language in ("id", "en"):
            said[f"headline_{language}"] = f"{kind.event[language]}: {where}"
            said[f"instruction_{language}"] = kind.instruction[language]
    return said


def _said(one: Warning) -> dict[str, Any]:
    """A message as its form has it."""
    said: dict[str, Any] = {
        "kind": one.kind, "urgency": one.urgency, "severity": one.severity, "certainty": one.certainty, "hours": "6",
        "codes": "\n".join(one.area.get("codes", [])), "exercise": "yes" if one.status == "Exercise" else "",
        "polygon": "\n".join(" ".join(f"{lat},{lon}" for lon, lat in ring) for ring in one.area.get("polygons", [])),
    }  # fmt: skip
    for language, told in one.words.items():
        said |= {f"{name}_{language}": told.get(name, "") for name in ("headline", "description", "instruction")}
    return said


def _close(person: Any, written: str, made: Warning) -> None:
    try:
        warnings.decide(person, int(written[:17]), made)
    except Problem:
        return  # somebody else has looked at it meanwhile; the draft stays


def _uuid(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Problem("not_found", 404, _("There is no such warning.")) from None
