"""Alerts, as operators work with them: the list with its sound, one alert, being on duty, drills, the printed log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import catalogue, community, emergency
from kentongan.console import trails, units
from kentongan.console.doors import for_staff, person_of
from kentongan.console.warnings import proposed
from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.states import Actor
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

Step = Callable[[UUID, Person, Any], Alert]


def _minutes(given: Any) -> int | None:
    written = given.get("minutes", "").strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 4 else None


STEPS: dict[str, Step] = {
    "acknowledge": lambda alert, person, given: emergency.acknowledge(alert, person),
    "take_over": lambda alert, person, given: emergency.take_over(alert, person, given.get("text", "")),
    "release": lambda alert, person, given: emergency.release(alert, person),
    "set_out": lambda alert, person, given: emergency.set_out(alert, person, given.get("unit", ""), _minutes(given)),
    "arrive": lambda alert, person, given: emergency.arrive(alert, person),
    "close": lambda alert, person, given: emergency.close(
        alert, person, given.get("result", ""), given.get("text", "")
    ),
    "doubt": lambda alert, person, given: emergency.doubt(alert, person, given.get("text", "")),
    "send": lambda alert, person, given: emergency.send_unit(alert, person, given.get("unit", "")).alert,
    "radio": lambda alert, person, given: (
        emergency.radio(alert, person, given.get("sending", ""), given.get("what", ""), given.get("text", "")).alert
    ),
    "asked": lambda alert, person, given: emergency.note_answers(alert, person, given.get("card", ""), given.dict()),
    "report": lambda alert, person, given: emergency.become_report(
        alert,
        person,
        given.get("category", ""),
        given.get("text", ""),
        with_place="place" in given,
        agreed="agreed" in given,
    ),
    "note": lambda alert, person, given: emergency.note(alert, person, given.get("text", "")),
}


@require_safe
@for_staff
def listing(request: HttpRequest) -> HttpResponse:
    """The alerts of my areas that go on, and my posts; with `ended`, those that ended."""
    person = person_of(request)
    posts = _posts(person)
    past = "ended" in request.GET
    rows = emergency.ended(person) if past else emergency.board(person)
    more = 0 if past else max(0, emergency.going_on(person) - len(rows))
    on_duty = {one.watch_id for one in emergency.on_duty(posts).filter(person=person)}
    crew = list(emergency.on_duty(posts))
    shown = {
        "rows": rows, "more": more, "posts": [(one, one.pk in on_duty) for one in posts], "past": past,
        "now": timezone.now(),
        "ringing": any(one.rings for one in rows), "crew": crew, "asked_at": request.get_full_path(),
        "units": [] if past else units.board(posts), "states": units.STATES, "notes": emergency.handed_over(posts, 1),
        "gaps": [] if past else [_gap(one, gap) for one in posts for gap in emergency.gaps(one, timezone.now())[:1]],
        "proposals": proposed(person),
    }  # fmt: skip
    with timezone.override(emergency.zone_of_post(posts[0])):
        return render(request, "console/alerts.html", shown)


@require_safe
@for_staff
def alert(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """One alert: where, who has it, the words both ways, the log. That I look is noted, and its person reads it."""
    person = person_of(request)
    _posts(person)
    return _page(request, person, emergency.find(person, alert_id))


@require_safe
@for_staff
def log(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """The log to print."""
    found = _looked_at(request, alert_id)
    shown = {"row": emergency.row(found, False), "entries": trails.entries(found), "looks": trails.looks(found)}
    with timezone.override(emergency.zone_of_alert(found)):  # every time on the page is one of the place
        return render(request, "console/alert_log.html", shown)


@require_safe
@for_staff
def media(request: HttpRequest, alert_id: UUID, media_id: UUID) -> HttpResponse:
    """A picture or sound as it came; a browser runs nothing of it."""
    content, kind = emergency.media_content(_found(request, alert_id), media_id)
    _looked_at(request, alert_id)  # not before: what is not there is nothing to have looked at
    answer = HttpResponse(content, content_type=kind)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_safe
@for_staff
def map_picture(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """The map around the newest place: its own address tells nobody where that is."""
    found = _looked_at(request, alert_id)
    content = trails.picture(emergency.positions(found, 1))
    if content is None:
        raise Problem("not_found", 404, _("There is no such picture."))
    return HttpResponse(content, content_type="image/png")


@require_POST
@for_staff
def step(request: HttpRequest, alert_id: UUID, name: str) -> HttpResponse:
    """Takes one step; who was a moment too late is told who has it."""
    person = person_of(request)
    _posts(person)
    found = emergency.find(person, alert_id)
    try:
        if name == "say":
            words = emergency.Who(Actor.OPERATOR, person, emergency.operator(person, found).watch)
            emergency.say(found, words, _key(request), request.POST.get("text", ""))
        elif name in STEPS:
            STEPS[name](found.pk, person, request.POST)
        else:
            raise Problem("not_found", 404, _("There is no such step."))
    except Problem as problem:
        if problem.status == 404:
            raise
        messages.error(request, str(problem.detail))
        return _page(request, person, emergency.find(person, alert_id), refused=name, status=problem.status)
    return redirect("console:alert", alert_id)


@require_POST
@for_staff
def duty(request: HttpRequest) -> HttpResponse:
    """Goes on duty at a post, or off, or begins a drill there."""
    person = person_of(request)
    posts = {str(one.pk): one for one in _posts(person)}
    post, do = posts.get(request.POST.get("post", "")), request.POST.get("do", "")
    if post is None or do not in {"begin", "end", "exercise"}:
        raise Problem("not_your_post", 403, _("Only the staff of this post can go on duty there."))
    if do == "begin":
        emergency.begin_duty(person, post.pk)
    elif do == "end":
        emergency.end_duty(person, post.pk)
    else:
        emergency.begin_exercise(person, post)
    return redirect("console:alerts")


@require_POST
@for_staff
def beat(request: HttpRequest) -> HttpResponse:
    """The console is open and answers: my turns of duty go on."""
    emergency.beat(person_of(request))
    return HttpResponse(status=204)


def _gap(post: Watch, gap: emergency.Gap) -> tuple[Watch, emergency.Gap, ZoneInfo]:
    return post, gap, emergency.zone_of_post(post)


def _found(request: HttpRequest, alert_id: UUID) -> Alert:
    """An alert of the operator's areas."""
    person = person_of(request)
    _posts(person)
    return emergency.find(person, alert_id)


def _looked_at(request: HttpRequest, alert_id: UUID) -> Alert:
    """The same; that they look is noted, and its person reads it."""
    found = _found(request, alert_id)
    emergency.look(found, person_of(request))
    return found


def _posts(person: Person) -> list[Watch]:
    found = emergency.posts_of(person)
    if not found:
        raise Problem("no_post", 403, _("You work at no post that watches for alerts."))
    return found


def _page(request: HttpRequest, person: Person, found: Alert, refused: str = "", status: int = 200) -> HttpResponse:
    emergency.look(found, person)  # a refused step shows it as well
    row, card = emergency.row(found, False), emergency.card_for(found)
    trail, chat = emergency.positions(found), emergency.messages(found)
    shown = {
        "row": row, "alert": found, "entries": trails.entries(found), "looks": trails.looks(found),
        "trail": trail, "last": trail[-1] if trail else None, "drawn": trails.drawn(trail),
        "chat": chat, "media": found.media.filter(missing=False).order_by("at"), "mine": found.owner_id == person.pk,
        "results": _results(found), "key": str(uuid4()), "now": timezone.now(),
        "typed": request.POST if refused else {}, "refused": refused,
        "steps": _steps(row, found, person), "caller": found.person,
        "caller_told": emergency.caller_told(found), "categories": catalogue.choosable(),
        "where_it_is": emergency.instances(found),
        "coming": community.coming(found.pk),
        "ringing": bool(emergency.called(person)), "asked_at": reverse("console:alert", args=[found.pk]),
        "phone": trails.phone(chat), "card": card, "said": emergency.answers_of(found, card) if card else {},
        "answers": emergency.ANSWERS, "offers": emergency.offers(found, person), "unit_kinds": units.KINDS,
        "sendings": emergency.sendings(found), "states": units.STATES,
    }  # fmt: skip
    with timezone.override(emergency.zone_of_alert(found)):  # every time on the page is one of the place
        return render(request, "console/alert.html", shown, status=status)


def _steps(row: emergency.Row, found: Alert, person: Person) -> set[str]:
    """What the person can do with it as it stands."""
    mine, state = found.owner_id == person.pk, found.state
    steps = {"note"}
    if row.is_waiting:
        steps.add("acknowledge")
    elif not mine and state in {"acknowledged", "on_the_way", "there"}:
        steps.add("take_over")
    if mine:
        steps |= {"set_out", "arrive", "release"} if state == "acknowledged" else set()
        steps |= {"set_out", "arrive"} if state == "on_the_way" else set()
        steps |= {"close"} if state != "closed" else set()
    if state == "cancelled" and not found.duress:
        steps |= {"close", "doubt"}
    if state not in {"closed", "cancelled"}:
        steps.add("say")
    if state == "closed" and not found.report and not found.exercise and found.forgotten_at is None:
        steps.add("report")
    if mine and (state != "cancelled" or found.duress) and state != "closed":
        steps.add("send")
    return steps


def _results(found: Alert) -> list[tuple[str, Any]]:
    left_out = {"unanswered"} | (set() if found.exercise else {"exercise"})
    return [(code, words) for code, words in emergency.RESULTS.items() if code not in left_out]


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()
