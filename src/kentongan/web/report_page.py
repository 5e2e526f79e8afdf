"""The report's page, and what a citizen can do there: support, comment, confirm, rate, contest, claim."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kentongan import casework, network, places, reports, warnings
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Report
from kentongan.reports.states import BY_NAME, Actor, State
from kentongan.web import draft as drafts
from kentongan.web import hidden_pages, telling
from kentongan.web.kept import kept
from kentongan.web.people_here import admit, person_of

REFUSED = "refused"  # what was written when an act was refused, kept for the next showing
ACTS_PER_HOUR, HOUR = 120, 3600  # as the API has them
LEADS_TO = {"comment": "#timeline", "confirm": "#rate"}  # the part of the page that an act leads to
PHOTO_AGE = 86_400  # seconds that a browser keeps a public photo


def _is_everybodys(request: HttpRequest, code: str) -> bool:
    """Whether a person sees the page that all see: nothing is theirs, they work nowhere, nothing of theirs waits."""
    if REFUSED in request.session or drafts.claim_of(request, code):
        return False
    person = person_of(request)
    return person is None or not (casework.works_somewhere(person) or reports.concerns(code, person))


@require_safe
@partial(kept, is_shared=_is_everybodys)
def report(request: HttpRequest, code: str) -> HttpResponse:
    """State and body first, then photos, the timeline, why it went there, and what can be done."""
    try:
        found = hidden_pages.find(request, code)
    except Http404:
        try:
            elsewhere = network.resolve(code, rates.address(request))
        except network.Checking as checking:
            return _checking(request, code, checking)
        if elsewhere is None:
            raise
        return redirect(elsewhere)
    except Problem as problem:  # it was public once, and was hidden
        return hidden_pages.gone(request, code, problem)
    if found.code != code:
        return redirect("report", code=found.code, permanent=True)
    refused = request.session.get(REFUSED, {})
    # What somebody wanted before signing in waits until they have.
    here = refused.get("code") == found.code and ("errors" in refused or request.user.is_authenticated)
    mine = refused if here else {}
    if mine:
        del request.session[REFUSED]
    told = _shown(request, found) | {"errors": mine.get("errors"), "said": mine}
    told["standing"] = warnings.at_areas(found.area_codes)
    told["warned"] = max(found.area_codes, key=len, default="")
    with timezone.override(places.zone_of(found.province_code)):  # every time on the page is one of the place
        answer = render(request, "web/report.html", told)
    if found.is_restricted:
        answer["X-Robots-Tag"] = "noindex"
        answer["Cache-Control"] = "no-store"
    return answer


def _checking(request: HttpRequest, code: str, why: Problem) -> HttpResponse:
    """The page while other instances are asked for a code: it looks again by itself."""
    again = why.extra["retry_after"]
    answer = render(request, "web/checking.html", {"code": code, "again": again}, status=why.status)
    answer["Retry-After"], answer["Cache-Control"] = str(again), "no-store"
    return answer


@require_POST
def act(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """One act of a citizen, then back to the page; a refusal says why and keeps the words."""
    acting = ACTS.get(step)
    if acting is None:
        raise Http404
    found = hidden_pages.find(request, code)
    claim = drafts.claim_of(request, found.code)
    who = reports.citizen(found, person_of(request), claim)
    page = reverse("report", args=[found.code])
    said = {"code": found.code, "step": step, "text": request.POST.get("text", "")}
    if who.person is None and who.actor != Actor.REPORTER:
        request.session[REFUSED] = said  # one press away after signing in; a GET changes nothing
        return redirect_to_login(page)
    try:
        # Counted together with what comes in by the API.
        rates.spend(f"act/{who.person.pk if who.person else rates.address(request)}", ACTS_PER_HOUR, HOUR)
        messages.success(request, acting(request, found.code, who))
    except Problem as problem:
        words = str(problem.detail)
        request.session[REFUSED] = said | {"errors": {f"{step}-{problem.field or 'text'}": words}}
        return redirect(f"{page}#errors")
    return redirect(page + LEADS_TO.get(step, ""))


@require_safe
def photo(request: HttpRequest, code: str, photo_id: UUID, size: str) -> FileResponse:
    """A photo of a report in a size that people see (`thumb`, `large`); seen by whoever sees the report."""
    found = hidden_pages.find(request, code)
    wanted = Photo.objects.filter(pk=photo_id, report=found).first()
    if wanted is None or size not in {"thumb", "large"}:
        raise Http404
    answer = FileResponse(reports.photo_file(wanted, size), content_type="image/jpeg")
    private = found.is_restricted
    answer["Cache-Control"] = "private, no-store" if private else f"public, max-age={PHOTO_AGE}, immutable"
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a report made without an account. GET says whose report it is and asks; only a POST does something:
    joins it to the account of who is signed in, or keeps the link in this browser, which then acts as its reporter.
    """
    person, found = person_of(request), reports.claimed_by(token)
    if found is None:
        return render(request, "web/claim.html", {"report": None}, status=404)
    if request.method != "POST":
        return render(request, "web/claim.html", {"report": found, "photos": telling.photos(found)})
    if person is None or "here" in request.POST:
        drafts.hold(request, found.code, token)
        return redirect("report", code=found.code)
    try:
        reports.claim(person, token)
    except Problem:
        # Somebody was faster, with the same link.
        return render(request, "web/claim.html", {"report": None}, status=404)
    messages.success(request, _("This report is yours now: you find it under My reports."))
    return redirect("report", code=found.code)


def _shown(request: HttpRequest, found: Report) -> dict[str, Any]:
    person, token = person_of(request), drafts.claim_of(request, found.code)
    who = reports.citizen(found, person, token)
    photos, steps = telling.photos(found), telling.steps(found, person, token)
    state, is_reporter = State(found.state), who.actor == Actor.REPORTER
    ended = state in BY_NAME["reopen"].sources and found.whole_id is None  # what citizens say they say to the whole
    return {
        "report": found,
        "original": _original(found, person, token),
        "photos": photos,
        "journey": telling.journey(found),
        "steps": steps,
        "came_back": telling.came_back(steps),
        "areas": telling.areas(found),
        "street": places.street_text(found.address),
        "landmark": places.landmark_of(found.address, found.lon, found.lat),
        "why": telling.why(found),
        "answers": reports.in_their_words(reports.answered(found, public=not is_reporter)),
        "is_reporter": is_reporter,
        "claim": token if is_reporter and person is None else "",
        "question": _question(found) if is_reporter else "",
        "whole": found.whole if found.whole and reports.may_open(found.whole, person, token) else None,
        "parts": reports.parts_of(found),
        "can_confirm": is_reporter and state == State.RESOLVED,
        "can_rate": is_reporter and ended and not found.stars,
        "can_reopen": is_reporter and ended,
        "can_contest": not is_reporter and ended,
        "contesting": request.GET.get("open") == "contest",
        "stars": range(5, 0, -1),
        "given": range(found.stars or 0),
        "waiting": _waiting(found),
        "hides": len(reports.hidings(found)),
    }


def _original(found: Report, person: Person | None, token: str) -> Report | None:
    """What the report goes on with, where the reader may open that page: no page names a code that is a secret."""
    original = found.original
    return original if original is not None and reports.may_open(original, person, token) else None


def _question(found: Report) -> str:
    """What the body asked and its reporter has not answered yet."""
    if found.asked_at is None:
        return ""
    return found.entries.filter(kind="asked").order_by("-seq").values_list("text", flat=True).first() or ""


def _waiting(found: Report) -> int:
    """How many reports wait for a body that has not joined, this one among them."""
    if found.state != State.AWAITING_PARTNER or not found.body_id:
        return 0
    return int(reports.counts(body=found.body_id)["status"]["no_partner"])


def _photos(request: HttpRequest) -> list[UUID]:
    person = person_of(request)
    if request.FILES:
        admit(request, "photos")
    return [reports.add_photo(file, person).pk for file in request.FILES.getlist("photos")]


def _support(request: HttpRequest, code: str, who: reports.Who) -> str:
    reports.support(code, who.person)
    return _("Your support is counted.")


def _comment(request: HttpRequest, code: str, who: reports.Who) -> str:
    admit(request, "comments")
    if reports.comment(code, who, request.POST.get("text", "")).entries.latest("seq").kind == "answered":
        return _("Thank you for your answer.")
    return _("Your comment is on the page.")


def _confirm(request: HttpRequest, code: str, who: reports.Who) -> str:
    reports.confirm(code, who)
    return _("Thank you for confirming.")


def _rate(request: HttpRequest, code: str, who: reports.Who) -> str:
    stars = request.POST.get("stars", "")
    reports.rate(code, who, int(stars) if stars in set("12345") else 0, request.POST.get("text", ""))
    return _("Thank you for your rating.")


def _reopen(request: HttpRequest, code: str, who: reports.Who) -> str:
    found = reports.contest(code, who, request.POST.get("text", ""), photos=_photos(request))
    told = telling.body_hears(found, who.person)
    if who.actor == Actor.REPORTER:
        said = _("The report is open again. Everybody who opens it reads why.")
    else:
        said = _("Your objection and photo are on the page. The body has to answer.")
    return f"{said} {_('It is told of it.')}" if told else said


ACTS: dict[str, Callable[[HttpRequest, str, Any], str]] = {
    "support": _support,
    "comment": _comment,
    "confirm": _confirm,
    "rate": _rate,
    "contest": _reopen,
}
