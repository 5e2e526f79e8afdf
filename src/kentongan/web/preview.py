"""What each step of the form shows beside its questions: places found, suggestions, who will receive it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from kentongan import bodies, catalogue, places, reports, routing
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Photo
from kentongan.web.draft import Draft

SEARCH_LIMIT = 8
THINGS = 6  # that a person chooses from: more are no choice on a phone


def query(words: str) -> str:
    """A place search as part of an address."""
    return urlencode({"place": words[:500]})


def for_step(request: HttpRequest, draft: Draft, step: str) -> dict[str, Any]:
    """What the template of `step` needs."""
    if step == "place":
        place = _photo_place(draft)
        from_photo = place is not None and not (draft.has_place or draft.placeless or draft.typed)
        # The map begins where the photo was taken and says so; going on from there is the person's word for it.
        start = place["at"] if place and from_photo else (draft.lon, draft.lat)
        boxes = {
            name: draft.typed.get(name) or ("" if there is None else str(there))
            for name, there in (("lon", start[0]), ("lat", start[1]))
        }
        shown = {"found": _found(request, start), "photo_place": place, "areas": areas_at(draft.lon, draft.lat)}
        return shown | {"from_photo": from_photo, "start": start, "boxes": boxes}
    if step == "kind":
        groups = _without_place() if draft.placeless else category_groups()
        suggested = catalogue.suggest(draft.text, placeless=draft.placeless) if draft.text.strip() else []
        return {"suggested": suggested, "groups": groups}
    if step == "asset":
        return {"category": _category(draft), "things": things(draft)}
    if step == "words":
        return _words(draft)
    return {}


def things(draft: Draft) -> list[places.Thing]:
    """The things that the draft may be about, nearest first; the one that was chosen among them."""
    category = _category(draft)
    if category is None or not category.asset_layer or draft.lon is None or draft.lat is None:
        return []
    return places.nearest_assets(category.asset_layer, draft.lon, draft.lat, THINGS)


def _category(draft: Draft) -> Any:
    try:
        return catalogue.get(draft.category)
    except Problem:
        return None


def category_groups() -> list[dict[str, Any]]:
    """The catalogue as groups: each root with what lies below it, or alone."""
    active = catalogue.all_active()
    below: dict[str, list[Any]] = {}
    for category in active:
        if category.parent_id:
            below.setdefault(category.parent_id, []).append(category)
    roots = [category for category in active if not category.parent_id]
    return [{"root": root, "below": below.get(root.code, [])} for root in roots]


def _without_place() -> list[dict[str, Any]]:
    """The groups for what has no place on the map: only kinds that need none."""
    groups = [{**one, "below": [kind for kind in one["below"] if not kind.needs_place]} for one in category_groups()]
    return [one for one in groups if one["below"] or not one["root"].needs_place]


def areas_at(lon: float | None, lat: float | None) -> list[Any]:
    """The areas of a point, smallest first; empty where there is none."""
    if lon is None or lat is None:
        return []
    try:
        return list(reversed(places.locate(lon, lat).areas))
    except Problem:
        return []


def street_at(lon: float | None, lat: float | None) -> str:
    """The street and landmark of a point in the reader's language; empty where none is known."""
    return "" if lon is None or lat is None else places.street_text(places.address_at(lon, lat).kept())


def _found(request: HttpRequest, near: tuple[float | None, float | None]) -> list[dict[str, Any]] | None:
    words = request.GET.get("place", "").strip()
    if not words:
        return None
    lon, lat = near
    found = places.find(words, None if lon is None or lat is None else (lon, lat), SEARCH_LIMIT)
    return [{"name": one.name, "within": one.within, "point": f"{one.lon:.6f},{one.lat:.6f}"} for one in found]


def photo_point(draft: Draft) -> tuple[float, float] | None:
    """Where the map begins because a photo was taken there; None once the person has said a place."""
    place = None if draft.has_place or draft.placeless else _photo_place(draft)
    return place["at"] if place else None


def _photo_place(draft: Draft) -> dict[str, Any] | None:
    """The place that a photo of the draft carries, for the person to confirm: `point` (lon,lat) and its `areas`."""
    located = Photo.objects.filter(pk__in=draft.photos, lon__isnull=False, lat__isnull=False).first()
    areas = areas_at(located.lon, located.lat) if located else []
    if located is None or located.lon is None or located.lat is None or not areas:
        return None
    at = round(located.lon, 6), round(located.lat, 6)
    return {"at": at, "point": "{:.6f},{:.6f}".format(*at), "areas": areas[:2]}


def _photo_time(draft: Draft) -> datetime | None:
    """The earliest time that a photo of the draft carries, unless it has not come yet."""
    areas = areas_at(draft.lon, draft.lat)
    where = areas[-1].code if areas else ""
    taken = [reports.taken_at(one, where) for one in Photo.objects.filter(pk__in=draft.photos, taken_at__isnull=False)]
    return min((at for at in taken if at and at <= timezone.now()), default=None)


def _words(draft: Draft) -> dict[str, Any]:
    category = _category(draft)
    if category is None:
        return {"category": None}
    shown: dict[str, Any] = {
        "category": category,
        "areas": areas_at(draft.lon, draft.lat),
        "street": street_at(draft.lon, draft.lat),
        "asset": places.asset(category.asset_layer, draft.asset) if draft.asset else None,
        "asks_asset": bool(things(draft)),
        **_seen(draft),
        "questions": catalogue.as_form(category.questions, draft.answers),
        "own_questions": [],
    }
    try:
        decision = routing.preview(draft.category, draft.lon, draft.lat, draft.body or None)
    except Problem as problem:
        return shown | {"no_decision": str(problem.detail)}
    body = bodies.get(decision.body)
    doubtful = [other for other in decision.alternatives if other.doubt]
    asked = routing.question(decision)
    choices = [{"body": body, "reasons": _reasons(decision.reasons, asking=True), "chosen": True}]
    choices += [{"body": bodies.get(one.body), "reasons": _reasons(one.reasons)} for one in doubtful]
    shown |= {"body": body, "reasons": _reasons(decision.reasons), "choices": choices if doubtful else []}
    said = routing.said_of_kind(decision.body, catalogue.branch(category.code)) if body.is_partner else None
    shown["own_kind"] = said if said and said.words else None
    shown["question"] = catalogue.in_words(asked.text) if asked else ""
    shown["own_questions"] = catalogue.as_form(reports.asked_by(decision.body, category), draft.answers)
    shown["asks_apart"] = any(reports.asked_by(one["body"].code, category) for one in shown["choices"])
    if draft.lon is not None and draft.lat is not None and not category.restricted:
        near = reports.near_duplicates(category.code, draft.lon, draft.lat, draft.text, asset_id=draft.asset)
        shown["duplicates"] = [
            {
                "report": one.report,
                "distance": round(one.distance),
                "same_asset": one.same_asset,
                "photo": next(iter(reports.photos(one.report)), None),
            }
            for one in near
        ]
    return shown


def _seen(draft: Draft) -> dict[str, Any]:
    """When it was seen, as said before or else as the photo tells it."""
    told = _photo_time(draft)
    by_photo = told.astimezone(draft.zone).strftime("%Y-%m-%dT%H:%M") if told else ""
    zone = timezone.now().astimezone(draft.zone).tzname()
    return {"seen": by_photo if draft.seen is None else draft.seen, "photo_time": told, "zone": zone}


def _reasons(reasons: Any, *, asking: bool = False) -> list[str]:
    """Reasons in the reader's language; without that another body may be meant, where that is being asked."""
    return [catalogue.in_words(one.text) for one in reasons if not (asking and one.code == routing.MAY_BE)]
