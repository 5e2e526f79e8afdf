"""The page behind the link of a mail. Opening it changes nothing: programs that scan mail open every link."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kentongan import places, reports
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend
from kentongan.network.dialects.email import answering, links
from kentongan.network.fetching import MOST_BYTES
from kentongan.network.models import ReplyLink

STEPS = 30  # an hour by one link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """The report and what can be done with it, for whoever has the link."""
    try:
        link = links.find(token)
    except Problem as problem:
        raise Http404(str(problem.detail)) from None
    if request.method != "POST":
        return _page(request, link)
    try:
        said = _asked_anew(request, link) if request.POST.get("step") == "link" else _step(request, link)
    except Problem as problem:
        return _page(request, link, problem)
    messages.success(request, said)
    return redirect("reply", token=token)


def _page(request: HttpRequest, link: ReplyLink, problem: Problem | None = None) -> HttpResponse:
    step = request.POST.get("step", "") if problem else ""
    shown: dict[str, Any] = {
        "report": link.stay.report, "hears": reports.hears(link.stay.report), "stay": link.stay,
        "standing": links.standing(link, request.session),
        "possible": answering.possible(link.stay), "nonce": uuid4(), "said": request.POST if problem else {},
        "step": step, "errors": {f"{step}-{problem.field or 'text'}": str(problem.detail)} if problem else {},
    }  # fmt: skip
    with timezone.override(places.zone_of(link.stay.report.province_code)):  # every time is one of the place
        answer = render(request, "network/reply.html", shown, status=problem.status if problem else 200)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _asked_anew(request: HttpRequest, link: ReplyLink) -> str:
    links.ask_anew(link)
    return _("A new link is on its way to your mailbox.")


def _step(request: HttpRequest, link: ReplyLink) -> str:
    if links.standing(link, request.session) != "open":
        raise Problem("used_link", 409, _("This link has been used. Ask for a new one; it comes by mail."))
    spend(f"reply/{link.pk}", STEPS, 3600)
    step, given = request.POST.get("step", ""), request.FILES.getlist("photos")
    if any((file.size or 0) > MOST_BYTES for file in given):
        raise Problem("photo_too_large", 413, _("A photo may have at most 20 MB."), field="photos")
    answering.answer(
        link, request.session, step, request.POST.get("text", ""), nonce=request.POST.get("nonce", "")[:40],
        no_photo_reason=request.POST.get("no_photo_reason", ""), photos=[file.read() for file in given],
    )  # fmt: skip
    if reports.hears(link.stay.report):
        return _("Thank you. It is on the page, and the reporter is told.")
    return _("Thank you. It is on the page.")
