"""Reports and what belongs to them in the words of the API, in the caller's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.utils.translation import get_language

from kentongan import bodies, catalogue, places
from kentongan.foundation.remembering import remembered
from kentongan.places import Found
from kentongan.places.gazetteer import Area
from kentongan.places.searching import area as place
from kentongan.reports import answered
from kentongan.reports.models import Entry, Photo, Report
from kentongan.reports.rows import Row
from kentongan.reports.states import PUBLIC

HOME = "/api/v1"
# What an entry's data may show; the rest is the rooms' own bookkeeping.
SHOWN = (
    "stars",
    "no_photo_reason",
    "from_body",
    "to_body",
    "ending",
    "contests",
    "site",
    "hides",
    "reason",
    "solved",
    "of_parts",
)
STATUS: dict[str, str] = {str(state): str(status) for state, status in PUBLIC.items()}
PUBLIC_CODE = 9  # characters; the longer codes of restricted reports are secrets


def reports(some: Iterable[Report | Row]) -> list[dict[str, Any]]:
    """Several reports, each body and each place looked up once."""
    its_body, its_areas, spoken = remembered(None)(body), remembered(None)(areas), language()
    return [_told(one, its_body(one.body_id), its_areas(tuple(one.area_codes)), spoken) for one in some]


def report(one: Report | Row) -> dict[str, Any]:
    """A report as `ReportShape` has it, without its photos."""
    return _told(one, body(one.body_id), areas(one.area_codes), language())


def _told(
    one: Report | Row, its_body: dict[str, Any] | None, its_areas: list[dict[str, str]], spoken: str
) -> dict[str, Any]:
    here = f"{HOME}/reports/{one.code}"
    return {
        "code": one.code,
        "state": one.state,
        "status": STATUS[one.state],
        "ending": one.ending,
        "category": one.category_id,
        "text": one.text,
        "url": one.url,
        "privacy": one.privacy,
        "lon": one.lon,
        "lat": one.lat,
        "place_quality": one.place_quality,
        "areas": its_areas,
        "address": places.address_text(one.address, one.area_codes),
        "asset": asset(one),
        "answers": answers(one.public_answers if isinstance(one, Row) else answered(one, public=True)),
        "body": its_body,
        "reasons": _kept_reasons(one.kept_decision, spoken)
        if isinstance(one, Row)
        else reasons(one.decision.get("reasons", ()), spoken),
        "seq": one.seq,
        "support_count": one.support_count,
        "comment_count": one.comment_count,
        "occurred_at": one.occurred_at,
        "deadline_at": one.deadline_at if STATUS[one.state] != "no_partner" else None,  # nobody has promised it
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "links": {"self": here, "timeline": f"{here}/timeline", "page": f"/r/{one.code}"},
    }


def asset(one: Report | Row) -> dict[str, str] | None:
    """The thing that a report is about as `AssetShape`; None where it is about none."""
    return {"layer": one.asset_layer, "id": one.asset_id, "name": one.asset_name} if one.asset_id else None


def answers(found: Iterable[tuple[Mapping[str, Any], Any]]) -> list[dict[str, Any]]:
    """Questions with what was answered, as `AnswerShape`."""
    return [
        {
            "code": one["code"], "question": catalogue.words_of(one), "answer": answer,
            "words": catalogue.answer_words(one, answer), "public": bool(one.get("public")),
        }
        for one, answer in found
    ]  # fmt: skip


def body(code: str | None) -> dict[str, Any] | None:
    """A body as `BodyShape`; None for none."""
    if not code:
        return None
    world = bodies.snapshot()
    found = world.body(code) or bodies.get(code)
    return {"code": code, "name": found.name, "level": found.level, "partner": world.is_partner(code)}


def areas(codes: Iterable[str]) -> list[dict[str, str]]:
    """Areas by their codes. One that is no longer official is shown by its code: old reports keep theirs."""
    return [area(found) if (found := place(code)) else _gone(code) for code in codes]


def area(one: Area) -> dict[str, str]:
    """An area as `AreaShape`."""
    return {"code": one.code, "name": one.name, "level": one.level}


def place_found(one: Found) -> dict[str, Any]:
    """A place as `PlaceShape`."""
    return {
        "kind": one.kind, "label": one.label, "name": one.name, "within": one.within, "code": one.code or None,
        "lon": one.lon, "lat": one.lat, "distance": None if one.distance is None else round(one.distance),
        "type": one.type, "phone": one.phone, "hours": one.hours,
        "asset": {"layer": one.asset.layer, "id": one.asset.id, "name": one.asset.name} if one.asset else None,
    }  # fmt: skip


def reasons(stored: Iterable[dict[str, Any]], spoken: str = "") -> list[dict[str, str]]:
    """Reasons as `ReasonShape`, in the caller's language where none is named."""
    spoken = spoken or language()
    return [{"code": reason["code"], "text": reason["text"].get(spoken, "")} for reason in stored]


def language() -> str:
    """The caller's language, of the two there are."""
    return "en" if get_language() == "en" else "id"


@remembered(maxsize=1024)
def _kept_reasons(decision: str, spoken: str) -> list[dict[str, str]]:
    """Of a decision as the database keeps it: reports of one street were mostly decided in the same words."""
    return reasons(orjson.loads(decision).get("reasons", ()), spoken)


def entry(one: Entry) -> dict[str, Any]:
    """A timeline entry as `EntryShape`. Who a person is stays hidden."""
    data = {key: one.data[key] for key in SHOWN if one.data.get(key)}
    if len(one.data.get("original", "")) == PUBLIC_CODE:
        data["original"] = one.data["original"]
    if len(one.data.get("whole", "")) == PUBLIC_CODE:
        data["whole"] = one.data["whole"]
    if parts := [part for part in one.data.get("parts", ()) if len(part["code"]) == PUBLIC_CODE]:
        data["parts"] = parts
    if "rule" in one.data:
        data["by_rule"] = True
    if decided := one.data.get("decision"):
        data["reasons"] = reasons(decided["reasons"])
    return {
        "seq": one.seq,
        "kind": one.kind,
        "at": one.at,
        "actor": one.actor,
        "body": one.body_id,
        "state_from": one.state_from,
        "state_to": one.state_to,
        "visibility": one.visibility,
        "text": one.text,
        "data": data,
    }


def photo(one: Photo) -> dict[str, Any]:
    """A photo of a report; its place and time are the reporter's own business."""
    here = f"{HOME}/photos/{one.pk}"
    return {
        "id": one.pk,
        "role": one.role,
        "entry": one.entry_seq,
        "width": one.width,
        "height": one.height,
        "marks": one.marks,
        "links": {"thumb": f"{here}/thumb", "large": f"{here}/large"},
    }


def _gone(code: str) -> dict[str, str]:
    return {
        "code": code,
        "name": code,
        "level": ("province", "regency", "district", "village")[code.count(".")],
    }
