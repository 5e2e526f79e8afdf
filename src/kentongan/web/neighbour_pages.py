"""A neighbourhood that keeps watch: its page, its invitation, its points, and the drum's signals explained."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import segno
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from kentongan import community, emergency
from kentongan.community.neighbours import Member, Role
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.web.neighbour_steps import STEPS
from kentongan.web.people_here import me


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """My neighbourhoods; a new one, or asking to join one by its code."""
    person, wrong = me(request), None
    if request.method == "POST":
        given = request.POST
        try:
            if given.get("do") == "ask":
                community.ask(person, given.get("code", ""))
                return redirect("neighbourhoods")
            made = community.create(person, given.get("name", ""), given.get("kind", ""), given.get("zone", ""))
            return redirect("neighbourhood", made.pk)
        except Problem as problem:
            wrong = problem
    shown = {
        "mine": community.groups_of(person), "kinds": community.KINDS, "zones": community.ZONES, "wrong": wrong,
        "typed": request.POST,
    }  # fmt: skip
    return render(request, "web/neighbourhoods.html", shown, status=wrong.status if wrong else 200)


@require_safe
@never_cache
@login_required
def group(request: HttpRequest, group: UUID) -> HttpResponse:
    """One neighbourhood: who needs help, the rounds, notices, guests, members. That I read a notice is counted."""
    try:
        return _group(request, group)
    except Problem as problem:
        return _gone(request, problem)


@require_POST
@never_cache
@login_required
def act(request: HttpRequest, group: UUID, step: str) -> HttpResponse:
    """One change of a neighbourhood; what is refused is said on its page."""
    person = me(request)
    try:
        if step not in STEPS:
            raise community.no_group()
        roles, do = STEPS[step]
        if roles is None:
            community.leave(person, group)
            emergency.call_off(person, group)
            return redirect("neighbourhoods")
        do(community.member(person, group, *roles), request.POST)
    except Problem as problem:
        if problem.status == 404 or step == "dissolve":
            return _gone(request, problem)
        return _group(request, group, problem, step)
    return redirect("neighbourhoods") if step == "dissolve" else redirect("neighbourhood", group)


@require_safe
@never_cache
@login_required
def invitation(request: HttpRequest, group: UUID) -> HttpResponse:
    """The QR codes to print: the invitation, and one for each point of the patrols."""
    try:
        mine = community.member(me(request), group, *community.LEADERS)
    except Problem as problem:
        return _gone(request, problem)
    link = _link("neighbourhood_join", community.invitation(mine.group))
    points = [
        (one, _code(_link("patrol_point", community.point_token(one)))) for one in mine.group.points.order_by("name")
    ]
    shown = {"group": mine.group, "link": link, "code": _code(link), "points": points}
    return render(request, "web/neighbourhood_codes.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: joined by a button, not by looking."""
    try:
        if request.method == "POST":
            return redirect("neighbourhood", community.join(me(request), token).pk)
        return render(request, "web/neighbourhood_join.html", {"group": community.invited(token), "token": token})
    except Problem as problem:
        return _gone(request, problem)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def point(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR code of a point opens: checked in by a button."""
    person = me(request)
    try:
        found = community.point_of(token)
        mine = community.member(person, found.group_id)
    except Problem as problem:
        return _gone(request, problem)
    shown: dict[str, Any] = {"point": found, "group": mine.group, "token": token}
    if request.method == "POST":
        try:
            shown["counted"] = community.check_in(person, found)
        except Problem as problem:
            shown["wrong"] = problem
    return render(request, "web/patrol_point.html", shown, status=shown["wrong"].status if "wrong" in shown else 200)


@require_POST
@never_cache
def beat(request: HttpRequest) -> HttpResponse:
    """The page of a neighbourhood is open: its member hears a call now."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    community.beat(me(request))
    return HttpResponse(status=204)


@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    """The signals of the slit drum, to hear and to learn."""
    return render(request, "web/signals.html", {"drum": community.signals()})


def _group(request: HttpRequest, key: UUID, wrong: Problem | None = None, step: str = "") -> HttpResponse:
    mine = community.member(me(request), key)
    now = timezone.now()
    people = community.members(mine.group)
    shown = {
        "mine": mine, "group": mine.group, "wrong": wrong, "step": step, "now": now,
        "typed": request.POST if wrong else {},
        "heads": mine.role == Role.HEAD, "leads": mine.role in community.LEADERS,
        "needs": _needs(mine), "patrols": community.plan(mine.group, now)[:6],
        "points": list(mine.group.points.order_by("name")), "rounds": list(mine.group.rounds.order_by("starts")),
        "notices": community.notices(mine), "guests": community.guests(mine),
        "asking": [one for one in people if not one.is_in], "people": [one for one in people if one.is_in],
        "drum": community.signals(mine.group.signals), "zone": mine.group.zone,
        "was": community.mark_of_settings(mine.group),
    }  # fmt: skip
    with timezone.override(mine.group.zone):
        return render(request, "web/neighbourhood.html", shown, status=wrong.status if wrong else 200)


def _needs(mine: Member) -> list[dict[str, Any]]:
    """Who needs help now, or did within a day: what may be seen of it, and who goes."""
    told = []
    for call in community.calls_of(mine.group):
        try:
            need = emergency.need(mine.person, call.alert)
        except Problem:
            continue  # swept meanwhile
        answers = list(call.answers.all())
        said = next((one.what for one in answers if one.person_id == mine.person_id), "")
        told.append({"call": call, "need": need, "answers": answers, "said": said})
    return told


def _gone(request: HttpRequest, problem: Problem) -> HttpResponse:
    return render(request, "web/neighbourhood_gone.html", {"problem": problem}, status=problem.status)


def _link(name: str, token: str) -> str:
    return config().base_url.rstrip("/") + reverse(name, args=[token])


def _code(link: str) -> Markup:
    """A QR code as SVG within the page, dark on white in a dark page too: cameras read it so."""
    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704  made of our own address
