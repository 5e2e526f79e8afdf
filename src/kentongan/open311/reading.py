"""Reading service requests: one, several by id, or a list by filters."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan import catalogue, reports
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.network import open311_states as words
from kentongan.open311 import arguments, formats, jurisdictions, telling
from kentongan.reports.rows import Row, find_codes, list_page
from kentongan.reports.states import State

FARTHEST = 50_000  # metres
ENDINGS = {"not_councils_responsibility", "no_further_action", "cancelled"}


def listing(request: HttpRequest, fmt: str) -> HttpResponse:
    """Public requests, newest first, at most 1,000. Ids override all other arguments."""
    given = request.GET
    jurisdiction = jurisdictions.read(given.get("jurisdiction_id", ""))
    if ids := arguments.words(given, "service_request_id", arguments.MOST):
        rows = [row for row in _by_ids(ids) if jurisdiction.covers(row.area_codes, row.body_id)]
    else:
        rows = _of_words(list_page(_filters(given, jurisdiction)), arguments.words(given, "status"))
    told = telling.requests(rows, extensions=arguments.truth(given, "extensions"))
    response = formats.answer(fmt, "service_requests", told)
    response["Cache-Control"] = "public, max-age=10"
    response["Vary"] = "Accept-Language"
    return response


def one(request: HttpRequest, fmt: str, code: str) -> HttpResponse:
    """One request, as a list of one. A report that is not for everybody is not there."""
    jurisdiction = jurisdictions.read(request.GET.get("jurisdiction_id", ""))
    rows = [row for row in _by_ids([code]) if jurisdiction.covers(row.area_codes, row.body_id)]
    if not rows:
        raise Problem("unknown_request", 404, _("There is no request with this id."), field="service_request_id")
    told = telling.requests(rows, extensions=arguments.truth(request.GET, "extensions"))
    response = formats.answer(fmt, "service_requests", told)
    response["Cache-Control"] = "public, max-age=10"
    return response


def token(request: HttpRequest, fmt: str, code: str) -> HttpResponse:
    """The id of a token. Ours are given at once: a token is the id itself."""
    jurisdictions.read(request.GET.get("jurisdiction_id", ""))
    if not _by_ids([code]):
        raise Problem("unknown_token", 404, _("There is no such token."), field="token")
    known = read_code(code)
    return formats.answer(fmt, "service_requests", [{"service_request_id": known, "token": known}])


def _by_ids(ids: list[str]) -> list[Row]:
    return find_codes([code for one in ids if (code := read_code(one))])


def _filters(given: QueryDict, jurisdiction: jurisdictions.Jurisdiction) -> reports.Filters:
    since, until = arguments.window(given, always=not _asks_for_changes(given))
    point, metres = arguments.place(given), arguments.number(given, "radius", 1, FARTHEST)
    size = arguments.whole(given, ("page_size", "per_page"), arguments.MOST, arguments.MOST)
    page = arguments.whole(given, ("page",), 1, 100_000)
    return reports.Filters(
        bbox=arguments.box(given), near=(*point, metres or 100.0) if point else None, area=jurisdiction.area,
        body=jurisdiction.body, categories=_services(given), states=_states(given), since=since, until=until,
        updated_since=_first(given, "updated_after", "update_after"),
        updated_until=arguments.moment(given, "updated_before") or timezone.now(), limit=size,
        offset=(page - 1) * size,
    )  # fmt: skip


def _of_words(rows: list[Row], asked: list[str]) -> list[Row]:
    """Rejected reports are two things in the extended words: not theirs to solve, or not to be solved."""
    named = {word.lower() for word in asked}
    if not named & ENDINGS or named & {"closed"}:
        return rows
    return [row for row in rows if row.state != State.REJECTED or words.extended(row.state, row.ending) in named]


def _asks_for_changes(given: QueryDict) -> bool:
    """News of old requests is wanted too: the window on when they were made holds only where it is given."""
    return any(given.get(name) for name in ("updated_after", "update_after", "updated_before"))


def _first(given: QueryDict, *names: str) -> Any:
    return next((at for name in names if (at := arguments.moment(given, name))), None)


def _services(given: QueryDict) -> tuple[str, ...]:
    known = {one.code for one in catalogue.all_active()}
    asked = arguments.words(given, "service_code")
    for code in asked:
        if code not in known:
            raise Problem("unknown_service", 404, _("There is no such service."), field="service_code")
    return tuple(asked)


def _states(given: QueryDict) -> tuple[str, ...]:
    found: set[str] = set()
    for word in arguments.words(given, "status"):
        meant = words.states_of(word.lower())
        if not meant:
            raise Problem("bad_status", 400, _("A status is open or closed."), field="status")
        found |= meant
    return tuple(sorted(found))
