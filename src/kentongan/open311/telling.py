"""Reports and their news in the words of GeoReport v2. Only what is public comes this far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kentongan import bodies, catalogue, places
from kentongan.catalogue.models import Category
from kentongan.network import open311_states as words
from kentongan.network.facts import link
from kentongan.reports.models import Entry, Photo
from kentongan.reports.rows import Row


def requests(rows: Sequence[Row], *, extensions: bool) -> list[dict[str, Any]]:
    """Public reports as service requests; their photos and last words in one statement each."""
    with_photos = [row.id for row in rows if row.photo_count]
    photos = _photos(with_photos)
    said = _last_words([row.id for row in rows if words.plain(row.state) == "closed"])
    kinds = {one.code: one for one in Category.objects.filter(pk__in={row.category_id for row in rows})}
    return [_request(row, kinds, photos.get(row.id, []), said.get(row.id, ""), extensions) for row in rows]


def media(photo: Photo) -> str:
    """The address of a photo of a public report."""
    return link(f"api/v1/photos/{photo.pk}/large")


def description(entry: Entry) -> str:
    """What an entry says: its own words, or what its state means."""
    state = words.note(entry.state_to, entry.data.get("ending", "")) if entry.state_to else ""
    return entry.text or str(entry.data.get("no_photo_reason", "")) or state


def _request(row: Row, kinds: dict[str, Category], photos: list[Photo], said: str, extensions: bool) -> dict[str, Any]:
    body, kind = bodies.snapshot().body(row.body_id or ""), kinds[row.category_id]
    told: dict[str, Any] = {
        "service_request_id": row.code, "status": words.plain(row.state),
        "status_notes": " · ".join(part for part in (words.note(row.state, row.ending), said) if part),
        "service_name": kind.name, "service_code": row.category_id, "description": row.text,
        "agency_responsible": body.name if body else None, "service_notice": None,
        "requested_datetime": row.created_at, "updated_datetime": row.updated_at,
        "expected_datetime": row.deadline_at if row.state != "awaiting_partner" else None,
        "address": places.address_text(row.address, row.area_codes) or None,
        "address_id": row.area_codes[-1] if row.area_codes else None, "zipcode": None, "lat": row.lat,
        "long": row.lon, "media_url": media(photos[0]) if photos else None,
    }  # fmt: skip
    if row.asset_id:
        told["asset_id"] = row.asset_id
    answers = [
        {"code": one["code"], "label": catalogue.words_of(one), "value": catalogue.answer_words(one, answer)}
        for one, answer in row.public_answers
    ]
    if extensions:
        told["extended_attributes"] = {
            "title": f"{kind.name}: {row.text[:80]}" if row.text else kind.name,
            "status": words.extended(row.state, row.ending), "state": row.state, "ending": row.ending or None,
            "url": link(f"r/{row.code}"), "photos": [media(one) for one in photos],
            "asset_id": row.asset_id or None, "asset_layer": row.asset_layer or None,
            "asset_name": row.asset_name or None,
            "attributes": answers, "comment_count": row.comment_count, "support_count": row.support_count,
            "group": kinds[row.category_id].parent_id and catalogue.get(str(kind.parent_id)).name,
        }  # fmt: skip
    return told


def _photos(reports: list[int]) -> dict[int, list[Photo]]:
    found: dict[int, list[Photo]] = {}
    for photo in Photo.objects.filter(report__in=reports).order_by("entry_seq", "uploaded_at", "id") if reports else ():
        found.setdefault(photo.report_id or 0, []).append(photo)
    return found


def _last_words(reports: list[int]) -> dict[int, str]:
    """What the body said when it ended a report."""
    ends = ("resolved", "rejected")
    found = Entry.objects.filter(report__in=reports, kind__in=ends, visibility="public") if reports else ()
    return {entry.report_id: entry.text for entry in sorted(found, key=lambda one: one.seq)}
