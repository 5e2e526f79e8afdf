"""News of requests, both ways, as FixMyStreet's extension has it: `servicerequestupdates`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan import bodies, network, reports
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.network import open311_states as words
from kentongan.network.dialects.base import Update
from kentongan.network.intake import fetch_later, once
from kentongan.network.keys import Caller
from kentongan.network.models import OPEN, Direction, HandOver
from kentongan.open311 import arguments, formats, jurisdictions, telling
from kentongan.open311.doors import caller, form
from kentongan.reports import Actor, State, Who
from kentongan.reports.models import Entry, Photo, Report, Visibility

HIDDEN = ("supported", "received", "sent_out", "synced", "claimed")


def listing(request: HttpRequest, fmt: str) -> HttpResponse:
    """Public news of a window of time (default and at most 90 days), oldest first, at most 1,000."""
    given = request.GET
    jurisdiction = jurisdictions.read(given.get("jurisdiction_id", ""))
    since, until = arguments.window(given)
    assert since is not None  # noqa: S101  there always is one
    found = Entry.objects.filter(
        _learned(since, until or timezone.now()), visibility=Visibility.PUBLIC, report__is_restricted=False
    ).exclude(kind__in=HIDDEN)  # fmt: skip
    if ids := arguments.words(given, "service_request_id"):
        found = found.filter(report__code__in=[code for one in ids if (code := read_code(one))])
    if jurisdiction.area:
        column = {2: "province_code", 5: "regency_code", 8: "district_code"}.get(len(jurisdiction.area), "village_code")
        found = found.filter(**{f"report__{column}": jurisdiction.area})
    if jurisdiction.body:
        found = found.filter(report__body__in=bodies.subtree(jurisdiction.body))
    size = arguments.whole(given, ("page_size", "per_page"), arguments.MOST, arguments.MOST)
    begin = (arguments.whole(given, ("page",), 1, 100_000) - 1) * size
    entries = list(found.select_related("report").order_by("at", "pk")[begin : begin + size])
    response = formats.answer(fmt, "service_request_updates", _told(entries))
    response["Cache-Control"] = "public, max-age=10"
    return response


def post(request: HttpRequest, fmt: str) -> HttpResponse:
    """A peer tells us news: of what it works on for us, or of a request it filed here. Once for each `update_id`."""
    given = form(request)
    who = caller(request, given, write=True)
    jurisdictions.read(given.get("jurisdiction_id") or request.GET.get("jurisdiction_id", ""))
    update = _read(given)
    stay = _stay(who, update.remote_id)
    if not who.may_touch(stay.report.area_codes, stay.report.category_id):
        raise Problem("beyond_key", 403, _("This api_key does not reach this place or service."), field="api_key")
    media = arguments.media(given)
    files = [one for name in request.FILES for one in request.FILES.getlist(name)]
    answer, _repeat = once(who.peer, f"post/{update.id}", lambda: _take(stay, update, media, files, given))
    return formats.answer(fmt, "service_request_updates", [answer])


def _learned(since: datetime, until: datetime) -> Q:
    """News that became known here in a window: what a peer told us late is news when we learned it, not when it was."""
    first, last = (one.astimezone(UTC).isoformat() for one in (since, until))
    late = Q(data__peer__learned__gte=first, data__peer__learned__lte=last)
    return late | Q(at__gte=since, at__lte=until, data__peer__learned__isnull=True)


def _told(entries: list[Entry]) -> list[dict[str, Any]]:
    ids = {entry.report_id for entry in entries}
    photos: dict[tuple[int | None, int | None], list[str]] = {}
    for photo in Photo.objects.filter(report__in=ids) if ids else ():
        photos.setdefault((photo.report_id, photo.entry_seq), []).append(telling.media(photo))
    before = _states_before(ids)
    return [
        {
            "update_id": f"{entry.report.code}-{entry.seq}", "service_request_id": entry.report.code,
            "status": _status(entry, before[entry.report_id]), "updated_datetime": entry.at,
            "description": telling.description(entry), "media_url": photos.get((entry.report_id, entry.seq)) or None,
            "external_status_code": entry.kind,
        }
        for entry in entries
    ]  # fmt: skip


def _states_before(reports_: set[int]) -> dict[int, list[tuple[int, str, str]]]:
    """The changes of state of each report, in order, so that every piece of news has the state of its time."""
    found: dict[int, list[tuple[int, str, str]]] = {one: [] for one in reports_}
    changes = Entry.objects.filter(report__in=reports_).exclude(state_to="").order_by("report_id", "seq")
    for report, seq, state, data in changes.values_list("report_id", "seq", "state_to", "data"):
        found[report].append((seq, state, data.get("ending", "")))
    return found


def _status(entry: Entry, changes: list[tuple[int, str, str]]) -> str:
    seen = [(state, ending) for seq, state, ending in changes if seq <= entry.seq]
    state, ending = seen[-1] if seen else (State.RECEIVED, "")
    return words.extended(state, ending)


def _read(given: QueryDict) -> Update:
    """The required arguments. Raises Problem naming the one that is missing or wrong."""
    for name in ("service_request_id", "update_id", "status", "updated_datetime"):
        wanted = given.get(name, "").strip() or (name == "service_request_id" and given.get("service_request_id_ext"))
        if not wanted:
            raise Problem("missing_argument", 400, _("This is required."), field=name)
    if "description" not in given:
        raise Problem("missing_argument", 400, _("This is required, though it may be empty."), field="description")
    meant, at = words.meaning(given.get("status", "")), arguments.moment(given, "updated_datetime")
    if meant is None:
        known = ", ".join(sorted(words.INWARD)).upper()
        raise Problem("bad_status", 400, _("A status is one of: %(known)s.") % {"known": known}, field="status")
    assert at is not None  # noqa: S101  it is required, and `moment` has read it
    named = given.get("service_request_id", "").strip() or given.get("service_request_id_ext", "").strip()
    return Update(
        given.get("update_id", "").strip(), named, at, given.get("description", "").strip(), meant.state,
        meant.ending, meant.returned,
    )  # fmt: skip


def _stay(who: Caller, named: str) -> HandOver:
    """The report between this peer and us: by our code, or by the peer's own id. Raises Problem (404)."""
    mine = HandOver.objects.filter(peer=who.peer).select_related("report", "peer").order_by("-pk")
    code = read_code(named)
    found = mine.filter(report__code=code).first() if code else None
    found = found or mine.filter(remote_id=named[:200], state__in=OPEN).first()
    if found is None:
        raise Problem(
            "unknown_request", 404, _("There is no request with this id between you and us."),
            field="service_request_id",
        )  # fmt: skip
    return found


def _take(stay: HandOver, update: Update, media: tuple[str, ...], files: list[Any], given: QueryDict) -> dict[str, Any]:
    if stay.direction == Direction.OUT:
        _from_worker(stay, update, media, files)
    else:
        _from_filer(stay, update, media, files)
    newest = Entry.objects.filter(report=stay.report_id).order_by("-seq").values_list("seq", flat=True)[0]
    return {"update_id": f"{stay.report.code}-{newest}", "account_id": None}


def _from_worker(stay: HandOver, update: Update, media: tuple[str, ...], files: list[Any]) -> None:
    """The peer works on a report of ours: what it says is mirrored as if we had asked for it."""
    done = network.apply(stay.peer, update_for(stay, update, media)) or {}
    role = "after" if update.state == State.RESOLVED else "answer"
    if "entry" in done:
        for one in files:
            reports.add_peer_photo(stay.report.code, done["entry"], role, one.read())


def update_for(stay: HandOver, update: Update, media: tuple[str, ...]) -> Update:
    """The update under the name by which the hand-over is known."""
    return Update(
        update.id, stay.remote_id, update.at, update.text, update.state, update.ending, update.returned, media
    )


def _from_filer(stay: HandOver, update: Update, media: tuple[str, ...], files: list[Any]) -> None:
    """The peer filed the request and speaks for its reporter: it comments, agrees with a result, or reopens."""
    report, who = stay.report, Who(None, Actor.REPORTER)
    ended = words.plain(report.state) == "closed"
    photos = [reports.add_photo(one).pk for one in files]
    if update.state == State.ROUTED and ended:
        reports.reopen(report.code, who, update.text or _("It is not solved."), photos=photos)
    elif update.state == State.RESOLVED and report.state == State.RESOLVED:
        reports.confirm(report.code, who)
        if update.text:
            reports.comment(report.code, who, update.text, has_id=True)
    else:
        reports.comment(report.code, who, update.text or words.note(update.state or report.state), has_id=True)
    seq = Report.objects.values_list("seq", flat=True).get(pk=report.pk)
    fetch_later(stay, media, seq, "contest")
