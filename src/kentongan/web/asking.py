"""The report form: photo, place, kind, words, one page each; every answer is kept before the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from kentongan import catalogue, places, reports, routing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Photo
from kentongan.web import draft as drafts
from kentongan.web import hidden_pages, preview, questions
from kentongan.web.draft import Draft
from kentongan.web.people_here import admit, person_of
from kentongan.web.report_page import REFUSED

MOST_PHOTOS = 5
TYPED = 200  # characters of a box that are kept
# Said before it is sent, where a page was shown to somebody who is signed in no more.
WHOSE = {
    "another": gettext_lazy(
        "Somebody else is signed in here now. Look it over: it will be sent in that person's name."
    ),
    "nobody": gettext_lazy(
        "You are signed out here now: it will be sent without your account. Sign in first to send it as yours."
    ),
}


@never_cache
@gzip_page  # its tokens are masked anew each time, and Django lengthens each page by chance: BREACH finds nothing
def report_new(request: HttpRequest) -> HttpResponse:
    """Shows a step (`?step=`) or takes its answer; always answers a POST with a redirect.

    The page's script, which shows how much of a photo has left, asks for JSON: `{"next": address}`.
    """
    # Kept first, but for files: what the page showed comes with it.
    is_kept = request.method == "POST" and request.POST.get("step") in {"place", "kind", drafts.ASSET, "words"}
    if not is_kept and not _may_send(request):
        return redirect_to_login(request.get_full_path())
    draft = drafts.load(request)
    if request.method == "POST":
        answer = _take(request, draft)
        scripted = request.headers.get("accept") == "application/json"
        return JsonResponse({"next": answer["Location"]}) if scripted else answer
    if code := drafts.went_as(request):
        messages.info(request, _("This report has been sent. To report something else, begin a new one."))
        return redirect("report", code=code)
    step = request.GET.get("step", "photo")
    if step not in (*drafts.STEPS, drafts.ASSET):
        step = "photo"
    errors, draft.errors = draft.errors, {}
    drafts.keep(request, draft)
    with timezone.override(draft.zone):  # every time on the page is one of the place
        return render(request, f"web/report_{step}.html", {**_shown(request, draft, step), "errors": errors})


def suggest(request: HttpRequest) -> JsonResponse:
    """The categories that a text sounds like, for the page to offer while the person writes; with `placeless`, those
    that need no place."""
    found = catalogue.suggest(request.GET.get("text", "")[:500], placeless="placeless" in request.GET)
    return JsonResponse({"items": [{"code": one.code, "name": str(one.name), "icon": one.icon} for one in found]})


@never_cache
def draft_photo(request: HttpRequest, photo_id: UUID) -> FileResponse:
    """A photo of the draft in this session, small."""
    if not drafts.holds(request, str(photo_id)):
        raise Http404
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is None:
        raise Http404
    return FileResponse(reports.photo_file(photo, "thumb"), content_type="image/jpeg")


def _take(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keeps the answer of one step and leads to the next, or back to the step where something is wrong."""
    step = request.POST.get("step", "")
    repeated = drafts.became(request)
    if repeated:
        return _sent_before(request, repeated)
    taker = {
        "photo": _take_photo,
        "place": _take_place,
        "kind": _take_kind,
        "asset": _take_asset,
        "words": _take_words,
    }.get(step)
    if taker is None:
        return redirect("report_new")
    if step != "photo":
        draft = drafts.as_shown(request, draft, step)  # what this page showed is what goes on, and is sent
    try:
        answer = taker(request, draft)
    except Problem as problem:
        name = problem.field or ""
        draft.errors = {name: str(problem.detail)}
        answer = _to(drafts.STEP_OF.get(name, step))
    if isinstance(answer, str):  # the code of the report that the draft has become
        return redirect("report", code=answer)
    drafts.keep(request, draft)
    return answer


def _sent_before(request: HttpRequest, code: str) -> HttpResponse:
    """Leads to the report that the page has become already; what was changed on the page since is not lost."""
    words, page = request.POST.get("text", "").strip(), reverse("report", args=[code])
    if not words or words == hidden_pages.find(request, code).text.strip():
        return redirect(page)
    request.session[REFUSED] = {"code": code, "step": "comment", "text": words, "errors": {}}
    messages.warning(
        request, _("This report was sent before. What you have written since stands below: send it as a comment.")
    )
    return redirect(f"{page}#comment")


def _to(step: str) -> HttpResponse:
    answer = redirect("report_new")
    answer["Location"] += f"?step={step}"
    return answer


def _take_photo(request: HttpRequest, draft: Draft) -> HttpResponse:
    removed = request.POST.get("remove", "")
    if removed:
        draft.photos = [photo for photo in draft.photos if photo != removed]
        return _to("photo")
    files = [file for file in request.FILES.getlist("photos") if isinstance(file, UploadedFile)]
    if len(files) + len(draft.photos) > MOST_PHOTOS:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field="photos")
    if files:
        admit(request, "photos", MOST_PHOTOS * config().anonymous_reports_per_hour)
    for file in files:
        try:
            photo = reports.add_photo(file, person_of(request))
        except Problem as problem:
            raise Problem(problem.code, problem.status, problem.detail, field="photos") from problem
        draft.photos.append(str(photo.pk))
    return _to("photo" if "more" in request.POST else "place")


def _take_place(request: HttpRequest, draft: Draft) -> HttpResponse:
    if "placeless" in request.POST:
        draft.lon = draft.lat = None
        draft.placeless = True
        return _to("kind")
    words = request.POST.get("place", "").strip()
    if "search" in request.POST and words:
        answer = _to("place")
        answer["Location"] += f"&{preview.query(words)}"
        return answer
    draft.typed = {name: request.POST.get(name, "")[:TYPED] for name in ("lat", "lon")}
    lon, lat = _chosen(request.POST)
    named = words and not (request.POST.get("point") or request.POST.get("use"))
    if named and (lon, lat) in {(None, None), preview.photo_point(draft)}:
        answer = _to("place")  # they looked for a name and went on: this is what was found
        draft.typed = {} if lon is not None else draft.typed  # nobody typed where the photo was taken
        answer["Location"] += f"&{preview.query(words)}"
        return answer
    if lon is None or lat is None:
        raise Problem("place_required", 422, _("Say where it is: put the pin on the map."), field="place")
    if places.locate(lon, lat).quality == "outside":
        raise Problem(
            "outside_country", 422,
            _("No village of Indonesia lies within 5 kilometres of this place: it is abroad or on the open sea. Move "
              "the pin to the nearest coast."),
            field="place",
        )  # fmt: skip
    if (lon, lat) != (draft.lon, draft.lat):
        draft.asset = ""  # another lamp is near now
    draft.lon, draft.lat, draft.placeless, draft.body, draft.typed = lon, lat, False, "", {}
    return _to("kind")


def _chosen(posted: Mapping[str, str]) -> tuple[float | None, float | None]:
    """The point of what was found or of the photo, else of the boxes, else of coordinates in the box of the search."""
    chosen = posted.get("point", "") or posted.get("use", "")
    if chosen:
        lon, _comma, lat = chosen.partition(",")
        return drafts.point({"lon": lon, "lat": lat})
    there = drafts.point(posted)
    return (places.point(posted.get("place", "")) or there) if there == (None, None) else there


def _take_kind(request: HttpRequest, draft: Draft) -> HttpResponse:
    draft.text, leaves_for = request.POST.get("text", draft.text), _leaves_for(request)
    if "suggest" in request.POST:
        return _to("kind")
    if leaves_for and "category" not in request.POST:
        return _to(leaves_for)
    category = catalogue.get(request.POST.get("category", ""))
    if category.code != draft.category:
        draft.category, draft.answers, draft.body, draft.asset = category.code, {}, "", ""
    if leaves_for:
        return _to(leaves_for)
    if category.needs_place and not draft.has_place:
        raise Problem("place_required", 422, _("This kind of trouble needs a place. Where is it?"), field="place")
    return _to(drafts.ASSET if preview.things(draft) else "words")


def _take_asset(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keeps which thing it is, or that it is none of them."""
    draft.asset = request.POST.get("asset", draft.asset)[:TYPED]
    if draft.asset:
        try:
            reports.find_asset(catalogue.get(draft.category), draft.asset, draft.lon, draft.lat)
        except Problem:
            draft.asset = ""
            raise
    return _to("words")


def _take_words(request: HttpRequest, draft: Draft) -> HttpResponse | str:
    """Keeps the words first, whatever is wrong with them; then sends."""
    posted = request.POST
    draft.text, draft.url = posted.get("text", ""), posted.get("url", "").strip()
    draft.privacy = posted.get("privacy", "public")
    draft.body, draft.seen = posted.get("body", draft.body), posted.get("seen", draft.seen)
    draft.answers = questions.read(draft, posted)
    if "send" not in posted:
        return _to(_leaves_for(request) or "words")
    if not _may_send(request):  # whose session ended while they wrote
        messages.warning(request, _("You are signed out here now. Sign in: what you have written is kept."))
        return redirect_to_login(reverse("report_new") + "?step=words")
    if changed := drafts.whose_now(request):
        messages.warning(request, WHOSE[changed])
        return _to("words")
    body = draft.body or posted.get("asked_of", "")[:TYPED]
    if body and questions.unasked(draft, body, posted):
        messages.info(request, _("The body that you have chosen asks something more. Look it over, then send."))
        return _to("words")
    admit(request, "reports", config().anonymous_reports_per_hour)
    sent = replace(draft.submission(), answers=questions.sendable(draft, body))
    done = routing.submit(sent, person_of(request))
    drafts.sent(request, draft.submission_id, done.report.code, done.claim_token or "")
    messages.success(request, _("Received. Thank you: you can follow on this page what becomes of it."))
    return str(done.report.code)


def _may_send(request: HttpRequest) -> bool:
    return config().anonymous_reports or request.user.is_authenticated


def _leaves_for(request: HttpRequest) -> str:
    """The step for which somebody leaves a page before it is done: what they have written there is kept."""
    step = request.POST.get("go", "")
    return step if step in (*drafts.STEPS, drafts.ASSET) else ""


def _shown(request: HttpRequest, draft: Draft, step: str) -> dict[str, Any]:
    at = drafts.STEPS.index("kind" if step == drafts.ASSET else step)
    names = [_("Photo"), _("Place"), _("Kind"), _("Words")]
    trail = [
        {"step": one, "name": names[index], "past": index < at, "here": index == at}
        for index, one in enumerate(drafts.STEPS)
    ]
    areas = preview.areas_at(draft.lon, draft.lat)
    province = areas[-1].code if areas else ""  # whose places the phone keeps
    shown: dict[str, Any] = {"draft": draft, "step": step, "trail": trail, "at": at + 1, "province": province}
    return shown | preview.for_step(request, draft, step)
