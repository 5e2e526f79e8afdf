"""A request that another application files: routed like any report, once, whatever is sent twice.

Of the person behind it nothing is kept: the application that asked for it tells them, and a name that is not here
cannot leak from here. What they are called, their address and their telephone are read and forgotten.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kentongan import bodies, catalogue, places, reports, routing
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.network.intake import fetch_later
from kentongan.network.keys import Caller
from kentongan.network.models import Direction, HandOver, HandOverState
from kentongan.open311 import arguments, formats, jurisdictions
from kentongan.open311.doors import caller, form
from kentongan.places import gazetteer

NAMESPACE = UUID("0d3b6f2c-6a53-4c8e-9d0e-7d6c2f9b1a44")
# The names under which senders tell their own id of the request, in the order in which they are believed.
EXTERNAL = ("attribute[external_id]", "attribute[fixmystreet_id]", "fixmystreet_id", "service_request_id_ext")
# The names under which senders tell which thing it is, in the order in which they are believed.
ASSET = ("asset_id", "attribute[asset_id]", "attribute[asset_resource_id]")
ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,60})\](\[\])?")


def file(request: HttpRequest, fmt: str) -> HttpResponse:
    """`POST requests`: the id of the new request, or, for the sender's own id again, of the one that is there."""
    given = form(request)
    who = caller(request, given, write=True)
    jurisdiction = jurisdictions.read(given.get("jurisdiction_id") or request.GET.get("jurisdiction_id", ""))
    kind = _kind(given)
    external = _external(request, given)
    told_of = tuple(one["code"] for one in reports.asked_by(jurisdiction.body, kind))
    submission = replace(_submission(request, given, kind, who, external), told_of=told_of)
    submission = replace(submission, answers=submission.answers | _own_answers(given, kind, told_of))
    before = reports.repeated(submission) if external else None
    if external and before is None:
        before, submission = _before_the_key(submission, who, external)
    if before is None:
        _check_limits(submission, kind, who, jurisdiction)
        submission = _with_photos(request, submission)
    with transaction.atomic():
        made = routing.submit(submission, None)
        if made.created:
            _remember(made.report, who, external, given)
    report = made.report
    told = {"service_request_id": report.code, "service_notice": _notice(report), "account_id": None}
    return formats.answer(fmt, "service_requests", [told], 200 if not made.created else 201)


def _before_the_key(
    submission: reports.Submission, who: Caller, external: str
) -> tuple[reports.Repeat | None, reports.Submission]:
    """What was filed while ids were made without our key, under the id it has; else the submission as it is."""
    old = replace(submission, submission_id=uuid5(NAMESPACE, f"{who.peer.name}/{external}"))
    found = reports.repeated(old)
    return found, old if found else submission


def _kind(given: QueryDict) -> Category:
    code = given.get("service_code", "").strip()
    if not code:
        raise Problem("missing_service", 400, _("Say which service: this is required."), field="service_code")
    try:
        return catalogue.get(code)
    except Problem as problem:
        raise Problem("unknown_service", 400, problem.detail, field="service_code") from None


def _external(request: HttpRequest, given: QueryDict) -> str:
    found = next((named for name in EXTERNAL if (named := given.get(name, "").strip())), "")
    return found or request.headers.get("Idempotency-Key", "").strip()


def _submission(
    request: HttpRequest, given: QueryDict, kind: Category, who: Caller, external: str
) -> reports.Submission:
    lon, lat, where = _place(given, kind)
    text = given.get("description", "").strip()
    title = (given.get("attribute[title]") or given.get("title") or "").strip()
    if title and title not in text:
        text = f"{title}\n\n{text}".strip()
    if where and where not in text:
        text = f"{text}\n\n{where}".strip()
    return reports.Submission(
        reports.made_id("open311", who.peer.name, external) if external else uuid4(), kind.code,
        text=text or kind.name, lon=lon, lat=lat, url=_link(given, kind), answers=_answers(given, kind),
        privacy=_privacy(given), channel="open311", sender=who.peer.name, asset_id=_asset_id(given),
        asset_passed_on=True, told_by_words=bool(external),
    )  # fmt: skip


def _place(given: QueryDict, kind: Category) -> tuple[float | None, float | None, str]:
    """Longitude, latitude and the address as it was written. An area's code or name stands for a point inside it."""
    address = given.get("address_string", "").strip()[:500]
    if (point := arguments.place(given)) is not None:
        return *point, address
    if not kind.needs_place:
        return None, None, address
    if code := given.get("address_id", "").strip():
        area = gazetteer.areas().get(code)
        if area is None:
            raise Problem("unknown_address", 400, _("This is not the code of an area."), field="address_id")
        return area.lon, area.lat, address
    if address:
        return *_addressed(address), address
    if (thing := _thing(given, kind)) is not None:
        return thing.lon, thing.lat, address
    raise Problem("missing_place", 400, _("Give lat and long, an address_string or an address_id."), field="lat")


def _addressed(address: str) -> tuple[float, float]:
    """The point of an address: written in numbers, or the middle of the one area that it names."""
    if (point := places.point(address)) is not None:
        return point
    try:
        area = places.address(address)
    except Problem as problem:
        raise Problem(problem.code, problem.status, problem.detail, field="address_string") from None
    return area.lon, area.lat


def _asset_id(given: QueryDict) -> str:
    return next((named for name in ASSET if (named := given.get(name, "").strip())), "")


def _thing(given: QueryDict, kind: Category) -> places.Thing | None:
    """The thing that stands for its place where no other is told."""
    found = places.asset(kind.asset_layer, _asset_id(given)) if kind.asset_layer else None
    return None if found is None or found.ended else found


def _answers(given: QueryDict, kind: Category) -> dict[str, Any]:
    """Answers to the catalogue's questions. Senders add attributes of theirs; those are not ours to keep."""
    many = {one["code"]: one["datatype"] == "multivaluelist" for one in kind.questions}
    return {code: values if many[code] else values[-1] for code, values in _attributes(given).items() if code in many}


def _own_answers(given: QueryDict, kind: Category, told_of: tuple[str, ...]) -> dict[str, Any]:
    """Answers to what bodies ask. What the sender was not told of may be an attribute of theirs: kept where it fits."""
    of_catalogue = {one["code"] for one in kind.questions}
    branch = catalogue.branch(kind.code)
    told: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for code, values in _attributes(given).items():
        known = [] if code in of_catalogue else bodies.once_asked(branch, code)
        if known:
            # Another body may ask another thing under this name: as many as were sent, where any takes many.
            many = len(values) > 1 and any(one.datatype == "multivaluelist" for one in known)
            (told if code in told_of else others)[code] = values if many else values[-1]
    return told | reports.fitting(kind, others)


def _attributes(given: QueryDict) -> dict[str, list[str]]:
    """All that is told as `attribute[CODE]` or `attribute[CODE][]` and is not empty."""
    found: dict[str, list[str]] = {}
    for name in given:
        named = ATTRIBUTE.fullmatch(name)
        if named and (values := [one for one in given.getlist(name) if one != ""]):
            found.setdefault(named[1], []).extend(values)
    return found


def _link(given: QueryDict, kind: Category) -> str:
    """The address of what is wrong on the web, for what has no place."""
    return given.get("attribute[url]", "").strip() if not kind.needs_place else ""


def _privacy(given: QueryDict) -> str:
    hidden = arguments.truth(given, "non_public") or given.get("privacy") == "secret"
    return "secret" if hidden else "anonymous"


def _check_limits(
    submission: reports.Submission, kind: Category, who: Caller, jurisdiction: jurisdictions.Jurisdiction
) -> None:
    """The key's limits and the jurisdiction hold for where the trouble is and who would receive it."""
    location = reports.locate(kind, submission.lon, submission.lat)
    codes = [area.code for area in location.areas] if location else []
    if not who.may_touch(codes, kind.code):
        raise Problem("beyond_key", 403, _("This api_key does not reach this place or service."), field="api_key")
    if jurisdiction.body or jurisdiction.area:
        decision = routing.preview(kind.code, submission.lon, submission.lat)
        if not jurisdiction.covers(codes, decision.body):
            raise Problem(
                "other_jurisdiction", 400,
                _("This lies outside of the jurisdiction. The one of the whole instance takes it."),
                field="jurisdiction_id",
            )  # fmt: skip


def _with_photos(request: HttpRequest, submission: reports.Submission) -> reports.Submission:
    files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    return replace(submission, photos=tuple(reports.add_photo(one).pk for one in files)) if files else submission


def _remember(report: Any, who: Caller, external: str, given: QueryDict) -> None:
    """Who filed it and what they call it, so that they can speak about it; their photos are fetched by themselves."""
    stay = HandOver.objects.create(
        report=report, peer=who.peer, direction=Direction.IN, state=HandOverState.ACCEPTED, remote_id=external[:200],
        body=report.body_id or "", seq=report.seq,
    )  # fmt: skip
    fetch_later(stay, arguments.media(given), 1, "report")


def _notice(report: Any) -> str:
    """Who receives it, in words."""
    body = bodies.snapshot().body(report.body_id or "")
    language = "en" if get_language() == "en" else "id"
    reasons = [one["text"].get(language, "") for one in report.decision.get("reasons", [])]
    return " ".join([*([f"{body.name}."] if body else []), *reasons])
