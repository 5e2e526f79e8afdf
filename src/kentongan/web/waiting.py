"""Reports that waited on a phone for the network: the page that works without one, and where they are sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kentongan import routing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.web import draft as drafts
from kentongan.web import preview, questions
from kentongan.web.draft import Draft
from kentongan.web.people_here import admit, person_of

MOST_KEPT = 200_000  # characters of all answers of a report
# What the page without a network is made of. A test holds this list and the page together.
KEPT = (
    "kentongan.css", "mark.svg", "vendor/icons.svg", "vendor/plus-jakarta-sans-latin.woff2",
    "js/page.js", "js/waiting.js", "js/waiting-here.js", "js/report-offline.js", "js/places.js", "js/places-kept.js",
    "js/photos.js", "js/photo-told.js", "js/photo-worker.js",
)  # fmt: skip
# The emergency page works without a network too: what it needs beside the page's own frame.
ALERT_PAGE, ALERT_KEPT = "/darurat", ("js/alert.js", "js/alert-kept.js", "js/alert-safe.js")
# And so do the important numbers.
NUMBERS_PAGE, NUMBERS_KEPT = "/nomor", ("js/numbers.js",)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The whole report on one page, kept by the browser for when there is no network."""
    shown = {"groups": preview.category_groups(), "errors": {}, "draft": Draft(submission_id="")}
    return render(request, "web/report_offline.html", shown)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it answers for every page: begins `js/service-worker.js`."""
    page, kept = (
        json.dumps("/report/offline"),
        json.dumps([static(name) for name in (*KEPT, *ALERT_KEPT, *NUMBERS_KEPT)]),
    )
    begin = f"begin({page}, {kept}, {json.dumps(ALERT_PAGE)}, {json.dumps(NUMBERS_PAGE)});"
    script = f'import {{ begin }} from "{static("js/service-worker.js")}";\n{begin}\n'
    answer = HttpResponse(script, "text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
def waiting(request: HttpRequest) -> JsonResponse:
    """Asked, the key that sending needs; sent, a report as it waited: its code, 201 new or 200 known.

    Sent again, after an answer that got lost, it is the same report. A refusal is `{"words", "field", "code"}`.
    """
    if request.method == "GET":
        return JsonResponse({"key": get_token(request)})
    try:
        draft = _draft(request)
        code, created = _send(request, draft)
    except Problem as problem:
        refusal = {"words": str(problem.detail), "field": problem.field, "code": problem.code}
        return JsonResponse(refusal, status=problem.status)
    return JsonResponse({"code": code}, status=201 if created else 200)


def _send(request: HttpRequest, draft: Draft) -> tuple[str, bool]:
    repeated = request.session.get(drafts.SENT, {}).get(draft.submission_id)
    if repeated:
        return repeated, False
    person = person_of(request)
    if person is None and not config().anonymous_reports:
        raise Problem("sign_in", 401, _("Sign in to send it: your report stays on this phone until then."))
    admit(request, "reports", config().anonymous_reports_per_hour)
    # What stood there and what was asked when it was written may be gone by now, and nobody could be asked more: that
    # is no reason to refuse it.
    sent = replace(draft.submission(), asset_passed_on=True, told_of=(), as_written=True)
    done = routing.submit(replace(sent, answers=questions.sendable(draft, "")), person)
    drafts.sent(request, draft.submission_id, done.report.code, done.claim_token or "")
    return done.report.code, done.created


def _draft(request: HttpRequest) -> Draft:
    """What was posted, as the draft of the form. Raises Problem where it is not in order."""
    posted = request.POST
    lon, lat = drafts.point(posted)
    said: dict[str, Any] = {
        "submission_id": posted.get("submission_id", ""),
        "lon": lon,
        "lat": lat,
        "photos": posted.getlist("photos"),
        **{name: posted.get(name, "") for name in ("category", "text", "url", "body")},
        "privacy": posted.get("privacy", "public"),
        "asset": posted.get("asset_id", ""),
        "answers": _answers(posted.get("answers", "")),
    }
    try:
        for one in (said["submission_id"], *said["photos"]):
            UUID(one)
    except ValueError:
        raise Problem("bad_id", 422, _("This report cannot be sent as it is kept. Open it and send again.")) from None
    return Draft(**said)


def _answers(written: str) -> dict[str, Any]:
    """What the phone kept of the answers; what is no answer of ours is left out."""
    try:
        kept = orjson.loads(written[:MOST_KEPT] or "{}")
    except ValueError:  # no JSON, or half a letter in it
        return {}
    told = kept.items() if isinstance(kept, dict) else ()
    return {
        code: one for code, one in told if isinstance(one, str) or (isinstance(one, list) and all(map(_is_text, one)))
    }


def _is_text(one: Any) -> bool:
    return isinstance(one, str)
