"""Family: sharing where I am with people I choose, and seeing who shares with me."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kentongan import basemap, community, places
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.web.people_here import me, person_of

OPENED, MOST_OPENED = "family_opened", 20  # in the session: the links that this browser has opened
LENGTHS = (15, 60, 240, 480)  # minutes that are offered
ZOOM, WIDE, HIGH = 16, 640, 320


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """What I share, who can see it and who looked; what others share with me. Posted, one change of it."""
    person = me(request)
    if request.method != "POST":
        return _page(request, person)
    try:
        choices = _change(person, request.POST)
    except Problem as problem:
        return _page(request, person, wrong=problem)
    return _page(request, person, choices=choices) if choices else redirect("family")


@require_POST
@never_cache
def place(request: HttpRequest) -> HttpResponse:
    """The phone says where it is; it is told until when, and stops where nothing is shared any more."""
    person = person_of(request)
    if person is None:
        return JsonResponse({"code": "sign_in"}, status=401)
    device, take = request.POST.get("device", ""), request.POST.get("take") == "yes"
    try:
        share = community.place(person, request.POST.dict(), device, take)
    except Problem as problem:
        return JsonResponse({"code": problem.code, "detail": str(problem.detail)}, status=problem.status)
    return JsonResponse({"ends_at": share.ends_at, "ended": share.ended_at is not None})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody shares with whoever holds this. A link shows nothing before a button is pressed: programs that
    draw previews of links press none, so a look is a person's."""
    try:
        viewer = community.find_viewer(token, person_of(request))
    except Problem as problem:
        return render(request, "web/family_gone.html", {"problem": problem}, status=problem.status)
    opened = _opened(request)
    if request.method == "POST":
        if viewer.is_link and viewer.digest not in opened:
            community.note_opening(viewer)
            request.session[OPENED] = [*opened, viewer.digest][-MOST_OPENED:]
        return redirect("family_seen", token)
    sight = community.sight(viewer)
    may = sight.is_over or not viewer.is_link or viewer.digest in opened
    if may and not sight.is_over:
        community.note_look(viewer)
    return render(
        request, "web/family_seen.html", {"sight": sight, "may": may, "token": token, "digest": viewer.digest}
    )


@require_safe
@never_cache
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The map around the last place; its own address tells nobody where that is."""
    try:
        viewer = community.find_viewer(token, person_of(request))
        way = community.sight(viewer).way
        if way.lon is None or way.lat is None or (viewer.is_link and viewer.digest not in _opened(request)):
            raise Problem("no_share", 404, _("There is no such picture."))
        community.note_look(viewer)  # the map alone says where they are, too
        view = basemap.View(ZOOM, round(way.lon, 4), round(way.lat, 4), WIDE, HIGH)
        return HttpResponse(basemap.picture(view, pin=True), content_type="image/png")
    except Problem as problem:
        return HttpResponse(str(problem.detail), status=problem.status, content_type="text/plain; charset=utf-8")


def _page(
    request: HttpRequest, person: Person, wrong: Problem | None = None, choices: list[Any] | None = None
) -> HttpResponse:
    share = community.running(person)
    shown = {
        "share": share, "eyes": community.eyes(share) if share else [], "others": community.shared_with(person),
        "mine": community.mine(share) if share else None,
        "wrong": wrong, "choices": choices or [], "typed": request.POST, "lengths": LENGTHS,
    }  # fmt: skip
    return render(request, "web/family.html", shown, status=wrong.status if wrong else 200)


def _change(person: Person, given: Any) -> list[Any]:
    """Does what a form asks; returns the places that the destination may mean where that has to be asked."""
    do = given.get("do", "")
    if do == "begin":
        return _begin(person, given)
    if do == "add":
        community.add(person, given.get("name", ""), given.get("email", ""))
    elif do == "remove":
        community.remove(person, _id(given.get("viewer", "")))
    elif do in ("end", "arrived"):
        community.end(person, "arrived" if do == "arrived" else "person")
    elif do == "leave":
        community.turn_away(person, given.get("token", ""))
    else:
        raise Problem("not_found", 404, _("There is no such step."))
    return []


def _begin(person: Person, given: Any) -> list[Any]:
    typed, to = given.get("to", "").strip()[:200], None
    if typed:
        meant = places.meant(typed, given["at"]) if given.get("at") else None
        if meant is None or meant.point is None:
            # Nobody arrives at an area: only what is a point can be the end of a journey.
            found = places.find(typed, None, 12)
            points = [one for one in found if not one.code][:6]
            if points and points[0].kind != "coordinate":  # who writes coordinates has said which place it is
                return points
            if not points:
                wide = _("This is a whole area. Write a street and a town, coordinates or the link of a map.")
                unknown = _("This place was not found. Try a street and a town.")
                raise Problem("no_destination", 422, wide if found else unknown, field="to")
            to = (points[0].lon, points[0].lat, points[0].label)
        else:
            to = (*meant.point, meant.label)
    minutes = _number(given.get("minutes", "")) or 0
    if given.get("running") == "" and community.running(person):  # the page showed none: another tab has begun one
        words = _("You share already: another tab has begun it, and it goes on. End it first to begin anew.")
        raise Problem("sharing_already", 409, words)
    with transaction.atomic():  # an address that is none begins nothing: all that was typed stands in the form again
        community.begin(person, minutes, to, _number(given.get("arrive_in", "")), given.get("device", ""))
        if given.get("name") or given.get("email"):
            community.add(person, given.get("name", ""), given.get("email", ""))
    return []


def _opened(request: HttpRequest) -> list[str]:
    found = request.session.get(OPENED, []) if request.COOKIES else []
    return list(found)


def _number(written: str) -> int | None:
    written = written.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 5 else None


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Problem("not_found", 404, _("There is no such person here.")) from None
